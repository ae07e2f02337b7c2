import type { StartableEntry, StartOrder, StartOrderRequest } from '../types.js';

/**
 * Numerical order of race numbers. Source: Motorsport UK NCR 2026 ch. 13 art. 2.23: numerical order unless
 * the event's documents say otherwise.
 *
 * An entry without a number is a problem, not a place at the tail: nobody could read its line out.
 */
export function raceNumber({ entries }: StartOrderRequest): StartOrder {
  const withoutNumber = entries.filter((entry) => entry.raceNumber === null).length;
  if (withoutNumber > 0) {
    return {
      ordered: [],
      notices: [],
      problems: [
        {
          code: 'RACE_NUMBER_MISSING',
          message: `${withoutNumber === 1 ? 'One entry has' : `${withoutNumber} entries have`} no race number. Give every confirmed entry a number, then try again.`,
          pointer: '/entries',
        },
      ],
    };
  }
  return {
    ordered: entries.toSorted(byRaceNumber).map((entry, index) => ({
      entryId: entry.entryId,
      because: `race number order: #${entry.raceNumber} is ${ordinal(index + 1)} of ${entries.length}`,
    })),
    problems: [],
    notices: [],
  };
}

/** Ascending race number; entries without one last; the id decides what is left, so that order is total. */
export function byRaceNumber(a: StartableEntry, b: StartableEntry): number {
  const byNumber = (a.raceNumber ?? Number.POSITIVE_INFINITY) - (b.raceNumber ?? Number.POSITIVE_INFINITY);
  if (byNumber !== 0 && !Number.isNaN(byNumber)) return byNumber;
  return a.entryId < b.entryId ? -1 : a.entryId > b.entryId ? 1 : 0;
}

/** 1 → "1st", 12 → "12th", 23 → "23rd". */
export function ordinal(n: number): string {
  const lastTwo = n % 100;
  if (lastTwo >= 11 && lastTwo <= 13) return `${n}th`;
  return `${n}${{ 1: 'st', 2: 'nd', 3: 'rd' }[n % 10] ?? 'th'}`;
}
