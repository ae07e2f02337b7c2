import fc from 'fast-check';
import type { EntryRecord } from './entry-record.js';
import { guarded, unguarded } from './entry-sheet.js';
import { entriesCsv, entriesXlsx } from './export-entries.js';
import { type ImportFacts, planEntryImport } from './plan-entry-import.js';
import { readCsv } from './read-csv.js';
import { readEntryRows } from './read-entry-rows.js';
import { readXlsx } from './read-xlsx.js';
import {
  classFile,
  entryRecord,
  importFacts,
  personRecord,
  trackerFile,
  vehicleRecord,
} from './transfer.fixture.js';

const plan = (text: string, facts: Partial<ImportFacts> = {}) => {
  let ids = 0;
  return planEntryImport(
    readEntryRows(readCsv(Buffer.from(text))),
    importFacts(facts),
    () => `new ${(ids += 1)}`,
  );
};
const HEADER =
  'race_number,class,name,vehicle_kind,vehicle_make,vehicle_plate,crew_1_role,crew_1_first_name,crew_1_last_name,crew_1_email,crew_1_birth_date,trackers';
const ANA = '12,M-1,Ana Example,moto,KTM,AA123BB,rider,Ana,Example,ana@example.org,1990-05-31,';
const results = ({ report }: ReturnType<typeof plan>) => report.rows.map(({ result }) => result);
const codes = ({ report }: ReturnType<typeof plan>, row = 0) => ({
  violations: report.rows[row]?.violations.map(({ column, code }) => `${column} ${code}`),
  warnings: report.rows[row]?.warnings.map(({ column, code }) => `${column} ${code}`),
});

describe('the plan of an import', () => {
  it('makes people, vehicle and entry where nothing is known, and says what is missing', () => {
    const made = plan(`${HEADER}\n${ANA}`);
    expect(made.report).toMatchObject({
      totals: { rows: 1, new: 1, unchanged: 0, refused: 0 },
      rows: [
        { row: 2, result: 'new', raceNumber: 12, name: 'Ana Example', classCode: 'M-1', violations: [] },
      ],
    });
    expect(codes(made).warnings).toEqual(['trackers DEVICES_TOO_FEW', 'null DOCUMENT_PENDING']);
    expect(made.writes).toMatchObject({
      people: [{ personId: 'new 1', lastName: 'Example', email: 'ana@example.org', birthDate: '1990-05-31' }],
      vehicles: [{ vehicleId: 'new 2', kind: 'moto', make: 'KTM', plate: 'AA123BB' }],
      entries: [
        {
          raceNumber: 12,
          classId: 'class M-1',
          vehicleId: 'new 2',
          crew: [{ personId: 'new 1', role: 'rider' }],
        },
      ],
    });
  });

  it('finds people by e-mail, else by name and birth date, and vehicles by plate, and changes neither', () => {
    const byEmail = plan(`${HEADER}\n${ANA}`, {
      people: [personRecord({ lastName: 'Married' })],
      vehicles: [vehicleRecord({ make: 'Honda' })],
    });
    expect(byEmail.writes).toMatchObject({
      people: [],
      vehicles: [],
      entries: [{ vehicleId: 'vehicle 1', crew: [{ personId: 'person 1' }] }],
    });
    expect(codes(byEmail).warnings).toEqual([
      'crew_1_last_name PERSON_CALLED_OTHERWISE',
      'vehicle_plate VEHICLE_DESCRIBED_OTHERWISE',
      'trackers DEVICES_TOO_FEW',
      'null DOCUMENT_PENDING',
    ]);
    const byBirth = plan(`${HEADER}\n${ANA}`, { people: [personRecord({ email: null, firstName: 'ANA ' })] });
    expect(byBirth.writes.people).toEqual([]);
    expect(codes(byBirth).warnings).toContain('crew_1_email PERSON_HAS_OTHER_EMAIL');
  });

  it('takes the same person of two rows for one, and says so', () => {
    const twice = plan(`${HEADER}\n${ANA}\n${ANA.replace('12', '13').replace('AA123BB', 'CC1')}`);
    expect(twice.writes.people).toHaveLength(1);
    expect(codes(twice, 1).warnings).toContain('crew_1_last_name PERSON_IN_OTHER_ENTRY');
  });

  it('gives each entry a vehicle of its own where several are alike', () => {
    const alike = ['a', 'b'].map((vehicleId) =>
      vehicleRecord({ vehicleId, plate: null, model: null, year: null }),
    );
    const row = (number: number) => `${number},M-1,N${number},moto,KTM`;
    const { writes } = plan(`race_number,class,name,kind,make\n${[1, 2, 3].map(row).join('\n')}`, {
      vehicles: alike,
    });
    expect(writes.entries.map(({ vehicleId }) => vehicleId)).toEqual([
      'a',
      'b',
      writes.vehicles[0]?.vehicleId,
    ]);
    expect(writes.vehicles).toHaveLength(1);
  });

  it('knows entries by number or by name and class; what the file leaves empty is no difference', () => {
    const entries = [entryRecord({ teamName: 'Team' })];
    expect(results(plan(`${HEADER}\n${ANA}`, { entries }))).toEqual(['unchanged']);
    expect(results(plan('class,name\nm-1,ana  example', { entries }))).toEqual(['unchanged']);
    const other = plan(`${HEADER},team\n${ANA},Other`, { entries });
    expect(other.report.rows[0]).toMatchObject({
      result: 'refused',
      violations: [
        {
          code: 'ENTRY_EXISTS',
          message:
            '#12 Ana Example exists already, with another team. Change the entry there, or take the row out.',
        },
      ],
    });
  });

  it.each<[string, string, Partial<ImportFacts>, string]>([
    ['an unknown class', ANA.replace('M-1', 'X-9'), {}, 'class CLASS_NOT_FOUND'],
    ['a full class', ANA, { classes: [classFile({ capacity: 3, placesTaken: 3 })] }, 'class CLASS_FULL'],
    ['a number out of range', ANA.replace('12', '112'), {}, 'race_number RACE_NUMBER_OUT_OF_RANGE'],
    [
      'a role that the discipline has not',
      ANA.replace('rider', 'hiker'),
      {},
      'crew_1_role CREW_ROLE_FORBIDDEN',
    ],
    ['a vehicle of another kind', ANA.replace(',moto,', ',boat,'), {}, 'vehicle_kind VEHICLE_KIND_WRONG'],
    ['a vehicle without make', ANA.replace('KTM', ''), {}, 'vehicle_make VEHICLE_INCOMPLETE'],
    [
      'an address of a stranger',
      ANA,
      { foreignEmails: ['ana@example.org'] },
      'crew_1_email PERSON_NOT_MEMBER',
    ],
    [
      'a person who may be two',
      ANA.replace('ana@example.org', ''),
      { people: [personRecord(), personRecord({ personId: 'person 2', email: null })] },
      'crew_1_last_name PERSON_AMBIGUOUS',
    ],
    ['a person without a name', ANA.replace(',Ana,Example,', ',,,'), {}, 'crew_1_last_name NAME_MISSING'],
    ['an unknown tracker', `${ANA}999999999999999`, {}, 'trackers TRACKER_OF_OTHER_ORGANISATION'],
    [
      'a tracker in use',
      `${ANA}356938035643809`,
      { trackers: [trackerFile({ boundTo: '#5 of Rally 2026' })] },
      'trackers TRACKER_IN_USE',
    ],
  ])('refuses %s, and then writes nothing', (_, row, facts, violation) => {
    const refused = plan(`${HEADER}\n5,M-1,Ben,,,,,,,,,\n${row}`, facts);
    expect(codes(refused, 1).violations).toContain(violation);
    expect(refused.writes).toEqual({ people: [], vehicles: [], entries: [] });
  });

  it('refuses what is there twice within the file', () => {
    const twice = plan(
      `${HEADER}\n1,M-1,A,,,,,,,,,356938035643809\n1,M-1,B,,,,,,,,,356938035643809\n,M-1,C,,,,,,,,,\n,m-1,c,,,,,,,,,`,
      { trackers: [trackerFile()] },
    );
    expect(codes(twice, 1).violations).toEqual(['race_number RACE_NUMBER_TAKEN', 'trackers TRACKER_IN_USE']);
    expect(codes(twice, 3).violations).toEqual(['name ENTRY_TWICE']);
  });

  it('fills the places of a class from above', () => {
    const rows = [1, 2, 3].map((number) => `${number},M-1,N${number}`).join('\n');
    const facts = { classes: [classFile({ capacity: 10, placesTaken: 8 })] };
    expect(results(plan(`race_number,class,name\n${rows}`, facts))).toEqual(['new', 'new', 'refused']);
  });

  it('names an entry by its crew, gives no number that the file does not give, and leaves unknown columns aside', () => {
    const { report, writes } = plan('class,name,rider,colour\nM-1,,Ana Example,red');
    expect(writes.entries).toMatchObject([{ name: 'Ana Example', raceNumber: null }]);
    expect(report.warnings).toMatchObject([{ column: 'colour', code: 'COLUMN_UNKNOWN' }]);
  });

  it('is the same for the same facts', () => {
    const text = `${HEADER}\n${ANA}\n1,M-1,B,,,,,,,,,`;
    expect(plan(text)).toEqual(plan(text));
  });
});

describe('an export', () => {
  const text = (most: number) =>
    fc
      .string({ minLength: 1, maxLength: most, unit: 'grapheme' })
      .filter(
        (one) =>
          !/\p{Cc}|\p{Cf}/u.test(one) &&
          one.trim() !== '' &&
          one.length <= most &&
          one === one.normalize('NFC'),
      );
  const person = fc.record({
    personId: fc.uuid(),
    firstName: fc.option(text(20)),
    lastName: text(20),
    email: fc.option(fc.integer({ min: 1 }).map((n) => `p${n}@example.org`)),
    birthDate: fc.option(
      fc
        .date({ min: new Date('1930-01-01'), max: new Date('2020-12-31'), noInvalidDate: true })
        .map((day) => day.toISOString().slice(0, 10)),
    ),
    nationality: fc.constantFrom('ALB', null),
    active: fc.constant(true),
    role: fc.constantFrom('rider' as const, 'pilot' as const),
  });
  const vehicle = fc.record({
    vehicleId: fc.uuid(),
    kind: fc.constantFrom('moto' as const, 'boat' as const),
    make: text(20),
    model: fc.option(text(20)),
    year: fc.option(fc.integer({ min: 1900, max: 2030 })),
    plate: fc.option(text(10)),
    sailNumber: fc.option(text(10)),
    rating: fc.option(fc.integer({ min: 1, max: 99_999 }).map((n) => n / 1_000)),
  });
  const entry: fc.Arbitrary<EntryRecord> = fc
    .record({
      entryId: fc.uuid(),
      raceNumber: fc.option(fc.integer({ min: 0, max: 9_999 })),
      name: text(40),
      classCode: fc.constantFrom('M-1', 'C-1', null),
      teamName: fc.option(text(20)),
      vehicle: fc.option(vehicle),
      crew: fc.uniqueArray(person, { maxLength: 4, selector: ({ personId }) => personId }),
      worn: fc.boolean(),
      imeis: fc.uniqueArray(
        fc.integer({ min: 1, max: 9 }).map((n) => `35693803564380${n}`),
        { maxLength: 2 },
      ),
    })
    .map(({ worn, imeis, ...rest }) => ({
      ...rest,
      devices: imeis.map((imei) => ({ imei, wornBy: worn ? (rest.crew.at(-1)?.personId ?? null) : null })),
    }));
  const entries = fc.uniqueArray(entry, {
    maxLength: 8,
    selector: ({ raceNumber, entryId }) => raceNumber ?? entryId,
  });

  it('imported into the same event changes nothing, as CSV and as a spreadsheet, which say the same', async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (records) => {
        const csv = readEntryRows(readCsv(Buffer.from(entriesCsv(records))));
        const xlsx = readEntryRows(await readXlsx(await entriesXlsx(records)));
        expect(xlsx).toEqual(csv);
        const { report } = planEntryImport(csv, importFacts({ entries: records }), () => 'none');
        expect(report.rows.flatMap(({ violations }) => violations)).toEqual([]);
        expect(report.totals).toEqual({
          rows: records.length,
          new: 0,
          unchanged: records.length,
          refused: 0,
          warnings: 0,
        });
      }),
      { numRuns: 60 },
    );
  });

  it('keeps a text from being a formula, and the import gives it back', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('', '=', '+', '-', '@', "'", "'=", "''="), (rest, start) => {
        expect(guarded(start + rest)).not.toMatch(/^[=+\-@\t\r]/);
        expect(unguarded(guarded(start + rest))).toBe(start + rest);
      }),
    );
  });
});
