import { type AmendableLine, type Amendment, inOrder, type VacancyStatus, without } from './types.js';

export interface Removal {
  readonly entryId: string;
  readonly status: VacancyStatus;
  /** keep: the slot stays empty and nobody moves. close_up: those behind move up within their pool. */
  readonly policy: 'keep' | 'close_up';
  /** When closing up, no start is moved to before this instant, and none that is due before it moves. */
  readonly notBefore: Date;
}

const IN_WORDS: Record<VacancyStatus, string> = {
  withdrawn: 'withdrawn',
  dns: 'does not start',
  dnf: 'retired',
  dsq: 'disqualified',
  registered: 'no longer confirmed',
};

/**
 * Takes an entry off a published list. Default `keep`: its line stays visible as an empty slot and no other line
 * changes. `close_up`: the entries of the same pool behind it take the slot in front of them, except those that
 * are pinned or whose start is too near to be moved; the last slot of the pool falls away. Source: WRC 2018-19 has
 * both practices (6 slots kept, 7 closed up), so it is the organiser's choice and never a default.
 */
export function removeEntry<Line extends AmendableLine>(
  lines: readonly Line[],
  { entryId, status, policy, notBefore }: Removal,
): Amendment<Line> {
  const ordered = inOrder(lines);
  const removed = ordered.find((line) => line.entryId === entryId);
  if (removed === undefined) {
    return {
      refusal: { code: 'ENTRY_NOT_LISTED', message: 'This entry is not on the start list.' },
    };
  }
  if (removed.status === status) return { lines: ordered };
  const movable = (line: Line) =>
    line.status === undefined &&
    line.pinned === undefined &&
    line.pool === removed.pool &&
    Date.parse(line.startAt) >= notBefore.getTime();
  const moving = ordered.filter((line) => line.position > removed.position && movable(line));
  if (policy === 'keep' || moving.length === 0 || Date.parse(removed.startAt) < notBefore.getTime()) {
    return {
      lines: ordered.map((line) =>
        line === removed
          ? { ...without(line, 'pinned'), status, because: `${IN_WORDS[status]}: the slot stays empty` }
          : line,
      ),
    };
  }
  // Each moving entry takes the slot that the one in front of it leaves; the first one takes the removed slot.
  const slots = [removed, ...moving];
  const moved = new Map(
    moving.map((line, index) => {
      const slot = slots[index] as Line;
      return [
        line.entryId,
        {
          ...line,
          position: slot.position,
          group: slot.group,
          startAt: slot.startAt,
          because: `${line.because}; moved up, a slot in front became empty`,
        },
      ];
    }),
  );
  return {
    lines: inOrder(ordered.filter((line) => line !== removed).map((line) => moved.get(line.entryId) ?? line)),
  };
}
