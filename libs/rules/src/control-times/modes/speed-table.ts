import { durationInWords, HOUR_MS, MINUTE_MS } from '../../instants.js';
import { unknown, unreadableRule } from '../count-from.js';
import { distanceOf } from '../distance.js';
import { memberOf, parseHours, type Params } from '../params.js';
import type { ControlFacts, ModeAnswer } from '../types.js';

/** A stretch of a brevet: up to this distance from the start, the slowest and the fastest speed in km/h. */
export interface SpeedBracket {
  readonly toKm: number;
  readonly minKmh: number;
  readonly maxKmh: number;
}

/**
 * Audax Club Parisien, rules for organisers of Brevets de Randonneurs Mondiaux. Source: the control-times page of
 * Randonneurs USA, whose examples are the cases of brevet.spec.ts.
 */
export const ACP_TABLE: readonly SpeedBracket[] = [
  { toKm: 200, minKmh: 15, maxKmh: 34 },
  { toKm: 400, minKmh: 15, maxKmh: 32 },
  { toKm: 600, minKmh: 15, maxKmh: 30 },
  { toKm: 1000, minKmh: 11.428, maxKmh: 28 },
  { toKm: 1300, minKmh: 13.333, maxKmh: 26 },
];

/** The time limit of a brevet by its nominal distance, whatever its route measures. Source: the same. */
export const ACP_FINAL_LIMITS: Readonly<Record<string, string>> = {
  200: '13:30',
  300: '20:00',
  400: '27:00',
  600: '40:00',
  1000: '75:00',
};

/** Near the start a control closes at 20 km/h plus one hour. Source: the same, rule of March 2018. */
const RELAXED = { toKm: 60, kmh: 20, plusMs: HOUR_MS };

/**
 * Opens and closes by a table of speeds over the distance from the start: opening counts the fastest speeds from the
 * first start, closing the slowest from the last. The distance counts in whole kilometres, the rest cut
 * off, and at most the nominal one; at and beyond the nominal distance the limit of the brevet counts. Times are
 * rounded to the nearest minute. Since 2024 controls before the finish are advisory with the ACP: say so with `enforcement`.
 *
 * params
 *   nominal_km        the distance that the brevet is called by: 200, 300, 400, 600, 1000
 *   table             [{to_km, min, max}] in km/h; default ACP
 *   final_limit       "13:30" or with a unit; final_limits by nominal distance; default ACP's with ACP's table
 *   relaxed_until_km  up to here closing is d / 20 km/h + 1 h; default 60 with ACP's table, else 0
 */
export function speedTable(params: Params, facts: ControlFacts): ModeAnswer {
  const distance = distanceOf(params, facts);
  const nominalKm = params.positive('nominal_km');
  const custom = readTable(params);
  if (distance === undefined || nominalKm === undefined) {
    if (nominalKm === undefined) params.need('nominal_km', 'the nominal distance of the brevet');
    else params.need('distance_km', 'the distance of the control from the start');
    return unreadableRule(nominalKm === undefined ? 'a nominal distance' : 'the distance of the control');
  }
  if (params.problems.length > 0) return unreadableRule('a table that can be read');
  const { firstStartMs, lastStartMs } = facts.starts;
  if (firstStartMs === null || lastStartMs === null) return unknown('no start is known');

  const table = custom ?? ACP_TABLE;
  const km = Math.min(Math.floor(distance.km), nominalKm);
  const relaxedKm = params.amount('relaxed_until_km') ?? (custom === undefined ? RELAXED.toKm : 0);
  const finalMs = finalLimit(params, nominalKm, custom === undefined);
  const isFinish = km >= nominalKm && finalMs !== undefined;
  const closeMs = isFinish
    ? finalMs
    : km <= relaxedKm
      ? (km / RELAXED.kmh) * HOUR_MS + RELAXED.plusMs
      : travelMs(km, table, 'minKmh');
  const openMs = travelMs(km, table, 'maxKmh');
  const rule = isFinish
    ? `limit of ${nominalKm} km`
    : km <= relaxedKm
      ? `${km} km at ${RELAXED.kmh} km/h and 1 h`
      : `${km} km by the speed table`;
  return {
    closesMs: lastStartMs + Math.round(closeMs),
    because: `last start ${facts.clock(lastStartMs)} + ${inMinutes(closeMs)} (${rule})`,
    opening: {
      opensMs: firstStartMs + Math.round(openMs),
      because: `first start ${facts.clock(firstStartMs)} + ${inMinutes(openMs)} (${km} km by the speed table)`,
    },
    round: 'nearest',
  };
}

function travelMs(km: number, table: readonly SpeedBracket[], speed: 'minKmh' | 'maxKmh'): number {
  let hours = 0;
  let fromKm = 0;
  for (const [index, bracket] of table.entries()) {
    // What lies beyond the table goes at the speed of its last stretch.
    const toKm = index === table.length - 1 ? km : Math.min(km, bracket.toKm);
    if (toKm <= fromKm) break;
    hours += (toKm - fromKm) / bracket[speed];
    fromKm = toKm;
  }
  return hours * HOUR_MS;
}

function finalLimit(params: Params, nominalKm: number, isAcp: boolean): number | undefined {
  const own = params.duration('final_limit');
  if (own !== undefined) return own;
  const limits = params.raw('final_limits') ?? (isAcp ? ACP_FINAL_LIMITS : undefined);
  return parseHours(memberOf(limits, String(nominalKm)));
}

function readTable(params: Params): readonly SpeedBracket[] | undefined {
  const given = params.raw('table');
  if (given === undefined || given === 'acp') return undefined;
  const rows = (Array.isArray(given) ? given : []).map((row) => ({
    toKm: memberOf(row, 'to_km'),
    minKmh: memberOf(row, 'min') ?? memberOf(row, 'min_kmh'),
    maxKmh: memberOf(row, 'max') ?? memberOf(row, 'max_kmh'),
  }));
  const isTable = rows.every(
    (row, index): row is SpeedBracket =>
      [row.toKm, row.minKmh, row.maxKmh].every((value) => typeof value === 'number' && value > 0) &&
      (index === 0 || Number(row.toKm) > Number(rows[index - 1]?.toKm)),
  );
  if (isTable && rows.length > 0) return rows;
  return params.refuse('table', 'a table of {to_km, min, max} with rising distances');
}

function inMinutes(ms: number): string {
  return durationInWords(Math.round(ms / MINUTE_MS) * MINUTE_MS);
}
