import { durationInWords, HOUR_MS, isDuration, pointerStep } from '../../instants.js';
import { countFrom, unknown, unreadableRule } from '../count-from.js';
import { memberOf, type Params } from '../params.js';
import type { ControlFacts, ModeAnswer } from '../types.js';

/**
 * Closes a time after the last start of the class, which is its wave. Sources: Leadville 100 of 1998 (ten elapsed
 * cut-offs), Val d'Aran (48, 26 and 13 h by class), Oxfam Trailwalker (30 h in France, 48 h in Australia).
 *
 * params
 *   elapsed "13:30", elapsed_s, elapsed_min, elapsed_h; limit… is read as the same
 *   limits_h     hours by class id: {"161k": 48, "55k": 13}
 *   from, from_control   see count-from.ts
 */
export function elapsedFromWave(params: Params, facts: ControlFacts): ModeAnswer {
  const limitMs = limitOfClass(params, facts.starts.classId) ?? params.duration('elapsed', 'limit', 'max');
  if (limitMs === undefined) {
    const whose = facts.starts.classId === null ? '' : ` for class ${facts.starts.classId}`;
    params.need('elapsed', `the time after the start at which it closes${whose}`);
    return unreadableRule(`a limit${whose}`);
  }
  const from = countFrom(params, facts);
  if ('missing' in from) return unknown(from.missing);
  return { closesMs: from.ms + limitMs, because: `${from.because} + ${durationInWords(limitMs)}` };
}

function limitOfClass(params: Params, classId: string | null): number | undefined {
  if (classId === null) return undefined;
  const hours = memberOf(params.raw('limits_h'), classId);
  if (hours === undefined) return undefined;
  if (typeof hours === 'number' && hours >= 0 && isDuration(hours * 3600)) return Math.round(hours * HOUR_MS);
  params.problems.push({
    code: 'PARAM_INVALID',
    message: `${JSON.stringify(hours)} is not a number of hours.`,
    pointer: `${params.pointerTo('limits_h')}/${pointerStep(classId)}`,
  });
  return undefined;
}
