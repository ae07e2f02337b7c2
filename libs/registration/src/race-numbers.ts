import { nextFreeNumber } from '@trm/rules';
import { NoNumberLeft, RaceNumberTaken } from './registration.problems.js';
import type { ClassFile, TakenNumber } from './registration-store.js';

/** A number that is wished for, the next free one of the class, or none yet. */
export type NumberWish = number | 'next' | null;

/**
 * The number that an entry gets.
 * @param taken numbers of the event; that of `entryId` itself does not count
 * @throws RaceNumberTaken, NoNumberLeft
 */
export function chooseNumber(
  wish: NumberWish,
  entryClass: Pick<ClassFile, 'code' | 'numberFrom' | 'numberTo'>,
  taken: readonly TakenNumber[],
  entryId?: string,
): number | null {
  if (wish === null) return null;
  const others = new Set(taken.filter((one) => one.entryId !== entryId).map(({ raceNumber }) => raceNumber));
  const next = nextFreeNumber({ from: entryClass.numberFrom, to: entryClass.numberTo, taken: others });
  if (wish === 'next') {
    if (next === null) throw new NoNumberLeft(`Class ${entryClass.code}`);
    return next;
  }
  if (others.has(wish)) throw new RaceNumberTaken(wish, `Class ${entryClass.code}`, next);
  return wish;
}
