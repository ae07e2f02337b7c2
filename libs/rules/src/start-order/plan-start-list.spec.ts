import fc from 'fast-check';
import { planStartList, type StartListFacts } from './plan-start-list.js';
import type { ClassificationRow, ClassificationStatus } from './types.js';

const startsAt = new Date('2026-06-07T05:00:00Z');
const facts = (change: Partial<StartListFacts> = {}): StartListFacts => ({
  stageName: 'SS1',
  startsAt,
  delaySeconds: 0,
  startIntervalSeconds: 60,
  strategy: 'race_number',
  entries: [
    { entryId: 'b', raceNumber: 301 },
    { entryId: 'a', raceNumber: 12 },
    { entryId: 'c', raceNumber: 7 },
  ],
  segments: [
    { segmentId: 's1', name: 'Liaison 1', targetDurationSeconds: 3600, leadTimeSeconds: 0, breakSeconds: 0 },
    {
      segmentId: 's2',
      name: 'Special 1',
      targetDurationSeconds: 1800,
      leadTimeSeconds: 180,
      breakSeconds: 900,
    },
    { segmentId: 's3', name: 'Liaison 2', targetDurationSeconds: null, leadTimeSeconds: 0, breakSeconds: 0 },
  ],
  ...change,
});
const row = (entryId: string, place: number | null, status: ClassificationStatus = 'classified') =>
  ({ entryId, place, netMs: place === null ? null : place * 1000, status }) satisfies ClassificationRow;

describe('a start list in race number order', () => {
  it('starts the lowest number first, one interval apart, and says why', () => {
    const plan = planStartList(facts());
    expect(
      plan.lines.map(({ entryId, position, startAt, because }) => [
        entryId,
        position,
        startAt.toISOString(),
        because,
      ]),
    ).toEqual([
      ['c', 1, '2026-06-07T05:00:00.000Z', 'race number order: #7 is 1st of 3'],
      ['a', 2, '2026-06-07T05:01:00.000Z', 'race number order: #12 is 2nd of 3'],
      ['b', 3, '2026-06-07T05:02:00.000Z', 'race number order: #301 is 3rd of 3'],
    ]);
  });

  it('moves every start by the delay', () => {
    expect(planStartList(facts({ delaySeconds: 1200 })).lines[0]?.startAt.toISOString()).toBe(
      '2026-06-07T05:20:00.000Z',
    );
  });

  it('refuses an entry without a number', () => {
    const plan = planStartList(facts({ entries: [{ entryId: 'x', raceNumber: null }] }));
    expect(plan.lines).toEqual([]);
    expect(plan.problems).toEqual([expect.objectContaining({ code: 'RACE_NUMBER_MISSING' })]);
  });
});

describe('the due-time chain', () => {
  it('adds target durations, lead times and breaks', () => {
    expect(planStartList(facts()).segments).toEqual([
      { segmentId: 's1', offsetSeconds: 0, dueOffsetSeconds: 3600, because: 'starts with the stage' },
      {
        segmentId: 's2',
        offsetSeconds: 3780,
        dueOffsetSeconds: 5580,
        because: 'due 60 min after the start of Liaison 1, 3 min lead time',
      },
      {
        segmentId: 's3',
        offsetSeconds: 6480,
        dueOffsetSeconds: null,
        because: 'due 30 min after the start of Special 1, 15 min break',
      },
    ]);
  });

  it('names the segment whose target duration is missing', () => {
    const segments = facts().segments.map((segment) => ({ ...segment, targetDurationSeconds: null }));
    expect(planStartList(facts({ segments })).problems.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['TARGET_DURATION_MISSING', '/segments/0/target_duration_seconds'],
      ['TARGET_DURATION_MISSING', '/segments/1/target_duration_seconds'],
    ]);
  });
});

describe('a start list in the order of an earlier stage', () => {
  const strategy = 'previous_stage_result';

  it('starts the winner first, breaks ties by number and puts the unplaced last', () => {
    const plan = planStartList(
      facts({
        strategy,
        entries: [...facts().entries, { entryId: 'd', raceNumber: 1 }, { entryId: 'e', raceNumber: 2 }],
        classification: {
          stageName: 'Prologue',
          rows: [row('a', 2), row('b', 1), row('c', 2), row('d', 4, 'dnf')],
        },
      }),
    );
    expect(plan.lines.map(({ entryId, because }) => [entryId, because])).toEqual([
      ['b', '1st in Prologue'],
      ['c', '2nd in Prologue, tie broken by race number'],
      ['a', '2nd in Prologue, tie broken by race number'],
      ['d', 'did not finish in Prologue: behind the classified, by race number'],
      ['e', 'no result in Prologue: behind the classified, by race number'],
    ]);
    expect(plan.notices.map(({ code }) => code)).toEqual(['INPUT_RESULT_INCOMPLETE']);
  });

  it.each([
    ['no input stage is named', undefined, 'INPUT_STAGE_MISSING'],
    ['the input stage has no results', { stageName: 'Prologue', rows: [] }, 'INPUT_RESULT_MISSING'],
    [
      'all results are pending',
      { stageName: 'Prologue', rows: [row('a', 1, 'pending')] },
      'INPUT_RESULT_MISSING',
    ],
  ])('is refused when %s', (_case, classification, code) => {
    const plan = planStartList(facts({ strategy, ...(classification && { classification }) }));
    expect(plan.lines).toEqual([]);
    expect(plan.problems.map((problem) => problem.code)).toEqual([code]);
  });
});

describe('a stage that cannot be opened', () => {
  it('names everything that is missing at once', () => {
    const plan = planStartList(
      facts({ segments: [], entries: [], startsAt: null, startIntervalSeconds: null, strategy: 'by_mood' }),
    );
    expect(plan.problems.map(({ code }) => code)).toEqual([
      'STAGE_HAS_NO_SEGMENTS',
      'STAGE_HAS_NO_ENTRIES',
      'STAGE_START_MISSING',
      'START_INTERVAL_MISSING',
      'START_ORDER_UNKNOWN',
    ]);
  });
});

describe('every start list', () => {
  const entries = fc.uniqueArray(
    fc.record({ entryId: fc.uuid(), raceNumber: fc.integer({ min: 1, max: 999 }) }),
    { selector: ({ entryId }) => entryId, minLength: 1, maxLength: 60 },
  );
  const status = fc.constantFrom<ClassificationStatus>(
    'pending',
    'classified',
    'dnf',
    'dns',
    'dsq',
    'otl',
    'max_time',
  );
  const place = fc.option(fc.integer({ min: 1, max: 20 }), { nil: null });
  const drawn = entries.chain((entries) =>
    fc.record({
      entries: fc.constant(entries),
      strategy: fc.constantFrom('race_number', 'previous_stage_result'),
      startIntervalSeconds: fc.integer({ min: 0, max: 600 }),
      delaySeconds: fc.integer({ min: 0, max: 7200 }),
      rows: fc.array(fc.tuple(fc.constantFrom(...entries.map(({ entryId }) => entryId)), place, status)),
    }),
  );
  const planOf = (
    entries: StartListFacts['entries'],
    draw: {
      rows: [string, number | null, ClassificationStatus][];
      strategy: string;
      startIntervalSeconds: number;
      delaySeconds: number;
    },
  ) =>
    planStartList(
      facts({
        ...draw,
        entries,
        classification: { stageName: 'Prologue', rows: draw.rows.map(([id, at, how]) => row(id, at, how)) },
      }),
    );

  it('places every entry exactly once, at gapless positions, in time order, with a reason', () => {
    fc.assert(
      fc.property(drawn, (draw) => {
        const plan = planOf(draw.entries, draw);
        if (plan.problems.length > 0) return plan.lines.length === 0;
        expect(plan.lines.map(({ entryId }) => entryId).toSorted()).toEqual(
          draw.entries.map(({ entryId }) => entryId).toSorted(),
        );
        expect(plan.lines.map(({ position }) => position)).toEqual(plan.lines.map((_, index) => index + 1));
        for (const [index, line] of plan.lines.entries()) {
          expect(line.because).not.toBe('');
          expect(line.startAt.getTime()).toBe(
            startsAt.getTime() + (draw.delaySeconds + index * draw.startIntervalSeconds) * 1000,
          );
        }
        return true;
      }),
    );
  });

  it('does not depend on the order in which the facts were read', () => {
    fc.assert(
      fc.property(drawn, (draw) => {
        const once = new Map(draw.rows.map((row) => [row[0], row]));
        const rows = [...once.values()];
        expect(planOf(draw.entries.toReversed(), { ...draw, rows: rows.toReversed() })).toEqual(
          planOf(draw.entries, { ...draw, rows }),
        );
      }),
    );
  });
});
