import { durationInWords } from '../../instants.js';
import { countFrom, unknown, unreadableRule } from '../count-from.js';
import { figure } from '../distance.js';
import type { Params } from '../params.js';
import type { ControlFacts, ModeAnswer } from '../types.js';

const FACTOR = 1.5;

/**
 * Closes when the last has taken a multiple of the ideal time. Source: Serres Rally (liaison: ideal time + 50 %).
 *
 * params
 *   target_s, target_min, target_h   the ideal time
 *   factor                           default 1.5
 *   from, from_control               see count-from.ts; for a liaison behind another control
 */
export function targetMultiplier(params: Params, facts: ControlFacts): ModeAnswer {
  const targetMs = params.duration('target');
  const factor = params.positive('factor') ?? FACTOR;
  if (targetMs === undefined) {
    params.need('target_s', 'the ideal time');
    return unreadableRule('an ideal time');
  }
  const from = countFrom(params, facts);
  if ('missing' in from) return unknown(from.missing);
  const limitMs = Math.round(targetMs * factor);
  return {
    closesMs: from.ms + limitMs,
    because: `${from.because} + ${figure(factor)} × ${durationInWords(targetMs)} = ${durationInWords(limitMs)}`,
  };
}
