import { checkEntryDocument, type EntryCheckDocument } from './entry-check-document.js';

const codesOf = (document: EntryCheckDocument) =>
  checkEntryDocument(document).violations.map(({ code }) => code);

it('takes what is left out for empty', () => {
  expect(codesOf({ discipline: 'hike', entry: {} })).toEqual([
    'DOCUMENT_PENDING',
    'CREW_TOO_FEW',
    'RACE_NUMBER_MISSING',
    'AGES_NOT_CHECKED',
  ]);
});

it.each([
  ['M-1', 'moto'],
  ['Q-2', 'quad'],
  ['C-A', 'car'],
  ['S-3', 'ssv'],
  ['T-1', 'truck'],
] as const)('reads the vehicle off the code of a rally class: %s, %s', (code, kind) => {
  const document = (vehicle: typeof kind | 'boat'): EntryCheckDocument => ({
    discipline: 'rally',
    class: code,
    entry: { vehicle: { kind: vehicle } },
  });
  expect(codesOf(document(kind))).not.toContain('VEHICLE_KIND_WRONG');
  expect(codesOf(document('boat'))).toContain('VEHICLE_KIND_WRONG');
});

it('reads no vehicle off a class of another discipline', () => {
  expect(codesOf({ discipline: 'time-trial', class: 'M-1', entry: { vehicle: null } })).not.toContain(
    'VEHICLE_MISSING',
  );
});

it('takes people without id for different ones, and trackers by their IMEI', () => {
  const riders = [{ role: 'hiker' }, { role: 'hiker' }] as const;
  const devices = [{ imei: '001' }, { imei: '001' }];
  const codes = codesOf({ discipline: 'hike', entry: { crew: riders, devices } });
  expect(codes).not.toContain('CREW_MEMBER_TWICE');
  expect(codes).toContain('DEVICE_TWICE');
});

it('says whether the entry may be confirmed', () => {
  const answer = checkEntryDocument({
    discipline: 'hike',
    entry: { raceNumber: 1, crew: [{ role: 'hiker' }], checks: [{ item: 'medical', state: 'passed' }] },
  });
  expect(answer).toMatchObject({
    mayConfirm: true,
    violations: [{ code: 'AGES_NOT_CHECKED', severity: 'warning' }],
  });
});
