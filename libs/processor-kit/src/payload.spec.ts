import { Ajv2020 } from 'ajv/dist/2020.js';
import { IsMilitaryTime } from 'class-validator';
import fc from 'fast-check';
import {
  RECOMPUTE_LAYERS,
  RECOMPUTE_REASON_NAMES,
  RecomputeJob,
  StageOpened,
  StartListChanged,
} from '@trm/contracts';
import { type PayloadClass, payloadProblems, payloadSchema } from './payload.js';

const ID = '5f8d0c1e-6d7a-4d0b-9a3e-1c2b3a4d5e6f';
const JOB = {
  v: 1,
  entryId: ID,
  stageId: ID,
  generation: 1,
  attempt: 0,
  layers: ['crossings', 'penalties', 'results'],
  reasons: ['manual_correction'],
  priority: 1,
  requestedAt: '2026-06-06T06:00:00.000Z',
};
const OPENED = {
  v: 1,
  stageId: ID,
  startListId: ID,
  version: 1,
  entries: 80,
  segments: 2,
  firstStartAt: '2026-06-06T06:00:00Z',
  lastStartAt: '2026-06-06T07:20:00Z',
  checksum: 'ab'.repeat(32),
};
const CHANGED = {
  v: 1,
  stageId: ID,
  startListId: ID,
  version: 2,
  checksum: 'ab'.repeat(32),
  action: 'delayed',
  entryIds: [ID],
};

/** For some field. */
const NEARLY_RIGHT: readonly unknown[] = [
  0,
  1,
  2,
  10,
  11,
  -1,
  1.5,
  1e300,
  '1',
  '',
  null,
  true,
  [],
  {},
  [ID, ID],
  [ID, ID.toUpperCase()],
  [null],
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-ffff-ffff-ffff-ffffffffffff',
  ID.replace('4', '9'),
  ID.toUpperCase(),
  `${ID}\n`,
  ` ${ID}`,
  'AB'.repeat(32),
  'ab'.repeat(31),
  '😀'.repeat(64),
  '2026-06-06',
  '2026-06-31T06:00:00Z',
  '2026-13-01T06:00:00Z',
  '2026-06-06T24:00:00Z',
  '2026-06-06T06:00:00+02:00',
  '2026-06-06T06:00:00Z\n',
  '2026-06-06T06:00:00.1234567891Z',
  ['results'],
  ['results', 'results'],
  ['results', 7],
  ['all'],
  RECOMPUTE_LAYERS,
  RECOMPUTE_REASON_NAMES,
];

/** Besides these, any JSON. */
const value = fc.oneof(
  fc.constantFrom(...NEARLY_RIGHT),
  fc.uuid(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.subarray([...RECOMPUTE_LAYERS]),
  fc.subarray([...RECOMPUTE_REASON_NAMES]),
  fc.array(fc.uuid()),
  fc.jsonValue(),
);

/** A right document, some of whose fields are other ones, or lack. */
const spoiled = (right: Readonly<Record<string, unknown>>) =>
  fc
    .record({
      change: fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(right)), fc.string()), value, {
        maxKeys: 3,
      }),
      without: fc.option(fc.constantFrom(...Object.keys(right)), { freq: 6 }),
    })
    .map(({ change, without }) =>
      Object.fromEntries(Object.entries({ ...right, ...change }).filter(([name]) => name !== without)),
    );

describe.each<[string, PayloadClass, Readonly<Record<string, unknown>>]>([
  ['RecomputeJob', RecomputeJob, JOB],
  ['StageOpened', StageOpened, OPENED],
  ['StartListChanged', StartListChanged, CHANGED],
])('%s', (_, payload, right) => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false });
  const isValid = ajv.compile(payloadSchema(payload));

  it('takes a right one', () => {
    expect(payloadProblems(payload, right)).toEqual([]);
    expect(isValid(right)).toBe(true);
  });

  it.each(Object.keys(right))('does not take one without %s', (name) => {
    const { [name]: gone, ...rest } = right;
    expect(gone).toBeDefined();
    expect(payloadProblems(payload, rest)).not.toEqual([]);
    expect(isValid(rest)).toBe(false);
  });

  it('is valid by the schema exactly when it is by the class', () => {
    let valid = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: spoiled(right) }, fc.jsonValue()), (document) => {
        const problems = payloadProblems(payload, document);
        valid += problems.length === 0 ? 1 : 0;
        expect({ document, valid: isValid(document) }).toEqual({ document, valid: problems.length === 0 });
      }),
      { numRuns: 5_000 },
    );
    // Neither of them all, or the property says nothing.
    expect(valid).toBeGreaterThan(200);
    expect(valid).toBeLessThan(4_000);
  });
});

it('tells of a decorator that has no counterpart in JSON Schema', () => {
  class Odd {
    @IsMilitaryTime()
    readonly at!: string;
  }
  expect(() => payloadSchema(Odd)).toThrow('isMilitaryTime');
});

it.each([[null], ['a job'], [[]], [undefined]])('takes nothing that is no object: %j', (data) => {
  expect(payloadProblems(RecomputeJob, data)).toEqual(['it is no object']);
});
