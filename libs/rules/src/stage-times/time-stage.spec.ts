import fc from 'fast-check';
import { type SeenCrossing, type SegmentOnCourse, timeStage } from './time-stage.js';

/** A segment from fence `n` to fence `n + 1`, whose start is planned at `planned` seconds. */
function segment(n: number, planned: number | null, more: Partial<SegmentOnCourse> = {}): SegmentOnCourse {
  return {
    segmentId: `s${n}`,
    type: 'special-stage',
    entryFence: { fenceId: `f${n}`, direction: 'any' },
    exitFence: { fenceId: `f${n + 1}`, direction: 'any' },
    start: { targetAtMs: planned === null ? null : planned * 1000, actualAtMs: null },
    ...more,
  };
}
const seen = (fenceId: string, direction: 'enter' | 'exit', second: number, rank = 1): SeenCrossing => ({
  fenceId,
  direction,
  atMs: second * 1000,
  rank,
});
const seconds = (ms: number | null) => (ms === null ? null : ms / 1000);

describe('timeStage', () => {
  it.each<[string, readonly SegmentOnCourse[], readonly SeenCrossing[], number | null]>([
    [
      'from leaving the start to entering the finish',
      [segment(0, 100)],
      [seen('f0', 'exit', 102), seen('f1', 'enter', 702.4)],
      600.4,
    ],
    ['not yet at the finish', [segment(0, 100)], [seen('f0', 'exit', 102)], null],
    ['not seen at the start: as planned', [segment(0, 100)], [seen('f1', 'enter', 700)], 600],
    ['nothing planned, nothing seen', [segment(0, null)], [seen('f1', 'enter', 700)], null],
    [
      'no start on the list',
      [segment(0, 100, { start: null })],
      [seen('f0', 'exit', 100), seen('f1', 'enter', 700)],
      null,
    ],
    [
      'a recorded start goes before what a tracker saw',
      [segment(0, 100, { start: { targetAtMs: 100_000, actualAtMs: 110_000 } })],
      [seen('f0', 'exit', 102), seen('f1', 'enter', 700)],
      590,
    ],
    [
      'waiting about in the control before the start',
      [segment(0, 1000)],
      [seen('f0', 'exit', 500), seen('f0', 'exit', 1001), seen('f1', 'enter', 1601)],
      600,
    ],
    ['half a minute early', [segment(0, 1000)], [seen('f0', 'exit', 970), seen('f1', 'enter', 1600)], 630],
    [
      'far too early, and not again',
      [segment(0, 1000)],
      [seen('f0', 'exit', 500), seen('f1', 'enter', 1600)],
      1100,
    ],
    [
      'the first time at the finish counts',
      [segment(0, 100)],
      [seen('f0', 'exit', 100), seen('f1', 'enter', 700), seen('f1', 'enter', 900)],
      600,
    ],
    [
      'past the finish on the way to the start',
      [segment(0, 100)],
      [seen('f1', 'enter', 50), seen('f0', 'exit', 100), seen('f1', 'enter', 700)],
      600,
    ],
    [
      'by hand goes before the trackers',
      [segment(0, 100)],
      [seen('f0', 'exit', 100), seen('f1', 'enter', 700), seen('f1', 'enter', 705, 0)],
      605,
    ],
    [
      'the spare tracker where the first one saw nothing',
      [segment(0, 100)],
      [seen('f0', 'exit', 100), seen('f0', 'exit', 103, 2), seen('f1', 'enter', 702, 2)],
      602,
    ],
    [
      'special stages are added up, the road between is not',
      [segment(0, 100), segment(1, 700, { type: 'liaison' }), segment(2, 2000)],
      [
        seen('f0', 'exit', 100),
        seen('f1', 'enter', 700),
        seen('f1', 'exit', 720),
        seen('f2', 'enter', 1900),
        seen('f2', 'exit', 2000),
        seen('f3', 'enter', 2300),
      ],
      900,
    ],
    [
      'one special stage is missing',
      [segment(0, 100), segment(1, 700)],
      [seen('f0', 'exit', 100), seen('f1', 'exit', 720), seen('f2', 'enter', 1900)],
      null,
    ],
    [
      'without special stages the whole counts',
      [segment(0, 100, { type: 'liaison' }), segment(1, 700, { type: 'liaison' })],
      [seen('f0', 'exit', 100), seen('f1', 'enter', 690), seen('f1', 'exit', 720), seen('f2', 'enter', 1900)],
      1800,
    ],
    [
      'a fence that counts when it is entered',
      [segment(0, 100, { entryFence: { fenceId: 'f0', direction: 'enter' } })],
      [seen('f0', 'enter', 95), seen('f0', 'exit', 103), seen('f1', 'enter', 700)],
      605,
    ],
    [
      'start and finish in one place',
      [segment(0, 100, { exitFence: { fenceId: 'f0', direction: 'any' } })],
      [seen('f0', 'enter', 10), seen('f0', 'exit', 101), seen('f0', 'enter', 701)],
      600,
    ],
    ['a segment without fences', [segment(0, 100, { entryFence: null, exitFence: null })], [], null],
  ])('%s', (_, course, crossings, elapsed) => {
    expect(seconds(timeStage(course, crossings).elapsedMs)).toBe(elapsed);
  });

  it('goes the segments in their order: the same fence ends one and begins the next', () => {
    const { segments, hasStarted } = timeStage(
      [segment(0, 100), segment(1, 800)],
      [seen('f0', 'exit', 100), seen('f1', 'enter', 700), seen('f1', 'exit', 760), seen('f2', 'enter', 1400)],
    );
    expect(
      segments.map(({ startAtMs, finishAtMs, startedBy }) => [startAtMs, finishAtMs, startedBy]),
    ).toEqual([
      [100_000, 700_000, 'crossing'],
      [760_000, 1_400_000, 'crossing'],
    ]);
    expect(hasStarted).toBe(true);
  });

  it('does not take an entry for started that was only planned to', () => {
    expect(timeStage([segment(0, 100)], []).hasStarted).toBe(false);
  });

  describe('with the same road gone twice in one stage', () => {
    // f0 → f1 at 100 s, back by another way, f0 → f1 again at 5,000 s.
    const course = [segment(0, 100), segment(1, 2000), segment(0, 5000, { segmentId: 's0 again' })];
    const back = [seen('f1', 'exit', 2000), seen('f2', 'enter', 2600)];
    const finishes = (crossings: readonly SeenCrossing[]) =>
      timeStage(course, crossings).segments.map(({ finishAtMs }) => seconds(finishAtMs));

    it('ends the first before the second was begun, when its finish was not seen', () => {
      expect(
        finishes([seen('f0', 'exit', 100), ...back, seen('f0', 'exit', 5000), seen('f1', 'enter', 5600)]),
      ).toEqual([null, 2600, 5600]);
    });

    it('takes what was set by hand for the second for the second only', () => {
      expect(
        finishes([
          seen('f0', 'exit', 100),
          seen('f1', 'enter', 700),
          ...back,
          seen('f0', 'exit', 5001, 0),
          seen('f1', 'enter', 5605, 0),
        ]),
      ).toEqual([700, 2600, 5605]);
    });

    it('lets laps be slower than planned', () => {
      const lap = (planned: number) =>
        segment(0, planned, { exitFence: { fenceId: 'f0', direction: 'any' } });
      const times = timeStage(
        [lap(100), lap(1000), lap(1900)],
        [
          seen('f0', 'exit', 100),
          seen('f0', 'enter', 2200),
          seen('f0', 'exit', 2205),
          seen('f0', 'enter', 4400),
          seen('f0', 'exit', 4405),
          seen('f0', 'enter', 6600),
        ],
      );
      expect(times.segments.map(({ elapsedMs }) => seconds(elapsedMs))).toEqual([2100, 2195, 2195]);
    });
  });

  describe('of a rally whose days begin and end in one place', () => {
    const park = { fenceId: 'park', direction: 'any' } as const;
    const DAY = 86_400;
    const day = (n: number): SegmentOnCourse[] => [
      segment(0, n * DAY + 1000, { type: 'liaison', entryFence: park }),
      segment(1, n * DAY + 3000),
      segment(2, n * DAY + 4200, { type: 'liaison', exitFence: park }),
    ];
    const driven = (n: number, leaves = 1000) => [
      seen('park', 'exit', n * DAY + leaves),
      seen('f1', 'enter', n * DAY + 2900),
      seen('f1', 'exit', n * DAY + 3000),
      seen('f2', 'enter', n * DAY + 4000),
      seen('f2', 'exit', n * DAY + 4200),
      seen('park', 'enter', n * DAY + 6000),
    ];
    const without = (lost: number) => (_: unknown, place: number) => place !== lost;

    it.each([
      ['is timed from the plan where its start was not seen', driven(1).filter(without(2))],
      ['may leave early', driven(1, 900)],
      ['is timed although it was not seen to leave', driven(1).filter(without(0))],
    ])('a day %s', (_, crossings) => {
      expect(seconds(timeStage(day(1), crossings, [day(0), day(2)]).elapsedMs)).toBe(1000);
    });

    it('a day ends with the next', () => {
      const broken = driven(0).slice(0, 3);
      const { segments } = timeStage(day(0), [...broken, ...driven(1)], [day(1)]);
      expect(segments.map(({ finishAtMs }) => seconds(finishAtMs))).toEqual([2900, null, null]);
    });

    it('a day that does not count by special stages may begin early, too', () => {
      const road = (n: number) => [
        segment(0, n * DAY + 1000, { type: 'liaison', entryFence: park, exitFence: park }),
      ];
      const crossings = [seen('park', 'exit', DAY + 910), seen('park', 'enter', DAY + 9000)];
      expect(seconds(timeStage(road(1), crossings, [road(0)]).elapsedMs)).toBe(8090);
    });
  });

  describe('of a day with two races between the same fences', () => {
    const [first, second] = [[segment(0, 1000)], [segment(0, 5000)]];
    const raced = [
      seen('f0', 'exit', 1000),
      seen('f1', 'enter', 2200),
      seen('f0', 'exit', 5000),
      seen('f1', 'enter', 6260),
    ];
    const elapsed = (crossings: readonly SeenCrossing[], races = [first, second]) => [
      seconds(timeStage(races[0]!, crossings, [races[1]!]).elapsedMs),
      seconds(timeStage(races[1]!, crossings, [races[0]!]).elapsedMs),
    ];
    const without = (...left: number[]) => raced.filter((_, place) => !left.includes(place));

    it.each<[string, readonly SeenCrossing[], readonly (number | null)[]]>([
      ['both', raced, [1200, 1260]],
      ['broke down in the first', without(1), [null, 1260]],
      ['did not come to the first', without(0, 1), [null, 1260]],
      ['did not come to the second', without(2, 3), [1200, null]],
      ['a finish of the second by hand', [...raced, seen('f1', 'enter', 6200, 0)], [1200, 1200]],
      ['a start of the first by hand', [...raced, seen('f0', 'exit', 1001, 0)], [1199, 1260]],
      ['not seen to start the first', without(0), [1200, 1260]],
      [
        'in from the first when the second was to begin, and off again',
        [
          seen('f0', 'exit', 1000),
          seen('f1', 'enter', 5100),
          seen('f0', 'exit', 5200),
          seen('f1', 'enter', 6400),
        ],
        [4100, 1200],
      ],
      [
        'in from the first behind the plan of the second, and home',
        [seen('f0', 'exit', 1000), seen('f1', 'enter', 5100)],
        [4100, null],
      ],
    ])('%s', (_, crossings, times) => {
      expect(elapsed(crossings)).toEqual(times);
    });

    it('whatever became of each, it is as if there had been no other', () => {
      const outcome = fc.constantFrom('complete', 'without a finish', 'absent');
      // Seconds behind the plan: a minute early at most, and back before the next one begins.
      const left = fc.integer({ min: -59, max: 300 });
      const took = fc.integer({ min: 1, max: 3_500 });
      const race = (planned: number, how: string, late: number, seconds_: number) =>
        [seen('f0', 'exit', planned + late), seen('f1', 'enter', planned + late + seconds_)].slice(
          0,
          how === 'complete' ? 2 : how === 'absent' ? 0 : 1,
        );
      const expected = (how: string, seconds_: number) => (how === 'complete' ? seconds_ : null);
      fc.assert(
        fc.property(outcome, left, took, outcome, left, took, (a, leftA, tookA, b, leftB, tookB) => {
          const crossings = [...race(1000, a, leftA, tookA), ...race(5000, b, leftB, tookB)];
          expect(elapsed(crossings)).toEqual([expected(a, tookA), expected(b, tookB)]);
        }),
      );
    });

    it('not seen to start the second: its recorded start tells', () => {
      const recorded = [segment(0, 5000, { start: { targetAtMs: 5_000_000, actualAtMs: 5_010_000 } })];
      expect(elapsed(without(2))).toEqual([1200, null]);
      expect(elapsed(without(2), [first, recorded])).toEqual([1200, 1250]);
    });

    it('started by a gun, without a fence', () => {
      const gun = (planned: number) => [segment(0, planned, { entryFence: null })];
      expect(elapsed(without(0, 2), [gun(1000), gun(5000)])).toEqual([1200, 1260]);
      expect(elapsed(without(0, 1, 2), [gun(1000), gun(5000)])).toEqual([null, 1260]);
    });
  });
});
