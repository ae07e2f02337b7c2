import fc from 'fast-check';
import { type ControlTimesDocument, planControlTimes } from './control-times-document.js';
import { planControlTimesFrom } from './plan-control-times.js';
import type { ClassStarts, ControlRule } from './types.js';

const starts: ControlTimesDocument['starts'] = [
  { startAt: '2026-06-07T07:00:00+02:00', due: { CP1: '2026-06-07T08:00:00+02:00' } },
  { startAt: '2026-06-07T07:30:00+02:00', due: { CP1: '2026-06-07T08:30:30+02:00' } },
];
const lastDue = (params = {}): ControlRule => ({ id: 'CP1', mode: 'last_due_plus', params });
const fixed = (closes_at: string, params = {}): ControlRule => ({
  id: `until ${closes_at}`,
  mode: 'fixed_clock',
  params: { closes_at, ...params },
});
const local = (iso: string | null | undefined) =>
  iso && new Date(Date.parse(iso) + 2 * 3_600_000).toISOString().slice(8, 19);
const plan = (controls: ControlRule[], change: Partial<ControlTimesDocument> = {}) =>
  planControlTimes({ controls, starts, ...change });
const times = (controls: ControlRule[], change: Partial<ControlTimesDocument> = {}) =>
  plan(controls, change).times.map(({ opensAt, closesAt }) => [local(opensAt), local(closesAt)]);

describe('a control', () => {
  it('closes on the whole minute, rounded up', () => {
    expect(times([lastDue()])).toEqual([['07T07:45:00', '07T09:01:00']]);
    expect(plan([lastDue()]).times[0]?.because).toBe(
      'closes 09:01: last due 08:30:30 + 30 min, rounded up; opens 07:45: first due 08:00 - 15 min',
    );
  });

  it('adds allowance, delay and neutralisation, and says so', () => {
    const [time] = plan([lastDue({ allowance_min: 5, neutralisation_s: 600 })], { delaySeconds: 1200 }).times;
    expect([local(time?.opensAt), local(time?.closesAt)]).toEqual(['07T08:15:00', '07T09:36:00']);
    expect(time?.because).toBe(
      'closes 09:36: last due 08:30:30 + 30 min + 5 min allowance + 20 min delay + 10 min neutralisation, rounded up; opens 08:15: first due 08:00 - 15 min + 20 min delay + 10 min neutralisation',
    );
  });

  it('is moved by a neutralisation before it, also before an earlier control', () => {
    const halted = fixed('09:00', { neutralisation_min: 20 });
    expect(times([fixed('08:00'), halted, fixed('10:00')]).map(([, closes]) => closes)).toEqual([
      '07T08:00:00',
      '07T09:20:00',
      '07T10:20:00',
    ]);
  });

  it('stays where it is when no delay applies to it', () => {
    expect(times([fixed('18:00', { delay_applies: false })], { delaySeconds: 1200 })).toEqual([
      ['07T07:00:00', '07T18:00:00'],
    ]);
  });

  it('does not close before the one in front of it', () => {
    const controls = [{ ...fixed('12:00'), name: 'CP3' }, fixed('11:00')];
    expect(times(controls).map(([, closes]) => closes)).toEqual(['07T12:00:00', '07T12:00:00']);
    expect(plan(controls).times[1]?.because).toContain('fixed at 11:00, not before CP3 closes');
  });

  it('opens at the latest when it closes', () => {
    const controls = [fixed('08:00', { opens_at: '09:00' })];
    expect(times(controls)).toEqual([['07T08:00:00', '07T08:00:00']]);
    expect(plan(controls).times[0]?.because).toContain(
      'opens 08:00: fixed at 09:00, but at the latest when it closes',
    );
  });

  it.each([
    ['with the first start', fixed('20:00'), '07T07:00:00'],
    ['by the clock', fixed('20:00', { opens_at: '06:30' }), '07T06:30:00'],
    ['after the first start', fixed('20:00', { open_after_min: 90 }), '07T08:30:00'],
    ['before the first due time', lastDue({ open_lead_min: 5 }), '07T07:55:00'],
    ['when the first is due', { ...fixed('20:00'), id: 'CP1' }, '07T08:00:00'],
  ])('opens %s', (_how, control, opens) => {
    expect(times([control])[0]?.[0]).toBe(opens);
  });

  it.each([
    ['13:00', '07T13:00:00'],
    ['01:30', '08T01:30:00'],
    ['D2 01:30', '09T01:30:00'],
    ['D0 24:00', '08T00:00:00'],
    ['2026-06-07T18:00:00Z', '07T20:00:00'],
    ['2026-06-07T18:00', '07T18:00:00'],
  ])('closes by the clock %s', (clock, closes) => {
    expect(times([fixed(clock)])[0]?.[1]).toBe(closes);
  });

  it('reads the clock of another zone where the rule says so', () => {
    expect(times([fixed('18:00', { utc_offset: '+03:00' })])[0]?.[1]).toBe('07T17:00:00');
  });

  it('reads its class first, and params in either spelling', () => {
    const controls = [
      lastDue({
        closeAfterS: 600,
        downgrade_to: 'B',
        classes: { B: { close_after_min: 20, downgrade_to: null } },
      }),
    ];
    const classes = ['A', 'B'].map((classId) => ({
      ...starts[0],
      startAt: starts[0]?.startAt ?? '',
      classId,
    }));
    expect(
      planControlTimes({ controls, starts: classes }).times.map(({ classId, closesAt, downgradeTo }) => [
        classId,
        local(closesAt),
        downgradeTo,
      ]),
    ).toEqual([
      ['A', '07T08:10:00', 'B'],
      ['B', '07T08:20:00', undefined],
    ]);
  });

  it('counts from another control where the rule says so', () => {
    const controls = [
      { ...lastDue(), distanceKm: 30 },
      { id: 'CP2', distanceKm: 50, mode: 'sweep_speed', params: { min_speed_kmh: 20, from_control: 'CP1' } },
    ];
    expect(plan(controls).times[1]?.because).toContain(
      'closes 09:31: last due 08:30:30 at CP1 + 20 km at 20 km/h = 1 h, rounded up',
    );
  });
});

describe('what is not known yet', () => {
  it.each([
    [lastDue(), 'no due time at CP1 is known'],
    [fixed('D1 09:00'), '"D1 09:00" needs the first start to tell the day'],
    [{ id: 'A', mode: 'elapsed_from_wave', params: { elapsed: '3:00' } }, 'no start is known'],
    [{ id: 'A', distanceKm: 9, mode: 'sweep_speed', params: { min_speed_kmh: 4 } }, 'no start is known'],
    [{ id: 'A', distanceKm: 9, mode: 'speed_table', params: { nominal_km: 200 } }, 'no start is known'],
    [{ id: 'A', mode: 'stage_maximum', params: { max_s: 60 } }, 'no start is known'],
    [{ id: 'A', mode: 'first_finisher_plus', params: { rest_after_first_min: 45 } }, 'nobody has finished'],
    [
      { id: 'A', mode: 'target_multiplier', params: { target_s: 60, from_control: 'A' } },
      'no due time at A is known',
    ],
  ] satisfies [ControlRule, string][])('gives one line without a time: %j', (control, because) => {
    expect(planControlTimes({ controls: [control] })).toEqual({
      times: [
        {
          id: control.id,
          classId: null,
          opensAt: null,
          closesAt: null,
          because: `closes: not known yet: ${because}; opens: not known yet`,
        },
      ],
      problems: [],
    });
  });
});

describe('a rule that cannot be read', () => {
  const rule = (mode: string, params: unknown, distanceKm?: number) =>
    ({ id: 'A', mode, params, distanceKm }) as ControlRule;
  it.each([
    [rule('at_dusk', {}), 'MODE_UNKNOWN', '/controls/0/mode'],
    [rule('fixed_clock', {}), 'PARAM_MISSING', '/controls/0/params/closes_at'],
    [rule('fixed_clock', { closes_at: 'at noon' }), 'PARAM_INVALID', '/controls/0/params/closes_at'],
    [rule('fixed_clock', { close: '25:00' }), 'PARAM_INVALID', '/controls/0/params/close'],
    [
      rule('fixed_clock', { close: '12:00', utc_offset: 'CET' }),
      'PARAM_INVALID',
      '/controls/0/params/utc_offset',
    ],
    [rule('fixed_clock', { close: '12:00', opens: 'dawn' }), 'PARAM_INVALID', '/controls/0/params/opens'],
    [rule('elapsed_from_wave', {}), 'PARAM_MISSING', '/controls/0/params/elapsed'],
    [rule('elapsed_from_wave', { elapsed: 3 }), 'PARAM_INVALID', '/controls/0/params/elapsed'],
    [
      rule('elapsed_from_wave', { limits_h: { X: -1, Y: 3 } }),
      'PARAM_INVALID',
      '/controls/0/params/limits_h/X',
    ],
    [rule('speed_table', {}, 10), 'PARAM_MISSING', '/controls/0/params/nominal_km'],
    [rule('speed_table', { nominal_km: 200 }), 'PARAM_MISSING', '/controls/0/params/distance_km'],
    [rule('speed_table', { nominal_km: 200, table: [] }, 10), 'PARAM_INVALID', '/controls/0/params/table'],
    [rule('last_due_plus', { close_after_s: -5 }), 'PARAM_INVALID', '/controls/0/params/close_after_s'],
    [rule('last_due_plus', { delay_applies: 'no' }), 'PARAM_INVALID', '/controls/0/params/delay_applies'],
    [rule('last_due_plus', { enforce_at: 'noon' }), 'PARAM_INVALID', '/controls/0/params/enforce_at'],
    [rule('last_due_plus', []), 'PARAM_INVALID', '/controls/0/params'],
    [rule('sweep_speed', {}, 10), 'PARAM_MISSING', '/controls/0/params/min_speed_kmh'],
    [rule('sweep_speed', { min_speed_kmh: 4 }), 'PARAM_MISSING', '/controls/0/params/distance_km'],
    [rule('sweep_speed', { min_speed_kmh: 0 }, 10), 'PARAM_INVALID', '/controls/0/params/min_speed_kmh'],
    [rule('sweep_speed', { min_speed_kmh: 1e-300 }, 10), 'TIME_OUT_OF_RANGE', '/controls/0/params'],
    [rule('stage_maximum', {}), 'PARAM_MISSING', '/controls/0/params/max_s'],
    [rule('stage_maximum', { max_s: 60, from: 'x' }), 'PARAM_INVALID', '/controls/0/params/from'],
    [
      rule('stage_maximum', { max_s: 60, from_control: 'x' }),
      'PARAM_INVALID',
      '/controls/0/params/from_control',
    ],
    [rule('first_finisher_plus', {}), 'PARAM_MISSING', '/controls/0/params/rest_after_first_min'],
    [rule('target_multiplier', {}), 'PARAM_MISSING', '/controls/0/params/target_s'],
  ])('is named, once for all classes: %j', (control, code, pointer) => {
    const classes = ['X', 'Y'].map((classId) => ({ startAt: '2026-06-07T07:00:00Z', classId }));
    const { times, problems } = planControlTimes({ controls: [control], starts: classes });
    expect(times).toHaveLength(2);
    expect(problems.map((problem) => [problem.code, problem.pointer])).toEqual([[code, pointer]]);
  });

  it('names a control that is there twice, and instants that are none', () => {
    expect(
      plan([lastDue(), lastDue()], {
        starts: [{ startAt: 'soon' }, { startAt: '2026-06-07T07:00:00Z', due: { 'a/b': '7:00' } }],
        finishers: ['late', { classId: 'A' }],
      }).problems.map(({ code, pointer }) => [code, pointer]),
    ).toEqual([
      ['TIME_UNREADABLE', '/starts/0/startAt'],
      ['TIME_UNREADABLE', '/starts/1/due/a~1b'],
      ['TIME_UNREADABLE', '/finishers/0'],
      ['TIME_UNREADABLE', '/finishers/1/at'],
      ['CONTROL_TWICE', '/controls/1/id'],
    ]);
    expect(plan([lastDue()], { delaySeconds: 1e300 })).toMatchObject({
      times: [],
      problems: [{ pointer: '/delaySeconds' }],
    });
  });
});

describe('every plan', () => {
  const seconds = fc.nat(50_000);
  const rule = fc.oneof(
    fc.record({ mode: fc.constant('last_due_plus'), params: fc.record({ close_after_s: seconds }) }),
    fc.record({
      mode: fc.constant('fixed_clock'),
      params: fc.record({
        closes_at: fc
          .tuple(fc.integer({ min: 0, max: 2 }), fc.nat(23), fc.nat(59))
          .map(([day, hour, minute]) => `D${day} ${hour}:${String(minute).padStart(2, '0')}`),
      }),
    }),
    fc.record({
      mode: fc.constant('elapsed_from_wave'),
      params: fc.record({ elapsed_s: seconds, open_after_s: seconds }),
    }),
    fc.record({
      mode: fc.constant('speed_table'),
      params: fc.record({ nominal_km: fc.constantFrom(200, 600, 1200) }),
    }),
    fc.record({
      mode: fc.constant('sweep_speed'),
      params: fc.record({ min_speed_kmh: fc.integer({ min: 1, max: 60 }) }),
    }),
    fc.record({ mode: fc.constant('stage_maximum'), params: fc.record({ max_s: seconds }) }),
    fc.record({
      mode: fc.constant('first_finisher_plus'),
      params: fc.record({ first_limit_s: seconds, rest_after_first_s: seconds }),
    }),
    fc.record({
      mode: fc.constant('target_multiplier'),
      params: fc.record({ target_s: seconds, factor: fc.double({ min: 1, max: 3, noNaN: true }) }),
    }),
  );
  const controls = fc.array(
    fc.record({
      rule,
      distanceKm: fc.double({ min: 0, max: 700, noNaN: true }),
      neutralisation_s: fc.option(fc.nat(3600), { nil: undefined }),
      open_lead_s: fc.option(fc.nat(3600), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 12 },
  );
  const route = controls.map((all) =>
    all.map(({ rule, distanceKm, ...common }, index) => ({
      id: `C${index}`,
      distanceKm,
      mode: rule.mode,
      params: { ...rule.params, ...common },
    })),
  );
  const day = Date.parse('2026-06-07T05:00:00Z');
  const span = fc.tuple(seconds, seconds).map(([from, more]) => ({
    firstMs: day + from * 1000,
    lastMs: day + (from + more) * 1000,
  }));
  const classes = fc.array(
    fc.tuple(span, fc.array(fc.option(span), { maxLength: 12 })).map(([start, dues]) => ({ start, dues })),
    { minLength: 1, maxLength: 4 },
  );
  const facts = fc.record({
    controls: route,
    classes: classes.map((all) =>
      all.map(({ start, dues }, index): ClassStarts => ({
        classId: `K${index}`,
        firstStartMs: start.firstMs,
        lastStartMs: start.lastMs,
        due: new Map(dues.flatMap((due, at) => (due ? [[`C${at}`, due]] : []))),
      })),
    ),
    finishers: fc.array(
      seconds.map((at) => ({ atMs: day + at * 1000, classId: null, controlId: null })),
      { maxLength: 3 },
    ),
  });
  const delay = fc.integer({ min: -600, max: 600 });

  it('closes no control before it opens or before the one in front of it closes, on whole minutes', () => {
    fc.assert(
      fc.property(facts, delay, (facts, delaySeconds) => {
        const { times, problems } = planControlTimesFrom({ ...facts, delaySeconds });
        expect(problems).toEqual([]);
        expect(times).toHaveLength(facts.controls.length * facts.classes.length);
        const last = new Map<string | null, number>();
        for (const { classId, opensMs, closesMs } of times) {
          if (closesMs === null) continue;
          expect(closesMs).toBeGreaterThanOrEqual(opensMs ?? closesMs);
          expect(closesMs).toBeGreaterThanOrEqual(last.get(classId) ?? closesMs);
          expect(closesMs % 60_000).toBe(0);
          last.set(classId, closesMs);
        }
      }),
    );
  });

  it('is moved by a delay of a + b minutes as by a and then by b', () => {
    fc.assert(
      fc.property(facts, delay, delay, (facts, a, b) => {
        const first = planControlTimesFrom({ ...facts, delaySeconds: a * 60 }).times;
        const both = planControlTimesFrom({ ...facts, delaySeconds: (a + b) * 60 }).times;
        const moved = (ms: number | null | undefined) =>
          ms === null || ms === undefined ? ms : ms + b * 60_000;
        expect(both.map(({ opensMs, closesMs }) => [opensMs, closesMs])).toEqual(
          first.map(({ opensMs, closesMs }) => [moved(opensMs), moved(closesMs)]),
        );
      }),
    );
  });

  it('is moved by any delay before it is rounded', () => {
    fc.assert(
      fc.property(facts, delay, (facts, delaySeconds) => {
        const exact = (delaySeconds: number) =>
          planControlTimesFrom({ ...facts, delaySeconds }).times.map(
            ({ closesExactlyMs }) => closesExactlyMs,
          );
        expect(exact(delaySeconds)).toEqual(
          exact(0).map((ms) => (ms === null ? null : ms + delaySeconds * 1000)),
        );
      }),
    );
  });
});
