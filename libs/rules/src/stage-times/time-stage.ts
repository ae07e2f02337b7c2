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
 * The same fence may be used again, by a later segment or by another stage of the day. A segment ends before a later one
 * of the same exit geofence was begun. The stage is over when the entry was seen to begin the next one, so a crew that
 * broke down in the first race has no finish of it in the second. A stage behind another begins not more than a minute
 * in front of its plan, and where both end at one fence not by its plan alone: who was not seen to start may be a crew
 * that comes in late from the stage before. Such a one has no time until its start is recorded.
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
  const { fromMs, untilMs, isSeenToStart } = periodOf(course, seen, neighbours);
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
    const isGuessed = start?.by === 'planned' && isSeenToStart && segment.entryFence !== null;
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

/** In which time a stage goes on for an entry, as far as other stages that share its fences tell; milliseconds. */
function periodOf(
  course: readonly SegmentOnCourse[],
  seen: readonly SeenCrossing[],
  neighbours: readonly (readonly SegmentOnCourse[])[],
): { fromMs: number; untilMs: number; isSeenToStart: boolean } {
  const period = {
    fromMs: Number.NEGATIVE_INFINITY,
    untilMs: Number.POSITIVE_INFINITY,
    isSeenToStart: false,
  };
  const begin = expectedAt(course);
  if (begin === null) return period;
  for (const neighbour of neighbours) {
    const other = expectedAt(neighbour);
    if (other === null || other === begin) continue;
    if (other > begin) {
      const first = neighbour.find(({ start }) => start !== null);
      const begun = first === undefined ? null : begunAt(first, seen, begin);
      period.untilMs = Math.min(period.untilMs, begun ?? Number.POSITIVE_INFINITY);
    } else {
      period.fromMs = begin - EARLY_MS;
      period.isSeenToStart ||= course.some(({ exitFence }) =>
        neighbour.some((segment) => isSameUse(segment.exitFence, exitFence)),
      );
    }
  }
  return period;
}

/** When the entry was to start the course, or did by the timekeeper; null when nothing is planned. */
function expectedAt(course: readonly SegmentOnCourse[]): number | null {
  const start = course.find((segment) => segment.start !== null)?.start;
  return start?.actualAtMs ?? start?.targetAtMs ?? null;
}

/** When the entry has begun a segment for certain; null while that is only planned. */
function begunAt(segment: SegmentOnCourse, seen: readonly SeenCrossing[], notBefore: number): number | null {
  const { start, entryFence } = segment;
  if (start === null) return null;
  if (start.actualAtMs !== null) return start.actualAtMs;
  if (start.targetAtMs === null) return null;
  if (entryFence === null) return start.targetAtMs;
  return believed(seen, entryFence, 'exit', Math.max(notBefore + 1, start.targetAtMs - EARLY_MS))[0] ?? null;
}

const isSameUse = (a: FenceUse | null, b: FenceUse | null): boolean =>
  a !== null && b !== null && a.fenceId === b.fenceId && a.direction === b.direction;

/** What was seen of the start: where a later segment starts at the same fence, before that was to start, if there is any. */
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
  const before = believed(seen, segment.entryFence, 'exit', notBefore, next);
  return before.length > 0 ? before : believed(seen, segment.entryFence, 'exit', notBefore);
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
