import type { OrganisationRole } from '@trm/platform';
import type {
  BoundDevice,
  CrewMember,
  Discipline,
  EntryCheck,
  EntryClass,
  EntryFacts,
  EntryMoveFacts,
  EntryStatus,
  EntryVehicle,
  EventMoveFacts,
} from '@trm/rules';

/** A row of a child table; null while it is only about to be written. */
export interface InTable {
  readonly rowId: string | null;
}

/** EntryFacts of the rulebook whose crew, trackers and checks remember their rows. */
export interface StoredFacts extends EntryFacts {
  readonly entry: Omit<EntryFacts['entry'], 'crew' | 'devices' | 'checks'> & {
    readonly crew: readonly (CrewMember & InTable)[];
    readonly devices: readonly (BoundDevice & InTable)[];
    readonly checks: readonly (EntryCheck & InTable)[];
  };
}

/** What the gate knows of an event, and of the person who writes. */
export interface GateEvent extends EventMoveFacts {
  readonly eventId: string;
  readonly organizationId: string;
  readonly discipline: Discipline;
  /** YYYY-MM-DD in the zone of the event. */
  readonly startsOn: string;
  readonly classCount: number;
  /** A stage that is past planning, in words: `stage "Prologue" is open`. */
  readonly stageInUse: string | null;
  readonly name: string;
  /** Of the person who writes, in the organisation of the event. */
  readonly roles: readonly OrganisationRole[];
}

/** What the gate knows of an entry. */
export interface GateEntry {
  /** null: it is about to be made. */
  readonly entryId: string | null;
  /** Its number, else its name in quotes. */
  readonly label: string;
  readonly status: EntryStatus | null;
  readonly statusReason: string | null;
  readonly classId: string | null;
  readonly isWaiting: boolean;
  readonly event: GateEvent;
  readonly facts: StoredFacts;
  /** The person who writes is in its crew. */
  readonly isOfTheCrew: boolean;
  /** The person who writes made it. */
  readonly isOwn: boolean;
  readonly moveFacts: EntryMoveFacts;
  /** It has starts, crossings, penalties or results. */
  readonly isInTheRace: boolean;
}

export interface GateClass {
  readonly classId: string;
  readonly eventId: string;
  readonly capacity: number | null;
  /** Entries that are confirmed, or further. */
  readonly confirmed: number;
  /** Entries that hold one of its places. */
  readonly placesTaken: number;
  readonly facts: EntryClass;
}

/** What a payload names, as the organisation of the event knows it; what is missing here does not exist. */
export interface Named {
  readonly classes: Readonly<Record<string, GateClass>>;
  readonly vehicles: Readonly<Record<string, EntryVehicle & { readonly isKnown: boolean }>>;
  readonly people: Readonly<
    Record<string, Omit<CrewMember, 'role' | 'personId'> & { readonly isMember: boolean }>
  >;
  readonly devices: Readonly<
    Record<
      string,
      Omit<BoundDevice, 'deviceId' | 'wornBy'> & { readonly isKnown: boolean; readonly carriers: Carrier[] }
    >
  >;
  /** Entries of the event by the race numbers that were asked for. */
  readonly numbers: Readonly<Record<string, readonly string[]>>;
}

/** An entry that carries a tracker now or later. */
export interface Carrier {
  readonly entryId: string;
  readonly label: string;
}

/** The things that a payload names. */
export interface Names {
  readonly classIds: readonly string[];
  readonly vehicleIds: readonly string[];
  readonly personIds: readonly string[];
  readonly deviceIds: readonly string[];
  readonly raceNumbers: readonly number[];
}

export type ChildTable = 'entry_crew' | 'entry_devices' | 'entry_checks';

/** The organisation that something belongs to. */
export interface Owner {
  readonly roles: readonly OrganisationRole[];
}

/** The facts that the gate decides by. Reads only. */
export abstract class GateStore {
  abstract event(eventId: string, userId: string): Promise<GateEvent | undefined>;

  abstract entries(entryIds: readonly string[], userId: string): Promise<GateEntry[]>;

  abstract named(
    within: { readonly organizationId: string; readonly eventId: string },
    names: Names,
  ): Promise<Named>;

  /** Which entries rows of a child table belong to. */
  abstract entriesOfRows(
    table: ChildTable,
    rowIds: readonly string[],
  ): Promise<{ readonly rowId: string; readonly entryId: string }[]>;

  /** Whether one of these checks has no reason to be waived. */
  abstract anyWithoutReason(checkIds: readonly string[]): Promise<boolean>;

  /** Which of the entries somebody is saving at this moment, in a transaction that is not finished. */
  abstract beingSaved(entryIds: readonly string[]): Promise<ReadonlySet<string>>;

  abstract class(classId: string): Promise<GateClass | undefined>;

  /** At most so many entries of an event, or of a class, that are registered, confirmed or started; the latter first. */
  abstract entriesIn(
    of: { readonly eventId: string } | { readonly classId: string },
    most: number,
  ): Promise<{ readonly label: string; readonly status: EntryStatus; readonly facts: EntryFacts }[]>;

  /** Whether a class, or an event, has entries. */
  abstract hasEntries(table: 'classes' | 'events', ids: readonly string[]): Promise<boolean>;

  /** Whether an organisation may put a vehicle or a tracker on its list for this person: not one of somebody else. */
  abstract mayList(
    table: 'organization_vehicles' | 'organization_devices',
    thingId: string,
    organizationId: string,
    userId: string,
  ): Promise<boolean>;

  /** The organisation of the parent of a row that is about to be made; undefined when it is not there (yet). */
  abstract ownerOf(
    parent: 'organizations' | 'events' | 'stages' | 'segments',
    id: string,
    userId: string,
  ): Promise<Owner | undefined>;
}
