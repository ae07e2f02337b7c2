import type { StartOrderDocument } from './document.js';
import { classified, documentWith, entries, listOf } from './example-documents.js';

/**
 * The start order rules of real events, each as a document and the list that it gives. Sources: Motorsport UK NCR
 * 2026, WRC 2018-19 (results), Dakar 2017, 2019 and 2022, FIA W2RC 2025, Tour of Britain, Paris-Nice 2024, Cycling
 * Time Trials, RaceDB, Keys 100, Oxfam Trailwalker, Racing Rules of Sailing 26.
 */
interface Rule {
  readonly document: StartOrderDocument;
  /** The whole list, or the lines named by position. */
  readonly list: readonly string[] | Readonly<Record<number, string>>;
}

const byPool = (...pools: string[]) => entries(pools.length, (n) => ({ pool: pools[n - 1] }));
const ids = (from: number, to: number) =>
  Array.from(
    { length: Math.abs(to - from) + 1 },
    (_, index) => `e${from < to ? from + index : from - index}`,
  );

const rules: Readonly<Record<string, Rule>> = {
  'natural: numerical order, a minute apart': {
    document: { stage: { startsAt: '2026-06-07T07:00Z', strategy: 'race_number' }, entries: entries(3) },
    list: ['07:00:00 e1', '07:01:00 e2', '07:02:00 e3'],
  },
  'wrc2018_leg1: championship standing, then the entry list': {
    document: documentWith(
      { strategy: 'championship_order', gap_s: 120 },
      { classification: classified('e3', 'e1'), classificationName: 'the championship' },
    ),
    list: ['07:00:00 e3', '07:02:00 e1', '07:04:00 e2', '07:06:00 e4'],
  },
  'wrc2018_leg2plus: priority cars in reverse of the overall, rejoiners at the back of their group': {
    document: documentWith(
      {
        strategy: 'inverse_of_overall',
        gap_s: 120,
        params: { restarters: 'back_of_pool' },
        pools: [{ id: 'P1' }, { id: 'P2' }],
      },
      {
        entries: entries(5, (n) => ({ pool: n < 4 ? 'P1' : 'P2', rejoining: n === 2 })),
        classification: classified('e1', 'e3', 'e5', 'e4', 'e2'),
      },
    ),
    list: ['07:00:00 e3', '07:02:00 e1', '07:04:00 e2', '07:06:00 e4', '07:08:00 e5'],
  },
  'wrc_gaps: a gap for each priority': {
    document: documentWith(
      {
        strategy: 'race_number',
        gaps: [
          { pool: 'P1', gap_s: [180, 120, 240] },
          { pool: 'P2', gap_s: 120 },
          { pool: 'other', gap_s: 60 },
        ],
        pools: [{ id: 'P1' }, { id: 'P2' }],
      },
      { entries: byPool('P1', 'P1', 'P2', 'P2', 'P3', 'P3') },
    ),
    list: ['07:00:00 e1', '07:03:00 e2', '07:05:00 e3', '07:07:00 e4', '07:08:00 e5', '07:09:00 e6'],
  },
  'dakar2017_bikes: ten at 3 min, ten at 2 min, then pairs every 30 s; quads never paired': {
    document: documentWith(
      {
        strategy: 'previous_stage_result',
        gaps: [
          { first: 10, gap_s: 180 },
          { first: 20, gap_s: 120 },
          { rest: true, group: 2, gap_s: 30 },
        ],
        pools: [{ id: 'bikes' }, { id: 'quads', gap_before_s: 60, gaps: [{ rest: true, gap_s: 60 }] }],
      },
      {
        entries: entries(26, (n) => ({ pool: n < 25 ? 'bikes' : 'quads' })),
        classification: classified(...ids(1, 26)),
      },
    ),
    list: {
      1: '07:00:00 e1',
      10: '07:27:00 e10',
      11: '07:29:00 e11',
      20: '07:47:00 e20',
      21: '07:47:30 e21',
      22: '07:47:30 e22',
      23: '07:48:00 e23',
      24: '07:48:00 e24',
      25: '07:49:00 e25',
      26: '07:50:00 e26',
    },
  },
  'dakar2022_prologue_bikes: numbers 30 to 1': {
    document: documentWith(
      { strategy: 'inverse_race_number', gap_s: 120, params: { from_bib: 30, to_bib: 1 } },
      { entries: entries(32) },
    ),
    list: { 1: '07:00:00 e30', 2: '07:02:00 e29', 30: '07:58:00 e1', 31: '08:00:00 e31', 32: '08:02:00 e32' },
  },
  'dakar2022_prologue_cars: 35 at 2 min, the rest at 1 min': {
    document: documentWith(
      {
        strategy: 'race_number',
        gaps: [
          { first: 35, gap_s: 120 },
          { rest: true, gap_s: 60 },
        ],
      },
      { entries: entries(37) },
    ),
    list: { 1: '07:00:00 e1', 35: '08:08:00 e35', 36: '08:09:00 e36', 37: '08:10:00 e37' },
  },
  'dakar2022_choice: the last of the first so many chooses first': {
    document: documentWith(
      {
        strategy: 'position_choice',
        params: { bikes: 3, cars: 2, order: '15th chooses first', choices: { e3: 2, e2: 1, e1: 4, e6: 1 } },
        pools: [{ id: 'bikes' }, { id: 'cars', gap_before_s: 1800 }],
      },
      {
        entries: byPool('bikes', 'bikes', 'bikes', 'bikes', 'cars', 'cars'),
        classification: classified(...ids(1, 6)),
      },
    ),
    list: ['07:00:00 e2', '07:01:00 e3', '07:02:00 e4', '07:03:00 e1', '07:33:00 e6', '07:34:00 e5'],
  },
  'dakar2019_stage: the stage before, ties by race number': {
    document: documentWith(
      {
        strategy: 'previous_stage_result',
        params: { sort: 'stage time incl. sporting penalties', tie: 'race_number' },
      },
      {
        classification: [
          { entryId: 'e4', timeMs: 9000 },
          { entryId: 'e2', timeMs: 9000 },
          { entryId: 'e3', timeMs: 8000 },
          { entryId: 'e1', timeMs: 9500 },
        ],
      },
    ),
    list: ['07:00:00 e3', '07:01:00 e2', '07:02:00 e4', '07:03:00 e1'],
  },
  'w2rc2025_ss2plus: Ultimate within 115 % first, the rest by priority': {
    document: documentWith(
      { strategy: 'top_pct_then_priority', params: { group: 'Ultimate', within_pct_of_winner: 115 } },
      {
        entries: entries(4, (n) => ({ priority: ['Ultimate', 'Challenger', 'Ultimate', 'Ultimate'][n - 1] })),
        classification: [
          { entryId: 'e2', timeMs: 100_000 },
          { entryId: 'e3', timeMs: 110_000 },
          { entryId: 'e1', timeMs: 115_000 },
          { entryId: 'e4', timeMs: 115_001 },
        ],
      },
    ),
    list: ['07:00:00 e3', '07:01:00 e1', '07:02:00 e2', '07:03:00 e4'],
  },
  'w2rc2025_prologue: the first ten within 110 % choose, the tenth first': {
    document: documentWith(
      {
        strategy: 'position_choice',
        params: { top: 10, within_pct: 110, choose_order: '10->1', choices: { e3: 1, e1: 3 } },
      },
      {
        classification: [100, 105, 110, 111].map((seconds, index) => ({
          entryId: `e${index + 1}`,
          timeMs: seconds * 1000,
        })),
      },
    ),
    list: ['07:00:00 e3', '07:01:00 e2', '07:02:00 e1', '07:03:00 e4'],
  },
  'category_gap: 30 min between the last quad and the first car': {
    document: documentWith(
      { strategy: 'race_number', pools: [{ id: 'quads' }, { id: 'cars', gap_before_s: 1800 }] },
      { entries: byPool('cars', 'quads', 'quads', 'cars') },
    ),
    list: ['07:00:00 e2', '07:01:00 e3', '07:31:00 e1', '07:32:00 e4'],
  },
  'super_rally_rejoin: the organiser places the rejoiner': {
    document: documentWith(
      { strategy: 'manual', params: { rejoin_placement: 'manual' } },
      {
        entries: entries(4, (n) => ({ rejoining: n === 3 })),
        pins: [{ entryId: 'e3', position: 2, reason: 'super rally' }],
      },
    ),
    list: ['07:00:00 e1', '07:01:00 e3', '07:02:00 e2', '07:03:00 e4'],
  },
  'pgr_late: a late crew behind the last on-time crew': {
    document: documentWith(
      { strategy: 'tail_of_on_time' },
      { entries: entries(4, (n) => ({ late: n === 1 })) },
    ),
    list: ['07:00:00 e2', '07:01:00 e3', '07:02:00 e4', '07:03:00 e1'],
  },
  'sled_late: a late team after the last scheduled team, at the same interval': {
    document: documentWith(
      { strategy: 'inverse_of_overall', gap_s: 120 },
      { entries: entries(3, (n) => ({ late: n === 2 })), classification: classified('e1', 'e2', 'e3') },
    ),
    list: ['07:00:00 e3', '07:02:00 e1', '07:04:00 e2'],
  },
  'tob_itt: reverse general classification, the last ten at 2 min, teammates apart': {
    document: documentWith(
      {
        strategy: 'inverse_of_overall',
        gaps: [
          { rest: true, gap_s: 60 },
          { last: 10, gap_s: 120 },
        ],
        params: { separate_teammates: 'commissaires may' },
      },
      {
        entries: entries(13, (n) => ({ team: n > 11 ? 'red' : `team ${n}` })),
        classification: classified(...ids(1, 13)),
      },
    ),
    // The 13th and the 12th of the classification are teammates: the 11th goes between them.
    list: { 1: '07:00:00 e13', 2: '07:01:00 e11', 3: '07:02:00 e12', 4: '07:04:00 e10', 13: '07:22:00 e1' },
  },
  'paris_nice_2024_ttt: reverse of the teams, the team of the leader last': {
    document: documentWith(
      { strategy: 'inverse_of_team_overall', gap_s: 240, params: { leader_team_last: 'e3' } },
      { classification: classified('e1', 'e2', 'e3', 'e4') },
    ),
    list: ['07:00:00 e4', '07:04:00 e2', '07:08:00 e1', '07:12:00 e3'],
  },
  'ctt_number_is_minute: the number is the start minute': {
    document: documentWith(
      { strategy: 'race_number', gap_s: 60, params: { start: 'event_start + number minutes' } },
      { entries: entries(4).filter(({ id }) => id !== 'e2') },
    ),
    list: ['07:01:00 e1', '07:03:00 e3', '07:04:00 e4'],
  },
  'racedb_seed: waves by speed, the fastest farther apart': {
    document: {
      stage: {
        startsAt: '2026-06-07T07:00:00Z',
        strategy: 'wave_sequence',
        params: {
          regular_gap_s: 60,
          fastest_gap_s: 120,
          num_fastest: 2,
          gap_before_wave_s: 300,
          min_gap_s: 10,
          sort: ['est_speed', 'age', 'bib'],
        },
        pools: [{ id: 'women' }, { id: 'men' }],
      },
      entries: entries(8, (n) => ({
        pool: n < 5 ? 'men' : 'women',
        est_speed: 40 - n,
        ...(n === 7 ? { seed_early: true } : {}),
        ...(n === 2 ? { seed_last: true } : {}),
      })),
    },
    list: [
      '07:00:00 e7',
      '07:01:00 e8',
      '07:03:00 e6',
      '07:05:00 e5',
      '07:10:00 e4',
      '07:11:00 e3',
      '07:13:00 e1',
      '07:15:00 e2',
    ],
  },
  'keys100_waves: waves of 25 to 30 every 5 min, elites first, each distance at its hour': {
    document: {
      stage: {
        startsAt: '2026-05-16T06:15:00-04:00',
        strategy: 'waves',
        params: {
          size: '25-30',
          interval_s: 300,
          first: 'elites',
          rest: 'registration date',
          starts: { '100mi': '06:15', '50mi': '09:45', '50k': '13:00' },
        },
        pools: [{ id: '100mi' }, { id: '50mi' }, { id: '50k' }],
      },
      entries: entries(60, (n) => ({
        pool: n <= 56 ? '100mi' : n <= 58 ? '50mi' : '50k',
        priority: n === 56 ? 'elites' : null,
        registeredAt: `2026-01-01T00:00:${String(60 - n).padStart(2, '0')}Z`,
      })),
    },
    list: {
      1: '10:15:00 e56',
      2: '10:15:00 e55',
      28: '10:15:00 e29',
      29: '10:20:00 e28',
      56: '10:20:00 e1',
      57: '13:45:00 e58',
      59: '17:00:00 e60',
    },
  },
  'oxfam_waves: three waves from 07:00 to 09:00': {
    document: documentWith(
      { startsAt: '2026-06-06 07:00+02:00', strategy: 'waves', params: { waves: 3, window: '07:00-09:00' } },
      { entries: entries(6) },
    ),
    list: ['05:00:00 e1', '05:00:00 e2', '06:00:00 e3', '06:00:00 e4', '07:00:00 e5', '07:00:00 e6'],
  },
  'rrs26: fleets, the warning of the next not before the start in front': {
    document: {
      stage: {
        startsAt: '2026-06-07T13:00:00Z',
        strategy: 'fleet_sequence',
        params: {
          signals: [
            { t: -300, s: 'warning: class flag' },
            { t: -240, s: 'preparatory P/I/Z/U/black' },
            { t: -60, s: 'one-minute' },
            { t: 0, s: 'start' },
          ],
          next_class_warning: 'with or after preceding start',
        },
        pools: [{ id: 'Optimist' }, { id: 'ILCA' }],
      },
      entries: byPool('ILCA', 'Optimist', 'ILCA', 'Optimist'),
    },
    list: ['13:00:00 e2', '13:00:00 e4', '13:05:00 e1', '13:05:00 e3'],
  },
  'pursuit: the common finish less the expected time': {
    document: documentWith(
      { startsAt: '2026-06-07T19:00:00Z', strategy: 'pursuit', params: { finish: '19:37:00' } },
      { entries: entries(2, (n) => ({ expected_s: n === 1 ? 1800 : 2130 })) },
    ),
    list: ['19:01:30 e2', '19:07:00 e1'],
  },
};

describe('the start order rules of real events', () => {
  it('are 23', () => {
    expect(Object.keys(rules)).toHaveLength(23);
  });

  it.each(Object.entries(rules))('%s', (_name, { document, list }) => {
    const drawn = listOf(document);
    const named = Array.isArray(list)
      ? drawn
      : Object.fromEntries(Object.keys(list).map((position) => [position, drawn[Number(position) - 1]]));
    expect(named).toEqual(list);
  });
});
