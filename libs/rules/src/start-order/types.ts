/** An entry that may start: confirmed or already under way in the event. What is not known is left out. */
export interface StartableEntry {
  readonly entryId: string;
  /** Unique in the event; null only while the race office has not given one. */
  readonly raceNumber: number | null;
  readonly pool?: string | null;
  readonly team?: string | null;
  /** Place in the seeding list; 1 is the first. */
  readonly seed?: number | null;
  readonly rejoining?: boolean | null;
  readonly late?: boolean | null;
  readonly absent?: boolean | null;
  readonly priority?: string | null;
  readonly wave?: number | null;
  readonly expectedSeconds?: number | null;
  readonly registeredAt?: Date | string | null;
}

/** One row of the classification that a list is drawn from, as it stood when it was read. */
export interface ClassificationRow {
  readonly entryId: string;
  /** 1 is the winner; null for an entry that is not classified. */
  readonly place: number | null;
  /** Net time in milliseconds: elapsed less neutralised, plus penalties, less bonus. */
  readonly netMs: number | null;
  /** Net time without the penalties, in milliseconds; only `previous_stage_clean_result` asks for it. */
  readonly cleanMs?: number | null;
  readonly status: ClassificationStatus;
}

export type ClassificationStatus = 'pending' | 'classified' | 'max_time' | 'dnf' | 'dns' | 'dsq' | 'otl';

/** The classification of one earlier stage, with the name that an official calls it by. */
export interface Classification {
  readonly stageName: string;
  readonly rows: readonly ClassificationRow[];
}

/** Something that stops a plan (a problem) or that an official should know (a notice). */
export interface PlanRemark {
  /** Stable, for programs: `INPUT_RESULT_MISSING`. */
  readonly code: string;
  /** For people: what is wrong and what to do. */
  readonly message: string;
  /** The field or object it is about, as a JSON pointer into the stage or the document. */
  readonly pointer?: string;
}
