/** A line of a published list. Members that a later version of the list brings are read when they are there. */
export interface PublishedLine {
  readonly position: number;
  /** Lines of one group start together. */
  readonly group: number;
  readonly entryId: string;
  readonly raceNumber: number | null;
  readonly name: string | null;
  readonly classCode: string | null;
  /** ISO 8601, UTC. */
  readonly startAt: string;
  readonly because: string;
  /** Why nobody starts in this slot: `withdrawn`, `dns` …; absent while the entry starts. */
  readonly status?: string | null;
  /** Why the line was placed by hand. */
  readonly pinned?: string | null;
  /** Whether the slot of a vacant line stays empty. */
  readonly slotKept?: boolean | null;
}

/** When a control opens and closes, and for whom. */
export interface ControlTime {
  readonly segmentId: string | null;
  readonly segmentName: string | null;
  readonly geofenceId: string;
  readonly control: string;
  /** `tc`, `finish` … */
  readonly controlKind: string;
  /** null: for all classes. */
  readonly classId: string | null;
  readonly classCode: string | null;
  readonly opensAt: Date | null;
  readonly closesAt: Date | null;
  /** `strict`: late is excluded; null when the control ends no segment. */
  readonly enforcement: string | null;
  readonly mode: string;
  /** The formula in words, with its numbers. */
  readonly because: string | null;
}

/** A published start list with its control times, and everything that is printed around them. */
export interface PublishedStage {
  readonly organisationName: string;
  readonly eventName: string;
  /** IANA name; people read local time. */
  readonly timezone: string;
  readonly stageId: string;
  readonly stageName: string;
  readonly stageState: string;
  readonly startListId: string;
  readonly version: number;
  readonly strategy: string;
  readonly reason: string | null;
  readonly checksum: string;
  /** The results it was drawn from have changed since. */
  readonly stale: boolean;
  readonly publishedAt: Date;
  readonly publishedBy: string | null;
  readonly lines: readonly PublishedLine[];
  readonly controls: readonly ControlTime[];
}

/** A control of an open or running stage that is about to close. */
export interface ControlClosing extends ControlTime {
  readonly stageId: string;
  readonly stageName: string;
  readonly stageState: string;
  readonly closesAt: Date;
}

/** What every entry of a calendar says of the list that it comes from. */
export interface ListVersion {
  readonly stageId: string;
  readonly stageName: string;
  readonly version: number;
  readonly publishedAt: Date;
}

/** The published stages of an event as its calendar shows them. */
export interface EventCalendar {
  readonly eventId: string;
  readonly eventName: string;
  readonly organisationName: string;
  readonly timezone: string;
  readonly stages: readonly CalendarStage[];
}

export interface CalendarStage extends ListVersion {
  readonly strategy: string;
  readonly reason: string | null;
  readonly stale: boolean;
  readonly starters: number;
  /** null when nobody is left on the list. */
  readonly firstStartAt: Date | null;
  readonly lastStartAt: Date | null;
  readonly controls: readonly ControlTime[];
}

/** The starts and controls of one entry, over all published stages of its event. */
export interface EntryCalendar {
  readonly entryId: string;
  readonly entryName: string | null;
  readonly raceNumber: number | null;
  readonly eventName: string;
  readonly organisationName: string;
  readonly timezone: string;
  readonly starts: readonly CalendarStart[];
  readonly controls: readonly (ControlTime & ListVersion)[];
}

export interface CalendarStart extends ListVersion {
  readonly segmentId: string;
  readonly segmentName: string;
  readonly position: number;
  readonly targetAt: Date;
  readonly actualAt: Date | null;
  /** The entry does not start here: taken off the list, or withdrawn. */
  readonly isVoid: boolean;
  /** Why the entry starts the stage in this place. */
  readonly because: string | null;
  /** Why the segment starts when it does. */
  readonly segmentBecause: string | null;
  readonly pinReason: string | null;
}

/** Reads what is published. Each method reads one consistent state. */
export abstract class PublicationsStore {
  /** `published` is absent while the stage has no list; undefined when there is no such stage. */
  abstract readStage(
    stageId: string,
  ): Promise<{ readonly stageName: string; readonly published?: PublishedStage } | undefined>;
  /** Controls of open and running stages that close in this time, soonest first. */
  abstract readClosings(eventId: string, from: Date, until: Date): Promise<readonly ControlClosing[]>;
  abstract readEventCalendar(eventId: string): Promise<EventCalendar | undefined>;
  abstract readEntryCalendar(entryId: string): Promise<EntryCalendar | undefined>;
}
