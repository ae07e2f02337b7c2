/**
 * What does the rulebook cost for a large stage, without any store?
 *   1. Draw 5,000 entries in four pools from a classification, chain 50 segments, and plan the times of their 50 exit
 *      controls for ten classes from first and last due times, as a workflow does.
 *   2. The same control times from a document with 250,000 due times, as the command does.
 *   3. Print medians in milliseconds; figures are of this machine.
 */
import {
  type ClassStarts,
  type ControlTimesDocument,
  drawStartOrder,
  type DueSpan,
  planControlTimes,
  planControlTimesFrom,
  planSegmentOffsets,
  type SegmentTiming,
} from '@trm/rules';

const ENTRIES = 5_000;
const SEGMENTS = 50;
const CLASSES = 10;
const WARM_UP = 5;
const ROUNDS = 15;

const entries = Array.from({ length: ENTRIES }, (_, index) => ({
  id: `entry-${index}`,
  raceNumber: index + 1,
  pool: `P${(index % 4) + 1}`,
}));
const classification = entries.map(({ id }, index) => ({
  entryId: id,
  position: ((index * 7919) % ENTRIES) + 1,
  timeMs: 3_600_000 + ((index * 7919) % ENTRIES) * 500,
  status: 'classified',
}));
const segments: SegmentTiming[] = Array.from({ length: SEGMENTS }, (_, index) => ({
  segmentId: `segment-${index}`,
  name: `Segment ${index}`,
  targetDurationSeconds: 1800,
  leadTimeSeconds: index % 2 === 0 ? 0 : 180,
  breakSeconds: 0,
}));
const controls = segments.map(({ segmentId }, index) => ({
  id: segmentId,
  distanceKm: index * 8,
  mode: index % 2 === 0 ? 'last_due_plus' : 'sweep_speed',
  params: { min_speed_kmh: 25 },
}));
const classOf = (index: number) => `class-${index % CLASSES}`;

const draw = () =>
  drawStartOrder({
    stage: {
      startsAt: '2026-06-07T05:00:00Z',
      strategy: 'previous_stage_result',
      gaps: [
        { first: 10, gap_s: 180 },
        { last: 10, gap_s: 120 },
        { rest: true, group: 1, gap_s: 60 },
      ],
      pools: ['P1', 'P2', 'P3', 'P4'].map((id) => ({ id, gap_before_s: 300 })),
    },
    entries,
    classification,
  });

/** First and last of each class, then the controls: what an opening does after the draw. */
function controlTimes(starts: readonly { readonly startAt: string }[]) {
  const { offsets } = planSegmentOffsets(segments);
  const first = Array<number>(CLASSES).fill(Number.POSITIVE_INFINITY);
  const last = Array<number>(CLASSES).fill(Number.NEGATIVE_INFINITY);
  for (const [index, { startAt }] of starts.entries()) {
    const ms = Date.parse(startAt);
    const at = index % CLASSES;
    first[at] = Math.min(first[at] ?? ms, ms);
    last[at] = Math.max(last[at] ?? ms, ms);
  }
  const classes = first.map((firstStartMs, index): ClassStarts => {
    const lastStartMs = last[index] ?? firstStartMs;
    const due = new Map<string, DueSpan>(
      offsets.map(({ segmentId, dueOffsetSeconds }) => {
        const dueMs = (dueOffsetSeconds ?? 0) * 1000;
        return [segmentId, { firstMs: firstStartMs + dueMs, lastMs: lastStartMs + dueMs }];
      }),
    );
    return { classId: classOf(index), firstStartMs, lastStartMs, due };
  });
  return planControlTimesFrom({ controls, classes, delaySeconds: 1200 });
}

const { starts, problems } = draw();
if (starts.length !== ENTRIES) throw new Error(`drew ${starts.length} starts: ${JSON.stringify(problems)}`);
const { offsets } = planSegmentOffsets(segments);
const document: ControlTimesDocument = {
  controls,
  starts: starts.map(({ startAt }, index) => ({
    startAt,
    classId: classOf(index),
    due: Object.fromEntries(
      offsets.map(({ segmentId, dueOffsetSeconds }) => [
        segmentId,
        new Date(Date.parse(startAt) + (dueOffsetSeconds ?? 0) * 1000).toISOString(),
      ]),
    ),
  })),
};

console.table({
  'draw 5,000': { ms: median(draw) },
  'offsets and control times': { ms: median(() => controlTimes(starts)) },
  'all of an opening': { ms: median(() => controlTimes(draw().starts)) },
  'control times of a document with 250,000 due times': { ms: median(() => planControlTimes(document)) },
});

function median(work: () => unknown): number {
  // The first rounds are compiled while they run.
  for (let round = 0; round < WARM_UP; round += 1) work();
  const times = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  }).toSorted((a, b) => a - b);
  return Number((times[Math.floor(ROUNDS / 2)] ?? Number.NaN).toFixed(1));
}
