import type { EntryRecord, PersonRecord, VehicleRecord } from './entry-record.js';
import type { EntryRow, NamedPerson, NamedVehicle } from './read-entry-rows.js';

/** How names and codes are compared: "  Ana  KRASNIQI" is "ana krasniqi". */
export function key(text: string | null): string {
  return (text ?? '').normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

/** Plates and sail numbers are compared without the gaps: "AA 123-BB" is "aa123bb". */
export function plateKey(text: string | null): string {
  return key(text).replaceAll(/[^\p{L}\p{N}]/gu, '');
}

export function sameName(a: Pick<PersonRecord, 'firstName' | 'lastName'>, b: typeof a): boolean {
  return key(a.firstName) === key(b.firstName) && key(a.lastName) === key(b.lastName);
}

/** Whether a person of a file is this one: by e-mail, else by name and birth date, as far as they are known. */
export function isSamePerson(named: NamedPerson, person: PersonRecord): boolean {
  if (named.email !== null && named.email === person.email) return true;
  if (!sameName(named, person)) return false;
  return named.birthDate === null
    ? named.email === null || person.email === null
    : named.birthDate === person.birthDate;
}

/** By its plate, else its sail number, else all that the file says of it. */
export function isSameVehicle(named: NamedVehicle, vehicle: VehicleRecord): boolean {
  if (named.plate !== null) return plateKey(named.plate) === plateKey(vehicle.plate);
  if (named.sailNumber !== null) return plateKey(named.sailNumber) === plateKey(vehicle.sailNumber);
  return (
    (named.kind === null || named.kind === vehicle.kind) &&
    (named.make === null || key(named.make) === key(vehicle.make)) &&
    (named.model === null || key(named.model) === key(vehicle.model)) &&
    (named.year === null || named.year === vehicle.year)
  );
}

/**
 * In which columns a row says something else than the entry that is there. What the file leaves empty is not
 * compared: a number that the race office has given since is no difference.
 */
export function differences(row: EntryRow, entry: EntryRecord): string[] {
  const crew = matchCrew(row, entry);
  return [
    ...(row.raceNumber !== null && row.raceNumber !== entry.raceNumber ? ['race_number'] : []),
    ...(row.classCode !== null && key(row.classCode) !== key(entry.classCode) ? ['class'] : []),
    ...(row.name !== null && key(row.name) !== key(entry.name) ? ['name'] : []),
    ...(row.team !== null && key(row.team) !== key(entry.teamName) ? ['team'] : []),
    ...(row.vehicle !== null && (entry.vehicle === null || !isSameVehicle(row.vehicle, entry.vehicle))
      ? ['vehicle']
      : []),
    ...(crew === undefined ? ['crew'] : []),
    ...(hasSameTrackers(row, entry, crew ?? new Map()) ? [] : ['trackers']),
  ];
}

/** @returns who is who, by label; undefined when the crews differ */
function matchCrew(row: EntryRow, entry: EntryRecord): Map<string, string> | undefined {
  const matched = new Map<string, string>();
  if (row.crew.length === 0) return matched;
  if (row.crew.length !== entry.crew.length) return undefined;
  const left = new Set(entry.crew);
  for (const named of row.crew) {
    const same = [...left].find((member) => member.role === named.role && isSamePerson(named, member));
    if (same === undefined) return undefined;
    left.delete(same);
    if (!matched.has(named.label)) matched.set(named.label, same.personId);
  }
  return matched;
}

function hasSameTrackers(
  { trackers }: EntryRow,
  { devices }: EntryRecord,
  crew: Map<string, string>,
): boolean {
  if (trackers.length === 0) return true;
  return (
    trackers.length === devices.length &&
    trackers.every(({ imei, wearer }) => {
      const bound = devices.find((device) => device.imei === imei);
      return bound !== undefined && bound.wornBy === (wearer === null ? null : (crew.get(wearer) ?? null));
    })
  );
}
