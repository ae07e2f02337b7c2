import { type AmendableLine, type Amendment, inOrder, without } from './types.js';

/**
 * Gives an entry that comes back its own slot again, when that still lies ahead. Whoever it is too late for is
 * a late entry.
 */
export function reinstateEntry<Line extends AmendableLine>(
  lines: readonly Line[],
  entryId: string,
  notBefore: Date,
): Amendment<Line> {
  const own = lines.find((line) => line.entryId === entryId);
  if (own === undefined || Date.parse(own.startAt) < notBefore.getTime()) {
    return {
      refusal: { code: 'SLOT_IS_OVER', message: 'The slot of this entry is over. Add it as a late entry.' },
    };
  }
  if (own.status === undefined) return { lines: inOrder(lines) };
  const back = { ...without(own, 'status'), because: 'reinstated: has its own slot again' };
  return { lines: inOrder(lines.map((line) => (line === own ? back : line))) };
}
