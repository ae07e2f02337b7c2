import type { AmendableLine, AmendableSegment } from './types.js';

export interface Delay {
  /** Whole seconds, more than 0. */
  readonly seconds: number;
  /** The first segment that is delayed; null for the whole stage. */
  readonly fromSegmentId: string | null;
  /** Entries that have started there already: they are past it, the delay does not concern them. */
  readonly exempt: ReadonlySet<string>;
}

/**
 * Moves every start that still lies ahead of the delayed point by the same time. Delays add up: a then b is the
 * same as a + b. Source: MSUK NCR 2026 ch. 13 App. 13 art. 10.1, the delay allowance shifts all due times.
 *
 * @throws RangeError for a segment that the list does not have
 */
export function delayStarts<Line extends AmendableLine, Segment extends AmendableSegment>(
  list: { readonly lines: readonly Line[]; readonly segments: readonly Segment[] },
  { seconds, fromSegmentId, exempt }: Delay,
): { readonly lines: readonly Line[]; readonly segments: readonly Segment[] } {
  const first = fromSegmentId === null ? 0 : list.segments.findIndex((s) => s.segmentId === fromSegmentId);
  if (first < 0) throw new RangeError('the list has no such segment');
  if (first === 0) {
    return {
      segments: list.segments,
      lines: list.lines.map((line) =>
        exempt.has(line.entryId)
          ? line
          : { ...line, startAt: new Date(Date.parse(line.startAt) + seconds * 1000).toISOString() },
      ),
    };
  }
  const from = list.segments[first] as Segment;
  return {
    segments: list.segments.map((segment, index) =>
      index < first
        ? segment
        : {
            ...segment,
            offsetSeconds: segment.offsetSeconds + seconds,
            ...(typeof segment.dueOffsetSeconds === 'number' && {
              dueOffsetSeconds: segment.dueOffsetSeconds + seconds,
            }),
            ...(index === first && { delaySeconds: (segment.delaySeconds ?? 0) + seconds }),
          },
    ),
    lines: list.lines.map((line) =>
      exempt.has(line.entryId)
        ? { ...line, shifts: addShift(line.shifts ?? [], { segmentId: from.segmentId, seconds: -seconds }) }
        : line,
    ),
  };
}

/** One shift a segment: two delays from the same point are one of their sum. */
function addShift(
  shifts: NonNullable<AmendableLine['shifts']>,
  added: { segmentId: string; seconds: number },
): NonNullable<AmendableLine['shifts']> {
  const before = shifts.find(({ segmentId }) => segmentId === added.segmentId)?.seconds ?? 0;
  return [
    ...shifts.filter(({ segmentId }) => segmentId !== added.segmentId),
    { segmentId: added.segmentId, seconds: before + added.seconds },
  ];
}

/**
 * When an entry starts at each segment: its start of the stage, plus the segment's offset, plus what it is spared
 * from there on.
 *
 * @returns epoch milliseconds, one a segment, in the order of the segments
 */
export function segmentTargets(line: AmendableLine, segments: readonly AmendableSegment[]): number[] {
  const startMs = Date.parse(line.startAt);
  if (line.shifts === undefined) return segments.map(({ offsetSeconds }) => startMs + offsetSeconds * 1000);
  const shiftOf = new Map(line.shifts.map(({ segmentId, seconds }) => [segmentId, seconds]));
  let shift = 0;
  return segments.map(({ segmentId, offsetSeconds }) => {
    shift += shiftOf.get(segmentId) ?? 0;
    return startMs + (offsetSeconds + shift) * 1000;
  });
}
