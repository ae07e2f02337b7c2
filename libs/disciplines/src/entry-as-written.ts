import type { CrewRole, EntryClass, Violation } from '@trm/rules';
import type { GateEntry, Named, Names, StoredFacts } from './gate-store.js';
import { childrenIn, type Fields, fieldsOf, idIn, integerIn, textIn, withChanges } from './written.js';

/** An entry as it would be, and what of it is not the organisation's. */
export interface EntryAsWritten {
  readonly facts: StoredFacts;
  readonly classId: string | null;
  /** PERSON_NOT_MEMBER, VEHICLE_OF_OTHER_ORGANISATION … */
  readonly foreign: readonly Violation[];
}

/** What a payload for entries names, nested rows included. */
export function namesIn(fields: Fields, crew: readonly Fields[], devices: readonly Fields[]): Names {
  const ids = (rows: readonly Fields[], field: string) =>
    rows.map((row) => idIn(row, field)).filter((id) => typeof id === 'string');
  const raceNumber = integerIn(fields, 'race_number');
  const isStorable = typeof raceNumber === 'number' && raceNumber >= 0 && raceNumber < 2 ** 31;
  return {
    classIds: ids([fields], 'class_id'),
    vehicleIds: ids([fields], 'vehicle_id'),
    personIds: ids(crew, 'user_id'),
    deviceIds: ids(devices, 'device_id'),
    raceNumbers: isStorable ? [raceNumber] : [],
  };
}

/** The rows that a one-to-many field makes or changes. */
export function writtenRows(fields: Fields, field: string): readonly Fields[] {
  const changes = childrenIn(fields, field);
  return changes === undefined ? [] : [...changes.create, ...changes.update];
}

/**
 * The entry with a payload applied to it, nested crew, trackers and checks included. A vehicle, a class or a person that
 * the very same save makes is not known yet; the database judges those at commit.
 *
 * @param fields of the row in `entries`, in the form of Directus
 */
export function entryAsWritten(entry: GateEntry, fields: Fields, named: Named): EntryAsWritten {
  const { facts } = entry;
  const foreign: Violation[] = [];
  const refuse = (code: string, pointer: string, message: string) =>
    foreign.push({ code, severity: 'error', pointer, message });

  const classId = idIn(fields, 'class_id');
  const classOf = (id: string): EntryClass | null => named.classes[id]?.facts ?? null;

  const vehicleId = idIn(fields, 'vehicle_id');
  const vehicle = typeof vehicleId === 'string' ? named.vehicles[vehicleId] : undefined;
  if (vehicle !== undefined && !vehicle.isKnown) {
    refuse(
      'VEHICLE_OF_OTHER_ORGANISATION',
      '/entry/vehicle',
      'The organisation of the event does not know this vehicle. Choose one of its vehicles, or describe a new one.',
    );
  }

  const crew = childrenIn(fields, 'crew');
  const devices = childrenIn(fields, 'devices');
  const checks = childrenIn(fields, 'checks');
  const raceNumber = integerIn(fields, 'race_number');
  return {
    classId: classId === undefined ? entry.classId : classId,
    foreign,
    facts: {
      ...facts,
      class: classId === undefined ? facts.class : classId === null ? null : classOf(classId),
      entry: {
        raceNumber: raceNumber === undefined ? facts.entry.raceNumber : raceNumber,
        vehicle:
          vehicleId === null ? null : (vehicle ?? madeVehicle(fields['vehicle_id']) ?? facts.entry.vehicle),
        crew:
          crew === undefined
            ? facts.entry.crew
            : withChanges(facts.entry.crew, crew, (before, row) => {
                if (row['entry_id'] === null) return undefined;
                const personId = idIn(row, 'user_id') ?? before?.personId;
                const role = (textIn(row, 'role') as CrewRole | undefined) ?? before?.role;
                if (personId === undefined || role === undefined) return before;
                const person = named.people[personId];
                if (personId !== before?.personId && person !== undefined && !person.isMember) {
                  refuse(
                    'PERSON_NOT_MEMBER',
                    '/entry/crew',
                    'Somebody in the crew is not a member of the organisation of the event. Add them as a participant first.',
                  );
                }
                return { ...before, ...person, rowId: before?.rowId ?? null, personId, role };
              }),
        devices:
          devices === undefined
            ? facts.entry.devices
            : withChanges(facts.entry.devices, devices, (before, row) => {
                if (row['entry_id'] === null || hasEnded(row)) return undefined;
                const deviceId = idIn(row, 'device_id') ?? before?.deviceId;
                if (deviceId === undefined) return before;
                const device = named.devices[deviceId];
                if (deviceId !== before?.deviceId && device !== undefined) {
                  refuseDevice(device, entry, refuse);
                }
                const wornBy = idIn(row, 'assigned_user_id');
                return {
                  kind: 'chassis',
                  ...before,
                  ...device,
                  rowId: before?.rowId ?? null,
                  deviceId,
                  wornBy: wornBy === undefined ? (before?.wornBy ?? null) : wornBy,
                };
              }),
        checks:
          checks === undefined
            ? facts.entry.checks
            : withChanges(facts.entry.checks, checks, (before, row) => {
                if (row['entry_id'] === null) return undefined;
                const made = { item: 'administrative', state: 'pending', rowId: null, ...before };
                const { item = made.item, state = made.state } = row;
                return { ...made, item, state } as (typeof facts.entry.checks)[number];
              }),
      },
    },
  };
}

function refuseDevice(
  { isKnown, imei, carriers }: Named['devices'][string],
  entry: GateEntry,
  refuse: (code: string, pointer: string, message: string) => void,
): void {
  const other = carriers.find(({ entryId }) => entryId !== entry.entryId);
  if (!isKnown) {
    refuse(
      'TRACKER_OF_OTHER_ORGANISATION',
      '/entry/devices',
      'The organisation of the event does not hand out this tracker. Choose one of its trackers.',
    );
  } else if (other !== undefined) {
    refuse(
      'TRACKER_IN_USE',
      '/entry/devices',
      `Tracker ${imei} is on entry ${other.label}. End that binding first.`,
    );
  }
}

/** A vehicle that is described on the form of the entry itself. */
function madeVehicle(value: unknown): StoredFacts['entry']['vehicle'] | undefined {
  const { kind, sail_number: sailNumber, rating } = fieldsOf(value);
  if (typeof kind !== 'string') return undefined;
  return { kind, sailNumber, rating } as NonNullable<StoredFacts['entry']['vehicle']>;
}

/** The binding is ended, or made to have ended, by now. */
function hasEnded(row: Fields): boolean {
  const end = textIn(row, 'valid_to');
  return typeof end === 'string' && Date.parse(end) <= Date.now();
}
