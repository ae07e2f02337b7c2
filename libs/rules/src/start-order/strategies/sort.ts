import { byRaceNumber, type Competitor } from '../competitor.js';
import { numberOf } from '../params.js';
import type { StrategyRequest } from './strategy.js';

export interface SortKey {
  readonly field: string;
  readonly descending: boolean;
}

/** Other words for a field of an entry. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  bib: 'raceNumber',
  race_number: 'raceNumber',
  number: 'raceNumber',
  'registration date': 'registeredAt',
  registered_at: 'registeredAt',
};

/**
 * Reads `params.sort`: names of entry fields, `-` in front for descending. `bib` is the race number.
 *
 * @returns undefined when the document does not sort; a sentence instead of a list is a note, not a setting
 */
export function readSort({ params }: Pick<StrategyRequest, 'params'>): readonly SortKey[] | undefined {
  const value = params.find('sort')?.value;
  const names = typeof value === 'string' && /^\S+$/.test(value) ? [value] : value;
  if (!Array.isArray(names) || names.length === 0) return undefined;
  return names.map(sortKeyOf);
}

export function sortKeyOf(name: unknown): SortKey {
  const text = String(name);
  const descending = text.startsWith('-');
  const field = descending ? text.slice(1) : text;
  return { field: FIELD_NAMES[field] ?? field, descending };
}

/** Sorts by the keys in turn; a missing value comes last in either direction; then race number and id. */
export function sorted(entries: readonly Competitor[], keys: readonly SortKey[]): Competitor[] {
  return entries.toSorted((a, b) => {
    for (const { field, descending } of keys) {
      const order = compareField(valueOf(a, field), valueOf(b, field), descending);
      if (order !== 0) return order;
    }
    return byRaceNumber(a, b);
  });
}

/** "est_speed, age (descending)". */
export function sortWords(keys: readonly SortKey[]): string {
  return keys.map(({ field, descending }) => (descending ? `${field} (descending)` : field)).join(', ');
}

function valueOf(entry: Competitor, field: string): unknown {
  return field === 'raceNumber' ? entry.raceNumber : entry.attributes[field];
}

function compareField(a: unknown, b: unknown, descending: boolean): number {
  const missing = Number(isMissing(a)) - Number(isMissing(b));
  if (missing !== 0 || isMissing(a)) return missing;
  const [x, y] = [numberOf(a), numberOf(b)];
  // Numbers before texts: comparing some pairs as numbers and some as texts would be no order at all.
  const order =
    x !== undefined && y !== undefined
      ? x - y
      : x !== undefined
        ? -1
        : y !== undefined
          ? 1
          : compareTexts(String(a), String(b));
  return descending ? -order : order;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
