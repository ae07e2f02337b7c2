import type { Params } from './params.js';
import type { ControlFacts, ModeAnswer } from './types.js';

/** From where a limit counts: an instant with its words, or what is missing. */
export type CountedFrom =
  | { readonly ms: number; readonly because: string; readonly controlId: string | null }
  | { readonly missing: string };

/**
 * The instant that a limit counts from: the last start of the class, or what the params choose.
 *   from: start (default), first_start, due (the last due time at this control)
 *   from_control: the last due time at another control
 */
export function countFrom(
  params: Params,
  { control, starts, due, clock, distanceKmOf }: ControlFacts,
): CountedFrom {
  const other = params.text('from_control');
  const from = params.choice('from', ['start', 'first_start', 'due']) ?? 'start';
  if (other !== undefined) {
    const ms = starts.due.get(other)?.lastMs;
    if (ms !== undefined) return { ms, because: `last due ${clock(ms)} at ${other}`, controlId: other };
    if (distanceKmOf(other) === undefined) params.refuse('from_control', 'a control of this route');
    return { missing: `no due time at ${other} is known` };
  }
  if (from === 'due') {
    if (due === undefined) return { missing: `no due time at ${control.id} is known` };
    return { ms: due.lastMs, because: `last due ${clock(due.lastMs)}`, controlId: control.id };
  }
  const ms = from === 'start' ? starts.lastStartMs : starts.firstStartMs;
  if (ms === null) return { missing: 'no start is known' };
  return { ms, because: `${from === 'start' ? 'last' : 'first'} start ${clock(ms)}`, controlId: null };
}

/** Not known yet, and why. */
export function unknown(missing: string): ModeAnswer {
  return { closesMs: null, because: `not known yet: ${missing}` };
}

/** The params do not allow an answer; their problems say more. */
export function unreadableRule(what: string): ModeAnswer {
  return { closesMs: null, because: `not known: the rule lacks ${what}` };
}
