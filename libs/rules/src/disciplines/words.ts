import type {
  BoundDevice,
  CheckItem,
  CrewMember,
  CrewRole,
  Discipline,
  EntryClass,
  Range,
  VehicleKind,
} from './types.js';

/** Words in which messages speak to officials. */

export const disciplineInWords: Readonly<Record<Discipline, string>> = {
  rally: 'a rally',
  'time-trial': 'a time trial',
  regatta: 'a regatta',
  'trail-run': 'a trail run',
  hike: 'a hike',
};

const CHECK_ITEMS: Readonly<Record<CheckItem, string>> = {
  administrative: 'The administrative check',
  scrutineering: 'Scrutineering',
  tracking: 'The tracker check',
  briefing: 'The briefing',
  'driving-licence': 'The driving licence',
  'competition-licence': 'The competition licence',
  medical: 'The medical certificate or declaration',
  insurance: 'The insurance',
  'vehicle-registration': 'The vehicle registration',
  'rating-certificate': 'The rating certificate',
  'measurement-certificate': 'The measurement certificate',
  'mandatory-kit': 'The mandatory kit',
  'guardian-consent': "The guardian's consent",
  'emergency-contact': 'The emergency contact',
  'support-crew': 'The support crew',
};

const VEHICLE_KINDS: Readonly<Record<VehicleKind, string>> = {
  moto: 'moto',
  quad: 'quad',
  car: 'car',
  ssv: 'SSV',
  truck: 'truck',
  bicycle: 'bicycle',
  boat: 'boat',
  sled: 'sled',
};

/** "The driving licence", at the beginning of a sentence. */
export function itemInWords(item: CheckItem): string {
  return CHECK_ITEMS[item];
}

/** "SSV", "SSV or truck". */
export function kindsInWords(...kinds: readonly VehicleKind[]): string {
  return anyOf(kinds.map((kind) => VEHICLE_KINDS[kind]));
}

/** "co-pilot or navigator", in the plural "co-pilots or navigators". */
export function rolesInWords(roles: readonly CrewRole[], plural = false): string {
  const ending = plural ? 's' : '';
  return anyOf(roles.map((role) => (role === 'crew' ? `crew member${ending}` : `${role}${ending}`)));
}

/** "a, b or c" */
export function anyOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** "exactly 4", "at most 1", "2 to 6". */
export function countInWords([min, max]: Range): string {
  if (min === max) return min === 0 ? 'no' : `exactly ${min}`;
  return min === 0 ? `at most ${max}` : `${min} to ${max}`;
}

/** What rules are called: "Class M-1", or "A rally" without a class. */
export function rulesInWords(discipline: Discipline, entryClass: EntryClass | null): string {
  if (entryClass !== null) return `Class ${entryClass.code}`;
  const words = disciplineInWords[discipline];
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The same words in the middle of a sentence. */
export function lowered(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}

export function memberInWords(member: CrewMember, index: number): string {
  return member.name ?? `Crew member ${index + 1} (${member.role})`;
}

export function deviceInWords(device: BoundDevice): string {
  return `Tracker ${device.imei ?? device.deviceId}`;
}

/** A value as it stood in the document, cut to a length that a message can bear. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
