import { type EntryStatus, isImpossible, type Violation } from '@trm/rules';

/** Nobody on course is stopped by a paper or a tracker. */
const STAYS_BEHIND = /^(DOCUMENT|DEVICE|AGE|BIRTH_DATE)/;

/**
 * Whether a fault of `checkEntry` keeps an entry from a status, the same as `control.fault_counts` in the database.
 * @param fault an error
 */
export function faultCounts(fault: Violation, status: EntryStatus): boolean {
  if (status === 'registered') return isImpossible(fault);
  if (status === 'started') return !STAYS_BEHIND.test(fault.code);
  return status === 'confirmed';
}
