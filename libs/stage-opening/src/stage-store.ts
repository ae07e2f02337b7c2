import type { StageOpened } from '@trm/contracts';
import type { Tx } from '@trm/platform';
import type {
  AmendableLine,
  Classification,
  LineChange,
  SegmentOffset,
  SegmentTiming,
  StartableEntry,
  StartListFacts,
} from '@trm/rules';
import type { PlannedControlTime } from './plan-control-times.js';

export type StageState = 'draft' | 'planned' | 'open' | 'running' | 'closed' | 'provisional' | 'official';

/** What can be done to a stage, as its log calls it. */
export type StageAction =
  | 'opened'
  | 'redrawn'
  | 'late_entry_added'
  | 'entry_removed'
  | 'entry_reinstated'
  | 'pinned'
  | 'unpinned'
  | 'delayed'
  | 'start_recorded'
  | 'closed'
  | 'reopened'
  | 'made_provisional'
  | 'made_official'
  | 'marked_stale'
  | 'unmarked_stale';

/** A stage as the race office set it up. */
export interface Stage {
  readonly stageId: string;
  readonly eventId: string;
  readonly name: string;
  readonly state: StageState;
  /** IANA name of the event's time zone, for people's eyes; all instants are UTC. */
  readonly timezone: string;
  readonly startsAt: Date | null;
  /** Announced delay of the whole stage. */
  readonly delaySeconds: number;
  readonly startIntervalSeconds: number | null;
  readonly strategy: string;
  readonly strategyParams: Readonly<Record<string, unknown>> | null;
  readonly absentSlotPolicy: 'keep' | 'close_up';
  readonly inputStageId: string | null;
  /** Version of the list in force; null before the opening. */
  readonly version: number | null;
}

/** An entry that may start, with what a line of the list shows of it. */
export interface ListedEntry extends StartableEntry {
  readonly name: string | null;
  readonly classId: string | null;
  readonly classCode: string | null;
}

export interface StageSegment extends SegmentTiming {
  readonly type: string;
  readonly exitGeofenceId: string | null;
  readonly exitName: string | null;
  readonly distanceKm: number | null;
  readonly maxDurationSeconds: number | null;
  readonly closingRule: Readonly<Record<string, unknown>> | null;
}

/** All facts from which a start list is drawn. */
export interface OpeningFacts {
  readonly stage: Stage;
  readonly entries: readonly ListedEntry[];
  readonly segments: readonly StageSegment[];
  readonly classification?: Classification;
  readonly pins: NonNullable<StartListFacts['pins']>;
  /** Instants at which somebody finished the stage, per class id; for controls that close after the first finisher. */
  readonly finishers: readonly { readonly classId: string | null; readonly at: Date }[];
}

/** A line of a start list as it is published: it does not change when the entry is renamed later. */
export interface PublishedLine extends AmendableLine {
  readonly raceNumber: number | null;
  readonly name: string | null;
  readonly classCode: string | null;
  /** Clock in the event's time zone, as it is read out: `08:03`, with seconds and day only where they say something. */
  readonly startLocal: string;
}

export interface PublishedSegment extends SegmentOffset {
  readonly name: string;
  readonly type: string;
  /** Announced delay from this segment on, in seconds; part of the offsets from here on. */
  readonly delaySeconds?: number;
}

/** A start list as a document: what is shown, hashed, frozen and compared. */
export interface StartListDocument {
  readonly segments: readonly PublishedSegment[];
  readonly lines: readonly PublishedLine[];
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
  readonly seed: string | null;
  readonly reason: string | null;
  readonly checksum: string;
  readonly stale: boolean;
  /** What a redraw from today's results would move; null while the list is current. */
  readonly staleDiff: readonly LineChange[] | null;
  /** What this version moved against the one before; null for the first. */
  readonly diff: readonly LineChange[] | null;
  readonly publishedAt: Date;
  readonly publishedBy: string | null;
}

/** A version about to be published, with what it was drawn from and on whose word. */
export interface VersionToPublish {
  readonly stage: Stage;
  /** The version that it replaces; undefined for an opening. */
  readonly before: PublishedStartList | undefined;
  readonly document: StartListDocument;
  readonly controlTimes: readonly PlannedControlTime[];
  readonly diff: readonly LineChange[] | null;
  readonly classification: Classification | null;
  readonly seed: string | null;
  readonly checksum: string;
  readonly action: StageAction;
  /** The entry concerned, when it is one. */
  readonly entryId: string | null;
  readonly toState: StageState;
  /** Sum of all announced delays of the whole stage. */
  readonly delaySeconds: number;
  readonly reason: string | null;
  readonly authorId: string | null;
}

/** What the logs of a stage keep of a command that publishes no version. */
export interface StageChangeToLog {
  readonly stage: Stage;
  readonly action: StageAction;
  readonly toState: StageState;
  readonly entryId?: string | null;
  readonly reason: string | null;
  readonly authorId: string | null;
  readonly details?: unknown;
  readonly topic: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** An entry as a command that concerns it needs to know it. */
export interface EntryOfStage extends ListedEntry {
  readonly status: string;
}

/** The stage's facts and lists in the store. Writing methods take the transaction first. */
export abstract class StageStore {
  /** Locks the stage against every other command and against entries that are being confirmed; undefined when there is none. */
  abstract lock(tx: Tx, stageId: string): Promise<Stage | undefined>;
  abstract read(tx: Tx, stageId: string): Promise<Stage | undefined>;
  abstract readFacts(tx: Tx, stage: Stage): Promise<OpeningFacts>;
  abstract readPublished(tx: Tx, stageId: string): Promise<PublishedStartList | undefined>;
  /** The classification that the list in force was drawn from, as it was then. */
  abstract readFrozenClassification(tx: Tx, startListId: string): Promise<Classification | undefined>;
  /** Locks entries before the stage is locked, in one order for all; unknown ids are left out. */
  abstract lockEntries(
    tx: Tx,
    of: { stageId: string; entryIds: readonly string[] | 'confirmed' },
  ): Promise<void>;
  /** An entry of the stage's event, whatever its status. */
  abstract readEntry(tx: Tx, stage: Stage, entryId: string): Promise<EntryOfStage | undefined>;
  /** Entries that have an actual start or a crossing on one of these segments. */
  abstract readStarted(tx: Tx, segmentIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Writes the version, its starts and control times, the stage, its log and the outbox row. @throws StageOpenedBefore, FactsChangedMeanwhile */
  abstract publish(tx: Tx, version: VersionToPublish): Promise<{ startListId: string; version: number }>;
  /** Brings the control times of a stage to these. @returns how many rows that changed */
  abstract writeControlTimes(
    tx: Tx,
    of: {
      readonly stageId: string;
      readonly startListId: string;
      readonly controlTimes: readonly PlannedControlTime[];
    },
  ): Promise<number>;
  /** Makes the starts that still lie ahead void for entries that left after they had started. @returns how many */
  abstract voidStartsAhead(
    tx: Tx,
    of: { stageId: string; entryId: string; why: string; now: Date },
  ): Promise<number>;
  /** Writes the stage's state, its log and the outbox row. */
  abstract log(tx: Tx, change: StageChangeToLog): Promise<void>;
  abstract setEntryStatus(
    tx: Tx,
    of: { entryIds: readonly string[]; status: string; authorId: string | null; reason: string | null },
  ): Promise<void>;
  abstract readPins(tx: Tx, stageId: string): Promise<NonNullable<StartListFacts['pins']>>;
  abstract writePin(
    tx: Tx,
    pin: { stageId: string; entryId: string; position: number; reason: string; authorId: string },
  ): Promise<void>;
  abstract releasePin(tx: Tx, of: { stageId: string; entryId: string }): Promise<boolean>;
  /** Writes an actual start. @returns the one that stood there before, null when there was none; undefined without a start row */
  abstract recordStart(
    tx: Tx,
    of: { entryId: string; segmentId: string; at: Date },
  ): Promise<{ readonly before: Date | null } | undefined>;
  abstract readActualStart(
    tx: Tx,
    of: { entryId: string; segmentId: string },
  ): Promise<
    { readonly actualAt: Date | null; readonly targetAt: Date | null; readonly state: string } | undefined
  >;
  abstract readLastClosing(tx: Tx, stageId: string): Promise<Date | null>;
  abstract countOpenRecomputes(tx: Tx, stageId: string): Promise<number>;
  /** The entries that the last closing of the stage made "did not start". */
  abstract readDnsOfClosing(tx: Tx, stageId: string): Promise<readonly string[]>;
  abstract markStale(tx: Tx, startListId: string, diff: readonly LineChange[] | null): Promise<void>;
  /** Entries on the list whose status no longer lets them start, and entries with an empty slot that may start again. */
  abstract readStatuses(
    tx: Tx,
    entryIds: readonly string[],
  ): Promise<
    ReadonlyMap<
      string,
      { readonly status: string; readonly reason: string | null; readonly authorId: string | null }
    >
  >;
  /** Stages whose lists have to be looked at again, longest waiting first. */
  abstract readListsToCheck(limit: number): Promise<readonly string[]>;
  abstract listChecked(tx: Tx, stageId: string): Promise<void>;
  /** Names of the event's other open or running stages on whose list the entry has no place. */
  abstract otherOpenStagesWithout(tx: Tx, stage: Stage, entryId: string): Promise<readonly string[]>;
  /**
   * The name of an open or running stage on whose list one of the entries (or a new entry of one of the events)
   * has no place; undefined when there is none.
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

/** What an opening tells about a published list. */
export function openingOf(list: PublishedStartList): StageOpened {
  return {
    v: 1,
    stageId: list.stageId,
    startListId: list.startListId,
    version: list.version,
    entries: list.lines.length,
    segments: list.segments.length,
    firstStartAt: list.lines[0]?.startAt ?? '',
    lastStartAt: list.lines.at(-1)?.startAt ?? '',
    checksum: list.checksum,
  };
}
