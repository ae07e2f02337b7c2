import { type ControlTimesDocument, planControlTimes } from './control-times-document.js';

// Cut-offs of real events, one block each. Where a rule was read is said in its block.

const clocks = (document: ControlTimesDocument) => {
  const { times, problems } = planControlTimes(document);
  expect(problems).toEqual([]);
  return times.map(({ id, classId, closesAt }) => [id, classId, closesAt?.slice(5, 16)] as const);
};
const minuteStarts = (count: number, from: number) =>
  Array.from({ length: count }, (_, index) => ({
    startAt: new Date(Date.UTC(2026, 5, 7, 8, from + index)).toISOString(),
  }));
const minutesFrom = (start: string, closesAt: string | null | undefined) =>
  (Date.parse(closesAt ?? '') - Date.parse(start)) / 60_000;

describe('Rugby Racing Club: T = N + 3 D minutes, at 20 mph', () => {
  it.each([
    { riders: 50, miles: 10, minutes: 80 },
    { riders: 45, miles: 25, minutes: 120 },
  ])('$riders riders over $miles miles: $minutes min', ({ riders, miles, minutes }) => {
    for (const params of [
      { min_speed_mph: 20, distance_mi: miles },
      { min_speed_kmh: 20 * 1.609344, distance_mi: miles },
    ]) {
      const { times } = planControlTimes({
        controls: [{ id: 'finish', mode: 'sweep_speed', params }],
        // The first rider starts at minute 1.
        starts: minuteStarts(riders, 1),
      });
      expect(minutesFrom('2026-06-07T08:00:00Z', times[0]?.closesAt)).toBe(minutes);
    }
  });
});

describe('Motorsport UK road rally (NCR 2026 ch. 13 App. 5 art. 2.2)', () => {
  it('opens 15 min before the first due time and closes 30 min after the last', () => {
    const starts = [
      { startAt: '2026-06-07T13:00:00+02:00', due: { TC4: '2026-06-07T14:02:00+02:00' } },
      { startAt: '2026-06-07T13:30:00+02:00', due: { TC4: '2026-06-07T14:32:00+02:00' } },
    ];
    expect(planControlTimes({ controls: [{ id: 'TC4', mode: 'last_due_plus' }], starts }).times).toEqual([
      {
        id: 'TC4',
        classId: null,
        opensAt: '2026-06-07T11:47:00.000Z',
        closesAt: '2026-06-07T13:02:00.000Z',
        because: 'closes 15:02: last due 14:32 + 30 min; opens 13:47: first due 14:02 - 15 min',
      },
    ]);
  });
});

describe('Serres Rally', () => {
  const starts = minuteStarts(31, 0);

  it('closes a special when the last would come at 25 km/h', () => {
    const controls = [{ id: 'SS1', distanceKm: 40, mode: 'sweep_speed', params: { min_speed_kmh: 25 } }];
    expect(clocks({ controls, starts })).toEqual([['SS1', null, '06-07T10:06']]);
  });

  it('closes a liaison at the ideal time + 50 %', () => {
    const controls = [{ id: 'L1', mode: 'target_multiplier', params: { target_min: 60, factor: 1.5 } }];
    expect(clocks({ controls, starts })).toEqual([['L1', null, '06-07T10:00']]);
  });
});

describe('Leadville 100 of 1998 (entrant handbook)', () => {
  const table = [
    [13.5, '3:15', '2:57'],
    [23.5, '6:00', '5:27'],
    [30.5, '8:00', '7:07'],
    [39.5, '10:30', '9:36'],
    [50, '14:00', '13:39'],
    [60.5, '17:45', '17:39'],
    [69.5, '20:45', '20:40'],
    [76.5, '23:00', '22:54'],
    [86.5, '26:30', '26:29'],
    [100, '30:00', '29:55'],
  ] as const;
  const minutes = (clock: string) => {
    const [h = 0, m = 0] = clock.split(':').map(Number);
    return h * 60 + m;
  };

  it('closes each aid station at its elapsed time, behind the slowest finisher of 1996', () => {
    const startAt = '1998-08-15T04:00:00-06:00';
    const { times } = planControlTimes({
      controls: table.map(([miles, elapsed]) => ({
        id: `${miles} mi`,
        mode: 'elapsed_from_wave',
        params: { distance_mi: miles, elapsed },
      })),
      starts: [{ startAt, classId: '100 mi' }],
    });
    for (const [index, [, elapsed, slowest]] of table.entries()) {
      expect(minutesFrom(startAt, times[index]?.closesAt)).toBe(minutes(elapsed));
      expect(minutesFrom(startAt, times[index]?.closesAt)).toBeGreaterThan(minutes(slowest));
    }
  });
});

describe('TNF100', () => {
  const table = [
    ['CP2', 18.9, 'D0 13:00', '07T13:00'],
    ['CP3', 27.6, 'D0 15:00', '07T15:00'],
    ['CP4', 37.1, 'D0 18:00', '07T18:00'],
    ['CP5', 46.3, 'D0 20:30', '07T20:30'],
    ['CP6', 55, 'D0 23:00', '07T23:00'],
    ['CP7', 63.8, 'D1 01:30', '08T01:30'],
    ['CP8', 77.9, 'D1 04:30', '08T04:30'],
    ['CP9', 88.2, 'D1 07:30', '08T07:30'],
    ['FINISH', 100, 'D1 11:00', '08T11:00'],
  ] as const;
  const controls = table.map(([id, distanceKm, closes_at]) => ({
    id,
    distanceKm,
    mode: 'fixed_clock',
    params: {
      closes_at,
      ...(id === 'CP4' && { classes: { '50k': { closes_at: 'D0 19:00' } }, downgrade_to: '50k' }),
    },
  }));
  const starts = [
    { startAt: '2026-06-07T08:00:00+08:00', classId: '100k' },
    { startAt: '2026-06-07T08:00:00+08:00', classId: '50k' },
  ];
  const local = (iso: string | null | undefined) =>
    new Date(Date.parse(iso ?? '') + 8 * 3_600_000).toISOString().slice(8, 16);

  it('closes by the clock of the place, over midnight, and later for the 50 km at CP4', () => {
    const { times } = planControlTimes({ controls, starts });
    for (const [id, , , closes] of table) {
      expect(local(times.find((time) => time.id === id && time.classId === '100k')?.closesAt)).toBe(closes);
    }
    expect(local(times.find((time) => time.id === 'CP4' && time.classId === '50k')?.closesAt)).toBe(
      '07T19:00',
    );
  });

  it('says in which class whoever is late at CP4 may go on', () => {
    const [time] = planControlTimes({ controls: controls.slice(2), starts }).times;
    expect(time?.downgradeTo).toBe('50k');
    expect(time?.because).toBe(
      'closes 18:00: fixed at 18:00; opens 08:00: first start 08:00; whoever is later may go on in 50k',
    );
  });

  it('limits the classes to 27 and 16 h', () => {
    const finish = {
      id: 'FINISH',
      mode: 'elapsed_from_wave',
      params: { limits_h: { '100k': 27, '50k': 16 } },
    };
    expect(
      planControlTimes({ controls: [finish], starts }).times.map(({ closesAt }) => local(closesAt)),
    ).toEqual(['08T11:00', '08T00:00']);
  });
});

describe('UTMB', () => {
  it('counts the time of leaving the aid station', () => {
    const params = { closes_at: '2026-08-29T01:15:00+02:00', enforce_at: 'departure' };
    const [time] = planControlTimes({ controls: [{ id: 'A', mode: 'fixed_clock', params }] }).times;
    expect(time).toMatchObject({
      enforceAt: 'departure',
      closesAt: '2026-08-28T23:15:00.000Z',
      opensAt: null,
      because: 'closes 23:15: fixed at 23:15; opens: not known yet; counts at departure',
    });
  });
});

describe('limits by class', () => {
  it.each([
    ["Val d'Aran", { '161k': 48, '105k': 26, '55k': 13 }],
    ['Oxfam Trailwalker', { 'FR 100k': 30, 'AU 100k': 48 }],
  ])('%s', (_event, limits) => {
    const controls = [{ id: 'finish', mode: 'elapsed_from_wave', params: { limits_h: limits } }];
    // Each class in three waves: the limit counts from the last of them.
    const starts = Object.keys(limits).flatMap((classId) =>
      ['07', '08', '09'].map((hour) => ({ startAt: `2026-06-07T${hour}:00:00Z`, classId })),
    );
    const { times } = planControlTimes({ controls, starts });
    expect(
      times.map(({ classId, closesAt }) => [classId, minutesFrom('2026-06-07T09:00:00Z', closesAt)]),
    ).toEqual(Object.entries(limits).map(([classId, hours]) => [classId, hours * 60]));
  });
});

describe('a regatta with a limit for the first boat (2.5 h) and the rest (45 min)', () => {
  const controls = [
    {
      id: 'finish',
      mode: 'first_finisher_plus',
      params: { first_limit_min: 150, rest_after_first_min: 45 },
    },
  ];
  const starts = [
    { startAt: '2026-06-07T10:00:00Z', classId: 'A' },
    { startAt: '2026-06-07T10:10:00Z', classId: 'B' },
  ];

  it('closes at the limit for the first until a boat has finished', () => {
    expect(clocks({ controls, starts })).toEqual([
      ['finish', 'A', '06-07T12:30'],
      ['finish', 'B', '06-07T12:40'],
    ]);
  });

  it('closes 45 min after the first boat of the class', () => {
    const finishers = [
      { at: '2026-06-07T12:05:00Z', classId: 'A' },
      { finishAt: '2026-06-07T11:40:00Z', classId: 'A', controlId: 'finish' },
      { finishedAt: '2026-06-07T11:00:00Z', classId: 'A', controlId: 'gate' },
    ];
    expect(clocks({ controls, starts, finishers })).toEqual([
      ['finish', 'A', '06-07T12:25'],
      ['finish', 'B', '06-07T12:40'],
    ]);
  });

  it('does not open a new limit for a boat behind the first', () => {
    const finishers = ['2026-06-07T12:31:00Z'];
    expect(clocks({ controls, starts, finishers })).toEqual([
      ['finish', 'A', '06-07T12:30'],
      ['finish', 'B', '06-07T13:16'],
    ]);
  });
});

describe('a stage maximum', () => {
  it('counts from the last start, or from the last due time', () => {
    const starts = [
      { startAt: '2026-06-07T08:00:00Z', due: { SS1: '2026-06-07T08:33:00Z' } },
      { startAt: '2026-06-07T08:20:00Z', due: { SS1: '2026-06-07T08:53:00Z' } },
    ];
    const control = (params: object) => [
      { id: 'SS1', mode: 'stage_maximum', params: { max_min: 45, ...params } },
    ];
    expect(clocks({ controls: control({}), starts })).toEqual([['SS1', null, '06-07T09:05']]);
    expect(clocks({ controls: control({ from: 'due' }), starts })).toEqual([['SS1', null, '06-07T09:38']]);
  });
});
