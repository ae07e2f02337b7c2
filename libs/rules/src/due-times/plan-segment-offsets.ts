import { durationInWords } from '../instants.js';
import type { PlanRemark } from '../start-order/types.js';
import { chain } from './chain.js';

/** A segment of a stage, in the order in which it is run. */
export interface SegmentTiming {
  readonly segmentId: string;
  readonly name: string;
  /** From the start of the segment to its end, in whole seconds; the last segment needs none. */
  readonly targetDurationSeconds: number | null;
  /** From the control before the segment to its start, in whole seconds. Typically 180 before a special. */
  readonly leadTimeSeconds: number;
  /** A halt behind the segment (regroup, service, night), in whole seconds, before the next segment is due. */
  readonly breakSeconds: number;
  /** A delay that begins with this segment, in whole seconds: moves it and all segments behind it. */
  readonly delaySeconds?: number;
}

/** When a segment starts and when its end is due, counted from the start of the stage. */
export interface SegmentOffset {
  readonly segmentId: string;
  readonly offsetSeconds: number;
  /** When its exit control is due: its start plus its target duration; null while it has none. */
  readonly dueOffsetSeconds: number | null;
  readonly because: string;
}

/**
 * The due-time chain of a stage (chain.ts), seen from its segments: a segment's control is due its predecessor's
 * target duration after the predecessor's start; it starts after the predecessor's break and its own lead time.
 *
 * The offsets are equal for all entries: an entry's start at a segment is its own start of the stage plus
 * the segment's offset.
 *
 * @param segments in running order; none gives no offsets
 * @returns one offset a segment, or a problem for each segment whose missing duration breaks the chain
 */
export function planSegmentOffsets(segments: readonly SegmentTiming[]): {
  readonly offsets: readonly SegmentOffset[];
  readonly problems: readonly PlanRemark[];
} {
  const problems = segments.slice(0, -1).flatMap((segment, index) =>
    segment.targetDurationSeconds === null
      ? [
          {
            code: 'TARGET_DURATION_MISSING',
            message: `Segment "${segment.name}" has no target duration, so the starts of the segments behind it cannot be computed. Enter its target duration.`,
            pointer: `/segments/${index}/target_duration_seconds`,
          },
        ]
      : [],
  );
  if (problems.length > 0) return { offsets: [], problems };
  const instants = chain(
    0,
    segments.map((segment, index) => ({
      target: segments[index - 1]?.targetDurationSeconds ?? 0,
      break: segments[index - 1]?.breakSeconds ?? 0,
      lead: segment.leadTimeSeconds,
      delay: segment.delaySeconds ?? 0,
    })),
  );
  const offsets = segments.map((segment, index) => {
    const offsetSeconds = instants[index]?.start ?? 0;
    const target = segment.targetDurationSeconds;
    return {
      segmentId: segment.segmentId,
      offsetSeconds,
      dueOffsetSeconds: target === null ? null : offsetSeconds + target,
      because: explain(segment, segments[index - 1]),
    };
  });
  return { offsets, problems };
}

function explain(segment: SegmentTiming, previous: SegmentTiming | undefined): string {
  const delaySeconds = segment.delaySeconds ?? 0;
  return [
    previous === undefined
      ? 'starts with the stage'
      : `due ${minutes(previous.targetDurationSeconds ?? 0)} after the start of ${previous.name}`,
    ...(delaySeconds > 0 ? [`${minutes(delaySeconds)} delay`] : []),
    ...(delaySeconds < 0 ? [`${minutes(-delaySeconds)} earlier than planned`] : []),
    ...(previous !== undefined && previous.breakSeconds > 0
      ? [`${minutes(previous.breakSeconds)} break`]
      : []),
    ...(segment.leadTimeSeconds > 0 ? [`${minutes(segment.leadTimeSeconds)} lead time`] : []),
  ].join(', ');
}

/** 180 → "3 min", 90 → "1 min 30 s", 45 → "45 s"; from two hours on with hours: 32,400 → "9 h". */
export function minutes(seconds: number): string {
  if (seconds >= 7_200) return durationInWords(seconds * 1000);
  const whole = Math.floor(seconds / 60);
  const rest = seconds % 60;
  if (whole === 0) return `${rest} s`;
  return rest === 0 ? `${whole} min` : `${whole} min ${rest} s`;
}
