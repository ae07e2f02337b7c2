import type { PlanRemark } from './types.js';

/**
 * A start list to draw, as a document: everything that decides the list and nothing else. It is read from JSON,
 * so every field is checked when it is read; a field that is null counts as left out.
 *
 * Unknown fields are ignored; those of an entry can be sorted by (`params.sort`).
 */
export interface StartOrderDocument {
  readonly stage: StartOrderStage;
  /** The entries that may start. Their order matters to `manual`, `championship_order` and `entry_list` only. */
  readonly entries: readonly StartOrderEntry[];
  readonly classification?: readonly StartOrderResultRow[] | null;
  /** What an official calls the classification: `Prologue`. Default: `the classification`. */
  readonly classificationName?: string | null;
  readonly pins?: readonly StartOrderPin[] | null;
  /** Of the random order: the same seed gives the same list. */
  readonly seed?: string | number | null;
}

export interface StartOrderStage {
  /** `2026-06-07T07:00:00+02:00`; `T` may be a space, seconds may be missing, no offset means UTC. */
  readonly startsAt?: string | null;
  /** A name of `startOrderStrategies` or one of its aliases. Default: `race_number`. */
  readonly strategy?: string | null;
  /** Of the strategy; each one documents its own. */
  readonly params?: Readonly<Record<string, unknown>> | null;
  readonly gaps?: readonly GapBand[] | null;
  /** Seconds; short for one band of all. */
  readonly gap_s?: number | null;
  /** Seconds; no gap of the list is shorter. */
  readonly min_gap_s?: number | null;
  readonly pools?: readonly StartOrderPool[] | null;
  /** False: the strategy orders all pools together, and pools only decide the gaps. Default: true. */
  readonly keepPoolsApart?: boolean | null;
  /** What happens to the slot of an absent entry. Default: `keep`. */
  readonly absentSlotPolicy?: 'keep' | 'close_up' | null;
  /** Applied in turn to equal results. Default: `["race_number"]`. */
  readonly tieBreak?: readonly TieBreak[] | null;
}

export type TieBreak =
  'race_number' | 'inverse_race_number' | 'seed' | 'time' | 'clean_time' | 'entry_list' | 'id';

/**
 * The gap between a start group and the group in front of it, for a part of the list. The gap stands before
 * the entry: `first: 10` at 180 s puts the 2nd to the 10th 180 s behind the one in front of them.
 *
 * The first band in the given order that fits decides; `rest` bands come after all others.
 */
export interface GapBand {
  /** The first so many of the pool (of the list, without pools), counted from its start. */
  readonly first?: number | null;
  /** The last so many. */
  readonly last?: number | null;
  /** Whatever no other band takes. */
  readonly rest?: boolean | null;
  /** Only entries of this pool, or of one of these. */
  readonly pool?: string | readonly string[] | null;
  /** Only race numbers between these two, both included, in either direction. */
  readonly from_bib?: number | null;
  readonly to_bib?: number | null;
  /** So many start together. Default: 1. A group never straddles the border of a band or a pool. */
  readonly group?: number | null;
  /** Seconds, 0 or more. Of several (`[120, 180]`: the regulations leave a choice) the first is taken. */
  readonly gap_s: number | readonly number[];
}

/** Entries that start in one block, in the order in which the pools are listed. */
export interface StartOrderPool {
  readonly id: string;
  /** Least seconds between the last start of the pool before and the first of this one. */
  readonly gap_before_s?: number | null;
  /** When its first group starts; not earlier than the pool before allows. May be a clock time: `09:45`. */
  readonly startsAt?: string | null;
  readonly strategy?: string | null;
  /** Added to the params of the stage; the pool's own win. */
  readonly params?: Readonly<Record<string, unknown>> | null;
  readonly gaps?: readonly GapBand[] | null;
  readonly gap_s?: number | null;
}

export interface StartOrderEntry {
  readonly id: string;
  readonly raceNumber?: number | null;
  readonly pool?: string | null;
  readonly team?: string | null;
  /** Retired from an earlier leg and back in the event. */
  readonly rejoining?: boolean | null;
  /** Is known not to start. */
  readonly absent?: boolean | null;
  /** Missed its start or its check-in: goes behind the last entry of its pool that is on time. */
  readonly late?: boolean | null;
  /** Place in the seeding list or championship; 1 is the first. */
  readonly seed?: number | null;
  /** Moves the entry to the front, the back or the very end of its pool. */
  readonly seeding?: 'early' | 'late' | 'last' | null;
  /** Priority group of the driver: `P1`, `Ultimate`. */
  readonly priority?: string | null;
  readonly wave?: number | null;
  /** Expected elapsed time in seconds, for the pursuit. */
  readonly expected_s?: number | null;
  /** ISO 8601. */
  readonly registeredAt?: string | null;
  readonly [attribute: string]: unknown;
}

export interface StartOrderResultRow {
  readonly entryId: string;
  readonly position?: number | null;
  /** Milliseconds, penalties included. */
  readonly timeMs?: number | null;
  /** Milliseconds, without penalties. */
  readonly cleanTimeMs?: number | null;
  /** Ranked: classified, finished, ok, max_time or none. Not ranked: dnf, dns, dsq, dq, otl, ret … */
  readonly status?: string | null;
}

/** A decision of an official: this entry starts in this place, whatever the strategy says. */
export interface StartOrderPin {
  readonly entryId: string;
  /** In the whole list; 1 starts first. */
  readonly position: number;
  readonly reason?: string | null;
}

/** The list, or the problems that prevent it. With a problem there are no starts. */
export interface StartOrderResult {
  readonly starts: readonly StartOrderLine[];
  /** Entries without a start, each with the reason. With `starts` they are all entries, each once. */
  readonly unplaced: readonly UnplacedEntry[];
  readonly problems: readonly PlanRemark[];
  /** What an official should know; nothing to be repaired. */
  readonly notices: readonly PlanRemark[];
  /** Slots in which nobody starts, in list order. */
  readonly vacant: readonly VacantSlot[];
}

export interface StartOrderLine {
  readonly entryId: string;
  /** 1 starts first. Positions of vacant slots are left out. */
  readonly position: number;
  /** Entries of one group start together; counted over the whole list. */
  readonly group: number;
  /** ISO 8601, UTC. */
  readonly startAt: string;
  readonly because: string;
}

export interface UnplacedEntry {
  readonly entryId: string;
  readonly because: string;
}

export interface VacantSlot {
  readonly position: number;
  readonly startAt: string;
  readonly because: string;
}
