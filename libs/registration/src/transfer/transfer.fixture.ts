import type { ClassFile, EventFile, TrackerFile } from '../registration-store.js';
import type { EntryRecord, PersonRecord, VehicleRecord } from './entry-record.js';
import type { ImportFacts } from './plan-entry-import.js';

/** A rally with two classes and nobody in it; for tests. */
export const rally: EventFile = {
  eventId: 'event',
  organizationId: 'club',
  name: 'Rally of the Lake',
  discipline: 'rally',
  status: 'published',
  timezone: 'Europe/Tirane',
  startsOn: '2027-06-06',
  startsAt: new Date('2027-06-06T06:00Z'),
  registrationOpensAt: null,
  registrationClosesAt: null,
  registrationOpen: true,
  classCount: 2,
  rejoinMax: 0,
  firstStageOpened: false,
  firstStageClosed: false,
};

export function classFile(change: Partial<ClassFile> = {}): ClassFile {
  return {
    classId: `class ${change.code ?? 'M-1'}`,
    eventId: 'event',
    code: 'M-1',
    name: 'Moto',
    vehicleKind: 'moto',
    numberFrom: 1,
    numberTo: 99,
    minAge: null,
    maxAge: null,
    ratingSystem: 'none',
    crewFormat: null,
    crewRules: null,
    crewRulesReason: null,
    capacity: null,
    placesTaken: 0,
    waiting: 0,
    ...change,
  };
}

export function importFacts(change: Partial<ImportFacts> = {}): ImportFacts {
  return {
    event: rally,
    classes: [classFile(), classFile({ code: 'C-1', vehicleKind: 'car', numberFrom: 100, numberTo: 199 })],
    entries: [],
    people: [],
    foreignEmails: [],
    vehicles: [],
    trackers: [],
    ...change,
  };
}

export function personRecord(change: Partial<PersonRecord> = {}): PersonRecord {
  return {
    personId: 'person 1',
    firstName: 'Ana',
    lastName: 'Example',
    email: 'ana@example.org',
    birthDate: '1990-05-31',
    nationality: 'ALB',
    active: true,
    ...change,
  };
}

export function vehicleRecord(change: Partial<VehicleRecord> = {}): VehicleRecord {
  return {
    vehicleId: 'vehicle 1',
    kind: 'moto',
    make: 'KTM',
    model: '450 EXC-F',
    year: 2021,
    plate: 'AA 123 BB',
    sailNumber: null,
    rating: null,
    ...change,
  };
}

export function entryRecord(change: Partial<EntryRecord> = {}): EntryRecord {
  return {
    entryId: 'entry 1',
    raceNumber: 12,
    name: 'Ana Example',
    classCode: 'M-1',
    teamName: null,
    vehicle: vehicleRecord(),
    crew: [{ ...personRecord(), role: 'rider' }],
    devices: [],
    ...change,
  };
}

export function trackerFile(change: Partial<TrackerFile> = {}): TrackerFile {
  return {
    deviceId: 'tracker 1',
    imei: '356938035643809',
    kind: 'chassis',
    hasPanicButton: true,
    boundTo: null,
    boundEntryId: null,
    ...change,
  };
}
