/**
 * Copies the crew of an earlier entry, and looks at everything again on the way.
 *   1. People: the account, the membership, other entries of the event, the age, then the role. A role that the new
 *      class does not have becomes its counterpart where there is one.
 *   2. The vehicle: unless the entry has one, if the class takes it.
 *   3. Trackers: unless another entry has them, with their wearer if the wearer comes along.
 *   4. Documents are never copied: they are looked at anew for each event.
 *   5. The result is judged like any entry.
 * What the entry has already stays as it is. Nothing is lost in silence: it is copied, changed or dropped, each with
 * a sentence. A second run on the result copies nothing.
 */
import { ageOn } from '../disciplines/ages.js';
import { checkEntry } from '../disciplines/check-entry.js';
import { placeOfRole } from '../disciplines/check-crew.js';
import { type EffectiveRules, rulesOfClass } from '../disciplines/rules-of-class.js';
import type { BoundDevice, CrewMember, CrewRole, Discipline, EntryFacts } from '../disciplines/types.js';
import {
  deviceInWords,
  disciplineInWords,
  itemInWords,
  kindsInWords,
  lowered,
  rolesInWords,
  rulesInWords,
} from '../disciplines/words.js';
import type { CopiedDevice, CopiedPerson, CrewCopyItem, CrewCopyPlan, CrewCopyQuestion } from './types.js';

/** What a role of any discipline is called in this one, the best name first; a role that is missing has none. */
const ROLES: Readonly<Record<Discipline, Readonly<Partial<Record<CrewRole, readonly CrewRole[]>>>>> = {
  rally: onWheels(),
  'time-trial': onWheels(),
  regatta: {
    skipper: ['skipper', 'pilot'],
    pilot: ['skipper', 'pilot'],
    crew: ['crew'],
    'co-pilot': ['crew', 'co-pilot'],
    navigator: ['crew', 'navigator'],
  },
  'trail-run': { runner: ['runner'], hiker: ['runner'] },
  hike: { hiker: ['hiker'], runner: ['hiker'] },
};

function onWheels(): Readonly<Partial<Record<CrewRole, readonly CrewRole[]>>> {
  return {
    pilot: ['pilot', 'rider'],
    rider: ['rider', 'pilot'],
    skipper: ['pilot', 'rider'],
    'co-pilot': ['co-pilot', 'navigator'],
    navigator: ['navigator', 'co-pilot'],
    crew: ['co-pilot', 'navigator'],
    mechanic: ['mechanic'],
  };
}

/** Things of the earlier entry by what became of them. */
interface Fates {
  readonly copied: CrewCopyItem[];
  readonly changed: CrewCopyItem[];
  readonly dropped: CrewCopyItem[];
}

/**
 * Plans what an entry takes over from an earlier one.
 *
 * @returns the crew, trackers and vehicle as they would be, what became of each thing, and what is still wrong then
 */
export function planCrewCopy(question: CrewCopyQuestion): CrewCopyPlan {
  const rules = rulesOfClass(question.target.discipline, question.target.class);
  const fates: Fates = { copied: [], changed: [], dropped: [] };
  const crew = copyPeople(question, rules, fates);
  const vehicle = copyVehicle(question, rules, fates);
  const devices = copyDevices(question, rules, crew, fates);
  copyDocuments(question, fates);
  const { target, previous } = question;
  const planned: EntryFacts = {
    ...target,
    entry: {
      ...target.entry,
      crew,
      devices,
      vehicle: vehicle === 'take' ? (previous.vehicle ?? null) : target.entry.vehicle,
    },
  };
  return { crew, devices, vehicle, ...fates, violations: checkEntry(planned) };
}

function copyPeople(
  { previous, target, people }: CrewCopyQuestion,
  rules: EffectiveRules,
  fates: Fates,
): CrewMember[] {
  const crew = [...target.entry.crew];
  for (const member of previous.crew) {
    if (crew.some(({ personId }) => personId === member.personId)) continue;
    const person = people.find(({ personId }) => personId === member.personId);
    const label = person?.name ?? member.name ?? `The former ${member.role}`;
    const item = { what: 'person', id: member.personId, label } as const;
    const reason = whyNot(person, label, target, rules);
    if (person === undefined || reason !== undefined) {
      fates.dropped.push({ ...item, reason: reason ?? `${label} has no account any more.` });
      continue;
    }
    const role = roleFor(member.role, previous.discipline, target, rules, crew);
    if (role === undefined) {
      fates.dropped.push({
        ...item,
        from: member.role,
        reason: noRoleFor(member.role, label, target, rules),
      });
      continue;
    }
    crew.push({ personId: person.personId, role, name: person.name, birthDate: person.birthDate });
    if (role === member.role) {
      fates.copied.push({ ...item, reason: `${label} comes along as ${role} from ${previous.eventName}.` });
    } else {
      fates.changed.push({
        ...item,
        from: member.role,
        to: role,
        reason: `${label} was ${member.role} in ${previous.eventName} and comes along as ${role}, as ${lowered(rulesInWords(target.discipline, target.class))} has it.`,
      });
    }
  }
  return crew;
}

/** Why a person does not come along, whatever the role; undefined when nothing speaks against it. */
function whyNot(
  person: CopiedPerson | undefined,
  label: string,
  { event, discipline, class: entryClass }: EntryFacts,
  { minAge, maxAge }: EffectiveRules,
): string | undefined {
  if (person === undefined) return `${label} has no account any more.`;
  if (!person.active) return `The account of ${label} is no longer active.`;
  if (!person.isMember) return `${label} has left the organisation.`;
  if (person.inOtherEntry !== null) {
    return `${label} is in the crew of entry ${person.inOtherEntry} of this event already.`;
  }
  const age = ageOn(person.birthDate ?? '', event.startsOn);
  if (age === undefined) return undefined;
  const whose = lowered(rulesInWords(discipline, entryClass));
  if (minAge !== null && age < minAge) {
    return `${label} is ${age} on the first day of the event, and ${whose} begins at ${minAge}.`;
  }
  if (maxAge !== null && age > maxAge) {
    return `${label} is ${age} on the first day of the event, and ${whose} ends at ${maxAge}.`;
  }
  return undefined;
}

/** The role itself within one discipline; else what the new discipline calls it. The first that has room. */
function roleFor(
  role: CrewRole,
  from: Discipline,
  { discipline }: EntryFacts,
  rules: EffectiveRules,
  crew: readonly CrewMember[],
): CrewRole | undefined {
  const names = ROLES[discipline][role] ?? [];
  // What a class lets in by its own rules needs no counterpart.
  const wishes = from === discipline ? [role, ...names] : [...names, role];
  return wishes.find((wish) => placeOfRole(wish, rules) === 'allowed' && hasRoom(wish, rules, crew));
}

function hasRoom(role: CrewRole, rules: EffectiveRules, crew: readonly CrewMember[]): boolean {
  const line = rules.crew.find(({ roles }) => roles.includes(role));
  const inLine = crew.filter((member) => line?.roles.includes(member.role)).length;
  return crew.length < rules.total[1] && (line === undefined || inLine < line.count[1]);
}

function noRoleFor(role: CrewRole, label: string, target: EntryFacts, rules: EffectiveRules): string {
  const whose = lowered(rulesInWords(target.discipline, target.class));
  const isKnown = [role, ...(ROLES[target.discipline][role] ?? [])].some(
    (each) => placeOfRole(each, rules) === 'allowed',
  );
  return isKnown
    ? `The crew of ${whose} has no place left for ${label}, who was ${rolesInWords([role])}.`
    : `${label} was ${rolesInWords([role])}, and a crew of ${whose} has no such role.`;
}

function copyVehicle(
  { previous, target }: CrewCopyQuestion,
  rules: EffectiveRules,
  { copied, dropped }: Fates,
): CrewCopyPlan['vehicle'] {
  const has = target.vehicleId !== null || target.entry.vehicle !== null ? 'keep' : 'none';
  const { vehicleId, vehicle } = previous;
  if (vehicleId === null || vehicleId === target.vehicleId) return has;
  const label = previous.vehicleName ?? (vehicle ? `The ${kindsInWords(vehicle.kind)}` : 'The vehicle');
  const item = { what: 'vehicle', id: vehicleId, label } as const;
  const drop = (reason: string): CrewCopyPlan['vehicle'] => {
    dropped.push({ ...item, reason });
    return has;
  };
  if (has === 'keep') return drop(`${label} stays behind: the entry has a vehicle already.`);
  if (rules.vehicle === 'forbidden') {
    return drop(`${label} stays behind: ${disciplineInWords[target.discipline]} has no vehicles.`);
  }
  if (!vehicle) return drop(`${label} stays behind: nothing is known of it any more.`);
  if (rules.vehicleKinds.length > 0 && !rules.vehicleKinds.includes(vehicle.kind)) {
    const whose = lowered(rulesInWords(target.discipline, target.class));
    return drop(`${label} stays behind: ${whose} is for ${kindsInWords(...rules.vehicleKinds)}.`);
  }
  copied.push({ ...item, reason: `${label} comes along from ${previous.eventName}.` });
  return 'take';
}

function copyDevices(
  { previous, target, devices: known }: CrewCopyQuestion,
  rules: EffectiveRules,
  crew: readonly CrewMember[],
  { copied, dropped }: Fates,
): BoundDevice[] {
  const devices = [...target.entry.devices];
  const mustBeWorn = rules.deviceRules.some(({ rule }) => rule === 'worn');
  const whyNotDevice = (
    { wornBy }: BoundDevice,
    today: CopiedDevice | undefined,
    label: string,
    carried: number,
  ): string | undefined => {
    if (today === undefined) return `${label} no longer belongs to the organisation.`;
    if (today.boundTo !== null) return `${label} is on entry ${today.boundTo} in that time.`;
    if (wornBy !== null && !crew.some(({ personId }) => personId === wornBy)) {
      return `${label} was worn by somebody who does not come along.`;
    }
    if (wornBy === null && mustBeWorn) {
      return `${label} was on a vehicle; in ${disciplineInWords[target.discipline]} a tracker is worn.`;
    }
    if (carried >= rules.devices[1]) {
      return `${label} stays behind: an entry carries at most ${rules.devices[1]}.`;
    }
    return undefined;
  };
  for (const device of previous.devices) {
    if (devices.some(({ deviceId }) => deviceId === device.deviceId)) continue;
    const today = known.find(({ deviceId }) => deviceId === device.deviceId);
    const label = deviceInWords({ ...device, ...(today && { imei: today.imei }) });
    const item = { what: 'device', id: device.deviceId, label } as const;
    const reason = whyNotDevice(device, today, label, devices.length);
    if (reason === undefined) {
      devices.push(today === undefined ? device : { ...device, imei: today.imei });
      copied.push({ ...item, reason: `${label} comes along from ${previous.eventName}.` });
    } else {
      dropped.push({ ...item, reason });
    }
  }
  return devices;
}

function copyDocuments({ previous }: CrewCopyQuestion, { dropped }: Fates): void {
  for (const item of new Set((previous.checks ?? []).map((check) => check.item))) {
    const label = itemInWords(item);
    dropped.push({
      what: 'document',
      id: item,
      label,
      reason: `${label} is not taken over from ${previous.eventName}: it is looked at anew for each event.`,
    });
  }
}
