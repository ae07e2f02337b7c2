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

/** "05:03:00Z": the time of day in UTC. */
export function clock(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(11, 19)}Z`;
}

/** A value as it stood in the document, cut to a length that a message can bear. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
