import type { PoolOrder, PlacedEntry, PlanRemark, StartOrderEntry } from './types.js';

/** Race numbers are mostly numbers; those with letters come behind, in the order of the alphabet. */
export function byRaceNumber(a: StartOrderEntry, b: StartOrderEntry): number {
  return (
    byNumber(numberOf(a), numberOf(b)) || byText(textOf(a.raceNumber), textOf(b.raceNumber)) || byId(a, b)
  );
}

/** The id decides what is left, so that every order is total. */
export function byId(a: StartOrderEntry, b: StartOrderEntry): number {
  return byText(a.id, b.id);
}

/** Ascending; what is missing comes last. */
export function byNumber(a: number | null | undefined, b: number | null | undefined): number {
  const [left, right] = [a ?? Number.POSITIVE_INFINITY, b ?? Number.POSITIVE_INFINITY];
  return left === right ? 0 : left - right;
}

export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The race number as a number; null when there is none or it has letters. */
export function numberOf({ raceNumber }: StartOrderEntry): number | null {
  if (typeof raceNumber === 'number') return Number.isFinite(raceNumber) ? raceNumber : null;
  if (typeof raceNumber !== 'string' || raceNumber.trim() === '') return null;
  const parsed = Number(raceNumber);
  return Number.isFinite(parsed) ? parsed : null;
}

export function hasRaceNumber({ raceNumber }: StartOrderEntry): boolean {
  return raceNumber !== null && raceNumber !== undefined && String(raceNumber).trim() !== '';
}

/** `#12`, or the id when there is no number: what an entry is called in a sentence. */
export function label(entry: StartOrderEntry): string {
  return hasRaceNumber(entry) ? `#${entry.raceNumber}` : entry.id;
}

/** Compares by attributes: `['-est_speed', 'age', 'bib']`; a minus is descending, what is missing comes last. */
export function byAttributes(sort: readonly string[]): (a: StartOrderEntry, b: StartOrderEntry) => number {
  const keys = sort.map((each) => ({
    name: each.replace(/^-/, '') === 'bib' ? 'raceNumber' : each.replace(/^-/, ''),
    sign: each.startsWith('-') ? -1 : 1,
  }));
  return (a, b) => {
    for (const { name, sign } of keys) {
      const [left, right] = [a[name], b[name]];
      const missing =
        Number(left === undefined || left === null) - Number(right === undefined || right === null);
      if (missing !== 0) return missing;
      if (left === undefined || left === null) continue;
      const order =
        typeof left === 'number' && typeof right === 'number'
          ? left - right
          : byText(textOf(left), textOf(right));
      if (order !== 0) return sign * order;
    }
    return byRaceNumber(a, b);
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'number'
      ? String(value)
      : JSON.stringify(value ?? '');
}

/** 1 → "1st", 12 → "12th", 23 → "23rd". */
export function ordinal(n: number): string {
  const lastTwo = Math.abs(n) % 100;
  if (lastTwo >= 11 && lastTwo <= 13) return `${n}th`;
  return `${n}${{ 1: 'st', 2: 'nd', 3: 'rd' }[Math.abs(n) % 10] ?? 'th'}`;
}

/** An order without problems. */
export function ordered(placed: readonly PlacedEntry[], notices: readonly PlanRemark[] = []): PoolOrder {
  return { ordered: placed, unplaced: [], problems: [], notices };
}

/** No order, for this reason. */
export function refused(...problems: readonly PlanRemark[]): PoolOrder {
  return { ordered: [], unplaced: [], problems, notices: [] };
}
