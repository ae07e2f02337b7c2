import type { PlanRemark } from '../start-order/types.js';
import type { Params } from './params.js';

/** A control of a route and the rule by which it opens and closes. */
export interface ControlRule {
  readonly id: string;
  /** What people call it; the id when absent. */
  readonly name?: string | undefined;
  /** Along the route from the start; for the modes that divide it by a speed. */
  readonly distanceKm?: number | null | undefined;
  /** A key of `controlModes`. */
  readonly mode: string;
  /** What the mode needs; see its file. `classes` holds what differs for a class, by class id. */
  readonly params?: Readonly<Record<string, unknown>> | null | undefined;
}

/** The start list of one class, as far as control times depend on it. Epoch milliseconds. */
export interface ClassStarts {
  /** null: the entries have no class, or there is no start list. */
  readonly classId: string | null;
  /** null while no start is known. */
  readonly firstStartMs: number | null;
  readonly lastStartMs: number | null;
  /** First and last due time of the class at each control that has due times, by control id. */
  readonly due: ReadonlyMap<string, DueSpan>;
}

export interface DueSpan {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Somebody finished. */
export interface Finish {
  readonly atMs: number;
  /** null: counts for every class. */
  readonly classId: string | null;
  /** The control where it was; null: counts at every control that waits for a finisher. */
  readonly controlId: string | null;
}

/** Everything that decides control times. */
export interface ControlTimesFacts {
  /** In the order of the route. */
  readonly controls: readonly ControlRule[];
  /** At least one; a start list without classes, or no start list, is one with classId null. */
  readonly classes: readonly ClassStarts[];
  /** Moves every opening and closing. Zero when the starts and due times already hold the delay. */
  readonly delaySeconds?: number | undefined;
  readonly finishers?: readonly Finish[] | undefined;
  /** Of the clocks that rules and officials read; default 0. */
  readonly utcOffsetMinutes?: number | undefined;
}

/** When a control opens and closes for a class. Epoch milliseconds. */
export interface PlannedControlTime {
  readonly id: string;
  readonly classId: string | null;
  /** null while what it depends on is not known. */
  readonly opensMs: number | null;
  /** On the whole minute; null while what it depends on is not known: `because` says what. */
  readonly closesMs: number | null;
  /** The same before rounding, and before it was held back by the control before. */
  readonly closesExactlyMs: number | null;
  readonly because: string;
  readonly enforceAt?: 'arrival' | 'departure';
  readonly enforcement?: 'strict' | 'advisory';
  /** Class in which an entry that is behind the closing may go on. */
  readonly downgradeTo?: string;
}

/** Control times, and what is wrong with their rules. */
export interface ControlTimesPlan {
  /** One for each control and class, in the order of the route. */
  readonly times: readonly PlannedControlTime[];
  readonly problems: readonly PlanRemark[];
}

/** What a mode is told about the control and class that it answers for. */
export interface ControlFacts {
  readonly control: ControlRule;
  readonly starts: ClassStarts;
  /** First and last due time of the class at this control. */
  readonly due: DueSpan | undefined;
  /** The first start of all classes: day 0 of rules that name days. */
  readonly firstStartOfAllMs: number | null;
  readonly utcOffsetMinutes: number;
  /** Those that count for this control and class, in no order. */
  readonly finishers: readonly Finish[];
  /** The distance of another control: null when it has none, undefined when the route has no such control. */
  readonly distanceKmOf: (controlId: string) => number | null | undefined;
  /** An instant as officials read it: "14:32", "D1 01:30". */
  readonly clock: (ms: number) => string;
}

/** The answer of a mode, before allowance, delay, neutralisation and rounding. */
export interface ModeAnswer {
  /** null while what the closing depends on is not known. */
  readonly closesMs: number | null;
  /** How it was computed, or what is missing: "last due 14:32 + 30 min". */
  readonly because: string;
  /** For controls where the mode knows better than "with the first start". */
  readonly opening?: { readonly opensMs: number; readonly because: string };
  /** Default: up. */
  readonly round?: 'up' | 'nearest';
}

/** A mode: a pure function, one file each, listed in the registry. Problems with its params go to `params`. */
export type ControlMode = (params: Params, facts: ControlFacts) => ModeAnswer;
