import {
  checkEntry,
  checkItems,
  checklistOf,
  type CrewRole,
  crewRoles,
  disciplineMatrix,
  type Discipline,
  disciplines,
  entryStatuses,
  entryStatusMoves,
  type EntryFacts,
  reasonFault,
  rulesOfClass,
} from '@trm/rules';
import { cloneDatabase, type TestDatabase } from '@trm/testing';
import fc from 'fast-check';
import { faultCounts } from './fault-counts.js';

/**
 * The rules stand twice: in the rulebook, which explains, and in the database, which nobody gets around. Here they are
 * compared:
 *   1. the matrix is the same
 *   2. thousands of entries, most of them wrong somehow, get the same errors
 *   3. and the same checklist
 *   4. the same faults count in each status, and the same reasons are good enough
 */

let db: TestDatabase;
beforeAll(async () => {
  db = await cloneDatabase();
});
afterAll(() => db.drop());

const ENTRIES = { numRuns: 3_000, seed: 20_260_606 };

describe('1. The matrix', () => {
  it('is the same in the database; a change of it needs a new file in db-init/post', async () => {
    const rows = await db.query<{ discipline: string; rules: unknown }>(
      'SELECT discipline, rules FROM control.discipline_rules',
    );
    expect(Object.fromEntries(rows.map(({ discipline, rules }) => [discipline, rules]))).toEqual(
      JSON.parse(JSON.stringify(disciplineMatrix)),
    );
  });
});

describe('2. Random entries', () => {
  it('get the same errors in SQL as in the rulebook', async () => {
    const facts = fc.sample(entryFacts(), ENTRIES);
    const rows = await db.query<{ codes: string[] }>(
      `SELECT array(SELECT f.code FROM control.faults_of(one.facts) f ORDER BY f.code COLLATE "C") AS codes
         FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS one(facts, place) ORDER BY place`,
      [JSON.stringify(facts)],
    );
    const differing = facts.flatMap((each, index) => {
      const expected = checkEntry(each)
        .filter(({ severity }) => severity === 'error')
        .map(({ code }) => code)
        .toSorted();
      const codes = rows[index]?.codes;
      return JSON.stringify(codes) === JSON.stringify(expected) ? [] : [{ facts: each, codes, expected }];
    });
    expect(differing.slice(0, 1)).toEqual([]);
    // A test of entries that are all right, or all wrong in the same way, would say nothing.
    const seen = new Set(rows.flatMap(({ codes }) => codes));
    expect(seen.size).toBeGreaterThanOrEqual(24);
    expect(rows.filter(({ codes }) => codes.length === 0).length).toBeGreaterThan(20);
  });

  it('get the same checklist', async () => {
    const facts = fc.sample(entryFacts(), { numRuns: 500, seed: 7 });
    const rows = await db.query<{ items: string[] }>(
      `SELECT array(SELECT item FROM control.checklist_of(one.facts) item) AS items
         FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS one(facts, place) ORDER BY place`,
      [JSON.stringify(facts)],
    );
    expect(rows.map(({ items }) => items)).toEqual(
      facts.map((each) => {
        const { documents, readiness } = checklistOf(rulesOfClass(each.discipline, each.class), each);
        return [...documents, ...readiness];
      }),
    );
  });
});

describe('3. What counts', () => {
  it('is the same in each status', async () => {
    const faults = new Map(
      fc
        .sample(entryFacts(), ENTRIES)
        .flatMap((facts) => checkEntry(facts))
        .map((fault) => [fault.code, fault]),
    );
    const pairs = entryStatuses.flatMap((status) => [...faults.values()].map((fault) => ({ fault, status })));
    const rows = await db.query<{ counts: boolean }>(
      `SELECT control.fault_counts(pair.code, pair.status) AS counts
         FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS pair(code, status, place) ORDER BY place`,
      [pairs.map(({ fault }) => fault.code), pairs.map(({ status }) => status)],
    );
    expect(rows.map(({ counts }) => counts)).toEqual(
      pairs.map(({ fault, status }) => faultCounts(fault, status)),
    );
  });

  it.each([
    'mechanical',
    'Mechanical: gearbox',
    'otl : 31 minutes late',
    'missed_cp:CP 4',
    'mechanical:',
    'mechanicals',
    'engine',
    'because mechanical',
    'Decision 12: short cut',
    'decision no. 2026/12: short cut at WP 7',
    'DECISION SD-4:x',
    'Decision: short cut',
    'Decision twelve: short cut',
    'Decision 12',
    'Decision 12:  ',
  ])('as the reason of a move: "%s"', async (reason) => {
    const rows = await db.query<{ from: string | null; to: string; fits: boolean }>(
      `SELECT from_status AS "from", to_status AS "to", coalesce($1 ~* reason_pattern, true) AS fits
         FROM control.entry_status_transitions`,
      [reason],
    );
    const inSql = rows.map(({ from, to, fits }) => `${from}→${to} ${fits}`).toSorted();
    const inRulebook = entryStatusMoves
      .map(({ from, to, roles }) => `${from}→${to} ${reasonFault(from, to, roles, reason) === null}`)
      .toSorted();
    expect(inSql).toEqual(inRulebook);
  });
});

/** Entries as a race office meets them: one discipline's things, with something wrong here and there. */
function entryFacts(): fc.Arbitrary<EntryFacts> {
  return fc.constantFrom(...disciplines).chain((discipline) => {
    const matrix = disciplineMatrix[discipline];
    const kinds = ['moto', 'quad', 'car', 'ssv', 'truck', 'bicycle', 'boat', 'sled'] as const;
    const kind = oftenOf(matrix.vehicleKinds.length > 0 ? matrix.vehicleKinds : kinds, kinds);
    const usual = USUAL_CREWS[discipline];
    const range = fc.tuple(fc.nat(3), fc.nat(3)).map(([min, more]): [number, number] => [min, min + more]);
    const birthDate = oftenOf(
      ['1990-05-31', '1985-01-01', '2000-02-29'],
      [null, '2009-06-06', '2009-06-07', '2012-01-01', '2015-03-03', '1950-12-31', '2027-01-01'],
    );
    const person = fc.integer({ min: 1, max: 8 }).map((n) => `00000000-0000-4000-8000-00000000000${n}`);
    const override = fc.record(
      {
        vehicle: fc.constantFrom('required', 'optional', 'forbidden'),
        crew: fc.constantFrom(
          { total: [0, 12] },
          { total: [1, 2] },
          { pilot: [1, 1] },
          { 'rider+runner': [1, 2], total: [1, 3] },
          { mechanic: [0, 2] },
          { hiker: [0, 0] },
          { 'co-pilot+navigator': [0, 2], total: [1, 4] },
        ),
        forbiddenRoles: fc.subarray([...crewRoles], { maxLength: 3 }),
        devices: range,
        documents: fc.subarray([...checkItems], { maxLength: 3 }),
        readiness: fc.subarray([...checkItems], { maxLength: 3 }),
        raceNumber: fc.constantFrom('required', 'optional'),
        class: fc.constantFrom('required', 'optional'),
      },
      { requiredKeys: [] },
    );
    const unreadable = fc.constantFrom<unknown>(
      'solo',
      [],
      7,
      { crews: {} },
      { devices: [2, 1] },
      { devices: [0, 101] },
      { devices: [0.5, 1] },
      { devices: ['0', 1] },
      { devices: [1] },
      { vehicle: 'maybe' },
      { vehicle: null },
      { crew: {} },
      { crew: { total: 3 } },
      { crew: { driver: [1, 1] } },
      { crew: { pilot: [1, 1], 'pilot+rider': [0, 1] } },
      { crew: { 'total+pilot': [0, 1] } },
      { crew: { '': [0, 1] } },
      { documents: ['passport'] },
      { documents: 'medical' },
      { forbiddenRoles: [null] },
      { raceNumber: 'forbidden' },
    );
    const raceClass = fc.record({
      code: fc.constantFrom('M-1', 'OPEN'),
      vehicleKind: fc.option(kind, { nil: null, freq: 2 }),
      numberFrom: fc.option(fc.constantFrom(1, 10), { nil: null }),
      numberTo: fc.option(fc.constantFrom(19, 99), { nil: null }),
      minAge: fc.option(fc.constantFrom(0, 16, 18), { nil: null, freq: 1 }),
      maxAge: fc.option(fc.constantFrom(17, 60), { nil: null, freq: 1 }),
      ratingSystem: fc.constantFrom('none' as const, 'none' as const, 'tot' as const),
      crewFormat: fc.option(fc.constantFrom('solo', 'duo', 'relay', 'team', 'oxfam', 'kvrp'), {
        nil: null,
        freq: 1,
      }),
      crewRules: fc.oneof(
        { weight: 8, arbitrary: fc.constant(null) },
        { weight: 3, arbitrary: override },
        { weight: 1, arbitrary: unreadable },
      ),
      crewRulesReason: oftenOf(['as agreed'], [null, '', ' \n']),
    }) as fc.Arbitrary<NonNullable<EntryFacts['class']>>;
    return fc.record({
      discipline: fc.constant(discipline),
      event: fc.record({
        startsOn: fc.constantFrom('2026-06-06', '2028-02-29'),
        classCount: fc.constantFrom(1, 2, 3),
        offshore: fc.constantFrom(true, false, false),
      }),
      class: oftenOr(raceClass, fc.constant(null), 8),
      entry: fc.record({
        raceNumber: oftenOr(fc.constantFrom(10, 11, 19), fc.constantFrom(null, 0, 9, 20, 100), 6),
        vehicle: fc.option(
          fc.record({
            kind,
            sailNumber: oftenOf(['ALB 1'], [null, '', '  ']),
            rating: fc.constantFrom(null, 0.98, 1.2),
          }),
          { nil: null, freq: 3 },
        ),
        crew: oftenOr(
          fc.constantFrom(...usual).chain((roles) =>
            fc.tuple(
              ...roles.map((role, n) =>
                fc.record({
                  personId: fc.constant(`00000000-0000-4000-8000-00000000000${n + 1}`),
                  role: fc.constant(role),
                  birthDate,
                }),
              ),
            ),
          ),
          fc.array(fc.record({ personId: person, role: fc.constantFrom(...crewRoles), birthDate }), {
            maxLength: 5,
          }),
          3,
        ),
        devices: fc.array(
          fc.record({
            deviceId: fc.integer({ min: 1, max: 6 }).map((n) => `d${n}`),
            imei: fc.constant('350000000000001'),
            kind: fc.constantFrom('chassis' as const, 'body-worn' as const),
            hasPanicButton: fc.boolean(),
            wornBy: fc.option(person, { nil: null }),
          }),
          { maxLength: 5 },
        ),
        checks: oftenOr(
          fc.constant(checkItems.map((item) => ({ item, state: 'passed' as const }))),
          fc.array(
            fc.record({
              item: fc.constantFrom(...checkItems),
              state: fc.constantFrom(
                'pending' as const,
                'passed' as const,
                'failed' as const,
                'waived' as const,
              ),
            }),
            { maxLength: 20 },
          ),
          2,
        ),
      }),
    });
  });
}

const USUAL_CREWS: Readonly<Record<Discipline, readonly (readonly CrewRole[])[]>> = {
  rally: [['rider'], ['pilot', 'co-pilot'], ['pilot', 'navigator', 'mechanic']],
  'time-trial': [['rider'], ['pilot', 'co-pilot'], ['rider', 'rider']],
  regatta: [['skipper'], ['skipper', 'crew', 'crew'], ['pilot', 'navigator']],
  'trail-run': [['runner'], ['runner', 'runner']],
  hike: [['hiker'], ['hiker', 'hiker'], ['hiker', 'hiker', 'hiker', 'hiker']],
};

function oftenOf<T>(usual: readonly T[], rare: readonly T[]): fc.Arbitrary<T> {
  return oftenOr(fc.constantFrom(...usual), fc.constantFrom(...rare), 5);
}

function oftenOr<T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: rare });
}
