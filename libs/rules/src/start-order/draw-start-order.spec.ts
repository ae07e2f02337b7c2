import { drawStartOrder } from './draw-start-order.js';
import type { StartOrderDocument } from './document.js';
import {
  becauseOf,
  classified,
  documentWith,
  entries,
  listOf,
  noticesOf,
  orderOf,
  problemsOf,
} from './example-documents.js';

const gaps = [
  { first: 2, gap_s: 180 },
  { first: 4, gap_s: 120 },
  { rest: true, group: 2, gap_s: 30 },
];

describe('gaps', () => {
  it('stand before the entry, by the band of the one behind', () => {
    const document = documentWith({ gaps }, { entries: entries(8) });
    expect(listOf(document)).toEqual([
      '07:00:00 e1',
      '07:03:00 e2',
      '07:05:00 e3',
      '07:07:00 e4',
      '07:07:30 e5',
      '07:07:30 e6',
      '07:08:00 e7',
      '07:08:00 e8',
    ]);
    expect(becauseOf(document)).toMatchObject({
      e2: 'race number order: #2 is 2nd of 8',
      e3: 'race number order: #3 is 3rd of 8, 2 min behind #2',
      e5: 'race number order: #5 is 5th of 8, 30 s behind #4',
    });
  });

  it.each([
    [
      'the first band that fits wins',
      [
        { first: 3, gap_s: 10 },
        { last: 3, gap_s: 20 },
        { rest: true, gap_s: 5 },
      ],
      [0, 10, 20, 40],
    ],
    [
      'the other way round',
      [
        { last: 3, gap_s: 20 },
        { first: 3, gap_s: 10 },
      ],
      [0, 20, 40, 60],
    ],
    [
      'rest comes last wherever it stands',
      [
        { rest: true, gap_s: 5 },
        { last: 1, gap_s: 20 },
      ],
      [0, 5, 10, 30],
    ],
    [
      'a band can name race numbers',
      [
        { from_bib: 3, to_bib: 2, gap_s: 7 },
        { rest: true, gap_s: 1 },
      ],
      [0, 7, 14, 15],
    ],
    ['pairs start together', [{ rest: true, group: 2, gap_s: 30 }], [0, 0, 30, 30]],
    ['a gap of 0 starts another group at once', [{ rest: true, gap_s: 0 }], [0, 0, 0, 0]],
    ['60 s where no band fits', [{ first: 2, gap_s: 10 }], [0, 10, 70, 130]],
    ['60 s without any', [], [0, 60, 120, 180]],
  ])('%s', (_case, gaps, seconds) => {
    const { starts } = drawStartOrder(documentWith({ gaps }));
    const first = Date.parse('2026-06-07T07:00:00Z');
    expect(starts.map(({ startAt }) => (Date.parse(startAt) - first) / 1000)).toEqual(seconds);
  });

  it('say so where nothing was stated', () => {
    expect(noticesOf(documentWith({ gaps: [] }))).toContain('GAP_DEFAULT');
    expect(noticesOf(documentWith({ gap_s: 60, strategy: 'race_number' }))).toEqual([]);
  });

  it('are never shorter than the least gap', () => {
    expect(listOf(documentWith({ gaps, min_gap_s: 150 }, { entries: entries(5) }))).toEqual([
      '07:00:00 e1',
      '07:03:00 e2',
      '07:05:30 e3',
      '07:08:00 e4',
      '07:10:30 e5',
    ]);
  });

  it('count in each pool by itself, and no group straddles the border', () => {
    const document = documentWith(
      { gaps, pools: [{ id: 'bikes' }, { id: 'cars', gap_before_s: 900 }] },
      { entries: entries(8, (n) => ({ pool: n < 6 ? 'bikes' : 'cars' })) },
    );
    expect(listOf(document).slice(4)).toEqual(['07:07:30 e5', '07:22:30 e6', '07:25:30 e7', '07:27:30 e8']);
    expect(becauseOf(document)['e6']).toBe('race number order: #6 is 1st of 3, 15 min behind #5');
  });

  it('count over the whole list when the pool is only a label', () => {
    const document = documentWith(
      { gaps: [{ first: 2, gap_s: 10 }] },
      { entries: entries(3, (n) => ({ pool: `p${n}` })) },
    );
    expect(listOf(document)).toEqual(['07:00:00 e1', '07:00:10 e2', '07:01:10 e3']);
  });
});

describe('pools', () => {
  const three = entries(6, (n) => ({ pool: ['a', 'b', 'c'][n % 3] }));

  it.each([
    [
      'the longer of its own gap and the gap between',
      [{ id: 'a' }, { id: 'b', gap_before_s: 30 }, { id: 'c', gap_before_s: 90 }],
      '07:00 07:01 07:02 07:03 07:04:30 07:05:30',
    ],
    [
      'an empty pool hands its gap on',
      [{ id: 'a' }, { id: 'x', gap_before_s: 600 }, { id: 'b', gap_before_s: 300 }, { id: 'c' }],
      '07:00 07:01 07:11 07:12 07:13 07:14',
    ],
    [
      'the gap of the first pool is not used',
      [{ id: 'x', gap_before_s: 99 }, { id: 'a', gap_before_s: 99 }, { id: 'b' }, { id: 'c' }],
      '07:00 07:01 07:02 07:03 07:04 07:05',
    ],
    [
      'a start of its own',
      [{ id: 'a' }, { id: 'b', startsAt: '08:00' }, { id: 'c', startsAt: '2026-06-07T09:00:00+00:00' }],
      '07:00 07:01 08:00 08:01 09:00 09:01',
    ],
  ])('%s', (_case, pools, times) => {
    expect(
      listOf(documentWith({ pools }, { entries: three }))
        .map((line) => line.slice(0, 8).replace(/:00$/, ''))
        .join(' '),
    ).toBe(times);
  });

  it('refuse a start that the pool in front does not allow', () => {
    const pools = [
      { id: 'a' },
      { id: 'b', gap_before_s: 600, startsAt: '07:10:59' },
      { id: 'c', startsAt: 'noon' },
    ];
    expect(problemsOf(documentWith({ pools }, { entries: three }))).toEqual([
      'TIME_UNREADABLE /stage/pools/2/startsAt',
    ]);
    expect(problemsOf(documentWith({ pools: pools.slice(0, 2) }, { entries: three }))).toEqual([
      'POOL_TOO_EARLY /stage/pools/1/startsAt',
    ]);
  });

  it('drop nobody: who is in none starts last, and is told so', () => {
    const document = documentWith(
      { pools: [{ id: 'b' }] },
      { entries: entries(3, (n) => (n === 1 ? {} : { pool: n === 2 ? 'typo' : 'b' })) },
    );
    expect(orderOf(document)).toBe('e3 e1 e2');
    expect(becauseOf(document)).toMatchObject({
      e1: 'race number order: #1 is 1st of 2; has no pool: with the others, 1 min behind #3',
      e2: 'race number order: #2 is 2nd of 2; pool typo is none of the stage: with the others',
    });
  });

  it('may have a strategy, params and gaps of their own', () => {
    const pools = [
      { id: 'a', strategy: 'inverse_race_number', gap_s: 30 },
      { id: 'b', strategy: 'inverse_top_n_then_natural', params: { n: 1 } },
      { id: 'c' },
    ];
    const document = documentWith(
      { strategy: 'race_number', pools },
      { entries: three, classification: classified('e4', 'e1') },
    );
    expect(listOf(document)).toEqual([
      '07:00:00 e6',
      '07:00:30 e3',
      '07:01:30 e4',
      '07:02:30 e1',
      '07:03:30 e2',
      '07:04:30 e5',
    ]);
  });

  it('only decide the gaps when they are not kept apart', () => {
    const document = documentWith(
      {
        keepPoolsApart: false,
        pools: [{ id: 'P1', gap_before_s: 900 }, { id: 'P2' }],
        gaps: [
          { pool: 'P1', gap_s: 180 },
          { pool: ['P2'], gap_s: 120 },
          { rest: true, gap_s: 60 },
        ],
      },
      { entries: entries(4, (n) => ({ pool: ['P2', 'P1', 'P3', 'P2'][n - 1] })) },
    );
    expect(listOf(document)).toEqual(['07:00:00 e1', '07:03:00 e2', '07:04:00 e3', '07:06:00 e4']);
  });
});

describe('pins', () => {
  const pinned = (...pins: [string, number][]): StartOrderDocument =>
    documentWith(
      {},
      { pins: pins.map(([entryId, position]) => ({ entryId, position, reason: 'stewards' })) },
    );

  it('hold, and the others flow around them in order', () => {
    expect(listOf(pinned(['e4', 1], ['e1', 3]))).toEqual([
      '07:00:00 e4',
      '07:01:00 e2',
      '07:02:00 e1',
      '07:03:00 e3',
    ]);
    expect(becauseOf(pinned(['e4', 1]))['e4']).toBe('pinned to position 1: stewards');
  });

  it('hold beyond the last entry too; the slots in front stay empty', () => {
    const { starts, vacant, unplaced } = drawStartOrder(pinned(['e1', 6]));
    expect(starts.at(-1)).toMatchObject({ entryId: 'e1', position: 6, startAt: '2026-06-07T07:05:00.000Z' });
    expect(vacant.map(({ position, startAt }) => [position, startAt.slice(11, 16)])).toEqual([
      [4, '07:03'],
      [5, '07:04'],
    ]);
    expect(unplaced).toEqual([]);
  });

  it('beat pools, which keep their gap on either side', () => {
    const document = documentWith(
      { pools: [{ id: 'bikes' }, { id: 'cars', gap_before_s: 600 }] },
      {
        entries: entries(4, (n) => ({ pool: n < 3 ? 'bikes' : 'cars' })),
        pins: [{ entryId: 'e4', position: 2 }],
      },
    );
    expect(listOf(document)).toEqual(['07:00:00 e1', '07:10:00 e4', '07:11:00 e2', '07:21:00 e3']);
  });

  it('place a rejoiner whom the organiser places, and one whom the strategy leaves out', () => {
    const document = documentWith(
      { strategy: 'previous_stage_result', params: { rejoin_placement: 'manual', unclassified: 'unplaced' } },
      {
        entries: entries(4, (n) => ({ rejoining: n < 3 })),
        classification: classified('e3'),
        pins: [
          { entryId: 'e1', position: 1 },
          { entryId: 'e4', position: 2 },
        ],
      },
    );
    expect(orderOf(document)).toBe('e1 e4 e3');
    expect(becauseOf(document)['e2']).toBe('rejoins; the organiser places it by a pin');
  });

  it.each([
    [[{ entryId: 'x', position: 1 }], ['PIN_ENTRY_UNKNOWN /pins/0/entryId']],
    [[{ entryId: '1', position: 1 }], ['PIN_ENTRY_UNKNOWN /pins/0/entryId']],
    [
      [
        { entryId: 'e1', position: 1 },
        { entryId: 'e1', position: 2 },
      ],
      ['PIN_ENTRY_TWICE /pins/1/entryId'],
    ],
    [
      [
        { entryId: 'e1', position: 1 },
        { entryId: 'e2', position: 1 },
      ],
      ['PIN_POSITION_TWICE /pins/1/position'],
    ],
    [[{ entryId: 'e1', position: 0 }], ['PIN_POSITION_INVALID /pins/0/position']],
    [[{ entryId: 'e1', position: 1.5 }], ['PIN_POSITION_INVALID /pins/0/position']],
    [[{ entryId: 'e1', position: 10_001 }], ['PIN_POSITION_INVALID /pins/0/position']],
  ])('refuses %j', (pins, problems) => {
    expect(problemsOf(documentWith({}, { pins }))).toEqual(problems);
  });
});

describe('an absent entry', () => {
  const absent = entries(4, (n) => ({ absent: n === 2 }));

  it('leaves its slot empty', () => {
    const { starts, unplaced, vacant } = drawStartOrder(documentWith({}, { entries: absent }));
    expect(
      starts.map(({ entryId, position, startAt }) => [entryId, position, startAt.slice(11, 16)]),
    ).toEqual([
      ['e1', 1, '07:00'],
      ['e3', 3, '07:02'],
      ['e4', 4, '07:03'],
    ]);
    expect(unplaced).toEqual([
      { entryId: 'e2', because: 'absent: its slot at position 2, 07:01, stays empty' },
    ]);
    expect(vacant).toEqual([
      { position: 2, startAt: '2026-06-07T07:01:00.000Z', because: 'stays empty: #2 is absent' },
    ]);
  });

  it('leaves none where slots are closed up, pinned or not', () => {
    const stage = { absentSlotPolicy: 'close_up' as const };
    for (const pins of [[], [{ entryId: 'e2', position: 1 }]]) {
      expect(listOf(documentWith(stage, { entries: absent, pins }))).toEqual([
        '07:00:00 e1',
        '07:01:00 e3',
        '07:02:00 e4',
      ]);
    }
  });
});

describe('late and seeded entries', () => {
  it('stand in blocks, in order within each', () => {
    const document = documentWith(
      {},
      {
        entries: [
          { id: 'very last', raceNumber: 1, seeding: 'last' },
          { id: 'late', raceNumber: 2, late: true },
          { id: 'seeded late', raceNumber: 3, seeding: 'late' },
          { id: 'in order', raceNumber: 4 },
          { id: 'early', raceNumber: 5, seeding: 'early' },
          { id: 'too late', raceNumber: 6, late: true },
        ],
      },
    );
    expect(drawStartOrder(document).starts.map(({ entryId }) => entryId)).toEqual([
      'early',
      'in order',
      'seeded late',
      'late',
      'too late',
      'very last',
    ]);
    expect(becauseOf(document)['late']).toBe(
      'race number order: #2 is 2nd of 6; late: behind the last entry on time',
    );
  });
});

describe('teammates', () => {
  const teams = (names: string) =>
    entries(names.length, (n) => (names[n - 1] === '-' ? {} : { team: names[n - 1] }));
  const apart = (names: string, pins: StartOrderDocument['pins'] = []) =>
    documentWith({ params: { separate_teams: true } }, { entries: teams(names), pins: pins ?? [] });

  it.each([
    ['abc', 'e1 e2 e3'],
    ['aab', 'e1 e3 e2'],
    ['aabb', 'e1 e3 e2 e4'],
    ['abbb', 'e2 e1 e3 e4'],
    ['aa--', 'e1 e3 e2 e4'],
    ['baacaa', 'e2 e1 e3 e4 e5 e6'],
    ['---', 'e1 e2 e3'],
  ])('of %s start %s', (names, order) => {
    expect(orderOf(apart(names))).toBe(order);
  });

  it('are told where they cannot be parted', () => {
    expect(noticesOf(apart('aaab'))).toContain('TEAMMATES_TOGETHER');
    expect(noticesOf(apart('aab'))).not.toContain('TEAMMATES_TOGETHER');
    expect(becauseOf(apart('aab'))).toMatchObject({
      e3: 'race number order: #3 is 3rd of 3; moved ahead to keep teammates apart',
      e2: 'race number order: #2 is 2nd of 3; moved back to keep teammates apart',
    });
  });

  it('stay where they are pinned', () => {
    expect(orderOf(apart('abca', [{ entryId: 'e4', position: 2 }]))).toBe('e2 e4 e3 e1');
  });
});

describe('times', () => {
  it.each([
    ['2026-06-07T07:00:00Z', '2026-06-07T07:00:00.000Z'],
    ['2026-06-07T07:00:00.250Z', '2026-06-07T07:00:00.250Z'],
    ['2026-06-07T07:00:00+02:00', '2026-06-07T05:00:00.000Z'],
    ['2026-06-07 07:00', '2026-06-07T07:00:00.000Z'],
    ['2026-06-07 07:00+0530', '2026-06-07T01:30:00.000Z'],
    ['2026-06-07T00:30-04', '2026-06-07T04:30:00.000Z'],
    ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000Z'],
  ])('%s is %s', (startsAt, startAt) => {
    expect(drawStartOrder(documentWith({ startsAt })).starts[0]?.startAt).toBe(startAt);
  });

  it.each(['tomorrow', '2026-02-30T07:00:00Z', '2026-06-07', '2026-06-07T25:00:00Z', '07:00', 7 as never])(
    '%s is no time',
    (startsAt) => {
      expect(problemsOf(documentWith({ startsAt }))).toEqual(['TIME_UNREADABLE /stage/startsAt']);
    },
  );
});

describe('a document', () => {
  it('tells all its problems at once, and gives no list', () => {
    const document = {
      stage: {
        strategy: 'by_mood',
        gaps: [{ first: -1, gap_s: 'long' }],
        pools: [{ id: 'a' }, { id: 'a' }, {}],
        absentSlotPolicy: 'shrug',
        params: { rejoin_placement: 'somewhere' },
      },
      entries: [{ id: 'e1' }, { id: 'e1' }, { raceNumber: 3 }],
      classification: [{ position: 1 }, { entryId: 'e1', position: 'first', status: 'lost' }],
      pins: [{ entryId: 'e9', position: 0 }],
    } as unknown as StartOrderDocument;
    expect(problemsOf(document)).toEqual([
      'STAGE_START_MISSING /stage/startsAt',
      'ENTRY_TWICE /entries/1/id',
      'ENTRY_ID_MISSING /entries/2/id',
      'POOL_TWICE /stage/pools/1/id',
      'POOL_ID_MISSING /stage/pools/2/id',
      'START_ORDER_UNKNOWN /stage/strategy',
      'GAP_INVALID /stage/gaps/0/first',
      'GAP_INVALID /stage/gaps/0/gap_s',
      'PARAM_INVALID /stage/params/rejoin_placement',
      'ENTRY_ID_MISSING /classification/0/entryId',
      'STATUS_UNKNOWN /classification/1/status',
      'FIELD_INVALID /classification/1/position',
      'PIN_ENTRY_UNKNOWN /pins/0/entryId',
      'PIN_POSITION_INVALID /pins/0/position',
      'ABSENT_SLOT_POLICY_UNKNOWN /stage/absentSlotPolicy',
    ]);
    expect(drawStartOrder(document)).toMatchObject({ starts: [], unplaced: [], vacant: [] });
  });

  it.each([{}, null, [], 'start'])('%j is refused and throws nothing', (document) => {
    expect(problemsOf(document as unknown as StartOrderDocument)).toEqual([
      'DOCUMENT_INVALID /stage',
      'STAGE_START_MISSING /stage/startsAt',
      'DOCUMENT_INVALID /entries',
    ]);
  });

  it('without entries gives an empty list', () => {
    expect(
      drawStartOrder(documentWith({ strategy: 'inverse_of_overall' }, { entries: [], classification: [] })),
    ).toMatchObject({
      starts: [],
      unplaced: [],
      problems: [],
    });
  });

  it('starts by race number when it names no order, and says so', () => {
    expect(orderOf(documentWith({}))).toBe('e1 e2 e3 e4');
    expect(noticesOf(documentWith({}))).toEqual(['START_ORDER_DEFAULT']);
  });

  it('of 5,000 entries is drawn without a quadratic loop', () => {
    const stage = {
      strategy: 'inverse_of_overall',
      gaps,
      params: { separate_teams: true },
      pools: [{ id: 'a' }, { id: 'b', gap_before_s: 300 }],
    };
    const many = entries(5000, (n) => ({ pool: n % 2 === 0 ? 'a' : 'b', team: `team ${n % 7}` }));
    const document = documentWith(stage, {
      entries: many,
      classification: classified(...many.map(({ id }) => id)),
    });
    const started = performance.now();
    expect(drawStartOrder(document).starts).toHaveLength(5000);
    // Some 10 ms on an idle machine; a quadratic loop takes seconds.
    expect(performance.now() - started).toBeLessThan(1500);
  });
});
