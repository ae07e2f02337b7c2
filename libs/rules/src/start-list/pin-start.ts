import { type AmendableLine, type Amendment, inOrder, without } from './types.js';

export interface Pin {
  readonly entryId: string;
  /** 1 to one behind the last: that one makes a new slot at the tail. */
  readonly position: number;
  readonly reason: string;
  /** Seconds between the last start and a new slot behind it. */
  readonly gapSeconds: number;
  /** No start before this instant is moved, given or taken. */
  readonly notBefore: Date;
}

/**
 * Puts an entry into a position by hand and holds it there. What has to move for it moves as little as possible:
 * into an empty slot nobody; else the entries between the old and the new position move by one slot, pinned and
 * vacant ones staying where they are. Slots keep their minutes.
 */
export function pinStart<Line extends AmendableLine>(
  lines: readonly Line[],
  { entryId, position, reason, gapSeconds, notBefore }: Pin,
): Amendment<Line> {
  const ordered = inOrder(lines);
  const own = ordered.find((line) => line.entryId === entryId);
  const last = ordered.at(-1);
  if (own === undefined || last === undefined || own.status !== undefined) {
    return {
      refusal: {
        code: 'ENTRY_NOT_LISTED',
        message: "This entry does not start from this list, so it can't be pinned.",
      },
    };
  }
  if (own.position === position) {
    return {
      lines: ordered.map((line) =>
        line === own ? { ...own, pinned: reason, because: pinnedBecause(position, reason) } : line,
      ),
    };
  }
  const target = ordered.find((line) => line.position === position);
  if (position < 1 || position > last.position + 1) {
    return {
      refusal: {
        code: 'PIN_OUT_OF_RANGE',
        message: `There is no position ${position}. Choose 1 to ${last.position}, or ${last.position + 1} for the tail.`,
      },
    };
  }
  if (target?.pinned !== undefined) {
    return {
      refusal: {
        code: 'POSITION_PINNED',
        message: `Position ${position} is pinned for another entry (${target.pinned}). Unpin that one first.`,
      },
    };
  }
  const isOver = (line: AmendableLine) => Date.parse(line.startAt) < notBefore.getTime();
  const place = (line: Line, slot: Pick<Line, 'position' | 'group' | 'startAt'>): Line => ({
    ...line,
    position: slot.position,
    group: slot.group,
    startAt: slot.startAt,
  });
  const pinnedTo = (slot: Pick<Line, 'position' | 'group' | 'startAt'>): Line => ({
    ...place(without(own, 'shifts'), slot),
    pinned: reason,
    because: pinnedBecause(position, reason),
  });
  const tooLate = (): Amendment<Line> => ({
    refusal: {
      code: 'START_IS_OVER',
      message: "A start that this would move is over or about to happen, so it can't be moved any more.",
    },
  });

  if (target === undefined || target.status !== undefined) {
    const slot = target ?? emptySlot(ordered, position, gapSeconds);
    if (isOver(own) || Date.parse(slot.startAt) < notBefore.getTime()) return tooLate();
    return {
      lines: inOrder([...ordered.filter((line) => line !== own && line !== target), pinnedTo(slot)]),
    };
  }
  const forward = position > own.position;
  const between = ordered.filter(
    (line) =>
      line.pinned === undefined &&
      line.status === undefined &&
      (forward
        ? line.position > own.position && line.position <= position
        : line.position < own.position && line.position >= position),
  );
  const chain = forward ? [own, ...between] : [own, ...between.toReversed()];
  if (chain.some(isOver)) return tooLate();
  // Each of the chain takes the slot of the one in front of it in the chain; the last slot is the wanted one.
  const moved = new Map(
    chain.slice(1).map((line, index) => {
      const slot = chain[index] as Line;
      return [
        line.entryId,
        { ...place(line, slot), because: `${line.because}; moved by one slot, another start was pinned` },
      ];
    }),
  );
  const slot = chain.at(-1) as Line;
  return {
    lines: inOrder(
      ordered.map((line) => (line === own ? pinnedTo(slot) : (moved.get(line.entryId) ?? line))),
    ),
  };
}

/** Lets go of a pinned start: it stays where it is until the next redraw. */
export function unpinStart<Line extends AmendableLine>(
  lines: readonly Line[],
  entryId: string,
): Amendment<Line> {
  if (!lines.some((line) => line.entryId === entryId)) {
    return { refusal: { code: 'ENTRY_NOT_LISTED', message: 'This entry is not on the start list.' } };
  }
  return {
    lines: inOrder(
      lines.map((line) =>
        line.entryId === entryId && line.pinned !== undefined
          ? { ...without(line, 'pinned'), because: `${line.because}; no longer pinned` }
          : line,
      ),
    ),
  };
}

function pinnedBecause(position: number, reason: string): string {
  return `pinned to position ${position}: ${reason}`;
}

/** A number that no line has: between two lines it takes the minute between them, at the tail a new one. */
function emptySlot(
  ordered: readonly AmendableLine[],
  position: number,
  gapSeconds: number,
): Pick<AmendableLine, 'position' | 'group' | 'startAt'> {
  const before = ordered.findLast((line) => line.position < position);
  const after = ordered.find((line) => line.position > position);
  const base = before ?? after;
  if (base === undefined) throw new RangeError('a list without lines has no slots');
  const steps = before === undefined ? position - base.position : position - before.position;
  const wanted = Date.parse(base.startAt) + steps * gapSeconds * 1000;
  const latest = after === undefined ? Number.POSITIVE_INFINITY : Date.parse(after.startAt);
  return {
    position,
    group: after === undefined ? base.group + 1 : base.group,
    startAt: new Date(Math.min(wanted, latest)).toISOString(),
  };
}
