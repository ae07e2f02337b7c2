import { byRaceNumber, type Competitor } from '../competitor.js';
import type { UnplacedEntry } from '../document.js';
import { rankEntries, type Standing } from '../standing.js';
import { onDayOf, readClock, readInstant } from '../times.js';
import { clock, quoted } from '../words.js';
import { orderByClassification, placeIn } from './by-classification.js';
import { NO_ORDER, type Placed, type PoolOrder, type StrategyRequest } from './strategy.js';

const FINISH = ['finish_at', 'finish', 'common_finish'] as const;

/** Whether all are to arrive at one instant: then the clock decides the order, also across pools. */
export function hasCommonFinish(params: StrategyRequest['params']): boolean {
  return params.find(...FINISH) !== undefined;
}

/**
 * Who arrives first wins. Entries with an equal start share a group; bands are not used.
 *
 * With `params.finish_at` (also `finish`, `common_finish`; an instant, or a time of day on the day of `startsAt`)
 * the start is the common finish less the expected elapsed time: the entry's `expected_s`, else its time in the
 * classification. The slowest starts first. An entry without either cannot be placed. Example: finish 19:37:00,
 * expected 35:30, start 19:01:30.
 *
 * Without a finish (Gundersen) the leader starts at the start of the stage and everybody else as far behind as in
 * the classification.
 *
 * `params.round_to_s` rounds the starts to so many seconds, the nearest; default 1.
 */
export function pursuit(request: StrategyRequest): PoolOrder {
  const roundMs = (request.params.number(['round_to_s'], 0.001) ?? 1) * 1000;
  const round = (ms: number): number => Math.round(ms / roundMs) * roundMs;
  const order = hasCommonFinish(request.params)
    ? byCommonFinish(request, round)
    : byTimeBehind(request, round);
  return order;
}

function byCommonFinish(request: StrategyRequest, round: (ms: number) => number): PoolOrder {
  const finishMs = readFinish(request);
  if (finishMs === undefined) return NO_ORDER;
  const { entries, result, tieBreak } = request;
  const ordered: (Placed & { ownTimeMs: number })[] = [];
  const unplaced: UnplacedEntry[] = [];
  for (const entry of inTieOrder(entries, result, tieBreak)) {
    const expectedMs = expectedMsOf(entry, result);
    if (expectedMs === null) {
      unplaced.push({
        entryId: entry.entryId,
        because: 'no expected time, so no start can be counted back from the common finish',
      });
    } else {
      ordered.push({
        entry,
        fact: `expected ${duration(expectedMs)}, counted back from the finish at ${clock(finishMs, request.startsAt)}`,
        ownTimeMs: round(finishMs - expectedMs),
      });
    }
  }
  if (ordered.length === 0 && entries.length > 0) {
    request.remarks.problem(
      'EXPECTED_TIME_MISSING',
      'No entry has an expected time. Enter "expected_s", or choose a classification with times.',
      '/entries',
    );
  }
  // A stable sort: equal starts keep the order of the tie-break.
  return {
    ordered: ordered.toSorted((a, b) => a.ownTimeMs - b.ownTimeMs),
    unplaced,
    timing: { kind: 'own_times', from: 'epoch' },
  };
}

function byTimeBehind(request: StrategyRequest, round: (ms: number) => number): PoolOrder {
  const order = orderByClassification(request, request.result, (ranked, standing) => {
    const leaderMs = ranked.reduce(
      (least, { timeMs }) => Math.min(least, timeMs ?? least),
      Number.POSITIVE_INFINITY,
    );
    if (ranked.some(({ timeMs }) => timeMs === null)) {
      request.remarks.problem(
        'INPUT_TIME_MISSING',
        `${standing.name} has no times for some of the classified, so they cannot start as far behind as they were.`,
        '/classification',
      );
    }
    return ranked
      .map((row) => {
        const behindMs = round((row.timeMs ?? leaderMs) - leaderMs);
        return {
          entry: row.entry,
          fact: `${placeIn(standing, row)}, ${behindMs === 0 ? 'with the leader' : `${duration(behindMs)} behind the leader`}`,
          ownTimeMs: behindMs,
        };
      })
      .toSorted((a, b) => a.ownTimeMs - b.ownTimeMs);
  });
  return { ...order, timing: { kind: 'own_times', from: 'pool_start' } };
}

/** Milliseconds; null when nothing says how long the entry will take. */
function expectedMsOf(entry: Competitor, result: Standing | undefined): number | null {
  if (entry.expectedSeconds !== null) return entry.expectedSeconds * 1000;
  const row = result?.rows.get(entry.entryId);
  return row?.ranked === true ? row.timeMs : null;
}

function inTieOrder(
  entries: readonly Competitor[],
  result: Standing | undefined,
  tieBreak: StrategyRequest['tieBreak'],
): readonly Competitor[] {
  if (result === undefined) return entries.toSorted(byRaceNumber);
  const { ranked, unranked } = rankEntries(result, entries, tieBreak);
  return [...ranked.map(({ entry }) => entry), ...unranked];
}

function readFinish({ params, startsAt, remarks }: StrategyRequest): number | undefined {
  const param = params.find(...FINISH);
  if (param === undefined) return undefined;
  const instant = readInstant(param.value);
  if (instant !== undefined) return instant.ms;
  const clockMs = readClock(param.value);
  if (clockMs === undefined) {
    remarks.problem(
      'TIME_UNREADABLE',
      `${quoted(param.value)} is no time. Write it as 2026-06-07T19:37:00+02:00 or 19:37:00.`,
      param.pointer,
    );
    return undefined;
  }
  if (startsAt === undefined) return undefined;
  const finishMs = onDayOf(startsAt, clockMs);
  // A finish at 00:30 of a race that starts at 22:00 is on the next day.
  return finishMs < startsAt.ms ? finishMs + 86_400_000 : finishMs;
}

/** 2130000 → "0:35:30". */
function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const fraction = ms % 1000 === 0 ? '' : `.${String(Math.round(ms % 1000)).padStart(3, '0')}`;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fraction}`;
}
