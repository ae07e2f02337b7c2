import { checkItems, type CrewRole, type Discipline, type EntryClass, type EntryFacts } from './types.js';

/** Entries for the specs, one of each discipline, that may be confirmed and started as they are. */

const NO_LIMITS: EntryClass = {
  code: 'A',
  vehicleKind: null,
  numberFrom: null,
  numberTo: null,
  minAge: null,
  maxAge: null,
  ratingSystem: 'none',
  crewFormat: null,
  crewRules: null,
  crewRulesReason: null,
};

export function classOf(changes: Partial<EntryClass> = {}): EntryClass {
  return { ...NO_LIMITS, ...changes };
}

/** People of these roles, "p0" on, born in 1990. */
export function crewOf(...roles: readonly CrewRole[]): EntryFacts['entry']['crew'] {
  return roles.map((role, index) => ({ personId: `p${index}`, role, birthDate: '1990-03-01' }));
}

/** "d0" on the vehicle, or worn by `wornBy`, with a panic button. */
export function devicesOf(count: number, wornBy: string | null = null): EntryFacts['entry']['devices'] {
  return Array.from({ length: count }, (_, index) => ({
    deviceId: `d${index}`,
    kind: wornBy === null ? ('chassis' as const) : ('body-worn' as const),
    hasPanicButton: true,
    wornBy,
  }));
}

const ENTRIES: Readonly<
  Record<Discipline, { class: Partial<EntryClass>; entry: Partial<EntryFacts['entry']> }>
> = {
  rally: {
    class: { vehicleKind: 'moto' },
    entry: { vehicle: { kind: 'moto' }, crew: crewOf('rider'), devices: devicesOf(2) },
  },
  'time-trial': { class: {}, entry: { crew: crewOf('rider') } },
  regatta: {
    class: { vehicleKind: 'boat' },
    entry: { vehicle: { kind: 'boat', sailNumber: 'ALB 1' }, crew: crewOf('skipper', 'crew') },
  },
  'trail-run': { class: {}, entry: { crew: crewOf('runner'), devices: devicesOf(1, 'p0') } },
  hike: { class: {}, entry: { crew: crewOf('hiker', 'hiker'), devices: devicesOf(1, 'p1') } },
};

/** What differs from the example; a class of null is none. */
export interface EntryChanges {
  readonly class?: Partial<EntryClass> | null;
  readonly event?: Partial<EntryFacts['event']>;
  readonly entry?: Partial<EntryFacts['entry']>;
}

/** The example of a discipline with changes. */
export function entryOf(discipline: Discipline, changes: EntryChanges = {}): EntryFacts {
  const example = ENTRIES[discipline];
  return {
    discipline,
    event: { startsOn: '2026-06-06', classCount: 3, ...changes.event },
    class: changes.class === null ? null : classOf({ ...example.class, ...changes.class }),
    entry: {
      raceNumber: 7,
      vehicle: null,
      crew: [],
      devices: [],
      checks: checkItems.map((item) => ({ item, state: 'passed' as const })),
      ...example.entry,
      ...changes.entry,
    },
  };
}
