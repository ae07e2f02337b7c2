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
});
