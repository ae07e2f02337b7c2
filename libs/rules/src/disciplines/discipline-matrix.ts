import type { CheckItem, CrewCounts, CrewFormat, CrewRole, Discipline, Range, VehicleKind } from './types.js';

/**
 * When a rule of the matrix counts; without one it always does.
 *   minor     a member of the crew is under 18 on the first day of the event
 *   rating    the class has a rating system
 *   offshore  the event goes offshore
 *   vehicle   the entry has a vehicle
 *   oxfam     the class' crews have the Oxfam format
 */
export type RuleCondition = 'minor' | 'rating' | 'offshore' | 'vehicle' | 'oxfam';

/** An item that must be passed or waived. */
export interface RequiredItem {
  readonly item: CheckItem;
  readonly when?: RuleCondition;
}

/** Something the vehicle must tell. */
export interface RequiredVehicleField {
  readonly field: 'sailNumber' | 'rating';
  readonly when?: RuleCondition;
}

/**
 * A rule of the trackers besides their number.
 *   at-least-one  there is one, also where the number may be 0
 *   on-vehicle    one of them is on the vehicle, worn by nobody
 *   worn          each is worn
 *   worn-by-crew  who wears one is in the crew
 *   backup        there is a second one
 *   panic-button  one has a panic button
 */
export interface DeviceRule {
  readonly rule: 'at-least-one' | 'on-vehicle' | 'worn' | 'worn-by-crew' | 'backup' | 'panic-button';
  readonly severity: 'error' | 'warning';
  readonly when?: RuleCondition;
}

/** The rules of entries in one discipline: plain JSON, so that a database can hold and read it as well. */
export interface DisciplineRules {
  /** `by-class`: required where the class names a vehicle kind, else optional. */
  readonly vehicle: 'required' | 'optional' | 'forbidden' | 'by-class';
  readonly vehicleKinds: readonly VehicleKind[];
  readonly vehicleFields: readonly RequiredVehicleField[];
  /** `required-if-several`: required when the event has more than one class. */
  readonly class: 'required' | 'required-if-several';
  readonly raceNumber: 'required' | 'optional';
  /** The variant of the class' vehicle kind counts, else that of its crew format, else the default. */
  readonly crew: {
    readonly default: CrewCounts;
    readonly byVehicleKind: Readonly<Partial<Record<VehicleKind, CrewCounts>>>;
    readonly byFormat: Readonly<Partial<Record<CrewFormat, CrewCounts>>>;
  };
  readonly forbiddenRoles: readonly CrewRole[];
  readonly devices: Range;
  readonly deviceRules: readonly DeviceRule[];
  /** Keep an entry from being confirmed until they are passed or waived. */
  readonly documents: readonly RequiredItem[];
  /** Keep a confirmed entry from starting until they are passed or waived. */
  readonly readiness: readonly RequiredItem[];
  /** Whole years on the first day of the event, where the class has no limit of its own. */
  readonly minAge: number | null;
  /** Start orders that fit, by their names in the registry, the usual one first. */
  readonly startOrders: readonly string[];
  /** Where the rules were read. */
  readonly evidence: readonly string[];
}

const PILOT_AND_CO: CrewCounts = {
  pilot: [1, 1],
  'co-pilot+navigator': [1, 1],
  mechanic: [0, 1],
  total: [2, 3],
};
/** Alone on the machine; some regulations call the rider pilot. */
const ON_TWO_WHEELS: CrewCounts = { 'rider+pilot': [1, 1], total: [1, 1] };
/** Against the clock a passenger is no duty. */
const PILOT_ALONE_OR_WITH_CO: CrewCounts = { pilot: [1, 1], 'co-pilot+navigator': [0, 1], total: [1, 2] };

/** So many of one role and nobody else. */
function only(role: CrewRole, min: number, max = min): CrewCounts {
  return { [role]: [min, max], total: [min, max] };
}

/** A helm and so many others. */
function helmAnd(min: number, max = min): CrewCounts {
  return { 'skipper+pilot': [1, 1], 'crew+co-pilot+navigator': [min, max], total: [1 + min, 1 + max] };
}

const WORN_BY_CREW: DeviceRule = { rule: 'worn-by-crew', severity: 'error' };

/**
 * What an entry needs in each discipline. Each line names its evidence; what no regulation says (solo and duo beyond the
 * disciplines that know them, teams of hikers) counts what the word says.
 */
export const disciplineMatrix: Readonly<Record<Discipline, DisciplineRules>> = {
  rally: {
    vehicle: 'required',
    vehicleKinds: ['moto', 'quad', 'car', 'ssv', 'truck'],
    vehicleFields: [],
    class: 'required',
    raceNumber: 'required',
    crew: {
      default: { total: [1, 3] },
      byVehicleKind: {
        moto: ON_TWO_WHEELS,
        quad: ON_TWO_WHEELS,
        car: PILOT_AND_CO,
        ssv: PILOT_AND_CO,
        truck: PILOT_AND_CO,
      },
      byFormat: {},
    },
    forbiddenRoles: ['runner', 'hiker', 'skipper', 'crew'],
    devices: [1, 4],
    deviceRules: [
      { rule: 'on-vehicle', severity: 'error' },
      WORN_BY_CREW,
      { rule: 'backup', severity: 'warning' },
      { rule: 'panic-button', severity: 'warning' },
    ],
    documents: [
      { item: 'driving-licence' },
      { item: 'competition-licence' },
      { item: 'medical' },
      { item: 'insurance' },
      { item: 'vehicle-registration' },
    ],
    readiness: [{ item: 'administrative' }, { item: 'scrutineering', when: 'vehicle' }],
    minAge: null,
    startOrders: [
      'inverse_of_overall',
      'previous_stage_result',
      'previous_stage_clean_result',
      'race_number',
      'inverse_race_number',
      'championship_order',
      'inverse_top_n_then_natural',
      'top_pct_then_priority',
      'position_choice',
      'random',
      'manual',
    ],
    evidence: [
      'Dakar 2019 and 2020, start lists: moto 275 of 275 and quad 48 of 48 alone, car 178 of 180 and SSV 76 of 76 two, truck 80 of 83 three',
      'Liaisons are public road: each driver has a driving licence, the vehicle its registration',
    ],
  },
  'time-trial': {
    vehicle: 'by-class',
    vehicleKinds: ['bicycle', 'moto', 'quad', 'car', 'ssv', 'truck', 'sled'],
    vehicleFields: [],
    class: 'required',
    raceNumber: 'required',
    crew: {
      default: only('rider', 1),
      byVehicleKind: {
        car: PILOT_ALONE_OR_WITH_CO,
        ssv: PILOT_ALONE_OR_WITH_CO,
        truck: PILOT_ALONE_OR_WITH_CO,
      },
      byFormat: { solo: only('rider', 1), duo: only('rider', 2), team: only('rider', 2, 8) },
    },
    forbiddenRoles: ['runner', 'hiker', 'skipper', 'crew'],
    devices: [0, 2],
    deviceRules: [WORN_BY_CREW],
    documents: [{ item: 'competition-licence' }, { item: 'guardian-consent', when: 'minor' }],
    readiness: [{ item: 'administrative' }, { item: 'scrutineering', when: 'vehicle' }],
    minAge: 12,
    startOrders: [
      'race_number',
      'inverse_of_overall',
      'championship_order',
      'inverse_race_number',
      'previous_stage_result',
      'inverse_top_n_then_natural',
      'random',
      'waves',
      'manual',
    ],
    evidence: [
      'Cycling Time Trials, guidance: licence or day licence, consent under 18, minimum age 12, the number may be the start minute',
      'RaceDB, can_start',
    ],
  },
  regatta: {
    vehicle: 'required',
    vehicleKinds: ['boat'],
    vehicleFields: [{ field: 'sailNumber' }, { field: 'rating', when: 'rating' }],
    class: 'required',
    raceNumber: 'required',
    crew: {
      default: helmAnd(0, 11),
      byVehicleKind: {},
      byFormat: { solo: helmAnd(0), duo: helmAnd(1) },
    },
    forbiddenRoles: ['rider', 'runner', 'hiker', 'mechanic'],
    devices: [0, 2],
    deviceRules: [WORN_BY_CREW, { rule: 'at-least-one', severity: 'error', when: 'offshore' }],
    documents: [
      { item: 'rating-certificate', when: 'rating' },
      { item: 'insurance' },
      { item: 'measurement-certificate' },
    ],
    readiness: [{ item: 'administrative' }, { item: 'scrutineering', when: 'vehicle' }],
    minAge: null,
    startOrders: ['mass', 'pursuit', 'manual'],
    evidence: [
      'Racing Rules of Sailing, Appendix A, and usual sailing instructions',
      'Pilot is read as helm, co-pilot and navigator as crew, where an entry was made with these words',
    ],
  },
  'trail-run': {
    vehicle: 'forbidden',
    vehicleKinds: [],
    vehicleFields: [],
    class: 'required',
    raceNumber: 'required',
    crew: {
      default: only('runner', 1),
      byVehicleKind: {},
      byFormat: { solo: only('runner', 1), duo: only('runner', 2), relay: only('runner', 2, 6) },
    },
    forbiddenRoles: ['pilot', 'co-pilot', 'navigator', 'mechanic', 'rider', 'hiker', 'skipper', 'crew'],
    devices: [0, 2],
    deviceRules: [{ rule: 'worn', severity: 'error' }, WORN_BY_CREW],
    documents: [{ item: 'medical' }, { item: 'emergency-contact' }],
    readiness: [{ item: 'administrative' }, { item: 'mandatory-kit' }],
    minAge: null,
    startOrders: ['mass', 'waves', 'championship_order', 'manual'],
    evidence: [
      'OpenSplitTime, efforts: one person each',
      'UTMB and others: medical certificate or declaration, mandatory kit, age limit by distance (the class says it)',
    ],
  },
  hike: {
    vehicle: 'forbidden',
    vehicleKinds: [],
    vehicleFields: [],
    class: 'required-if-several',
    raceNumber: 'required',
    crew: {
      default: only('hiker', 1, 6),
      byVehicleKind: {},
      byFormat: {
        solo: only('hiker', 1),
        duo: only('hiker', 2),
        team: only('hiker', 2, 6),
        oxfam: only('hiker', 4),
        kvrp: only('hiker', 2, 6),
      },
    },
    forbiddenRoles: ['pilot', 'co-pilot', 'navigator', 'mechanic', 'rider', 'runner', 'skipper', 'crew'],
    devices: [0, 6],
    deviceRules: [{ rule: 'worn', severity: 'error' }, WORN_BY_CREW],
    documents: [
      { item: 'guardian-consent', when: 'minor' },
      { item: 'medical' },
      { item: 'support-crew', when: 'oxfam' },
    ],
    readiness: [{ item: 'administrative' }, { item: 'mandatory-kit' }],
    minAge: 16,
    startOrders: ['waves', 'mass', 'manual'],
    evidence: [
      'Oxfam Trailwalker rules: teams of four; France: from 16 with consent, a support crew of two at least',
      'kvrp rules: teams of two to six',
    ],
  },
};

export const disciplines = Object.keys(disciplineMatrix) as readonly Discipline[];
