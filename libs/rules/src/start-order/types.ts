/** Something that stops a plan (a problem) or that an official should know (a notice). */
export interface PlanRemark {
  /** Stable, for programs: `INPUT_RESULT_MISSING`. */
  readonly code: string;
  /** For people: what is wrong and what to do. */
  readonly message: string;
  /** The field or object it is about, as a JSON pointer. */
  readonly pointer?: string;
}

/** Parameters of a strategy, as the stage holds them: names in snake_case with their unit. */
export type StrategyParams = Readonly<Record<string, unknown>>;

/**
 * How long the starts of some entries are apart: the gap between an entry's start group and the group in front of
 * it. The first band that applies counts. Bands count within the pool.
 */
export interface GapBand {
  /** The first so many, counted from the front of the pool: `first: 20` behind `first: 10` is the 11th to 20th. */
  readonly first?: number;
  /** The last so many of the pool. */
  readonly last?: number;
  /** Whoever no other band covers. */
  readonly rest?: boolean;
  /** Only entries of this pool. */
  readonly pool?: string;
  /** Only race numbers from here … */
  readonly from_bib?: number;
  /** … to here, in either direction. */
  readonly to_bib?: number;
  /** So many start together; 1 when left out. */
  readonly group?: number;
  readonly gap_s: number;
}

/** A group of entries that starts as a block: a priority, a category, a fleet. */
export interface StartPool {
  readonly id: string;
  /** Least time between the last start of the pool in front and the first of this one. */
  readonly gap_before_s?: number;
  /** Planned first start of this pool, when it is not simply behind the one in front. ISO 8601. */
  readonly startsAt?: string;
  /** What this pool does differently from the stage. */
  readonly strategy?: string;
  readonly params?: StrategyParams;
  readonly gaps?: readonly GapBand[];
}

export interface StartOrderStage {
  /** Planned start of the first group. ISO 8601; without an offset it is read as UTC. */
  readonly startsAt?: string;
  readonly strategy?: string;
  readonly params?: StrategyParams;
  readonly gaps?: readonly GapBand[];
  /** Short for one band that covers all. */
  readonly gap_s?: number;
  /** No gap is shorter, whatever the bands say. */
  readonly min_gap_s?: number;
  readonly pools?: readonly StartPool[];
  /** false: the strategy orders all together and pools only decide gaps. */
  readonly keepPoolsApart?: boolean;
  /** What happens to the slot of an absent entry: it stays empty (keep), or those behind close up. */
  readonly absentSlotPolicy?: 'keep' | 'close_up';
  /** What decides between equal places of the classification, in this order. */
  readonly tieBreak?: readonly string[];
}

export interface StartOrderEntry {
  readonly id: string;
  readonly raceNumber?: number | string | null;
  readonly pool?: string | null;
  readonly team?: string | null;
  /** Retired earlier and takes part again. */
  readonly rejoining?: boolean;
  /** Known not to start. */
  readonly absent?: boolean;
  /** Missed its slot or signed on late: starts behind the last on-time entry of its pool. */
  readonly late?: boolean;
  /** Place in the championship or in the organiser's seeding; 1 is the best. */
  readonly seed?: number | null;
  /** Asked to start at the front, the back or the very end of its pool. */
  readonly seeding?: 'early' | 'late' | 'last' | null;
  /** Priority group, when it is not the pool. */
  readonly priority?: string | null;
  /** Wave that the organiser put it in. */
  readonly wave?: number | null;
  /** Expected elapsed time, for pursuits. */
  readonly expected_s?: number | null;
  /** Further attributes, for `params.sort`. */
  readonly [attribute: string]: unknown;
}

export interface ClassifiedEntry {
  readonly entryId: string;
  readonly position?: number | null;
  readonly timeMs?: number | null;
  /** The time without penalties. */
  readonly cleanTimeMs?: number | null;
  readonly status?: string | null;
}

export interface StartPin {
  readonly entryId: string;
  /** In the whole list, from 1. */
  readonly position: number;
  readonly reason?: string;
}

/** Everything that decides an order of start: what the command `start-order` reads. */
export interface StartOrderDocument {
  readonly stage: StartOrderStage;
  readonly entries: readonly StartOrderEntry[];
  readonly classification?: readonly ClassifiedEntry[];
  /** What an official calls it: "SS4", "overall after leg 1". */
  readonly classificationName?: string;
  readonly pins?: readonly StartPin[];
  /** Makes a draw by lot repeatable. */
  readonly seed?: string | number;
}

export interface DrawnStart {
  readonly entryId: string;
  /** From 1. A number that is missing is a slot that stays empty. */
  readonly position: number;
  /** From 1; entries of one group start together. */
  readonly group: number;
  /** ISO 8601, UTC. */
  readonly startAt: string;
  /** Why it starts there and then, as an official reads it out. */
  readonly because: string;
}

export interface VacantSlot {
  readonly position: number;
  readonly startAt: string;
  readonly because: string;
}

/** The order of start, or the problems that prevent one (then nobody is placed). */
export interface StartOrderResult {
  readonly starts: readonly DrawnStart[];
  readonly unplaced: readonly { readonly entryId: string; readonly because: string }[];
  readonly problems: readonly PlanRemark[];
  readonly notices: readonly PlanRemark[];
  readonly vacant: readonly VacantSlot[];
}

/** An entry in its place of the order of its pool, before pins and clocks. */
export interface PlacedEntry {
  readonly entry: StartOrderEntry;
  readonly because: string;
  /** Set by strategies that form groups themselves: entries of one wave start together. */
  readonly wave?: number;
  /** Set by strategies that give each entry its own minute: seconds behind the pool's start. */
  readonly offsetSeconds?: number;
  /** The sentence ends with the position: "…, so position 5". */
  readonly saysPosition?: boolean;
}

/** What a strategy is asked to order: one pool, or all entries when pools don't order. */
export interface PoolToOrder {
  readonly entries: readonly StartOrderEntry[];
  readonly params: StrategyParams;
  readonly poolId: string | null;
  /** Pools in their order; for strategies that look across them. */
  readonly poolOrder: readonly string[];
  /** Absent when the document has no classification. */
  readonly ranking: Ranking | undefined;
  readonly seed: string | number | undefined;
  /** Start of the pool as planned, epoch milliseconds, with the offset that its clock was written in. */
  readonly startsAt: { readonly ms: number; readonly offsetMinutes: number };
  /** Where the parameters stand in the document, for pointers. */
  readonly pointer: string;
}

/** The ranked rows of a classification, ties broken, and what there is to say of the others. */
export interface Ranking {
  /** What an official calls the classification. */
  readonly name: string;
  /** The ranked entries of the pool, the best first. */
  rank(entries: readonly StartOrderEntry[], by: 'result' | 'clean'): readonly RankedEntry[];
  /** Why an entry is not ranked: "did not finish in SS4". */
  whyNot(entry: StartOrderEntry): string;
}

export interface RankedEntry {
  readonly entry: StartOrderEntry;
  /** As stated, or counted in the classification when only times are stated. */
  readonly place: number;
  /** Milliseconds; null when the classification has places only. */
  readonly timeMs: number | null;
  /** "tie broken by race number", or nothing. */
  readonly tie: string;
}

/** The answer of a strategy: every entry is either ordered or unplaced. */
export interface PoolOrder {
  readonly ordered: readonly PlacedEntry[];
  readonly unplaced: readonly { readonly entry: StartOrderEntry; readonly because: string }[];
  readonly problems: readonly PlanRemark[];
  readonly notices: readonly PlanRemark[];
}

/** A start order strategy: a pure function, one file each, listed in the registry. */
export type StartOrderStrategy = (pool: PoolToOrder) => PoolOrder;

/** An entry that may start: confirmed or already under way in the event. */
export interface StartableEntry {
  readonly entryId: string;
  /** Unique in the event; null only while the race office has not given one. */
  readonly raceNumber: number | null;
  /** Group that starts as a block; null or absent when the stage has no pools. */
  readonly pool?: string | null;
  readonly team?: string | null;
  /** Priority group, when it is not the pool. */
  readonly priority?: string | null;
  /** Place in the championship; 1 is the best. */
  readonly seed?: number | null;
  /** Retired earlier and takes part again. */
  readonly rejoining?: boolean;
  /** Expected elapsed time, for pursuits. */
  readonly expectedSeconds?: number | null;
  /** ISO 8601; for waves by date of registration. */
  readonly registeredAt?: string;
}

/** One row of the classification that a list is drawn from, as it stood when it was read. */
export interface ClassificationRow {
  readonly entryId: string;
  /** 1 is the winner; null for an entry that is not classified. */
  readonly place: number | null;
  /** Net time in milliseconds: elapsed less neutralised, plus penalties, less bonus. */
  readonly netMs: number | null;
  /** Net time without the penalties. */
  readonly cleanMs?: number | null;
  readonly status: ClassificationStatus;
}

export type ClassificationStatus = 'pending' | 'classified' | 'max_time' | 'dnf' | 'dns' | 'dsq' | 'otl';

/** The classification of one earlier stage, with the name that an official calls it by. */
export interface Classification {
  readonly stageName: string;
  readonly rows: readonly ClassificationRow[];
}
