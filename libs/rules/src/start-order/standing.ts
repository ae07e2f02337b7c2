import { ascending, byId, byRaceNumber, type Competitor } from './competitor.js';
import type { TieBreak } from './document.js';

/** One checked row of the classification. */
export interface StandingRow {
  readonly entryId: string;
  readonly position: number | null;
  /** Milliseconds. */
  readonly timeMs: number | null;
  readonly cleanTimeMs: number | null;
  readonly ranked: boolean;
  /** Lower case; empty when the row has none. */
  readonly status: string;
}

/** By what a classification ranks. */
export type RankKey = 'position' | 'timeMs' | 'cleanTimeMs';

/** A classification that can be asked for the place of an entry. */
export interface Standing {
  readonly name: string;
  readonly rows: ReadonlyMap<string, StandingRow>;
  /** Whether it ranks anybody. */
  readonly hasRanked: boolean;
  /** The value that ranks the entry, lower is better; null when it is not ranked. */
  keyOf(entryId: string): number | null;
  /** 1 is the winner; entries that share a place have the same. Null when the entry is not ranked. */
  placeOf(entryId: string): number | null;
}

export interface RankedEntry {
  readonly entry: Competitor;
  readonly place: number;
  readonly timeMs: number | null;
  /** "race number" when the entry shares its place with another one and that separates the two. */
  readonly tieBrokenBy: string | null;
}

/** An entry's status in words, for the reason why the classification does not place it. */
const UNRANKED_WORDS: Readonly<Record<string, string>> = {
  dnf: 'did not finish',
  ret: 'did not finish',
  retired: 'did not finish',
  dns: 'did not start',
  dsq: 'disqualified',
  dq: 'disqualified',
  otl: 'over the time limit',
  withdrawn: 'withdrawn',
  pending: 'result still pending',
  nc: 'not classified',
};
const RANKED_STATUSES: ReadonlySet<string> = new Set(['', 'classified', 'finished', 'ok', 'max_time']);

/** Whether a status counts in the ranking; undefined for a word that is no status. Expects lower case. */
export function isRankedStatus(status: string): boolean | undefined {
  if (RANKED_STATUSES.has(status)) return true;
  return Object.hasOwn(UNRANKED_WORDS, status) ? false : undefined;
}

/**
 * Makes a standing of rows. It ranks by position if every ranked row has one, else by time if every ranked row
 * has one; else rows without the key that most can use are not classified.
 *
 * @param by the key to rank by, when the strategy names one (the clean time)
 */
export function standingOf(rows: readonly StandingRow[], name: string, by?: RankKey): Standing {
  const ranked = rows.filter((row) => row.ranked);
  const key = by ?? rankKeyOf(ranked);
  const byEntry = new Map(rows.map((row) => [row.entryId, row]));
  const keyOf = (entryId: string): number | null => {
    const row = byEntry.get(entryId);
    return row?.ranked === true ? row[key] : null;
  };
  const hasRanked = ranked.some((row) => row[key] !== null);
  const places = new Map<number, number>();
  // Printed positions are the places; only times have to be counted.
  if (key !== 'position') {
    const keys = Float64Array.from(ranked, (row) => row[key] ?? Number.POSITIVE_INFINITY).toSorted();
    for (const [index, value] of keys.entries()) if (!places.has(value)) places.set(value, index + 1);
  }
  return {
    name,
    rows: byEntry,
    hasRanked,
    keyOf,
    placeOf: (entryId) => {
      const value = keyOf(entryId);
      return value === null || key === 'position' ? value : (places.get(value) ?? null);
    },
  };
}

function rankKeyOf(ranked: readonly StandingRow[]): RankKey {
  if (ranked.every(({ position }) => position !== null)) return 'position';
  if (ranked.every(({ timeMs }) => timeMs !== null)) return 'timeMs';
  return ranked.some(({ position }) => position !== null) ? 'position' : 'timeMs';
}

/**
 * The entries in the order of the standing, ties broken, and those that it does not rank, by race number.
 *
 * A tie is broken here, in the classification, before any strategy reverses it: an inverse order is then the
 * exact reverse of the printed classification.
 */
export function rankEntries(
  standing: Standing,
  entries: readonly Competitor[],
  tieBreak: readonly TieBreak[],
): { readonly ranked: readonly RankedEntry[]; readonly unranked: readonly Competitor[] } {
  const keyed: { readonly entry: Competitor; readonly key: number }[] = [];
  const unranked: Competitor[] = [];
  for (const entry of entries) {
    const key = standing.keyOf(entry.entryId);
    if (key === null) unranked.push(entry);
    else keyed.push({ entry, key });
  }
  const breakTie = tieBreakers(tieBreak, standing);
  keyed.sort((a, b) => a.key - b.key || compareTied(breakTie, a.entry, b.entry));
  return {
    ranked: keyed.map(({ entry, key }, index) => {
      const next = keyed[index + 1];
      const before = keyed[index - 1];
      const tied = before?.key === key ? before : next?.key === key ? next : undefined;
      return {
        entry,
        place: standing.placeOf(entry.entryId) ?? index + 1,
        timeMs: standing.rows.get(entry.entryId)?.timeMs ?? null,
        tieBrokenBy:
          tied === undefined
            ? null
            : (breakTie.find(({ compare }) => compare(entry, tied.entry) !== 0)?.words ?? 'id'),
      };
    }),
    unranked: unranked.toSorted(byRaceNumber),
  };
}

interface TieBreaker {
  readonly words: string;
  readonly compare: (a: Competitor, b: Competitor) => number;
}

function tieBreakers(keys: readonly TieBreak[], standing: Standing): TieBreaker[] {
  const time =
    (key: 'timeMs' | 'cleanTimeMs') =>
    (a: Competitor, b: Competitor): number =>
      ascending(standing.rows.get(a.entryId)?.[key] ?? null, standing.rows.get(b.entryId)?.[key] ?? null);
  const all = {
    race_number: { words: 'race number', compare: (a, b) => ascending(a.raceNumber, b.raceNumber) },
    inverse_race_number: {
      words: 'inverse race number',
      compare: (a, b) => ascending(negative(a.raceNumber), negative(b.raceNumber)),
    },
    seed: { words: 'seed', compare: (a, b) => ascending(a.seed, b.seed) },
    time: { words: 'time', compare: time('timeMs') },
    clean_time: { words: 'time without penalties', compare: time('cleanTimeMs') },
    entry_list: { words: 'entry list', compare: (a, b) => a.index - b.index },
    id: { words: 'id', compare: byId },
  } satisfies Record<TieBreak, TieBreaker>;
  return keys.map((key) => all[key]);
}

/** What no named key separates, the race number and at last the id do: the order is always total. */
function compareTied(breakers: readonly TieBreaker[], a: Competitor, b: Competitor): number {
  for (const { compare } of breakers) {
    const order = compare(a, b);
    if (order !== 0) return order;
  }
  return byRaceNumber(a, b);
}

function negative(value: number | null): number | null {
  return value === null ? null : -value;
}

/** Why the standing does not place an entry: "did not finish". */
export function whyUnranked(standing: Standing, entryId: string): string {
  const row = standing.rows.get(entryId);
  if (row === undefined) return 'no result';
  if (!row.ranked) return UNRANKED_WORDS[row.status] ?? 'not placed';
  return row.status === 'max_time' ? 'maximum time, not placed' : 'not placed';
}
