import { durationInWords } from '../../instants.js';
import { unknown, unreadableRule } from '../count-from.js';
import type { Params } from '../params.js';
import type { ControlFacts, ModeAnswer } from '../types.js';

/**
 * Closes a time after the first finisher; until somebody has finished, at the limit for the first. Who finishes
 * behind that limit is not a finisher in time and opens no new one. Source: sailing instructions
 * of a Y Flyer regatta (2.5 h for the first boat, 45 min for the rest; whoever is later is scored TLE).
 *
 * params
 *   first_limit_min       from the last start of the class until somebody must have finished
 *   rest_after_first_min  for the others, from then on
 * both also _s, _h, or "2:30"
 */
export function firstFinisherPlus(params: Params, { starts, finishers, clock }: ControlFacts): ModeAnswer {
  const firstLimitMs = params.duration('first_limit');
  const restMs = params.duration('rest_after_first', 'rest');
  if (restMs === undefined) {
    params.need('rest_after_first_min', 'the time for the others behind the first finisher');
    return unreadableRule('a time for the others');
  }
  const limitMs =
    firstLimitMs === undefined || starts.lastStartMs === null ? null : starts.lastStartMs + firstLimitMs;
  let firstMs = Number.POSITIVE_INFINITY;
  for (const { atMs } of finishers) firstMs = Math.min(firstMs, atMs);
  if (firstMs <= (limitMs ?? Number.MAX_VALUE)) {
    return {
      closesMs: firstMs + restMs,
      because: `first finisher ${clock(firstMs)} + ${durationInWords(restMs)}`,
    };
  }
  if (firstLimitMs === undefined) return unknown('nobody has finished');
  if (limitMs === null || starts.lastStartMs === null) return unknown('no start is known');
  const who = finishers.length > 0 ? 'nobody finished within it' : 'nobody has finished yet';
  return {
    closesMs: limitMs,
    because: `last start ${clock(starts.lastStartMs)} + ${durationInWords(firstLimitMs)} for the first finisher: ${who}`,
  };
}
