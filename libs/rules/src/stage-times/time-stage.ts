/** A segment of the stage, in the order in which it is gone. */
export interface SegmentOnCourse {
  readonly segmentId: string;
  readonly type: 'liaison' | 'special-stage' | 'parc-ferme' | 'neutralisation' | 'loop';
  readonly entryFence: FenceUse | null;
  readonly exitFence: FenceUse | null;
  /** The start of this entry here; null when the list has none, or an empty slot. */
  readonly start: { readonly targetAtMs: number | null; readonly actualAtMs: number | null } | null;
}

/** A geofence, and in which direction it counts; `any` is leaving at the beginning and entering at the end. */
export interface FenceUse {
  readonly fenceId: string;
  readonly direction: 'any' | 'enter' | 'exit';
}

/** A crossing by one of the trackers, or by a marshal's hand. */
export interface SeenCrossing {
  readonly fenceId: string;
  readonly direction: 'enter' | 'exit';
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** 0 is by hand, then the trackers of the entry, the best first. */
  readonly rank: number;
}

/** When one entry began and ended a segment, and by what. */
export interface SegmentTime {
  readonly segmentId: string;
  readonly startAtMs: number | null;
  /** `recorded` by a timekeeper, seen as a `crossing`, or as `planned` because nothing better is known. */
  readonly startedBy: 'recorded' | 'crossing' | 'planned' | null;
  readonly finishAtMs: number | null;
  /** Null when it is not complete; liaisons and neutralisations have a time, too, it just does not count. */
  readonly elapsedMs: number | null;
  /** Whether its time counts for the result. */
  readonly isTimed: boolean;
}

export interface StageTime {
  readonly segments: readonly SegmentTime[];
  /** Sum of what counts; null until all of it is complete. */
  readonly elapsedMs: number | null;
  /** From the first start on, so far as it is known: whether the entry has been under way at all. */
  readonly hasStarted: boolean;
}

/** So much in front of its planned start may a crew leave the start control and have started. */
const EARLY_MS = 60_000;
/** A stage that began longer before another is over by then; what is seen around the start of the other is of the other. */
const SAME_DAY_MS = 12 * 3_600_000;

/**
 * The times of one entry in one stage, from what was seen of it.
 *
 * A crossing by hand goes before any tracker, and of the trackers the best that saw a fence at all is believed for that
 * fence. Segments are gone in their order: what is seen of one before the one in front of it has ended does not count.
 *
 * A segment begins when a timekeeper recorded it; else with the first leaving of its entry geofence not more than a
 * minute in front of the planned start (the crew may wait about in the control), else with the last leaving in front
 * of that, else as planned. It ends with the first entering of its exit geofence behind that.
 *
 * The same fence may be used again, by a later segment or by another stage. A segment ends before a later one of the same
 * exit geofence was begun. The stage is over when the entry began the next one (recorded, seen, or by the gun where there
 * is no fence to leave), so a crew that broke down in the first race has no finish of it in the second. Behind another
 * stage of the same day it begins not more than a minute in front of its plan, and a segment that ends where that one
 * does is not timed from the plan alone: who was not seen to start may be a crew that comes in late from the stage
 * before. Such a one has no time until its start is recorded.
 *
 * What counts: special stages and loops. A stage that has none counts from its first start to its last finish.
 *
 * @param neighbours courses of other stages of the entry near in time that share a geofence with this one
 */
export function timeStage(
  course: readonly SegmentOnCourse[],
  seen: readonly SeenCrossing[],
  neighbours: readonly (readonly SegmentOnCourse[])[] = [],
): StageTime {
  const { fromMs, untilMs, alsoFinishes } = periodOf(course, seen, neighbours);
  const within = seen.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
  const hasTimed = course.some(isTimed);
  const segments: SegmentTime[] = [];
  let notBefore = Number.NEGATIVE_INFINITY;
  for (const [place, segment] of course.entries()) {
    const start = startOf(segment, leavingsOf(segment, course.slice(place + 1), within, notBefore));
    const from = Math.max(notBefore, start?.atMs ?? Number.NEGATIVE_INFINITY);
    const until = Math.min(
      ...course
        .slice(place + 1)
        .filter((later) => isSameUse(later.exitFence, segment.exitFence))
        .map((later) => begunAt(later, within, from) ?? Number.POSITIVE_INFINITY),
    );
    const isGuessed =
      start?.by === 'planned' &&
      segment.entryFence !== null &&
      alsoFinishes.some((fence) => isSameUse(fence, segment.exitFence)) &&
      !segments.some(({ startedBy }) => startedBy === 'recorded' || startedBy === 'crossing');
    const finishAtMs =
      start === null || isGuessed
        ? null
        : (believed(within, segment.exitFence, 'enter', from + 1, until)[0] ?? null);
    segments.push({
      segmentId: segment.segmentId,
      startAtMs: start?.atMs ?? null,
      startedBy: start?.by ?? null,
      finishAtMs,
      elapsedMs: start === null || finishAtMs === null ? null : finishAtMs - start.atMs,
      isTimed: hasTimed ? isTimed(segment) : true,
    });
    if (start?.by === 'planned' && finishAtMs === null) continue;
    notBefore = finishAtMs ?? start?.atMs ?? notBefore;
  }
  return {
    segments,
    elapsedMs: hasTimed ? sumOfTimed(segments) : wholeOf(segments),
    hasStarted: segments.some(({ startedBy }) => startedBy === 'recorded' || startedBy === 'crossing'),
  };
}

/**
 * In which time a stage goes on for an entry, as far as other stages that share its fences tell; milliseconds.
 * `alsoFinishes`: where a stage of the same day ends that began before this one.
 */
function periodOf(
  course: readonly SegmentOnCourse[],
  seen: readonly SeenCrossing[],
  neighbours: readonly (readonly SegmentOnCourse[])[],
): { fromMs: number; untilMs: number; alsoFinishes: readonly (FenceUse | null)[] } {
  const begin = expectedAt(course);
  if (begin === null) {
    return { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY, alsoFinishes: [] };
  }
  const at = (neighbour: readonly SegmentOnCourse[]) => expectedAt(neighbour) ?? Number.NaN;
  const before = neighbours.filter(
    (neighbour) => at(neighbour) < begin && at(neighbour) >= begin - SAME_DAY_MS,
  );
  const later = neighbours.filter((neighbour) => at(neighbour) > begin).flat();
  return {
    fromMs: before.length > 0 ? begin - EARLY_MS : Number.NEGATIVE_INFINITY,
    untilMs: Math.min(
      ...later.map(
        (segment) => begunAt(segment, seen, begin) ?? byTheGun(segment) ?? Number.POSITIVE_INFINITY,
      ),
    ),
    alsoFinishes: before.flatMap((neighbour) => neighbour.map(({ exitFence }) => exitFence)),
  };
}

/** When the entry was to start the course, or did by the timekeeper; null when nothing is planned. */
function expectedAt(course: readonly SegmentOnCourse[]): number | null {
  const start = course.find((segment) => segment.start !== null)?.start;
  return start?.actualAtMs ?? start?.targetAtMs ?? null;
}

/** Everybody starts at once where there is no fence to leave. */
const byTheGun = ({ start, entryFence }: SegmentOnCourse): number | null =>
  entryFence === null ? (start?.targetAtMs ?? null) : null;

/** When the entry has begun a segment, recorded or seen; null while that is only planned. */
function begunAt(segment: SegmentOnCourse, seen: readonly SeenCrossing[], notBefore: number): number | null {
  const { start, entryFence } = segment;
  if (start === null) return null;
  if (start.actualAtMs !== null) return start.actualAtMs;
  if (start.targetAtMs === null) return null;
  return believed(seen, entryFence, 'exit', Math.max(notBefore + 1, start.targetAtMs - EARLY_MS))[0] ?? null;
}

const isSameUse = (a: FenceUse | null, b: FenceUse | null): boolean =>
  a !== null && b !== null && a.fenceId === b.fenceId && a.direction === b.direction;

/**
 * What was seen of the start. Where a later segment starts at the same fence, what is behind its plan counts only when
 * nothing of this one's own time was seen: a lap may be slower than planned.
 */
function leavingsOf(
  segment: SegmentOnCourse,
  later: readonly SegmentOnCourse[],
  seen: readonly SeenCrossing[],
  notBefore: number,
): readonly number[] {
  const next = Math.min(
    ...later
      .filter(({ entryFence }) => isSameUse(entryFence, segment.entryFence))
      .map(({ start }) => (start?.actualAtMs ?? start?.targetAtMs ?? Number.POSITIVE_INFINITY) - EARLY_MS),
  );
  const own = believed(seen, segment.entryFence, 'exit', notBefore, next);
  const planned = segment.start?.targetAtMs ?? Number.NEGATIVE_INFINITY;
  return own.some((atMs) => atMs >= planned - EARLY_MS)
    ? own
    : believed(seen, segment.entryFence, 'exit', notBefore);
}

const isTimed = ({ type }: SegmentOnCourse): boolean => type === 'special-stage' || type === 'loop';

function startOf(
  { start }: SegmentOnCourse,
  leavings: readonly number[],
): { readonly atMs: number; readonly by: 'recorded' | 'crossing' | 'planned' } | null {
  if (start === null) return null;
  if (start.actualAtMs !== null) return { atMs: start.actualAtMs, by: 'recorded' };
  const planned = start.targetAtMs;
  const left =
    planned === null ? leavings[0] : (leavings.find((atMs) => atMs >= planned - EARLY_MS) ?? leavings.at(-1));
  if (left !== undefined) return { atMs: left, by: 'crossing' };
  return planned === null ? null : { atMs: planned, by: 'planned' };
}

/** The instants of one fence by whoever is believed there, from `notBefore` on and before `until`, in order of time. */
function believed(
  seen: readonly SeenCrossing[],
  fence: FenceUse | null,
  usual: 'enter' | 'exit',
  notBefore: number,
  until = Number.POSITIVE_INFINITY,
): readonly number[] {
  if (fence === null) return [];
  const direction = fence.direction === 'any' ? usual : fence.direction;
  const here = seen.filter(
    (crossing) =>
      crossing.fenceId === fence.fenceId &&
      crossing.direction === direction &&
      crossing.atMs >= notBefore &&
      crossing.atMs < until,
  );
  const best = Math.min(...here.map(({ rank }) => rank));
  return here
    .filter(({ rank }) => rank === best)
    .map(({ atMs }) => atMs)
    .toSorted((a, b) => a - b);
}

function sumOfTimed(segments: readonly SegmentTime[]): number | null {
  return segments
    .filter((segment) => segment.isTimed)
    .reduce<number | null>(
      (sum, { elapsedMs }) => (sum === null || elapsedMs === null ? null : sum + elapsedMs),
      0,
    );
}

function wholeOf(segments: readonly SegmentTime[]): number | null {
  const start = segments[0]?.startAtMs ?? null;
  const finish = segments.at(-1)?.finishAtMs ?? null;
  return start === null || finish === null ? null : finish - start;
}
