import type { OrganisationRole } from '@trm/platform';
import type {
  BoundDevice,
  CheckItem,
  CheckState,
  CrewMember,
  Discipline,
  EntryClass,
  EntryMoveFacts,
  EntryStatus,
  EventMoveFacts,
  VehicleKind,
} from '@trm/rules';

/** An event as registration sees it. */
export interface EventFile extends EventMoveFacts {
  readonly eventId: string;
  readonly organizationId: string;
  readonly name: string;
  readonly discipline: Discipline;
  readonly status: string;
  readonly timezone: string;
  /** First day in the zone of the event, `YYYY-MM-DD`; ages count on it. */
  readonly startsOn: string;
  readonly startsAt: Date;
  readonly registrationOpensAt: Date | null;
  readonly registrationClosesAt: Date | null;
  readonly classCount: number;
}

export interface ClassFile extends EntryClass {
  readonly classId: string;
  readonly eventId: string;
  readonly name: string;
  /** Null for no limit. */
  readonly capacity: number | null;
  readonly placesTaken: number;
  readonly waiting: number;
}

export interface VehicleFile {
  readonly vehicleId: string;
  readonly kind: VehicleKind;
  readonly sailNumber: string | null;
  readonly rating: number | null;
  readonly label: string;
}

/** A person with a place in the crew. */
export interface CrewFile extends CrewMember {
  readonly crewId: string;
  readonly name: string;
}

/** A tracker that is bound now or later. */
export interface BindingFile extends BoundDevice {
  readonly bindingId: string;
  readonly imei: string;
  readonly validFrom: Date;
}

export interface CheckFile {
  readonly checkId: string;
  readonly item: CheckItem;
  readonly state: CheckState;
  readonly waivedReason: string | null;
}

/** Everything that the rules ask about one entry, as it is now. */
export interface EntryFile {
  readonly entryId: string;
  readonly name: string;
  readonly teamName: string | null;
  readonly raceNumber: number | null;
  readonly status: EntryStatus;
  readonly statusReason: string | null;
  readonly waitingSince: Date | null;
  readonly event: EventFile;
  readonly class: ClassFile | null;
  readonly vehicle: VehicleFile | null;
  readonly crew: readonly CrewFile[];
  readonly devices: readonly BindingFile[];
  readonly checks: readonly CheckFile[];
  readonly moveFacts: EntryMoveFacts;
  /** What the asking person is in the organisation of the event. */
  readonly actorRoles: readonly OrganisationRole[];
  readonly actorIsOfTheCrew: boolean;
}

export interface PersonFile {
  readonly personId: string;
  readonly name: string;
  readonly birthDate: string | null;
  readonly active: boolean;
  readonly isMember: boolean;
  /** `#12` of the same event, when the person is in the crew of another live entry. */
  readonly inOtherEntry: string | null;
}

export interface TrackerFile extends Omit<BoundDevice, 'wornBy'> {
  readonly imei: string;
  /** `#12 in Rally …`, when a binding runs or lies ahead. */
  readonly boundTo: string | null;
  readonly boundEntryId: string | null;
}

/** A number of an event that a live entry has. */
export interface TakenNumber {
  readonly raceNumber: number;
  readonly entryId: string;
}

export type FoundBy = 'any' | 'vehicle' | 'pilot' | 'team';

/** What the registration workflows read. All of it is read in Postgres; nothing here writes. */
export abstract class RegistrationStore {
  abstract event(eventId: string): Promise<EventFile | undefined>;
  abstract class(classId: string): Promise<ClassFile | undefined>;
  abstract classes(eventId: string): Promise<ClassFile[]>;
  abstract entry(entryId: string, actorId: string | null): Promise<EntryFile | undefined>;
  /** In the order of class and number. */
  abstract entriesOf(eventId: string): Promise<EntryFile[]>;
  abstract takenNumbers(eventId: string): Promise<TakenNumber[]>;
  /** @param exceptEntryId an entry whose crew does not count as another one */
  abstract people(
    event: { readonly eventId: string; readonly organizationId: string },
    userIds: readonly string[],
    exceptEntryId?: string,
  ): Promise<PersonFile[]>;
  /** What a person is in an organisation. */
  abstract rolesIn(organizationId: string, userId: string): Promise<OrganisationRole[]>;
  /** A vehicle that an organisation or one of its members has. */
  abstract vehicle(organizationId: string, vehicleId: string): Promise<VehicleFile | undefined>;
  /** Trackers of an organisation, by id or by the IMEI that they send. */
  abstract trackers(
    organizationId: string,
    by: { readonly ids?: readonly string[]; readonly imeis?: readonly string[] },
  ): Promise<TrackerFile[]>;
  /** Every tracker that an entry ever carried, with who wore it last. */
  abstract trackersCarried(entryId: string): Promise<BoundDevice[]>;
  /**
   * The newest entry of an earlier event of the same organisation with the same vehicle, lead driver or team.
   * @returns its id, or undefined when there is none
   */
  abstract previousEntry(entry: EntryFile, by: FoundBy): Promise<string | undefined>;
}
