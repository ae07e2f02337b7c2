import { crewRoles, type CrewRole } from '@trm/rules';

/** Columns of a file of entries besides the crew's, in the order in which they are written. */
export const entryColumns = [
  'race_number',
  'class',
  'name',
  'team',
  'vehicle_kind',
  'vehicle_make',
  'vehicle_model',
  'vehicle_year',
  'vehicle_plate',
  'vehicle_sail_number',
  'vehicle_rating',
  'trackers',
] as const;
export type EntryColumn = (typeof entryColumns)[number];

/** Parts of a person in a crew; the columns are `crew_1_role`, `crew_1_first_name` … `crew_12_nationality`. */
export const crewParts = ['role', 'first_name', 'last_name', 'email', 'birth_date', 'nationality'] as const;
export type CrewPart = (typeof crewParts)[number];

export const MOST_CREW = 12;
export const requiredColumns: readonly EntryColumn[] = ['class', 'name'];

/** Where the cells of a column belong. */
export type Column =
  | { readonly kind: 'entry'; readonly name: EntryColumn }
  | { readonly kind: 'crew'; readonly name: string; readonly place: number; readonly part: CrewPart }
  /** Short form: the column is called like a role and holds "First Last <e-mail>". */
  | { readonly kind: 'role'; readonly name: string; readonly role: CrewRole };

const OTHER_NAMES: Readonly<Record<string, EntryColumn>> = {
  number: 'race_number',
  class_code: 'class',
  team_name: 'team',
  kind: 'vehicle_kind',
  make: 'vehicle_make',
  model: 'vehicle_model',
  year: 'vehicle_year',
  plate: 'vehicle_plate',
  sail_number: 'vehicle_sail_number',
  rating: 'vehicle_rating',
  devices: 'trackers',
};

/** What a header means, however it is written: "Race number", "RACE_NUMBER", "crew 1 e-mail". */
export function columnOf(header: string): Column | undefined {
  const name = plain(header);
  const entry = entryColumns.find((column) => column === name) ?? OTHER_NAMES[name];
  if (entry !== undefined) return { kind: 'entry', name: entry };
  const [, place, rest] = /^crew_(\d{1,2})_(\w+)$/.exec(name) ?? [];
  const part = crewParts.find((one) => one === (rest === 'e_mail' ? 'email' : rest));
  if (part !== undefined && Number(place) >= 1 && Number(place) <= MOST_CREW)
    return { kind: 'crew', name: crewColumn(Number(place), part), place: Number(place), part };
  const role = roleOf(name);
  return role && { kind: 'role', name: role, role };
}

export function crewColumn(place: number, part: CrewPart): string {
  return `crew_${place}_${part}`;
}

/** "Co pilot", "co_pilot" and "copilot" are the same. */
export function roleOf(text: string): CrewRole | undefined {
  const letters = plain(text).replaceAll('_', '');
  return crewRoles.find((role) => role.replaceAll('-', '') === letters);
}

function plain(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '_');
}
