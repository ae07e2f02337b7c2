import { durationInWords } from '../../instants.js';
import { countFrom, unknown, unreadableRule } from '../count-from.js';
import type { Params } from '../params.js';
import type { ControlFacts, ModeAnswer } from '../types.js';

/**
 * Closes when the last to start has used up the maximum time of the stage. Source: Motorsport UK NCR 2026 ch. 13
 * App. 13 art. 11.1 (a time above the maximum counts as the maximum).
 *
 * params
 *   max_s, max_min, max_h
 *   from, from_control   see count-from.ts; "due" where the stage starts from this control's due times
 */
export function stageMaximum(params: Params, facts: ControlFacts): ModeAnswer {
  const maximumMs = params.duration('max', 'maximum');
  if (maximumMs === undefined) {
    params.need('max_s', 'the maximum time of the stage');
    return unreadableRule('a maximum time');
  }
  const from = countFrom(params, facts);
  if ('missing' in from) return unknown(from.missing);
  return {
    closesMs: from.ms + maximumMs,
    because: `${from.because} + maximum time ${durationInWords(maximumMs)}`,
  };
}
