import fc from 'fast-check';
import { chainDueTimes, type ChainedControl, type DueTimesDocument } from './chain-due-times.js';

const clocks = (document: DueTimesDocument) =>
  chainDueTimes(document).due.map(({ id, dueAt, startAt }) => [
    id,
    dueAt.slice(11, 19),
    startAt.slice(11, 19),
  ]);

/** A morning of a stage rally: service out, a liaison, a special with 3 min lead, a regroup of 20 min. */
const morning: DueTimesDocument = {
  startAt: '2026-06-07T08:00:00+02:00',
  controls: [
    { id: 'TC0' },
    { id: 'TC1', targetDurationSeconds: 2700, leadTimeSeconds: 180 },
    { id: 'TC2', targetDurationSeconds: 3600, breakSeconds: 1200, leadTimeSeconds: 180 },
    { id: 'TC3', targetDurationSeconds: 1800 },
  ],
};

describe('the due times of a car', () => {
  it('chain target durations, breaks and lead times', () => {
    expect(clocks(morning)).toEqual([
      ['TC0', '06:00:00', '06:00:00'],
      ['TC1', '06:45:00', '06:48:00'],
      ['TC2', '07:48:00', '08:11:00'],
      ['TC3', '08:41:00', '08:41:00'],
    ]);
  });

  it('say why', () => {
    expect(chainDueTimes({ ...morning, delaySeconds: 600 }).due.map(({ because }) => because)).toEqual([
      'due at the start at 08:00, 10 min delay',
      'due 45 min after the start behind TC0 at 08:10, 3 min lead time',
      'due 60 min after the start behind TC1 at 08:58, 20 min break, 3 min lead time',
      'due 30 min after the start behind TC2 at 10:21',
    ]);
  });

  it('give the first control its own target duration when it has one', () => {
    const controls = [{ id: 'TC1', targetDurationSeconds: 900 }];
    expect(clocks({ ...morning, controls })).toEqual([['TC1', '06:15:00', '06:15:00']]);
  });

  it('move from the control on that is delayed', () => {
    const controls = morning.controls.map((control) =>
      control.id === 'TC2' ? { ...control, delaySeconds: 300 } : control,
    );
    expect(clocks({ ...morning, controls }).map(([, dueAt]) => dueAt)).toEqual([
      '06:00:00',
      '06:45:00',
      '07:53:00',
      '08:46:00',
    ]);
  });

  it.each([
    ['minute', '06:11:00', '06:12:00'],
    ['minute_up', '06:11:00', '06:12:00'],
    ['minute_down', '06:10:00', '06:11:00'],
  ] as const)('are rounded as the rule says: %s', (rounding, dueAt, startAt) => {
    const controls = [{ id: 'TC1', targetDurationSeconds: 630, leadTimeSeconds: 60 }];
    expect(clocks({ ...morning, controls, rounding })).toEqual([['TC1', dueAt, startAt]]);
    expect(clocks({ ...morning, controls: controls.map((each) => ({ ...each, rounding })) })).toEqual([
      ['TC1', dueAt, startAt],
    ]);
  });
});

describe('a chain that does not hold', () => {
  it('ends before the control whose target duration is missing', () => {
    const controls = [{ id: 'TC0' }, { id: 'TC1' }, { id: 'TC2', targetDurationSeconds: null }];
    const { due, problems } = chainDueTimes({ ...morning, controls });
    expect(due.map(({ id }) => id)).toEqual(['TC0']);
    expect(problems.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['TARGET_DURATION_MISSING', '/controls/1/targetDurationSeconds'],
      ['TARGET_DURATION_MISSING', '/controls/2/targetDurationSeconds'],
    ]);
  });

  it.each<[string, Partial<DueTimesDocument>, string, string]>([
    ['a start without a day', { startAt: '08:00:00' }, 'TIME_UNREADABLE', '/startAt'],
    ['an endless delay', { delaySeconds: 1e300 }, 'DURATION_UNREADABLE', '/delaySeconds'],
    [
      'a negative duration',
      { controls: [{ id: 'a', breakSeconds: -1 }] },
      'DURATION_UNREADABLE',
      '/controls/0/breakSeconds',
    ],
  ])('has no due time behind %s', (_what, change, code, pointer) => {
    expect(chainDueTimes({ ...morning, ...change })).toEqual({
      due: [],
      problems: [{ code, pointer, message: expect.any(String) }],
    });
  });
});

describe('every chain', () => {
  const controls = fc.array(
    fc.record({
      id: fc.string({ minLength: 1 }),
      targetDurationSeconds: fc.nat(7200),
      leadTimeSeconds: fc.nat(600),
      breakSeconds: fc.nat(7200),
    }),
    { maxLength: 30 },
  );

  it('fits due(i) = start(i-1) + target(i) and start(i) = due(i) + break(i) + lead(i)', () => {
    fc.assert(
      fc.property(controls, fc.nat(7200), (controls, delaySeconds) => {
        let before = Date.parse(morning.startAt) + delaySeconds * 1000;
        for (const [index, { dueAt, startAt }] of chainDueTimes({
          ...morning,
          controls,
          delaySeconds,
        }).due.entries()) {
          const control = controls[index] as Required<ChainedControl> &
            Record<'targetDurationSeconds' | 'breakSeconds' | 'leadTimeSeconds', number>;
          expect(Date.parse(dueAt)).toBe(before + control.targetDurationSeconds * 1000);
          before = Date.parse(dueAt) + (control.breakSeconds + control.leadTimeSeconds) * 1000;
          expect(Date.parse(startAt)).toBe(before);
        }
      }),
    );
  });

  it('moves as a whole by a delay', () => {
    fc.assert(
      fc.property(controls, fc.integer({ min: -7200, max: 7200 }), (controls, delaySeconds) => {
        const moved = chainDueTimes({ ...morning, controls, delaySeconds }).due;
        expect(moved.map(({ dueAt }) => Date.parse(dueAt) - delaySeconds * 1000)).toEqual(
          chainDueTimes({ ...morning, controls }).due.map(({ dueAt }) => Date.parse(dueAt)),
        );
      }),
    );
  });
});
