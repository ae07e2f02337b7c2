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
 *   classification the ranking of entries after a stage or overall, as it was when it was read
 *   target duration the time that an entry is given from the start of a segment to its end
 *   lead time      the time between a time control and the start of the special stage behind it
 *   because        the sentence with which an official explains a line of a list
 */
export * from './due-times/plan-segment-offsets.js';
export * from './start-order/draw-start-order.js';
export * from './start-order/plan-start-list.js';
export * from './start-order/strategies/registry.js';
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
