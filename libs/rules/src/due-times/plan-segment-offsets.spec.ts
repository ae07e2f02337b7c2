import fc from 'fast-check';
import { planSegmentOffsets, type SegmentTiming } from './plan-segment-offsets.js';

const segment = (segmentId: string, change: Partial<SegmentTiming> = {}): SegmentTiming => ({
  segmentId,
  name: segmentId,
  targetDurationSeconds: 3600,
  leadTimeSeconds: 0,
  breakSeconds: 0,
  ...change,
});
const offsetsOf = (segments: SegmentTiming[]) =>
  planSegmentOffsets(segments).offsets.map(({ offsetSeconds, dueOffsetSeconds }) => [
    offsetSeconds,
    dueOffsetSeconds,
  ]);

describe('the segments of a stage', () => {
  it('start their lead time after they are due, and their end is due their target later', () => {
    expect(
      offsetsOf([
        segment('liaison'),
        segment('special', { targetDurationSeconds: 1800, leadTimeSeconds: 180, breakSeconds: 900 }),
        segment('home', { targetDurationSeconds: null }),
      ]),
    ).toEqual([
      [0, 3600],
      [3780, 5580],
      [6480, null],
    ]);
  });

  it('move from the one on that is delayed', () => {
    const plan = planSegmentOffsets([segment('a'), segment('b', { delaySeconds: 1200 }), segment('c')]);
    expect(plan.offsets.map(({ offsetSeconds }) => offsetSeconds)).toEqual([0, 4800, 8400]);
    expect(plan.offsets[1]?.because).toBe('due 60 min after the start of a, 20 min delay');
  });

  it('do not move before it, and by just the delay behind it', () => {
    const timing = fc.record({
      targetDurationSeconds: fc.nat(7200),
      leadTimeSeconds: fc.nat(600),
      breakSeconds: fc.nat(3600),
    });
    fc.assert(
      fc.property(
        fc.array(timing, { minLength: 1, maxLength: 20 }),
        fc.nat(19),
        fc.nat(7200),
        (timings, at, delay) => {
          const segments = timings.map((each, index) => segment(`s${index}`, each));
          const from = at % segments.length;
          const delayed = segments.map((each, index) =>
            index === from ? { ...each, delaySeconds: delay } : each,
          );
          const before = planSegmentOffsets(segments).offsets;
          expect(planSegmentOffsets(delayed).offsets.map(({ offsetSeconds }) => offsetSeconds)).toEqual(
            before.map(({ offsetSeconds }, index) => offsetSeconds + (index < from ? 0 : delay)),
          );
        },
      ),
    );
  });
});
