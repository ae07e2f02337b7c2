/** Why a line of a published list starts nobody: its slot stays empty. */
export type VacancyStatus = 'withdrawn' | 'dns' | 'dnf' | 'dsq' | 'registered';

/** A deviation of one entry from the list's segment offsets: from that segment on, by so many seconds. */
export interface SegmentShift {
  readonly segmentId: string;
  readonly seconds: number;
}

/** What the amendments of a list know of a line; a published line has more members, which they carry along. */
export interface AmendableLine {
  /** From 1. Unique in the list; a number that is missing is a slot that nobody has. */
  readonly position: number;
  /** Entries of one group start together. */
  readonly group: number;
  readonly entryId: string;
  /** Start of the stage, ISO 8601, UTC. */
  readonly startAt: string;
  readonly because: string;
  /** Priority or class group that starts as a block; null when the list has no pools. */
  readonly pool?: string | null;
  /** Set when the entry does not start although it had this slot. */
  readonly status?: VacancyStatus;
  /** Why an official holds the entry in this position; it survives every redraw. */
  readonly pinned?: string;
  /** Present when a delay from a segment on did not concern this entry any more. */
  readonly shifts?: readonly SegmentShift[];
}

/** What the amendments know of a segment of the list. */
export interface AmendableSegment {
  readonly segmentId: string;
  readonly name: string;
  /** Seconds behind an entry's start of the stage, delays included. */
  readonly offsetSeconds: number;
  /** The same for the end of the segment; null or absent without a target duration. */
  readonly dueOffsetSeconds?: number | null;
  /** Announced delay from this segment on, in seconds; part of the offsets from here on. */
  readonly delaySeconds?: number;
}

/** Why an amendment cannot be made, for people and for programs. */
export interface AmendmentRefusal {
  readonly code: string;
  readonly message: string;
}

/** The amended lines in order of position, or why not. */
export type Amendment<Line> = { readonly lines: readonly Line[] } | { readonly refusal: AmendmentRefusal };

/** Sorts lines as they are printed. */
export function inOrder<Line extends AmendableLine>(lines: readonly Line[]): Line[] {
  return lines.toSorted((a, b) => a.position - b.position);
}

/** The line without members that no longer hold. */
export function without<Line extends AmendableLine>(
  line: Line,
  ...members: ('status' | 'pinned' | 'shifts')[]
): Line {
  const copy = { ...line };
  for (const member of members) delete copy[member];
  return copy;
}
