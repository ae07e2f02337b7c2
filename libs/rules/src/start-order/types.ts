/** An entry that may start: confirmed or already under way in the event. */
export interface StartableEntry {
  readonly entryId: string;
  /** Unique in the event; null only while the race office has not given one. */
  readonly raceNumber: number | null;
}

/** One row of the classification that a list is drawn from, as it stood when it was read. */
export interface ClassificationRow {
  readonly entryId: string;
  /** 1 is the winner; null for an entry that is not classified. */
  readonly place: number | null;
  /** Net time in milliseconds: elapsed less neutralised, plus penalties, less bonus. */
  readonly netMs: number | null;
  readonly status: ClassificationStatus;
}

export type ClassificationStatus = 'pending' | 'classified' | 'max_time' | 'dnf' | 'dns' | 'dsq' | 'otl';

/** The classification of one earlier stage, with the name that an official calls it by. */
export interface Classification {
  readonly stageName: string;
  readonly rows: readonly ClassificationRow[];
}

/** What a strategy is asked to order. */
export interface StartOrderRequest {
  readonly entries: readonly StartableEntry[];
  /** Absent when the stage names no input stage. */
  readonly classification?: Classification;
}

/** An entry in its place of the order, with the sentence that explains it. */
export interface OrderedEntry {
  readonly entryId: string;
  readonly because: string;
}

/** Something that stops a plan (a problem) or that an official should know (a notice). */
export interface PlanRemark {
  /** Stable, for programs: `INPUT_RESULT_MISSING`. */
  readonly code: string;
  /** For people: what is wrong and what to do. */
  readonly message: string;
  /** The field or object it is about, as a JSON pointer into the stage. */
  readonly pointer?: string;
}

/** The answer of a strategy: an order of all entries, or the problems that prevent one. */
export interface StartOrder {
  readonly ordered: readonly OrderedEntry[];
  readonly problems: readonly PlanRemark[];
  readonly notices: readonly PlanRemark[];
}

/** A start order strategy: a pure function, one file each, listed in the registry. */
export type StartOrderStrategy = (request: StartOrderRequest) => StartOrder;
