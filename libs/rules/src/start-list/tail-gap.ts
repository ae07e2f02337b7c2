import type { AmendableLine } from './types.js';

/**
 * How far behind the last start a further one goes: as far as the last two start groups of its pool are apart. A list
 * with one group in the pool has no distance of its own; then the stage's interval counts.
 *
 * @param pool of the further entry
 * @param joins whether a further entry starts with the last group: a mass start takes everybody, a wave one more while
 *   it is smaller than another
 * @param intervalSeconds the stage's interval, null when it has none
 * @param poolGapSeconds least gap in front of the pool; counts when the last line is of another pool
 * @returns seconds, 0 for joining the last group
 */
export function tailGapSeconds(
  lines: readonly AmendableLine[],
  {
    pool,
    joins,
    intervalSeconds,
    poolGapSeconds,
  }: {
    readonly pool: string | null;
    readonly joins: 'always' | 'while_smaller' | 'never';
    readonly intervalSeconds: number | null;
    readonly poolGapSeconds: number;
  },
): number {
  const last = lines.reduce<AmendableLine | undefined>(
    (latest, line) => (latest === undefined || line.startAt >= latest.startAt ? line : latest),
    undefined,
  );
  const changesPool = last !== undefined && (last.pool ?? null) !== pool;
  if (!changesPool && (joins === 'always' || (joins === 'while_smaller' && hasRoom(lines, last)))) return 0;
  const starts = [
    ...new Set(lines.filter((line) => (line.pool ?? null) === pool).map(({ startAt }) => startAt)),
  ]
    .toSorted()
    .slice(-2);
  const [before, latest] = starts;
  const own =
    before !== undefined && latest !== undefined
      ? (Date.parse(latest) - Date.parse(before)) / 1000
      : undefined;
  const gap = own ?? intervalSeconds ?? DEFAULT_GAP_SECONDS;
  return changesPool ? Math.max(gap, poolGapSeconds) : gap;
}

function hasRoom(lines: readonly AmendableLine[], last: AmendableLine | undefined): boolean {
  const sizes = new Map<number, number>();
  for (const { group, pool } of lines) {
    if ((pool ?? null) === (last?.pool ?? null)) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  }
  return sizes.size < 2 || (sizes.get(last?.group ?? 0) ?? 0) < Math.max(...sizes.values());
}

/** MSUK NCR 2026 ch. 13 art. 2.23: one minute unless the event's documents say otherwise. */
const DEFAULT_GAP_SECONDS = 60;
