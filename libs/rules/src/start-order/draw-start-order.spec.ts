import fc from 'fast-check';
import { drawStartOrder } from './draw-start-order.js';
import { startOrderStrategies } from './strategies/registry.js';
import type { StartOrderDocument, StartOrderEntry, StartOrderStage } from './types.js';

const START = '2026-06-06T08:00:00Z';
const entries = (
  count: number,
  more: (n: number) => Partial<StartOrderEntry> = () => ({}),
): StartOrderEntry[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `e${index + 1}`,
    raceNumber: index + 1,
    ...more(index + 1),
  }));
/** e1 wins, and so on; 60 s apart behind a winner's time of ten minutes. */
const ranked = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    entryId: `e${index + 1}`,
    position: index + 1,
    timeMs: 600_000 + index * 60_000,
    cleanTimeMs: 600_000 + (count - index) * 60_000,
  }));
const draw = (document: Omit<StartOrderDocument, 'stage'> & { stage?: Partial<StartOrderStage> }) =>
  drawStartOrder({
    ...document,
    stage: { startsAt: START, strategy: 'race_number', gap_s: 60, ...document.stage },
  });
/** "1 e3 08:00" for each start. */
const read = (result: ReturnType<typeof drawStartOrder>) => {
  expect(result.problems).toEqual([]);
  return result.starts.map(({ entryId, position, startAt }) => `${position} ${entryId} ${clock(startAt)}`);
};
const clock = (at: string) => (at.slice(17, 19) === '00' ? at.slice(11, 16) : at.slice(11, 19));
const order = (result: ReturnType<typeof drawStartOrder>) => {
  expect(result.problems).toEqual([]);
  return result.starts.map(({ entryId }) => entryId);
};
const minutesOf = (result: ReturnType<typeof drawStartOrder>) =>
  result.starts.map(({ startAt }) => (Date.parse(startAt) - Date.parse(START)) / 60_000);

describe('each shape of published start orders', () => {
  it('numerical order, one minute apart, also when nothing else is said (MSUK)', () => {
    const result = drawStartOrder({
      stage: { startsAt: START, strategy: 'race_number' },
      entries: entries(3),
    });
    expect(read(result)).toEqual(['1 e1 08:00', '2 e2 08:01', '3 e3 08:02']);
    expect(result.notices.map(({ code }) => code)).toEqual(['GAPS_NOT_STATED']);
  });

  it('leg 1: championship standing, then the entry list (WRC)', () => {
    const result = draw({
      stage: { strategy: 'championship_order', gap_s: 120 },
      entries: [...entries(4)].toReversed(),
      classification: ranked(2),
    });
    expect(order(result)).toEqual(['e1', 'e2', 'e4', 'e3']);
    expect(minutesOf(result)).toEqual([0, 2, 4, 6]);
  });

  it.each([
    ['front', ['e2', 'e4', 'e3', 'e1']],
    ['slowest', ['e2', 'e4', 'e3', 'e1']],
    ['back_of_pool', ['e4', 'e3', 'e1', 'e2']],
    ['by_classification', ['e4', 'e3', 'e2', 'e1']],
  ])('leg 2: reverse of the overall, restarters %s (WRC)', (restarters, expected) => {
    const result = draw({
      stage: { strategy: 'inverse_of_overall', params: { restarters } },
      entries: entries(4, (n) => (n === 2 ? { rejoining: true } : {})),
      classification: ranked(4),
    });
    expect(order(result)).toEqual(expected);
  });

  it('explains a reversed place', () => {
    const result = draw({
      stage: { strategy: 'inverse_of_overall' },
      entries: entries(3),
      classification: ranked(3),
      classificationName: 'overall after SS3',
    });
    expect(result.starts[0]?.because).toBe('3rd in overall after SS3, reversed, so position 1');
  });

  it('gaps by pool (WRC P1, P2, others)', () => {
    const result = draw({
      stage: {
        pools: [{ id: 'P1' }, { id: 'P2' }, { id: 'other' }],
        gaps: [
          { pool: 'P1', gap_s: 180 },
          { pool: 'P2', gap_s: 120 },
          { pool: 'other', gap_s: 60 },
        ],
      },
      entries: entries(6, (n) => ({ pool: ['P1', 'P2', 'other'][(n - 1) % 3]! })),
    });
    expect(order(result)).toEqual(['e1', 'e4', 'e2', 'e5', 'e3', 'e6']);
    expect(minutesOf(result)).toEqual([0, 3, 5, 7, 8, 9]);
  });

  it('first ten at 3 min, to the 20th at 2 min, then pairs every 30 s (Dakar 2017)', () => {
    const result = draw({
      stage: {
        strategy: 'previous_stage_result',
        gaps: [
          { first: 10, gap_s: 180 },
          { first: 20, gap_s: 120 },
          { rest: true, group: 2, gap_s: 30 },
        ],
      },
      entries: entries(25),
      classification: ranked(25),
    });
    const minutes = minutesOf(result);
    expect(minutes.slice(8, 12)).toEqual([24, 27, 29, 31]);
    expect(minutes.slice(19)).toEqual([47, 47.5, 47.5, 48, 48, 48.5]);
    expect(result.starts.slice(20).map(({ group }) => group)).toEqual([21, 21, 22, 22, 23]);
  });

  it('reverse numbers, the elite from 30 to 1 at 2 min (Dakar 2022, bikes)', () => {
    const result = draw({
      stage: {
        strategy: 'inverse_race_number',
        gaps: [
          { from_bib: 2, to_bib: 1, gap_s: 120 },
          { rest: true, gap_s: 60 },
        ],
      },
      entries: entries(4),
    });
    expect(read(result)).toEqual(['1 e4 08:00', '2 e3 08:01', '3 e2 08:03', '4 e1 08:05']);
  });

  it('positions chosen, the last of the qualified first (Dakar 2022, W2RC 2025)', () => {
    const stage = {
      strategy: 'position_choice',
      params: { top: 3, choose_order: '3->1', choices: { e3: 1, e2: 4, e1: 5 } },
    };
    const result = draw({ stage, entries: entries(5), classification: ranked(5) });
    expect(order(result)).toEqual(['e3', 'e4', 'e5', 'e2', 'e1']);
    const taken = draw({
      stage: {
        ...stage,
        params: {
          top: 3,
          choices: [
            { entryId: 'e3', position: 1 },
            { entryId: 'e1', position: 1 },
          ],
        },
      },
      entries: entries(5),
      classification: ranked(5),
    });
    expect(taken.problems).toMatchObject([
      { code: 'CHOICE_TAKEN', pointer: '/stage/params/choices/1/position' },
    ]);
  });

  it('a tie is broken by race number (Dakar 2019)', () => {
    const result = draw({
      stage: { strategy: 'previous_stage_result', params: { tie: 'race_number' } },
      entries: entries(3),
      classification: ['e3', 'e2', 'e1'].map((entryId) => ({
        entryId,
        timeMs: entryId === 'e1' ? 900 : 800,
      })),
    });
    expect(order(result)).toEqual(['e2', 'e3', 'e1']);
    expect(result.starts[0]?.because).toBe('1st in the classification, tie broken by race number');
  });

  it('one group within a percentage of the winner, the rest by priority (W2RC 2025)', () => {
    const result = draw({
      stage: {
        strategy: 'top_pct_then_priority',
        params: { group: 'Ultimate', within_pct_of_winner: 115, priority: ['Ultimate', 'Challenger'] },
      },
      entries: entries(5, (n) => ({ pool: n % 2 === 1 ? 'Ultimate' : 'Challenger' })),
      classification: [600, 610, 680, 700, 900].map((s, index) => ({
        entryId: `e${index + 1}`,
        timeMs: s * 1000,
      })),
    });
    expect(order(result)).toEqual(['e1', 'e3', 'e5', 'e2', 'e4']);
  });

  it('half an hour between the last quad and the first car', () => {
    const result = draw({
      stage: { pools: [{ id: 'moto' }, { id: 'quad' }, { id: 'truck' }, { id: 'car', gap_before_s: 1_800 }] },
      entries: entries(4, (n) => ({ pool: n < 3 ? 'moto' : n === 3 ? 'quad' : 'car' })),
    });
    expect(read(result)).toEqual(['1 e1 08:00', '2 e2 08:01', '3 e3 08:02', '4 e4 08:32']);
  });

  it('a rejoiner that only the organiser places (super rally)', () => {
    const document = {
      stage: { strategy: 'race_number', params: { rejoin_placement: 'manual' } },
      entries: entries(3, (n) => (n === 1 ? { rejoining: true } : {})),
    };
    expect(draw(document).unplaced).toEqual([
      { entryId: 'e1', because: 'rejoins: the organiser places it by a pin' },
    ]);
    expect(
      order(draw({ ...document, pins: [{ entryId: 'e1', position: 2, reason: 'decision 7' }] })),
    ).toEqual(['e2', 'e1', 'e3']);
  });

  it('a late crew behind the last one on time (PGR, sled)', () => {
    expect(
      order(
        draw({ stage: { strategy: 'tail_of_on_time' }, entries: entries(3, (n) => ({ late: n === 1 })) }),
      ),
    ).toEqual(['e2', 'e3', 'e1']);
  });

  it('reverse of the overall, the last ten at 2 min, team-mates apart (Tour of Britain)', () => {
    const result = draw({
      stage: {
        strategy: 'inverse_of_overall',
        gaps: [
          { last: 2, gap_s: 120 },
          { rest: true, gap_s: 60 },
        ],
        params: { separate_teammates: 'commissaires may' },
      },
      entries: entries(5, (n) => ({ team: n > 3 ? 'A' : `T${n}` })),
      classification: ranked(5),
    });
    expect(order(result)).toEqual(['e5', 'e3', 'e4', 'e2', 'e1']);
    expect(minutesOf(result)).toEqual([0, 1, 2, 4, 6]);
  });

  it("teams in reverse order, the leader's team last (Paris-Nice 2024)", () => {
    const result = draw({
      stage: {
        strategy: 'inverse_of_team_overall',
        params: { leader_team_last: true, leader_team: 'e2' },
        gap_s: 240,
      },
      entries: entries(3),
      classification: ranked(3),
    });
    expect(order(result)).toEqual(['e3', 'e1', 'e2']);
    expect(minutesOf(result)).toEqual([0, 4, 8]);
  });

  it('the number is the minute (CTT)', () => {
    const result = draw({
      stage: { params: { start: 'event_start + number minutes' } },
      entries: [
        { id: 'a', raceNumber: 12 },
        { id: 'b', raceNumber: 5 },
      ],
    });
    expect(read(result)).toEqual(['1 b 08:05', '2 a 08:12']);
  });

  it('waves of RaceDB: 5 min before a wave, 1 min, the fastest 2 min', () => {
    const result = draw({
      stage: {
        strategy: 'wave_sequence',
        params: { sort: ['est_speed'], min_gap_s: 10 },
        pools: [
          { id: 'A', gap_before_s: 300 },
          { id: 'B', gap_before_s: 300 },
        ],
        gaps: [
          { last: 1, gap_s: 120 },
          { rest: true, gap_s: 60 },
        ],
      },
      entries: entries(5, (n) => ({ pool: n < 4 ? 'A' : 'B', seed: n, seeding: n === 1 ? 'last' : null })),
    });
    expect(read(result)).toEqual(['1 e2 08:00', '2 e3 08:01', '3 e1 08:03', '4 e4 08:08', '5 e5 08:10']);
  });

  it('waves of 25 to 30 every 5 min (Keys 100), and three in a window (Oxfam)', () => {
    const keys = draw({
      stage: { strategy: 'waves', params: { size: '25-30', interval_s: 300 } },
      entries: entries(55),
    });
    expect(keys.starts.map(({ group }) => group).lastIndexOf(1)).toBe(27);
    expect(new Set(minutesOf(keys))).toEqual(new Set([0, 5]));
    const oxfam = draw({
      stage: {
        startsAt: '2026-06-06T07:00:00+02:00',
        strategy: 'waves',
        params: { waves: 3, window: '07:00-09:00' },
      },
      entries: entries(6),
    });
    expect(read(oxfam).map((line) => line.slice(-5))).toEqual([
      '05:00',
      '05:00',
      '06:00',
      '06:00',
      '07:00',
      '07:00',
    ]);
  });

  it('fleets with their signals (RRS 26)', () => {
    const result = draw({
      stage: {
        strategy: 'fleet_sequence',
        params: {
          signals: [
            { t: -300, s: 'warning: class flag' },
            { t: 0, s: 'start' },
          ],
        },
        pools: [{ id: 'ORC' }, { id: 'J70', gap_before_s: 300 }],
      },
      entries: entries(4, (n) => ({ pool: n % 2 === 1 ? 'ORC' : 'J70' })),
    });
    expect(read(result)).toEqual(['1 e1 08:00', '2 e3 08:00', '3 e2 08:05', '4 e4 08:05']);
    expect(result.starts[0]?.because).toBe('starts together with all; warning: class flag 07:55');
  });

  it('a pursuit to a common finish: 19:37:00 less 35:30 is 19:01:30 (PFRAC)', () => {
    const result = draw({
      stage: { startsAt: '2026-06-06T19:00:00Z', strategy: 'pursuit', params: { finish_at: '19:37:00' } },
      entries: [
        { id: 'fast', raceNumber: 1, expected_s: 2_130 },
        { id: 'slow', raceNumber: 2, expected_s: 2_220 },
      ],
    });
    expect(read(result)).toEqual(['1 slow 19:00', '2 fast 19:01:30']);
  });

  it('the first ten reversed, then the order of the classification', () => {
    const result = draw({
      stage: { strategy: 'inverse_top_n_then_natural', params: { n: 3 } },
      entries: entries(5),
      classification: ranked(5),
    });
    expect(order(result)).toEqual(['e3', 'e2', 'e1', 'e4', 'e5']);
  });

  it('by the times without penalties', () => {
    const result = draw({
      stage: { strategy: 'previous_stage_clean_result' },
      entries: entries(3),
      classification: ranked(3),
    });
    expect(order(result)).toEqual(['e3', 'e2', 'e1']);
  });

  it('by hand', () => {
    const result = draw({ stage: { strategy: 'manual', params: { order: [3, 'e1'] } }, entries: entries(3) });
    expect(order(result)).toEqual(['e3', 'e1', 'e2']);
  });
});

describe('entries that need a rule', () => {
  it('are never dropped when the classification lacks them', () => {
    const document = {
      stage: { strategy: 'inverse_of_overall' },
      entries: entries(4),
      classification: [...ranked(2), { entryId: 'e4', status: 'DNF' }],
    };
    expect(order(draw(document))).toEqual(['e2', 'e1', 'e3', 'e4']);
    expect(draw(document).starts.at(-1)?.because).toBe(
      'did not finish in the classification: behind the classified, by race number',
    );
    const unplaced = draw({
      ...document,
      stage: { ...document.stage, params: { unclassified: 'unplaced' } },
    });
    expect(unplaced.unplaced.map(({ entryId }) => entryId)).toEqual(['e3', 'e4']);
  });

  it.each([
    ['keep', ['1 e1 08:00', '3 e3 08:02'], 'absent: its slot 2 at 08:01 stays empty'],
    ['close_up', ['1 e1 08:00', '2 e3 08:01'], 'absent: those behind close up'],
  ] as const)('leave their slot when absent: %s', (absentSlotPolicy, expected, because) => {
    const result = draw({ stage: { absentSlotPolicy }, entries: entries(3, (n) => ({ absent: n === 2 })) });
    expect(read(result)).toEqual(expected);
    expect(result.unplaced).toEqual([{ entryId: 'e2', because }]);
  });

  it.each([
    [{ stage: { startsAt: 'at dawn' } }, 'START_UNREADABLE', '/stage/startsAt'],
    [{ stage: { strategy: 'by mood' } }, 'START_ORDER_UNKNOWN', '/stage/strategy'],
    [{ stage: { strategy: 'random' } }, 'SEED_MISSING', '/seed'],
    [{ stage: { strategy: 'previous_stage_result' } }, 'INPUT_STAGE_MISSING', '/classification'],
    [
      { stage: { strategy: 'previous_stage_result', tieBreak: ['mood'] }, classification: ranked(2) },
      'TIE_BREAK_UNKNOWN',
      '/stage/tieBreak/0',
    ],
    [{ classification: [{ entryId: 'e1', status: 'dnff' }] }, 'STATUS_UNKNOWN', '/classification/0/status'],
    [{ pins: [{ entryId: 'e9', position: 1 }] }, 'PIN_ENTRY_UNKNOWN', '/pins/0/entryId'],
    [
      {
        pins: [
          { entryId: 'e1', position: 1 },
          { entryId: 'e2', position: 1 },
        ],
      },
      'PIN_POSITION_TAKEN',
      '/pins/1/position',
    ],
    [{ entries: [{ id: 'x' }] }, 'RACE_NUMBER_MISSING', '/entries'],
  ])('are refused with a pointer: %j', (document, code, pointer) => {
    const result = draw({ entries: entries(2), ...document });
    expect(result.starts).toEqual([]);
    expect(result.problems).toMatchObject([{ code, pointer }]);
  });
});

describe('every start order', () => {
  const document = fc
    .record({
      strategy: fc.constantFrom(...startOrderStrategies.keys()),
      count: fc.integer({ min: 1, max: 14 }),
      pools: fc.integer({ min: 0, max: 3 }),
      gaps: fc.array(
        fc.record({
          first: fc.integer({ min: 1, max: 6 }),
          group: fc.integer({ min: 1, max: 3 }),
          gap_s: fc.integer({ min: 10, max: 300 }),
        }),
        { maxLength: 2 },
      ),
      rest: fc.integer({ min: 10, max: 300 }),
      gapBefore: fc.integer({ min: 0, max: 900 }),
      policy: fc.constantFrom('keep', 'close_up'),
      rejoin: fc.constantFrom('front', 'by_classification', 'back_of_pool', 'manual'),
      flags: fc.array(fc.constantFrom('absent', 'rejoining', 'late', ''), { minLength: 14, maxLength: 14 }),
      pins: fc.uniqueArray(fc.tuple(fc.nat(13), fc.integer({ min: 1, max: 20 })), {
        maxLength: 3,
        selector: ([who]) => who,
      }),
      separate: fc.boolean(),
      seed: fc.string({ minLength: 1 }),
    })
    .map((of): StartOrderDocument => ({
      stage: {
        startsAt: START,
        strategy: of.strategy,
        params: {
          rejoin_placement: of.rejoin,
          separate_teams: of.separate,
          waves: 3,
          interval_s: 300,
          n: 4,
          top: 3,
        },
        gaps: [...of.gaps, { rest: true, gap_s: of.rest }],
        absentSlotPolicy: of.policy,
        ...(of.pools > 0 && {
          pools: Array.from({ length: of.pools }, (_, index) => ({
            id: `P${index}`,
            gap_before_s: of.gapBefore,
          })),
        }),
      },
      entries: entries(of.count, (n) => ({
        pool: `P${n % 4}`,
        team: `T${n % 3}`,
        expected_s: n * 60,
        ...(of.flags[n - 1] !== '' && { [of.flags[n - 1]!]: true }),
      })),
      classification: ranked(of.count),
      pins: of.pins
        .filter(
          ([who], index, all) =>
            who < of.count && all.findIndex(([, position]) => position === of.pins[index]?.[1]) >= 0,
        )
        .filter(([, position], index, all) => all.findIndex(([, other]) => other === position) === index)
        .map(([who, position]) => ({ entryId: `e${who + 1}`, position, reason: 'stewards' })),
      seed: of.seed,
    }));

  it('loses nobody, places nobody twice, holds every pin and explains every line', () => {
    fc.assert(
      fc.property(document, (each) => {
        const { starts, unplaced, problems } = drawStartOrder(each);
        expect(problems).toEqual([]);
        const all = [...starts, ...unplaced].map(({ entryId }) => entryId);
        expect(all.toSorted()).toEqual(each.entries.map(({ id }) => id).toSorted());
        expect(new Set(starts.map(({ position }) => position)).size).toBe(starts.length);
        for (const { because } of [...starts, ...unplaced]) expect(because).not.toBe('');
        const moved = (each.pins ?? []).filter(({ entryId, position }) =>
          starts.some((line) => line.entryId === entryId && line.position !== position),
        );
        expect(moved).toEqual([]);
        const isPlanned = starts.map(({ startAt }) => startAt);
        expect(isPlanned).toEqual(isPlanned.toSorted());
      }),
      { numRuns: 600 },
    );
  });

  it('keeps the stated gaps between groups, and between pools', () => {
    fc.assert(
      fc.property(document, (each) => {
        if (['mass', 'waves', 'pursuit'].includes(each.stage.strategy ?? '')) return;
        const { starts } = drawStartOrder(each);
        const least = Math.min(...(each.stage.gaps ?? []).map(({ gap_s }) => gap_s));
        const poolOf = new Map(each.entries.map(({ id, pool }) => [id, pool]));
        const known = (each.stage.pools ?? []).map(({ id }) => id);
        for (const [index, start] of starts.entries()) {
          const before = starts[index - 1];
          if (before === undefined || before.group === start.group) continue;
          const gap = (Date.parse(start.startAt) - Date.parse(before.startAt)) / 1000;
          expect(gap).toBeGreaterThanOrEqual(least);
          const pool = poolOf.get(start.entryId) ?? '';
          const isNewPool = known.includes(pool) && pool !== poolOf.get(before.entryId);
          const leastBefore = each.stage.pools?.find(({ id }) => id === pool)?.gap_before_s ?? 0;
          expect(gap).toBeGreaterThanOrEqual(isNewPool ? leastBefore : 0);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is the same for the same document, in whatever order the entries stand', () => {
    fc.assert(
      fc.property(document, (each) => {
        // These two follow the entry list, so there its order is a fact.
        if (['manual', 'championship_order'].includes(each.stage.strategy ?? '')) return;
        expect(drawStartOrder({ ...each, entries: each.entries.toReversed() }).starts).toEqual(
          drawStartOrder(each).starts,
        );
      }),
    );
  });

  it('of 5,000 entries is drawn', () => {
    const result = draw({
      stage: { strategy: 'previous_stage_result' },
      entries: entries(5_000),
      classification: ranked(5_000),
    });
    expect(result.starts).toHaveLength(5_000);
  });
});
