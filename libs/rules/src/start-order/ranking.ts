import { byId, byNumber, byRaceNumber, numberOf } from './sorting.js';
import type { ClassifiedEntry, PlanRemark, RankedEntry, Ranking, StartOrderEntry } from './types.js';

const NOT_RANKED: Readonly<Record<string, string>> = {
  dnf: 'did not finish',
  ret: 'retired',
  retired: 'retired',
  dns: 'did not start',
  dsq: 'disqualified',
  dq: 'disqualified',
  otl: 'over the time limit',
  withdrawn: 'withdrawn',
  pending: 'result still pending',
  nc: 'not classified',
};
const RANKED: ReadonlySet<string> = new Set(['classified', 'finished', 'ok', 'max_time']);

type Comparison = (a: Candidate, b: Candidate) => number;
interface Candidate {
  readonly entry: StartOrderEntry;
  readonly row: ClassifiedEntry;
}

/** What a tie can be broken by, with the words for it. */
const TIE_BREAKS: Readonly<Record<string, { words: string; compare: Comparison }>> = {
  race_number: { words: 'race number', compare: (a, b) => byNumber(numberOf(a.entry), numberOf(b.entry)) },
  inverse_race_number: {
    words: 'higher race number',
    compare: (a, b) => byNumber(negative(numberOf(a.entry)), negative(numberOf(b.entry))),
  },
  seed: { words: 'seed', compare: (a, b) => byNumber(a.entry.seed, b.entry.seed) },
  time: { words: 'time', compare: (a, b) => byNumber(a.row.timeMs, b.row.timeMs) },
  clean_time: {
    words: 'time without penalties',
    compare: (a, b) => byNumber(a.row.cleanTimeMs, b.row.cleanTimeMs),
  },
  entry_list: { words: 'place in the entry list', compare: () => 0 },
  id: { words: 'id', compare: (a, b) => byId(a.entry, b.entry) },
};

/** Ties by race number: Dakar regulations; other lists are the organiser's. */
const DEFAULT_TIE_BREAK = ['race_number'];

/**
 * Reads a classification. Places count when every ranked row states one, else times when every one has a time,
 * else those that have a place. A tie is broken in the classification, before an order is reversed, so that an
 * inverse order is the exact reverse.
 */
export function readRanking(
  classification: readonly ClassifiedEntry[],
  name: string,
  tieBreak: readonly string[] = DEFAULT_TIE_BREAK,
  tieBreakPointer = '/stage/tieBreak',
): { readonly ranking: Ranking; readonly problems: readonly PlanRemark[] } {
  const problems: PlanRemark[] = [];
  const rows = new Map<string, ClassifiedEntry>();
  for (const [index, row] of classification.entries()) {
    const status = statusOf(row);
    if (status !== undefined && !RANKED.has(status) && NOT_RANKED[status] === undefined) {
      problems.push({
        code: 'STATUS_UNKNOWN',
        message: `"${row.status}" is not a status of a classification. Use one of: ${[...RANKED, ...Object.keys(NOT_RANKED)].join(', ')}.`,
        pointer: `/classification/${index}/status`,
      });
    }
    if (rows.has(row.entryId)) {
      problems.push({
        code: 'CLASSIFIED_TWICE',
        message: `Entry ${row.entryId} is in the classification twice.`,
        pointer: `/classification/${index}/entryId`,
      });
    }
    rows.set(row.entryId, row);
  }
  for (const [index, key] of tieBreak.entries()) {
    if (TIE_BREAKS[key] === undefined) {
      problems.push({
        code: 'TIE_BREAK_UNKNOWN',
        message: `A tie can't be broken by "${key}". Use: ${Object.keys(TIE_BREAKS).join(', ')}.`,
        pointer: `${tieBreakPointer}/${index}`,
      });
    }
  }
  const breaks = tieBreak.flatMap((key) => TIE_BREAKS[key] ?? []);
  const ranked = classification.filter((row) => NOT_RANKED[statusOf(row) ?? ''] === undefined);
  const keyOf = {
    result: resultKey(ranked),
    clean: (row: ClassifiedEntry) => row.cleanTimeMs ?? null,
  };
  const placesOf = (by: 'result' | 'clean') => {
    const key = keyOf[by];
    const usesPlaces =
      by === 'result' &&
      ranked.some((row) => row.position !== null && row.position !== undefined && key(row) === row.position);
    const keys = ranked.flatMap((row) => key(row) ?? []).toSorted((a, b) => a - b);
    const firstOf = new Map<number, number>();
    for (const [index, value] of keys.entries()) if (!firstOf.has(value)) firstOf.set(value, index + 1);
    return (row: ClassifiedEntry): number =>
      usesPlaces ? Number(key(row)) : (firstOf.get(Number(key(row))) ?? 0);
  };
  const ranking: Ranking = {
    name,
    rank(entries, by) {
      const key = keyOf[by];
      const placeOf = placesOf(by);
      const candidates: Candidate[] = entries.flatMap((entry) => {
        const row = rows.get(entry.id);
        if (row === undefined || NOT_RANKED[statusOf(row) ?? ''] !== undefined || key(row) === null)
          return [];
        return [{ entry, row }];
      });
      const shared = new Map<number, number>();
      for (const { row } of candidates) shared.set(Number(key(row)), (shared.get(Number(key(row))) ?? 0) + 1);
      const compare: Comparison = (a, b) => {
        const byKey = Number(key(a.row)) - Number(key(b.row));
        if (byKey !== 0) return byKey;
        for (const each of breaks) {
          if (each === TIE_BREAKS['entry_list']) return 0;
          const order = each.compare(a, b);
          if (order !== 0) return order;
        }
        return byRaceNumber(a.entry, b.entry);
      };
      return candidates.toSorted(compare).map(({ entry, row }): RankedEntry => ({
        entry,
        place: placeOf(row),
        timeMs: (by === 'clean' ? row.cleanTimeMs : row.timeMs) ?? null,
        tie: (shared.get(Number(key(row))) ?? 0) > 1 ? tieWords(breaks, tieBreak) : '',
      }));
    },
    whyNot(entry) {
      const row = rows.get(entry.id);
      if (row === undefined) return `no result in ${name}`;
      const status = statusOf(row) ?? '';
      return `${NOT_RANKED[status] ?? (status === 'max_time' ? 'maximum time, not placed' : 'not placed')} in ${name}`;
    },
  };
  return { ranking, problems };
}

function tieWords(breaks: readonly { words: string }[], tieBreak: readonly string[]): string {
  return `tie broken by ${(breaks.length > 0 ? breaks : [TIE_BREAKS['race_number']!]).map(({ words }) => words).join(', then ') || tieBreak.join(', ')}`;
}

function resultKey(ranked: readonly ClassifiedEntry[]): (row: ClassifiedEntry) => number | null {
  const hasPlace = (row: ClassifiedEntry) => row.position !== null && row.position !== undefined;
  const hasTime = (row: ClassifiedEntry) => row.timeMs !== null && row.timeMs !== undefined;
  if (ranked.some(hasPlace) && (ranked.every(hasPlace) || !ranked.every(hasTime)))
    return (row) => row.position ?? null;
  return (row) => row.timeMs ?? null;
}

function statusOf({ status }: ClassifiedEntry): string | undefined {
  return status?.trim().toLowerCase().replaceAll('-', '_') || undefined;
}

function negative(value: number | null): number | null {
  return value === null ? null : -value;
}
