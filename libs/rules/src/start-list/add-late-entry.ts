import { minutes } from '../due-times/plan-segment-offsets.js';
import { type AmendableLine, type Amendment, inOrder } from './types.js';

/** Where a late entry goes: behind the last start, or into the first slot that an absent entry left empty. */
export type LatePlacement = 'tail' | 'vacancy';

export interface LateEntry<Line extends AmendableLine> {
  /** The line without its slot. */
  readonly entry: Omit<Line, 'position' | 'group' | 'startAt' | 'because'>;
  readonly placement: LatePlacement;
  /** Seconds between the last start and one behind it; 0 joins the last group (mass start). */
  readonly gapSeconds: number;
  /** No start is given before this instant: a crew cannot be told of a minute that is over. */
  readonly notBefore: Date;
}

/**
 * Adds an entry to a published list. No line that is there moves. Sources: PGR 4x4 (a late crew starts behind
 * the last on-time crew), Siberian Husky Club (same interval as the others).
 *
 * An entry that is on the list already, vacant or not, is moved to its new slot and its old slot stays empty.
 */
export function addLateEntry<Line extends AmendableLine>(
  lines: readonly Line[],
  { entry, placement, gapSeconds, notBefore }: LateEntry<Line>,
): Amendment<Line> {
  const others = inOrder(lines.filter(({ entryId }) => entryId !== entry.entryId));
  const last = others.at(-1);
  if (last === undefined) {
    return {
      refusal: {
        code: 'START_LIST_EMPTY',
        message: 'The start list has no line to start behind. Redraw it.',
      },
    };
  }
  if (placement === 'vacancy') {
    const vacant = others.find(
      ({ status, startAt }) => status !== undefined && Date.parse(startAt) >= notBefore.getTime(),
    );
    if (vacant === undefined) {
      return {
        refusal: {
          code: 'NO_VACANCY',
          message: 'No slot that still lies ahead is empty. Place the entry at the tail of the list.',
        },
      };
    }
    const line = {
      ...entry,
      position: vacant.position,
      group: vacant.group,
      startAt: vacant.startAt,
      because: `late entry: takes slot ${vacant.position}, which was left empty (${vacant.status})`,
    } as unknown as Line;
    return { lines: inOrder([...others.filter((other) => other !== vacant), line]) };
  }
  // The clock of the last start counts, not its position: with pools or pins they may differ.
  const lastStartMs = Math.max(...others.map(({ startAt }) => Date.parse(startAt)));
  const planned = lastStartMs + gapSeconds * 1000;
  const isOver = planned < notBefore.getTime();
  const startMs = isOver ? Math.ceil(notBefore.getTime() / 60_000) * 60_000 : planned;
  const joins = gapSeconds === 0 && !isOver;
  const line = {
    ...entry,
    position: last.position + 1,
    group: Math.max(...others.map(({ group }) => group)) + (joins ? 0 : 1),
    startAt: new Date(startMs).toISOString(),
    because: joins
      ? 'late entry: starts with the last group'
      : isOver
        ? 'late entry: at the tail, at the first whole minute that can still be kept'
        : `late entry: at the tail, ${minutes(gapSeconds)} behind the last start`,
  } as unknown as Line;
  return { lines: [...others, line] };
}
