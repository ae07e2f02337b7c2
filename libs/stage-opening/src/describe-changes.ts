import type { LineChange } from '@trm/rules';
import { localClock } from './local-clock.js';

const SHOWN = 6;

/**
 * What moved, as a sentence without its full stop: "#7 from position 3, 08:03 to position 9, 08:09; #12 does not
 * start and its slot stays empty".
 */
export function describeChanges(diff: readonly LineChange[], timezone: string): string {
  if (diff.length === 0) return 'no start moved';
  const first = diff.find(({ from, to }) => (from ?? to) !== null);
  const day = first?.from?.startAt ?? first?.to?.startAt;
  const clock = localClock(timezone, day === undefined ? undefined : new Date(day));
  const moved = diff.filter(({ change }) => change === 'moved');
  const shift = commonShift(moved);
  if (shift !== undefined && moved.length > SHOWN && moved.length === diff.length) {
    return `${moved.length} starts move by ${shift} min`;
  }
  const slot = (at: LineChange['from']) =>
    at === null ? '' : `position ${at.position}, ${clock(new Date(at.startAt))}`;
  const inWords: Record<LineChange['change'], (of: LineChange) => string> = {
    added: ({ to }) => `starts from ${slot(to)}`,
    removed: () => 'is no longer on the list',
    vacated: ({ from }) => `does not start and the slot at ${slot(from)} stays empty`,
    reinstated: ({ to }) => `starts again from ${slot(to)}`,
    pinned: ({ to }) => `is pinned to ${slot(to)}`,
    unpinned: () => 'is no longer pinned',
    respaced: () => 'starts with other entries or has other times on the way',
    moved: ({ from, to }) => `from ${slot(from)} to ${slot(to)}`,
  };
  const words = diff.slice(0, SHOWN).map((line) => {
    const who = line.raceNumber === null ? `"${line.name ?? '?'}"` : `#${line.raceNumber}`;
    return `${who} ${inWords[line.change](line)}`;
  });
  const rest = diff.length - words.length;
  return words.join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}

/** The minutes that all moved by, when it is the same for all and whole. */
function commonShift(moved: readonly LineChange[]): number | undefined {
  const shifts = new Set(
    moved.map(({ from, to }) =>
      from === null || to === null
        ? Number.NaN
        : (Date.parse(to.startAt) - Date.parse(from.startAt)) / 60_000,
    ),
  );
  const [only] = shifts;
  return shifts.size === 1 && only !== undefined && Number.isInteger(only) && only !== 0 ? only : undefined;
}
