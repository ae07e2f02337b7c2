import type { Violation } from './types.js';

/** Faults that no later step puts right: whoever registers an entry learns of them at once. */
const IMPOSSIBLE: ReadonlySet<string> = new Set([
  'CREW_ROLE_FORBIDDEN',
  'CREW_MEMBER_TWICE',
  'VEHICLE_FORBIDDEN',
  'VEHICLE_KIND_WRONG',
  'DEVICE_WEARER_NOT_IN_CREW',
  'RACE_NUMBER_OUT_OF_RANGE',
]);

/** Whether an entry can't even be registered so; everything else may still be put right before it is confirmed. */
export function isImpossible({ code }: Violation): boolean {
  return IMPOSSIBLE.has(code);
}
