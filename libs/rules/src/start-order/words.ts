import { clockOf, type Instant } from '../instants.js';
import type { Competitor } from './competitor.js';

/** 1 → "1st", 12 → "12th", 23 → "23rd". */
export function ordinal(n: number): string {
  const lastTwo = n % 100;
  if (lastTwo >= 11 && lastTwo <= 13) return `${n}th`;
  return `${n}${{ 1: 'st', 2: 'nd', 3: 'rd' }[n % 10] ?? 'th'}`;
}

/** What an entry is called in a sentence: its race number, else its id. */
export function nameOf(entry: Pick<Competitor, 'raceNumber' | 'entryId'>): string {
  return entry.raceNumber === null ? entry.entryId : `#${entry.raceNumber}`;
}

/** "08:03": the time of day on the clock that the start of the stage was written in, as officials read it. */
export function clock(ms: number, startsAt: Instant | undefined): string {
  return clockOf(ms, startsAt?.utcOffsetMinutes ?? 0, startsAt?.ms ?? null);
}

/** A value as it stood in the document, cut to a length that a message can bear. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
