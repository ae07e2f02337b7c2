/**
 * The rulebook: plain functions from facts to plans. It imports nothing and does no input or output, so
 * that a rule can be tried on last year's event without a database.
 *
 * Glossary (these words are used everywhere: columns, routes, messages)
 *   event          a competition of one discipline, in one time zone
 *   entry          one competitor of an event: a crew with its vehicle, boat or bib, under a race number
 *   stage          a day's or half day's competition that starts from one start list; also called leg
 *   segment        a part of a stage that an entry starts by itself: liaison, special stage, parc fermé …
 *   start list     the published, frozen order and start times of a stage; it has versions
 *   start          one entry's planned (target) and actual instant at one segment
 *   control        a place where an entry is timed or must pass; a geofence with a kind
 *   crossing       the instant at which an entry's track enters or leaves a control
 *   fix            one position of a track with its instant, as a tracker sent it
 *   bridged        of a crossing: its two fixes lie so far apart that its instant is only an estimate
 *   pool           entries that start in one block of the list and are counted together: bikes, P1, a fleet
 *   slot           a place of a start list with its time, whether somebody starts in it or not
 *   start group    entries that start together: a pair, a wave, a fleet
 *   gap            the time between a start group and the group in front of it; it belongs to the one behind
 *   band           a part of a pool (its first ten, its last ten, the rest) with a gap of its own
 *   pin            an official's decision that an entry starts in this place, whatever the strategy says
 *   rejoiner       an entry that retired from an earlier leg and is back in the event
 *   vacancy        a slot that stays empty: its entry is absent, or a pin stands behind it
 *   classification the ranking of entries after a stage or overall, as it was when it was read
 *   target duration the time that an entry is given from the start of a segment to its end
 *   lead time      the time between a time control and the start of the special stage behind it
 *   crew           the people of an entry, each in a role; the class says how many of each
 *   discipline     the kind of sport; its line of the discipline matrix says what an entry needs
 *   check item     what the race office checks of an entry: a document before the confirmation, readiness before
 *                  the start; waived when an official does without it
 *   violation      something about an entry that breaks a rule; an error refuses, a warning only tells
 *   because        the sentence with which an official explains a line of a list
 */
export * from './due-times/plan-segment-offsets.js';
export * from './start-order/document.js';
export { drawStartOrder } from './start-order/draw-start-order.js';
export * from './start-order/plan-start-list.js';
export { startOrderAliases, startOrderStrategies } from './start-order/strategies/registry.js';
export * from './start-order/types.js';
export * from './start-list/add-late-entry.js';
export * from './start-list/delay-starts.js';
export * from './start-list/diff-lists.js';
export * from './start-list/pin-start.js';
export * from './start-list/reinstate-entry.js';
export * from './start-list/remove-entry.js';
export * from './start-list/types.js';
export * from './due-times/chain-due-times.js';
export * from './control-times/control-times-document.js';
export * from './control-times/modes/registry.js';
export * from './control-times/plan-control-times.js';
export type {
  ClassStarts,
  ControlMode,
  ControlRule,
  ControlTimesFacts,
  ControlTimesPlan,
  DueSpan,
  Finish,
  PlannedControlTime,
} from './control-times/types.js';
export { parseInstant } from './instants.js';
export * from './start-list/tail-gap.js';
export * from './crew-copy/plan-crew-copy.js';
export * from './crew-copy/types.js';
export * from './disciplines/check-entry.js';
export * from './disciplines/impossible.js';
export * from './disciplines/check-readiness.js';
export { type Checklist, checklistOf } from './disciplines/checklist.js';
export * from './disciplines/crew-rules.js';
export * from './disciplines/discipline-matrix.js';
export { itemInWords } from './disciplines/words.js';
export * from './disciplines/entry-check-document.js';
export * from './disciplines/rules-of-class.js';
export * from './disciplines/types.js';
export * from './entry-status/entry-status-moves.js';
export * from './entry-status/judge-move.js';
export * from './entry-status/reason-fault.js';
export * from './race-numbers/race-numbers.js';
export * from './recompute/plan-recompute.js';
export * from './recompute/recompute-reasons.js';
export type * from './recompute/types.js';
export * from './stage-times/time-stage.js';
export * from './crossings/find-crossings.js';
