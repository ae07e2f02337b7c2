import type { CheckItem, CheckState, CrewRole, EntryStatus } from '@trm/rules';

/** Columns of an entry; what is left out stays as it is. */
export interface EntryFields {
  readonly name?: string;
  readonly teamName?: string | null;
  readonly raceNumber?: number | null;
  readonly classId?: string | null;
  readonly vehicleId?: string | null;
  readonly status?: EntryStatus;
  readonly statusReason?: string | null;
  /** Any instant puts it on the waiting list as of now; null takes a place. */
  readonly waitingSince?: Date | null;
}

export interface NewCrewMember {
  readonly personId: string;
  readonly role: CrewRole;
}

export interface NewBinding {
  readonly deviceId: string;
  readonly wornBy: string | null;
  readonly validFrom: Date;
}

export interface NewEntry extends EntryFields {
  readonly entryId: string;
  readonly eventId: string;
  readonly name: string;
  readonly crew: readonly NewCrewMember[];
  readonly devices: readonly NewBinding[];
}

/** What changes on one entry; all of it is one transaction. */
export interface EntryChange {
  readonly entryId: string;
  readonly fields?: EntryFields;
  readonly crew?: {
    readonly add?: readonly NewCrewMember[];
    readonly remove?: readonly string[];
  };
  readonly devices?: {
    readonly bind?: readonly NewBinding[];
    readonly end?: readonly { readonly bindingId: string; readonly at: Date }[];
  };
  readonly checks?: readonly {
    /** Null when the entry has no such item yet. */
    readonly checkId: string | null;
    readonly item: CheckItem;
    readonly state: CheckState;
    readonly waivedReason: string | null;
    readonly checkedAt: Date;
  }[];
}

/** Writes in the name of one person. */
export abstract class EntryWriter {
  /** @throws WriteRefused, RoleMissingInDirectus, DirectusUnavailable, or what the database refuses with */
  abstract create(entry: NewEntry): Promise<void>;
  abstract change(change: EntryChange): Promise<void>;
}
