import { readCrewRules } from './crew-rules.js';
import { disciplineMatrix, type DisciplineRules, type RequiredItem } from './discipline-matrix.js';
import type { CrewCounts, CrewRole, CrewRulesOverride, Discipline, EntryClass, Range } from './types.js';

/** Roles that are counted together. */
export interface CrewLine {
  readonly roles: readonly CrewRole[];
  readonly count: Range;
}

/** The rules that hold for the entries of one class. */
export interface EffectiveRules {
  readonly vehicle: 'required' | 'optional' | 'forbidden';
  /** The class' own kind, else those of the discipline. */
  readonly vehicleKinds: DisciplineRules['vehicleKinds'];
  readonly vehicleFields: DisciplineRules['vehicleFields'];
  readonly class: 'required' | 'required-if-several' | 'optional';
  readonly raceNumber: 'required' | 'optional';
  /** Empty: every role that is not forbidden has a place. */
  readonly crew: readonly CrewLine[];
  /** Members of the crew altogether. */
  readonly total: Range;
  readonly forbiddenRoles: readonly CrewRole[];
  readonly devices: Range;
  readonly deviceRules: DisciplineRules['deviceRules'];
  readonly documents: readonly RequiredItem[];
  readonly readiness: readonly RequiredItem[];
  /** Whole years on the first day of the event; null: no limit. */
  readonly minAge: number | null;
  readonly maxAge: number | null;
}

/**
 * The rules of a class.
 *   1. The discipline's line of the matrix.
 *   2. Its crew: the variant of the class' vehicle kind, else of its crew format, else the default.
 *   3. What `classes.crew_rules` says replaces that, key by key, and in the crew line by line. One that cannot be
 *      read changes nothing; `checkEntry` reports it.
 * An age limit of the class replaces the discipline's.
 */
export function rulesOfClass(discipline: Discipline, entryClass: EntryClass | null): EffectiveRules {
  const rules = disciplineMatrix[discipline];
  const override = overrideOf(entryClass);
  const kind = entryClass?.vehicleKind ?? null;
  const counts = amended(variantOf(rules, entryClass), override.crew);
  const crew = linesOf(counts);
  const welcome = new Set(
    linesOf(override.crew ?? {}).flatMap(({ roles, count }) => (count[1] > 0 ? roles : [])),
  );
  return {
    vehicle: override.vehicle ?? vehicleOf(rules, kind !== null),
    vehicleKinds: kind === null ? rules.vehicleKinds : [kind],
    vehicleFields: rules.vehicleFields,
    class: override.class ?? rules.class,
    raceNumber: override.raceNumber ?? rules.raceNumber,
    crew,
    total: counts['total'] ?? sumOf(crew),
    forbiddenRoles: override.forbiddenRoles ?? rules.forbiddenRoles.filter((role) => !welcome.has(role)),
    devices: override.devices ?? rules.devices,
    deviceRules: rules.deviceRules,
    documents: override.documents?.map((item) => ({ item })) ?? rules.documents,
    readiness: override.readiness?.map((item) => ({ item })) ?? rules.readiness,
    minAge: entryClass?.minAge ?? rules.minAge,
    maxAge: entryClass?.maxAge ?? null,
  };
}

/** Whether the discipline has crews of the class' format, or the class' vehicle kind says how many they are. */
export function knowsCrewFormat(discipline: Discipline, { crewFormat, vehicleKind }: EntryClass): boolean {
  const { byFormat, byVehicleKind } = disciplineMatrix[discipline].crew;
  if (crewFormat === null || byFormat[crewFormat] !== undefined) return true;
  return vehicleKind !== null && byVehicleKind[vehicleKind] !== undefined;
}

function overrideOf(entryClass: EntryClass | null): CrewRulesOverride {
  const read = readCrewRules(entryClass?.crewRules);
  return 'override' in read ? read.override : {};
}

function variantOf({ crew }: DisciplineRules, entryClass: EntryClass | null): CrewCounts {
  const { vehicleKind = null, crewFormat = null } = entryClass ?? {};
  return (
    (vehicleKind === null ? undefined : crew.byVehicleKind[vehicleKind]) ??
    (crewFormat === null ? undefined : crew.byFormat[crewFormat]) ??
    crew.default
  );
}

function vehicleOf({ vehicle }: DisciplineRules, classNamesKind: boolean): EffectiveRules['vehicle'] {
  if (vehicle !== 'by-class') return vehicle;
  return classNamesKind ? 'required' : 'optional';
}

function amended(counts: CrewCounts, override: CrewCounts | undefined): CrewCounts {
  if (override === undefined) return counts;
  const spokenOf = new Set(Object.keys(override).flatMap(rolesOf));
  const onlyTotal = spokenOf.size === 0;
  const stay = Object.entries(counts).filter(([key]) =>
    key === 'total' ? onlyTotal : !rolesOf(key).some((role) => spokenOf.has(role)),
  );
  return { ...Object.fromEntries(stay), ...override };
}

function linesOf(counts: CrewCounts): CrewLine[] {
  return Object.entries(counts)
    .filter(([key]) => key !== 'total')
    .map(([key, count]) => ({ roles: rolesOf(key), count }));
}

/** The keys of the matrix and of a readable override hold nothing but roles and `total`. */
function rolesOf(key: string): CrewRole[] {
  return key === 'total' ? [] : (key.split('+') as CrewRole[]);
}

function sumOf(lines: readonly CrewLine[]): Range {
  return [
    lines.reduce((sum, { count }) => sum + count[0], 0),
    lines.reduce((sum, { count }) => sum + count[1], 0),
  ];
}
