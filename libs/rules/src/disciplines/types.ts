/** A kind of sport, as `events.discipline` holds it. */
export type Discipline = 'rally' | 'time-trial' | 'regatta' | 'trail-run' | 'hike';

/** What a person does in a crew, as `entry_crew.role` holds it. */
export type CrewRole =
  'pilot' | 'co-pilot' | 'navigator' | 'mechanic' | 'rider' | 'runner' | 'hiker' | 'skipper' | 'crew';

export const crewRoles: readonly CrewRole[] = [
  'pilot',
  'co-pilot',
  'navigator',
  'mechanic',
  'rider',
  'runner',
  'hiker',
  'skipper',
  'crew',
];

/** As `vehicles.kind` and `classes.vehicle_kind` hold it. */
export type VehicleKind = 'moto' | 'quad' | 'car' | 'ssv' | 'truck' | 'bicycle' | 'boat' | 'sled';

/** What the race office checks of an entry, as `entry_checks.item` holds it. */
export type CheckItem =
  | 'administrative'
  | 'scrutineering'
  | 'tracking'
  | 'briefing'
  | 'driving-licence'
  | 'competition-licence'
  | 'medical'
  | 'insurance'
  | 'vehicle-registration'
  | 'rating-certificate'
  | 'measurement-certificate'
  | 'mandatory-kit'
  | 'guardian-consent'
  | 'emergency-contact'
  | 'support-crew';

export const checkItems: readonly CheckItem[] = [
  'administrative',
  'scrutineering',
  'tracking',
  'briefing',
  'driving-licence',
  'competition-licence',
  'medical',
  'insurance',
  'vehicle-registration',
  'rating-certificate',
  'measurement-certificate',
  'mandatory-kit',
  'guardian-consent',
  'emergency-contact',
  'support-crew',
];

/** `waived`: an official does without it, with a reason. */
export type CheckState = 'pending' | 'passed' | 'failed' | 'waived';

/** How many the crews of a class are, where the vehicle does not say so: `classes.crew_format`. */
export type CrewFormat = 'solo' | 'duo' | 'relay' | 'team' | 'oxfam' | 'kvrp';

/** How handicaps are computed in a class: not at all, time on time, time on distance, Portsmouth yardstick. */
export type RatingSystem = 'none' | 'tot' | 'tod' | 'py';

/** At least and at most, both included. */
export type Range = readonly [min: number, max: number];

/**
 * How many of each role a crew has. A key is a role, or roles joined by "+" that are counted together
 * ("co-pilot+navigator"); `total` counts everybody. A role that no key names has no place in the crew. With no key
 * but `total` every role has one.
 */
export type CrewCounts = Readonly<Record<string, Range>>;

/** What a class does differently from its discipline: `classes.crew_rules`. What it leaves out, stays. */
export interface CrewRulesOverride {
  readonly vehicle?: 'required' | 'optional' | 'forbidden';
  /**
   * A line replaces the discipline's lines that count one of its roles. Without `total` the total follows from the
   * lines.
   */
  readonly crew?: CrewCounts;
  readonly forbiddenRoles?: readonly CrewRole[];
  readonly devices?: Range;
  readonly documents?: readonly CheckItem[];
  readonly readiness?: readonly CheckItem[];
  readonly raceNumber?: 'required' | 'optional';
  readonly class?: 'required' | 'optional';
}

/** A class of an event, as far as entries are judged by it. */
export interface EntryClass {
  readonly code: string;
  readonly vehicleKind: VehicleKind | null;
  /** Race numbers of the class, both included; null: no limit. */
  readonly numberFrom: number | null;
  readonly numberTo: number | null;
  /** Whole years on the first day of the event, both included; null: the discipline's. */
  readonly minAge: number | null;
  readonly maxAge: number | null;
  readonly ratingSystem: RatingSystem;
  readonly crewFormat: CrewFormat | null;
  /** As the database holds it: `readCrewRules` says whether it can be read. */
  readonly crewRules: CrewRulesOverride | null;
  readonly crewRulesReason: string | null;
}

export interface CrewMember {
  readonly personId: string;
  readonly role: CrewRole;
  /** What messages call the person. */
  readonly name?: string;
  /** YYYY-MM-DD */
  readonly birthDate?: string | null;
}

/** A tracker of an entry. */
export interface BoundDevice {
  readonly deviceId: string;
  /** What messages call the tracker. */
  readonly imei?: string;
  readonly kind: 'chassis' | 'backup' | 'body-worn' | 'phone' | 'satellite';
  readonly hasPanicButton?: boolean;
  /** The person who wears it; null: it is on the vehicle. */
  readonly wornBy: string | null;
}

export interface EntryVehicle {
  readonly kind: VehicleKind;
  readonly sailNumber?: string | null;
  /** Handicap, in the unit of the class' rating system. */
  readonly rating?: number | null;
}

export interface EntryCheck {
  readonly item: CheckItem;
  readonly state: CheckState;
}

/** All that an entry is judged by. Pointers of violations lead into it. */
export interface EntryFacts {
  readonly discipline: Discipline;
  readonly event: {
    /** YYYY-MM-DD in the zone of the event. Without a readable day ages are not checked, with a warning. */
    readonly startsOn: string;
    /** How many classes the event has. */
    readonly classCount: number;
    readonly offshore?: boolean;
  };
  readonly class: EntryClass | null;
  readonly entry: {
    readonly raceNumber: number | null;
    readonly vehicle: EntryVehicle | null;
    readonly crew: readonly CrewMember[];
    readonly devices: readonly BoundDevice[];
    /** An item that is missing here is pending. */
    readonly checks: readonly EntryCheck[];
  };
}

/** Something about an entry that breaks a rule. */
export interface Violation {
  /** Stable, for programs. */
  readonly code: string;
  /** An error keeps the entry from what was asked; a warning does not. */
  readonly severity: 'error' | 'warning';
  /** The field, as a JSON pointer into the facts: "/entry/crew/1/role". */
  readonly pointer: string;
  /** For a race official: what is wrong and what to do. */
  readonly message: string;
}
