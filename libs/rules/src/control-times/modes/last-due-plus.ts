import { durationInWords, MINUTE_MS } from '../../instants.js';
import { unknown } from '../count-from.js';
import type { Params } from '../params.js';
import type { ControlFacts, ModeAnswer } from '../types.js';

const CLOSE_AFTER_MS = 30 * MINUTE_MS;

/**
 * Closes a time after the last due time. Source: Motorsport UK NCR 2026 ch. 13 App. 5 art. 2.2 (road rallies: open
 * 15 minutes before the first due time, closed 30 minutes after the last); App. 13 art. 3.1 leaves the closing on
 * stage rallies to the clerk of the course, considering the last due time.
 *
 * params
 *   close_after_s, close_after_min   default 30 min
 *   open_lead_s                      default 15 min in this mode
 */
export function lastDuePlus(params: Params, { due, control, clock }: ControlFacts): ModeAnswer {
  const afterMs = params.duration('close_after') ?? CLOSE_AFTER_MS;
  if (due === undefined) return unknown(`no due time at ${control.id} is known`);
  return {
    closesMs: due.lastMs + afterMs,
    because: `last due ${clock(due.lastMs)} + ${durationInWords(afterMs)}`,
  };
}
