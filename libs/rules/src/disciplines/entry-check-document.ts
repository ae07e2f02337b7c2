import { checkEntry, mayConfirm } from './check-entry.js';
import type {
  BoundDevice,
  CrewMember,
  Discipline,
  EntryCheck,
  EntryClass,
  EntryFacts,
  EntryVehicle,
  VehicleKind,
  Violation,
} from './types.js';

/** A class as it is written into a document: what is left out is not limited. */
export type EntryClassDocument = Pick<EntryClass, 'code'> & Nullable<Omit<EntryClass, 'code'>>;

/** An entry to be checked. Described in docs/rules/entry-check.input.schema.json. */
export interface EntryCheckDocument {
  readonly discipline: Discipline;
  /** A code alone says nothing of the class but, in a rally, its vehicle: "M-1" is a class of motos. */
  readonly class?: EntryClassDocument | string | null;
  readonly event?: Nullable<EntryFacts['event']>;
  readonly entry: {
    readonly raceNumber?: number | null;
    readonly vehicle?: EntryVehicle | null;
    readonly crew?: readonly (Omit<CrewMember, 'personId'> & { readonly personId?: string })[] | null;
    readonly devices?: readonly Partial<BoundDevice>[] | null;
    readonly checks?: readonly EntryCheck[] | null;
  };
}

export interface EntryCheckAnswer {
  readonly violations: readonly Violation[];
  readonly mayConfirm: boolean;
}

type Nullable<T> = { readonly [Key in keyof T]?: T[Key] | null };

/** Source: Rally Albania 2026, list of classes. */
const RALLY_CLASS_LETTERS: Readonly<Record<string, VehicleKind>> = {
  M: 'moto',
  Q: 'quad',
  C: 'car',
  S: 'ssv',
  T: 'truck',
};

/**
 * Checks the entry of a document.
 *
 * @param document valid by its schema; lists that are left out are empty, a person or tracker without id is one of
 *   its own
 */
export function checkEntryDocument(document: EntryCheckDocument): EntryCheckAnswer {
  const { entry, event } = document;
  const entryClass = readClass(document);
  const violations = checkEntry({
    discipline: document.discipline,
    event: {
      startsOn: event?.startsOn ?? '',
      classCount: event?.classCount ?? 1,
      offshore: event?.offshore ?? false,
    },
    class: entryClass,
    entry: {
      raceNumber: entry.raceNumber ?? null,
      vehicle: entry.vehicle ?? null,
      crew: (entry.crew ?? []).map((member, index) => ({
        ...member,
        personId: member.personId ?? `#${index}`,
      })),
      devices: (entry.devices ?? []).map((device, index) => ({
        kind: 'chassis',
        wornBy: null,
        ...device,
        deviceId: device.deviceId ?? device.imei ?? `#${index}`,
      })),
      checks: entry.checks ?? [],
    },
  });
  return { violations, mayConfirm: mayConfirm(violations) };
}

function readClass({ discipline, class: written }: EntryCheckDocument): EntryClass | null {
  if (written === null || written === undefined || written === '') return null;
  const { code, ...limits }: EntryClassDocument = typeof written === 'string' ? { code: written } : written;
  const letter = /^([A-Z])-/i.exec(code)?.[1]?.toUpperCase() ?? '';
  const kindByLetter = discipline === 'rally' ? (RALLY_CLASS_LETTERS[letter] ?? null) : null;
  return {
    code,
    vehicleKind: limits.vehicleKind === undefined ? kindByLetter : limits.vehicleKind,
    numberFrom: limits.numberFrom ?? null,
    numberTo: limits.numberTo ?? null,
    minAge: limits.minAge ?? null,
    maxAge: limits.maxAge ?? null,
    ratingSystem: limits.ratingSystem ?? 'none',
    crewFormat: limits.crewFormat ?? null,
    crewRules: limits.crewRules ?? null,
    crewRulesReason: limits.crewRulesReason ?? null,
  };
}
