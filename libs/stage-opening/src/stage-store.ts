import type { StageOpened } from '@trm/contracts';
import type { Tx } from '@trm/platform';
import type { Classification, SegmentOffset, SegmentTiming, StartableEntry, StartListLine } from '@trm/rules';

export type StageState = 'draft' | 'planned' | 'open' | 'running' | 'closed' | 'provisional' | 'official';

/** A stage as the race office set it up. */
export interface Stage {
  readonly stageId: string;
  readonly eventId: string;
  readonly name: string;
  readonly state: StageState;
  /** IANA name of the event's time zone, for people's eyes; all instants are UTC. */
  readonly timezone: string;
  readonly startsAt: Date | null;
  readonly delaySeconds: number;
  readonly startIntervalSeconds: number | null;
  readonly strategy: string;
  readonly strategyParams: Readonly<Record<string, unknown>> | null;
  readonly inputStageId: string | null;
}

/** An entry that may start, with what a line of the list shows of it. */
export interface ListedEntry extends StartableEntry {
  readonly name: string | null;
  readonly classCode: string | null;
}

export interface StageSegment extends SegmentTiming {
  readonly type: string;
}

/** All facts from which a start list is drawn. */
export interface OpeningFacts {
  readonly stage: Stage;
  readonly entries: readonly ListedEntry[];
  readonly segments: readonly StageSegment[];
  readonly classification?: Classification;
}

/** A line of a start list as it is published: it does not change when the entry is renamed later. */
export interface PublishedLine {
  readonly position: number;
  readonly group: number;
  readonly entryId: string;
  readonly raceNumber: number | null;
  readonly name: string | null;
  readonly classCode: string | null;
  /** ISO 8601, UTC. */
  readonly startAt: string;
  readonly because: string;
}

export interface PublishedSegment extends SegmentOffset {
  readonly name: string;
  readonly type: string;
}

/** A start list as a document: what is shown, hashed, frozen and compared. */
export interface StartListDocument {
  readonly segments: readonly PublishedSegment[];
  readonly lines: readonly PublishedLine[];
}

/** A start list about to be published, with what it was drawn from and on whose word. */
export interface StartListToPublish {
  readonly stage: Stage;
  readonly document: StartListDocument;
  readonly starts: readonly StartListLine[];
  readonly classification: Classification | undefined;
  readonly checksum: string;
  readonly reason: string | null;
  readonly authorId: string;
}

/** A published start list with its stage. */
export interface PublishedStartList extends StartListDocument {
  readonly stageId: string;
  readonly stageName: string;
  readonly stageState: StageState;
  readonly timezone: string;
  readonly startListId: string;
  readonly version: number;
  readonly strategy: string;
  readonly reason: string | null;
  readonly checksum: string;
  readonly stale: boolean;
  readonly publishedAt: Date;
  readonly publishedBy: string | null;
}

/** The stage's facts and lists in the store. Writing methods take the transaction first. */
export abstract class StageStore {
  /** Locks the stage against every other opening and against entries that are being confirmed; undefined when there is none. */
  abstract lock(tx: Tx, stageId: string): Promise<Stage | undefined>;
  abstract read(tx: Tx, stageId: string): Promise<Stage | undefined>;
  abstract readFacts(tx: Tx, stage: Stage): Promise<OpeningFacts>;
  /** Writes list, starts, stage state, stage log and the outbox row. @throws StageOpenedBefore, FactsChangedMeanwhile */
  abstract publish(tx: Tx, list: StartListToPublish): Promise<StageOpened>;
  abstract readPublished(tx: Tx, stageId: string): Promise<PublishedStartList | undefined>;
  /**
   * The name of an open or running stage on whose list one of the entries (or a new entry of one of the events)
   * has no place; undefined when there is none. Answers within a second or throws.
   */
  abstract openStageWithout(of: {
    readonly entryIds: readonly string[];
    readonly eventIds: readonly string[];
  }): Promise<string | undefined>;
  /** Whether one of the stages has no published start list. */
  abstract anyWithoutStartList(stageIds: readonly string[]): Promise<boolean>;
  /** Runs reads that must agree with each other. */
  abstract snapshot<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
}
