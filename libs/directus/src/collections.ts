// Generated from snapshots/schema.yaml by `npm run types`. Do not edit.

/** Longitude and latitude in degrees (WGS 84), in this order, as GeoJSON has it. */
export type GeoPosition = [longitude: number, latitude: number];

export interface GeoPoint {
  type: 'Point';
  coordinates: GeoPosition;
}

export interface GeoLineString {
  type: 'LineString';
  coordinates: GeoPosition[];
}

/** The first ring is the outline, the others are holes; the last position of a ring repeats the first. */
export interface GeoPolygon {
  type: 'Polygon';
  coordinates: GeoPosition[][];
}

export type ClassCrewFormat = 'solo' | 'duo' | 'relay' | 'team' | 'oxfam' | 'kvrp';

export type ClassRatingSystem = 'none' | 'tot' | 'tod' | 'py';

export type ClassVehicleKind = 'moto' | 'quad' | 'car' | 'ssv' | 'truck' | 'bicycle' | 'boat' | 'sled';

export type ControlTimeMode =
  | 'fixed_clock'
  | 'elapsed_from_wave'
  | 'speed_table'
  | 'last_due_plus'
  | 'sweep_speed'
  | 'stage_maximum'
  | 'first_finisher_plus'
  | 'target_multiplier';

export type DeviceKind = 'chassis' | 'backup' | 'body-worn' | 'phone' | 'satellite';

export type EntryCheckItem =
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

export type EntryCheckState = 'pending' | 'passed' | 'failed' | 'waived';

export type EntryCrewRole =
  'pilot' | 'co-pilot' | 'navigator' | 'mechanic' | 'rider' | 'runner' | 'hiker' | 'skipper' | 'crew';

export type EntryCrossingDirection = 'enter' | 'exit';

export type EntryCrossingSource = 'gps' | 'manual';

export type EntryPenaltyStatus = 'proposed' | 'confirmed' | 'overridden' | 'cancelled';

export type EntryPenaltyUnit = 's' | 'points' | 'places' | '%' | 'status';

export type EntrySegmentStartState = 'planned' | 'void';

export type EntryStatus =
  'registered' | 'confirmed' | 'started' | 'finished' | 'dnf' | 'dns' | 'dsq' | 'withdrawn';

export type EntryStatusChangeFromStatus =
  'registered' | 'confirmed' | 'started' | 'finished' | 'dnf' | 'dns' | 'dsq' | 'withdrawn';

export type EntryStatusChangeToStatus =
  'registered' | 'confirmed' | 'started' | 'finished' | 'dnf' | 'dns' | 'dsq' | 'withdrawn';

export type EventDiscipline = 'rally' | 'time-trial' | 'regatta' | 'trail-run' | 'hike';

export type EventRankingBasis = 'gun' | 'net';

export type EventStatus = 'draft' | 'published' | 'running' | 'provisional' | 'official' | 'archived';

export type GeofenceDirection = 'any' | 'enter' | 'exit';

export type GeofenceKind =
  'start' | 'finish' | 'tc' | 'pc' | 'stop' | 'zone' | 'dz' | 'fuel' | 'neutralisation';

export type OrganizationUserRole =
  'org-admin' | 'race-director' | 'timekeeper' | 'marshal' | 'participant' | 'viewer';

export type PenaltyFormulaBracketMode =
  | 'flat'
  | 'marginal'
  | 'integral'
  | 'by_occurrence'
  | 'exclusive_min'
  | 'exclusive_max'
  | 'exclusive_min_inclusive_max';

export type PenaltyFormulaOperator =
  | 'add'
  | 'per_unit'
  | 'by_occurrence'
  | 'clamp'
  | 'formula'
  | 'composite'
  | 'status'
  | 'rank_group'
  | 'set_to_stage_maximum'
  | 'class_best_plus'
  | 'percent_of_class_last'
  | 'bonus_per_unit'
  | 'score_entries_plus'
  | 'score_starters_plus';

export type PenaltyFormulaPenaltyUnit = 's' | 'points' | 'places' | '%' | 'code' | 'params';

export type PenaltyFormulaScope = 'event' | 'stage' | 'segment' | 'waypoint' | 'speed_limit_zone';

export type PenaltyFormulaStacking = 'sum' | 'max' | 'per_impulse' | 'per_zone_sum';

export type PenaltyFormulaUnit = 'n' | 's' | 'min' | 'm' | 'km' | 'km/h' | '%' | 'ratio' | 'code';

export type RecomputeRequestReason =
  | 'position_faulty'
  | 'position_restored'
  | 'geometry_changed'
  | 'waypoint_changed'
  | 'formula_changed'
  | 'timing_changed'
  | 'start_list_changed'
  | 'device_changed'
  | 'entry_changed'
  | 'penalty_changed'
  | 'manual_correction'
  | 'rejoin'
  | 'replay';

export type RecomputeRequestStatus = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export type SegmentEnforcement = 'strict' | 'advisory';

export type SegmentType = 'liaison' | 'special-stage' | 'parc-ferme' | 'neutralisation' | 'loop';

export type StageAbsentSlotPolicy = 'keep' | 'close_up';

export type StageChangeAction =
  | 'opened'
  | 'redrawn'
  | 'late_entry_added'
  | 'entry_removed'
  | 'entry_reinstated'
  | 'pinned'
  | 'unpinned'
  | 'delayed'
  | 'started'
  | 'start_recorded'
  | 'closed'
  | 'reopened'
  | 'made_provisional'
  | 'made_official'
  | 'marked_stale'
  | 'unmarked_stale';

export type StageChangeFromState =
  'draft' | 'planned' | 'open' | 'running' | 'closed' | 'provisional' | 'official';

export type StageChangeToState =
  'draft' | 'planned' | 'open' | 'running' | 'closed' | 'provisional' | 'official';

export type StageResultStatus = 'pending' | 'classified' | 'max_time' | 'dnf' | 'dns' | 'dsq' | 'otl';

export type StageRole = 'prologue' | 'stage' | 'super-special' | 'power' | 'transfer';

export type StageStartOrderStrategy =
  | 'race_number'
  | 'inverse_race_number'
  | 'championship_order'
  | 'previous_stage_result'
  | 'previous_stage_clean_result'
  | 'inverse_of_overall'
  | 'inverse_top_n_then_natural'
  | 'top_pct_then_priority'
  | 'position_choice'
  | 'random'
  | 'mass'
  | 'waves'
  | 'pursuit'
  | 'manual';

export type StageState = 'draft' | 'planned' | 'open' | 'running' | 'closed' | 'provisional' | 'official';

export type StartListStatus = 'draft' | 'published' | 'superseded';

export type StartListStrategy =
  | 'race_number'
  | 'inverse_race_number'
  | 'championship_order'
  | 'previous_stage_result'
  | 'previous_stage_clean_result'
  | 'inverse_of_overall'
  | 'inverse_top_n_then_natural'
  | 'top_pct_then_priority'
  | 'position_choice'
  | 'random'
  | 'mass'
  | 'waves'
  | 'pursuit'
  | 'manual';

export type VehicleKind = 'moto' | 'quad' | 'car' | 'ssv' | 'truck' | 'bicycle' | 'boat' | 'sled';

export type WaypointKind =
  'wpm' | 'wpe' | 'wps' | 'wpc' | 'wpv' | 'wpp' | 'wpn' | 'dss' | 'ass' | 'checkpoint';

/** Categories of an event, with their numbers and limits. */
export interface Class {
  /** Places in the class; who registers later waits. Empty for no limit. */
  capacity: number | null;
  /** Short code, such as M-1 or C-2. */
  code: string;
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** On foot and in time trials: alone, or how many together. */
  crew_format: ClassCrewFormat | null;
  /** Differs from the discipline? Only what differs, for example {"devices": [0, 2]}. */
  crew_rules: unknown;
  /** Why this class has its own crew rules. */
  crew_rules_reason: string | null;
  /** Shorter class for crews that miss a cut-off. */
  downgrade_to_class_id: string | Class | null;
  /** The event it belongs to. */
  event_id: string | Event;
  /** Made by the database; never typed by hand. */
  id: string;
  /** In years, on the first day. */
  max_age: number | null;
  /** In years, on the first day. */
  min_age: number | null;
  /** Name as printed on results. */
  name: string;
  /** First race number of the class. */
  number_from: number | null;
  /** Last race number of the class. */
  number_to: number | null;
  /** Boats: how time is corrected. */
  rating_system: ClassRatingSystem;
  /** Place in lists of classes. */
  sort_order: number | null;
  /** Classes with a lower number start first. */
  start_pool_order: number | null;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** Only this kind of vehicle; empty for none or any. */
  vehicle_kind: ClassVehicleKind | null;
}

/** When each control opens and closes, computed from the start list. */
export interface ControlTime {
  /** How these times were found, in words. */
  because: string | null;
  /** Only for this class; empty for all. */
  class_id: string | Class | null;
  /** Last moment to check in. */
  closes_at: string | null;
  /** When this record was made. */
  created_at: string;
  /** The control. */
  geofence_id: string | Geofence;
  /** Made by the database; never typed by hand. */
  id: string;
  /** Rule that gave the times. */
  mode: ControlTimeMode;
  /** From when crews may check in. */
  opens_at: string | null;
  /** Segment that ends at this control. */
  segment_id: string | Segment | null;
  /** The stage. */
  stage_id: string | Stage;
  /** Version of the start list it was computed from. */
  start_list_id: string | StartList | null;
  /** When this record last changed. */
  updated_at: string;
}

/** GPS trackers. Positions arrive under the IMEI. */
export interface Device {
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Which entry carried it, and when. */
  entries: string[] | EntryDevice[];
  /** The wearer can call for help with it. */
  has_panic_button: boolean;
  /** Made by the database; never typed by hand. */
  id: string;
  /** Identity that the tracker sends, usually 15 digits. */
  imei: string;
  /** Where it is meant to be carried. */
  kind: DeviceKind;
  /** Newest position received from it; brought up to date every half minute. */
  last_position_at: string | null;
  /** Manufacturer and model. */
  model: string | null;
  /** Organisations that use this tracker. */
  organizations: string[] | OrganizationDevice[];
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
}

/** A crew with its vehicle, number and trackers in one event. */
export interface Entry {
  /** What must be in order before the start. */
  checks: string[] | EntryCheck[];
  /** Choose the event first. Needed before the entry is confirmed. */
  class_id: string | Class | null;
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Who is on board and in which role. */
  crew: string[] | EntryCrew[];
  /** Trackers carried, and from when to when. */
  devices: string[] | EntryDevice[];
  /** The event they take part in. */
  event_id: string | Event;
  /** Made by the database; never typed by hand. */
  id: string;
  /** Crew or team as printed on lists. */
  name: string;
  /** Priority for the start order, such as P1. */
  priority_group: string | null;
  /** Number on the vehicle, unique in the event. */
  race_number: number | null;
  /** Result of each stage. */
  results: string[] | StageResult[];
  /** Championship place; 1 is the best. */
  seed: number | null;
  /** When they start each segment. */
  starts: string[] | EntrySegmentStart[];
  /** Only the moves of the rulebook are possible. */
  status: EntryStatus;
  /** Every change of status, written by the database. */
  status_changes: string[] | EntryStatusChange[];
  /** DNF: "mechanical: gearbox". DSQ: "Decision 12: …". Corrections: why. */
  status_reason: string | null;
  /** Team or club, for team results and separation. */
  team_name: string | null;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** What they drive, ride or sail; empty on foot. */
  vehicle_id: string | Vehicle | null;
  /** On the waiting list of its class; empty when it holds a place. */
  waiting_since: string | null;
}

/** Readiness of an entry: documents, scrutineering, briefing. */
export interface EntryCheck {
  /** When it was decided. */
  checked_at: string | null;
  /** Who decided. */
  checked_by: string | UserFields | null;
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** The entry that is checked. */
  entry_id: string | Entry;
  /** Made by the database; never typed by hand. */
  id: string;
  /** What is checked. */
  item: EntryCheckItem;
  /** Waived needs a reason. */
  state: EntryCheckState;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** Why this check is not needed here. */
  waived_reason: string | null;
}

/** People of an entry and their roles. */
export interface EntryCrew {
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** The entry they belong to. */
  entry_id: string | Entry;
  /** Made by the database; never typed by hand. */
  id: string;
  /** What this person does on board. */
  role: EntryCrewRole;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** The person; one place per entry. */
  user_id: string | UserFields;
}

/** When an entry crossed a geofence. Written by the processor or a timekeeper. */
export interface EntryCrossing {
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Tracker that saw it; empty when timed by hand. */
  device_id: string | Device | null;
  /** Going in or out. */
  direction: EntryCrossingDirection;
  /** Who crossed. */
  entry_id: string | Entry;
  /** Where. */
  geofence_id: string | Geofence;
  /** Made by the database; never typed by hand. */
  id: string;
  /** Why it was entered by hand. */
  reason: string | null;
  /** Segment it was counted for. */
  segment_id: string | Segment | null;
  /** Computed from positions or taken by hand. */
  source: EntryCrossingSource;
  /** To the tenth of a second. */
  ts: string;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
}

/** Which tracker an entry carries, and from when to when. */
export interface EntryDevice {
  /** Crew member who wears it; empty when fixed to the vehicle. */
  assigned_user_id: string | UserFields | null;
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** The tracker; on one entry at a time. */
  device_id: string | Device;
  /** The entry that carries it. */
  entry_id: string | Entry;
  /** Made by the database; never typed by hand. */
  id: string;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** Positions count for this entry from here on. */
  valid_from: string;
  /** Until when it was carried; empty while it is. */
  valid_to: string | null;
}

/** Penalties with what they were computed from. A decision by staff survives every recompute. */
export interface EntryPenalty {
  /** The computation in words. */
  because: string | null;
  /** What the formula gives; a recompute writes only here. */
  computed_value: string | null;
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Who is penalised. */
  entry_id: string | Entry;
  /** Formula that was used. */
  formula_id: string | PenaltyFormula | null;
  /** The formula as it was then. */
  formula_snapshot: unknown;
  /** Made by the database; never typed by hand. */
  id: string;
  /** Measured values. */
  inputs: unknown;
  /** Who decided otherwise. */
  overridden_by: string | UserFields | null;
  /** With the number of the decision. */
  override_reason: string | null;
  /** Segment where it happened. */
  segment_id: string | Segment | null;
  /** Stage it counts for. */
  stage_id: string | Stage;
  /** Overridden needs a reason. */
  status: EntryPenaltyStatus;
  /** Offence in one word, such as speeding. */
  type: string;
  /** Unit of the penalty. */
  unit: EntryPenaltyUnit;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** Penalty that counts. */
  value: string;
  /** Counts up with every recompute that changed it. */
  version: number;
}

/** Planned and actual start of each entry on each segment. */
export interface EntrySegmentStart {
  /** When they really started. */
  actual_at: string | null;
  /** When this record was made. */
  created_at: string;
  /** Who starts. */
  entry_id: string | Entry;
  /** Wave or pair that starts together. */
  group_no: number | null;
  /** Made by the database; never typed by hand. */
  id: string;
  /** Survives every redraw. */
  manual_override: boolean;
  /** Why it was placed by hand. */
  pin_reason: string | null;
  /** Where they start. */
  segment_id: string | Segment;
  /** Version that gave this start. */
  start_list_id: string | StartList;
  /** Place in the start order. */
  start_position: number;
  /** Void: does not start; its slot stays empty. */
  state: EntrySegmentStartState;
  /** Published time; stays as it is. */
  target_at: string | null;
  /** When this record last changed. */
  updated_at: string;
  /** Why it does not start. */
  void_reason: string | null;
}

/** Written by the database at every change of an entry’s status. Never edited. */
export interface EntryStatusChange {
  /** When it changed. */
  at: string;
  /** Who changed it; empty when a program did. */
  author_id: string | UserFields | null;
  /** The entry that changed. */
  entry_id: string | Entry;
  /** Status before; empty for a new entry. */
  from_status: EntryStatusChangeFromStatus | null;
  /** Made by the database; never typed by hand. */
  id: string;
  /** Reason that was given. */
  reason: string | null;
  /** Status after. */
  to_status: EntryStatusChangeToStatus;
}

/** A rally, race, regatta or hike with its dates and rules. */
export interface Event {
  /** Who competes with whom. */
  classes: string[] | Class[];
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Decides which vehicles, crews and starts are possible. */
  discipline: EventDiscipline;
  /** Last moment of the event. */
  ends_at: string;
  /** Crews that take part. */
  entries: string[] | Entry[];
  /** Lines and zones where crossings are timed. */
  geofences: string[] | Geofence[];
  /** Made by the database; never typed by hand. */
  id: string;
  /** Name as published. */
  name: string;
  /** For the organisers; crews do not see it. */
  notes: string | null;
  /** Who organises it. */
  organization_id: string | Organization;
  /** What an offence costs. */
  penalty_formulas: string[] | PenaltyFormula[];
  /** Clock from the published start or from crossing the line. */
  ranking_basis: EventRankingBasis;
  /** Until when crews may register; later only staff. */
  registration_closes_at: string | null;
  /** From when crews may register. */
  registration_opens_at: string | null;
  /** Web address of the regulations. */
  regulation_doc_url: string | null;
  /** How often a crew that retired may start again. */
  rejoin_max: number;
  /** Short name in web addresses, unique in the organisation. */
  slug: string;
  /** In the order they are driven. */
  stages: string[] | Stage[];
  /** First moment of the event. */
  starts_at: string;
  /** Where the event stands. */
  status: EventStatus;
  /** Time zone of the course, such as Europe/Tirane. Crews read local time. */
  timezone: string;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
}

/** Places on the map where a crossing is recorded. */
export interface Geofence {
  /** Draw the outline on the map. */
  area: GeoPolygon;
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Which crossing counts. */
  direction: GeofenceDirection;
  /** The event it belongs to. */
  event_id: string | Event;
  /** Made by the database; never typed by hand. */
  id: string;
  /** What happens here. */
  kind: GeofenceKind;
  /** A timekeeper confirms each crossing. */
  manual_verification: boolean;
  /** Name in the road book, such as TC1 Krujë. */
  name: string;
  /** A change of the shape recomputes crossings already made. */
  retroactive: boolean;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
}

/** Which organisation uses which tracker. */
export interface OrganizationDevice {
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** The tracker. */
  device_id: string | Device;
  /** Made by the database; never typed by hand. */
  id: string;
  /** The organisation. */
  organization_id: string | Organization;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
}

/** Who may do what in which organisation. */
export interface OrganizationUser {
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Made by the database; never typed by hand. */
  id: string;
  /** Where this person has the role. */
  organization_id: string | Organization;
  /** What this person may do for this organisation. */
  role: OrganizationUserRole;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** The person. */
  user_id: string | UserFields;
}

/** Which organisation knows which vehicle. */
export interface OrganizationVehicle {
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Made by the database; never typed by hand. */
  id: string;
  /** The organisation. */
  organization_id: string | Organization;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** The vehicle. */
  vehicle_id: string | Vehicle;
}

/** Clubs and companies that organise events. Everything belongs to one of them. */
export interface Organization {
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Trackers that this organisation hands out. */
  devices: string[] | OrganizationDevice[];
  /** Events of this organisation. */
  events: string[] | Event[];
  /** Made by the database; never typed by hand. */
  id: string;
  /** People and what each may do here. */
  members: string[] | OrganizationUser[];
  /** Full name as printed on results. */
  name: string;
  /** Short name in web addresses: small letters, digits and dashes. */
  slug: string;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** Vehicles known to this organisation. */
  vehicles: string[] | OrganizationVehicle[];
}

/** What an offence costs. A change here recomputes penalties. */
export interface PenaltyFormula {
  /** Codes of classes; empty for all. */
  applies_to_classes: string[] | null;
  /** How the edges of a bracket count. */
  bracket_mode: PenaltyFormulaBracketMode;
  /** Several brackets in one formula, each with from, to and penalty. */
  brackets: unknown;
  /** Highest penalty of this formula. */
  cap: string | null;
  /** Short code, unique in the event. */
  code: string | null;
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Off means it costs nothing. */
  enabled: boolean;
  /** The event it belongs to. */
  event_id: string | Event;
  /** Made by the database; never typed by hand. */
  id: string;
  /** What is measured, such as control_late or peak_speed_over. */
  metric: string;
  /** As in the regulations. */
  name: string;
  /** Largest value of this formula; empty for no limit. */
  offence_max: string | null;
  /** Smallest value that is an offence. */
  offence_min: string | null;
  /** How the penalty is applied. */
  operator: PenaltyFormulaOperator;
  /** A number, or a list for repeated offences. */
  penalty: unknown;
  /** Unit of the penalty. */
  penalty_unit: PenaltyFormulaPenaltyUnit;
  /** One penalty for each so many units. */
  per: string | null;
  /** What repeated offences cost. */
  repeat: unknown;
  /** Off: only stages that are not open yet. */
  retroactive: boolean;
  /** How the measured value is rounded first. */
  rounding: string | null;
  /** Where the offence is measured. */
  scope: PenaltyFormulaScope;
  /** Several offences together. */
  stacking: PenaltyFormulaStacking;
  /** Status it leads to, such as dsq or otl. */
  status_effect: string | null;
  /** Unit of the measured value. */
  unit: PenaltyFormulaUnit;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** First stage it applies to; empty for all. */
  valid_from_stage_id: string | Stage | null;
  /** Counts up with every change. */
  version: number;
}

/** Marks positions as wrong so that they no longer count. Nothing is deleted; restore by a date below. */
export interface PositionFault {
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Either a tracker … */
  device_id: string | Device | null;
  /** … or every tracker of an entry. */
  entry_id: string | Entry | null;
  /** Made by the database; never typed by hand. */
  id: string;
  /** What is wrong with them. */
  reason: string;
  /** Why they count again. */
  restore_reason: string | null;
  /** Set it and the positions count again. */
  restored_at: string | null;
  /** Who took the mark back. */
  restored_by: string | UserFields | null;
  /** First position that is wrong. */
  ts_from: string;
  /** Last position that is wrong. */
  ts_to: string;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
}

/** What changed, whose results follow, and how far that is. */
export interface RecomputeRequest {
  /** When this record was made. */
  created_at: string;
  /** Why it failed. */
  error: string | null;
  /** The event concerned. */
  event_id: string | Event;
  /** When the last pair was done. */
  finished_at: string | null;
  /** Made by the database; never typed by hand. */
  id: string;
  /** What is computed again: crossings, penalties, results. */
  layers: string[] | null;
  /** What set it off. */
  reason: RecomputeRequestReason;
  /** What changed, in words. */
  reason_text: string | null;
  /** Who asked or made the change; empty when a program did. */
  requested_by: string | UserFields | null;
  /** What changed in the results. */
  result: unknown;
  /** Entries, segments and stages concerned. */
  scope: unknown;
  /** How far it is. */
  status: RecomputeRequestStatus;
  /** Pairs computed again. */
  targets_applied: number;
  /** Pairs that could not be computed. */
  targets_failed: number;
  /** Entry and stage pairs to compute again. */
  targets_total: number;
  /** When this record last changed. */
  updated_at: string;
  /** Earliest position concerned. */
  window_from: string | null;
  /** Latest position concerned. */
  window_to: string | null;
}

/** A liaison or special stage between two places. */
export interface Segment {
  /** Nobody is credited with less. */
  bogey_seconds: number | null;
  /** Service, lunch or night before this segment. */
  break_seconds: number;
  /** How the closing time of its last control is computed. */
  closing_rule: unknown;
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Length in the road book. */
  distance_km: string | null;
  /** Whether its closing time excludes a crew. */
  enforcement: SegmentEnforcement;
  /** Crossing it starts the clock of this segment. */
  entry_geofence_id: string | Geofence | null;
  /** Crossing it stops the clock of this segment. */
  exit_geofence_id: string | Geofence | null;
  /** Made by the database; never typed by hand. */
  id: string;
  /** From the control before to the start of this special, usually 180. */
  lead_time_seconds: number;
  /** Later than this is out of time. */
  max_duration_seconds: number | null;
  /** Name in the road book, such as SS1 Krujë – Burrel. */
  name: string;
  /** Place in the stage; 1 comes first. */
  sort_order: number;
  /** Villages and other slow zones. */
  speed_limit_zones: string[] | SpeedLimitZone[];
  /** The stage it is part of. */
  stage_id: string | Stage;
  /** Who starts here, and when. */
  starts: string[] | EntrySegmentStart[];
  /** Time allowed to the next control; gives the due times. */
  target_duration_seconds: number | null;
  /** Only special stages and loops are timed to the second. */
  type: SegmentType;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** Points that must be passed. */
  waypoints: string[] | Waypoint[];
}

/** Where a limit applies, such as villages. */
export interface SpeedLimitZone {
  /** Draw the outline on the map. */
  area: GeoPolygon;
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Excess that is forgiven. */
  grace_kmh: number;
  /** Made by the database; never typed by hand. */
  id: string;
  /** Highest speed allowed. */
  limit_kmh: number;
  /** Village or road. */
  name: string;
  /** What speeding here costs. */
  penalty_formula_id: string | PenaltyFormula | null;
  /** The segment it lies on. */
  segment_id: string | Segment;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
}

/** What happened to each stage, by whom and why. Never edited. */
export interface StageChange {
  /** What was done. */
  action: StageChangeAction;
  /** When it happened. */
  at: string;
  /** Who did it; empty when a program did. */
  author_id: string | UserFields | null;
  /** What moved. */
  details: unknown;
  /** The entry concerned, when it was about one. */
  entry_id: string | Entry | null;
  /** State before. */
  from_state: StageChangeFromState | null;
  /** Made by the database; never typed by hand. */
  id: string;
  /** Reason that was given. */
  reason: string | null;
  /** The stage. */
  stage_id: string | Stage;
  /** Version of the start list concerned. */
  start_list_id: string | StartList | null;
  /** State after. */
  to_state: StageChangeToState | null;
}

/** Result of each entry on each stage. Written by the processor. */
export interface StageResult {
  /** Taken off. */
  bonus_ms: string;
  /** Place in the class. */
  class_place: number | null;
  /** When this record was made. */
  created_at: string;
  /** From start to finish. */
  elapsed_ms: string | null;
  /** The entry. */
  entry_id: string | Entry;
  /** Made by the database; never typed by hand. */
  id: string;
  /** What counts: elapsed − neutralised + penalties − bonus. */
  net_ms: string | null;
  /** Taken off. */
  neutralised_ms: string;
  /** Added. */
  penalty_ms: string;
  /** Place among all. */
  place: number | null;
  /** Regattas: points of this race. */
  points: string | null;
  /** Not official yet. */
  provisional: boolean;
  /** The stage. */
  stage_id: string | Stage;
  /** How the stage ended for them. */
  status: StageResultStatus;
  /** When this record last changed. */
  updated_at: string;
  /** Counts up with every recompute that changed it. */
  version: string;
}

/** One day or leg: when it starts, in which order, over which segments. */
export interface Stage {
  /** What happens to the minute of a crew that does not come. */
  absent_slot_policy: StageAbsentSlotPolicy;
  /** What happened to this stage, newest first. */
  changes: string[] | StageChange[];
  /** Short code on lists, such as SS3 or L2. */
  code: string | null;
  /** When each control opens and closes. */
  control_times: string[] | ControlTime[];
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** The published version that counts now. */
  current_start_list_id: string | StartList | null;
  /** Announced delay; moves every start and control time. */
  delay_seconds: number;
  /** The event it belongs to. */
  event_id: string | Event;
  /** Made by the database; never typed by hand. */
  id: string;
  /** Day of the event; the order is fixed per leg. */
  leg_number: number | null;
  /** Name as printed on the start list. */
  name: string;
  /** When the start list was first published. */
  opened_at: string | null;
  /** Best first. */
  results: string[] | StageResult[];
  /** What this stage is for. */
  role: StageRole;
  /** Liaisons and special stages, in driving order. */
  segments: string[] | Segment[];
  /** Place in the event; drag the row in the list instead. */
  sort_order: number | null;
  /** Seconds between two starts. */
  start_interval_seconds: number | null;
  /** Every version, newest first. */
  start_lists: string[] | StartList[];
  /** Stage whose result gives the order. */
  start_order_input_stage_id: string | Stage | null;
  /** How the order is found. */
  start_order_strategy: StageStartOrderStrategy;
  /** Gaps, pools, ties and seeds, as described in the rule book. */
  start_order_strategy_params: unknown;
  /** When the first entry starts. */
  starts_at: string | null;
  /** Plan it here; it opens by its button, which publishes the start list. */
  state: StageState;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
}

/** Published orders. A published list never changes: a new version replaces it. */
export interface StartList {
  /** Printed on the list; equal lists have equal checksums. */
  checksum: string | null;
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** What this version moved against the one before. */
  diff: unknown;
  /** Made by the database; never typed by hand. */
  id: string;
  /** The result as it was when the list was drawn. */
  input_snapshot: unknown;
  /** The list as published, one line per entry. */
  lines: unknown;
  /** Settings that were used. */
  params: unknown;
  /** When it was published. */
  published_at: string | null;
  /** Who published it. */
  published_by: string | UserFields | null;
  /** Why this version was made. */
  reason: string | null;
  /** Makes a draw by lot repeatable. */
  seed: string | null;
  /** The stage it is for. */
  stage_id: string | Stage;
  /** The result it was drawn from is different now. The list stays as it is until redrawn. */
  stale: boolean;
  /** Lines that a redraw would move. */
  stale_diff: unknown;
  /** One list per stage is in force. */
  status: StartListStatus;
  /** How the order was found. */
  strategy: StartListStrategy;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** Counts up from 1. */
  version: number;
}

/** Motos, cars, trucks, boats: anything that carries a crew. */
export interface Vehicle {
  /** Engine capacity in cubic centimetres. */
  cc: number | null;
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Where it took part. */
  entries: string[] | Entry[];
  /** Made by the database; never typed by hand. */
  id: string;
  /** Decides which classes it may enter. */
  kind: VehicleKind;
  /** Manufacturer or builder. */
  make: string;
  /** Model or type of boat. */
  model: string | null;
  /** Organisations that know this vehicle. */
  organizations: string[] | OrganizationVehicle[];
  /** Number plate, for roads open to traffic. */
  plate: string | null;
  /** Boats: rating used for corrected time. */
  rating: string | null;
  /** Boats: number on the sail. */
  sail_number: string | null;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
  /** Chassis or frame number seen at scrutineering. */
  vin: string | null;
  /** Year of manufacture. */
  year: number | null;
}

/** Points along a segment that must be passed. */
export interface Waypoint {
  /** When this record was made. */
  created_at: string;
  /** Who made this record; empty when a program did. */
  created_by: string | UserFields | null;
  /** Made by the database; never typed by hand. */
  id: string;
  /** How it appears to the crew. */
  kind: WaypointKind;
  /** Set the point on the map. */
  location: GeoPoint;
  /** What missing it costs. */
  missed_penalty_formula_id: string | PenaltyFormula | null;
  /** Name in the road book. */
  name: string;
  /** Distance at which the point is shown to the crew. */
  open_radius_m: number | null;
  /** The segment it lies on. */
  segment_id: string | Segment;
  /** Counts only after the point before it. */
  sequential: boolean;
  /** Place along the segment. */
  sort_order: number;
  /** Distance at which it counts as passed. */
  tolerance_m: number;
  /** When this record last changed. */
  updated_at: string;
  /** Who changed this record last; empty when a program did. */
  updated_by: string | UserFields | null;
}

/** What this project adds to the users of Directus. */
export interface UserFields {
  /** For age limits. */
  birth_date: string | null;
  /** Organisations and roles of this person. */
  memberships: string[] | OrganizationUser[];
  /** Three letters as on the licence, such as ALB. */
  nationality: string | null;
  /** With country code, for race control. */
  phone: string | null;
}

/** Every collection, for `createDirectus<Schema>()`. */
export interface Schema {
  classes: Class[];
  control_times: ControlTime[];
  devices: Device[];
  entries: Entry[];
  entry_checks: EntryCheck[];
  entry_crew: EntryCrew[];
  entry_crossings: EntryCrossing[];
  entry_devices: EntryDevice[];
  entry_penalties: EntryPenalty[];
  entry_segment_starts: EntrySegmentStart[];
  entry_status_changes: EntryStatusChange[];
  events: Event[];
  geofences: Geofence[];
  organization_devices: OrganizationDevice[];
  organization_users: OrganizationUser[];
  organization_vehicles: OrganizationVehicle[];
  organizations: Organization[];
  penalty_formulas: PenaltyFormula[];
  position_faults: PositionFault[];
  recompute_requests: RecomputeRequest[];
  segments: Segment[];
  speed_limit_zones: SpeedLimitZone[];
  stage_changes: StageChange[];
  stage_results: StageResult[];
  stages: Stage[];
  start_lists: StartList[];
  vehicles: Vehicle[];
  waypoints: Waypoint[];
  directus_users: UserFields;
}
