import { error } from '../disciplines/violations.js';
import type { Violation } from '../disciplines/types.js';

/** The race numbers of a class, both ends included. */
export interface NumberRange {
  /** Null: from 1. */
  readonly from: number | null;
  /** Null: no upper end. */
  readonly to: number | null;
}

export interface NumberQuestion extends NumberRange {
  /** Numbers of the event's other entries; a withdrawn entry has given its number back. */
  readonly taken: ReadonlySet<number>;
  /** Only numbers behind this one. */
  readonly after?: number;
}

/** The least number of the range that nobody has; null when there is none. */
export function nextFreeNumber({ from, to, taken, after }: NumberQuestion): number | null {
  const last = to ?? Number.POSITIVE_INFINITY;
  let number = Math.max(from ?? 1, after === undefined ? Number.NEGATIVE_INFINITY : Math.floor(after) + 1);
  while (number <= last && taken.has(number)) number += 1;
  return number <= last ? number : null;
}

/** A race number that somebody wishes. */
export interface NumberWish extends NumberRange {
  readonly raceNumber: number;
  readonly taken: ReadonlySet<number>;
  /** What the range is called in messages: "Class M-1". */
  readonly label: string;
}

/**
 * Whether an entry can have a race number.
 *
 * @returns RACE_NUMBER_INVALID, RACE_NUMBER_OUT_OF_RANGE or RACE_NUMBER_TAKEN, naming the next free number; null
 *   when nothing is wrong
 */
export function judgeNumber({ raceNumber, from, to, taken, label }: NumberWish): Violation | null {
  const refuse = (code: string, message: string) => error(code, '/entry/raceNumber', message);
  if (!Number.isInteger(raceNumber) || raceNumber < 0) {
    return refuse(
      'RACE_NUMBER_INVALID',
      `${raceNumber} is no race number. Race numbers are whole numbers from 0 on.`,
    );
  }
  const free = nextFreeNumber({ from, to, taken });
  const advice = free === null ? 'None of them is free.' : `The next free one is ${free}.`;
  if (raceNumber < (from ?? 0) || raceNumber > (to ?? Number.POSITIVE_INFINITY)) {
    const range = to === null ? `from ${from} on` : `${from ?? 0} to ${to}`;
    // Without the numbers of the others nobody can say which one is free.
    const message = `${label} has the race numbers ${range}, so #${raceNumber} is outside.`;
    return refuse(
      'RACE_NUMBER_OUT_OF_RANGE',
      taken.size === 0 ? `${message} Give the entry a number of the class.` : `${message} ${advice}`,
    );
  }
  if (taken.has(raceNumber)) {
    return refuse('RACE_NUMBER_TAKEN', `#${raceNumber} belongs to another entry of the event. ${advice}`);
  }
  return null;
}
