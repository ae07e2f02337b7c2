import type { AmendableLine } from './types.js';

/**
 * How far behind the last start a further one goes: as far as the last two start groups of its pool are apart. A list
 * with one group in the pool has no distance of its own; then the stage's interval counts.
 *
 * @param pool of the further entry
 * @param startsTogether true for mass starts and waves: a further entry joins the last group
 * @param intervalSeconds the stage's interval, null when it has none
 * @param poolGapSeconds least gap in front of the pool; counts when the last line is of another pool
 * @returns seconds, 0 for joining the last group
 */
export function tailGapSeconds(
  lines: readonly AmendableLine[],
  {
    pool,
    startsTogether,
    intervalSeconds,
    poolGapSeconds,
  }: {
    readonly pool: string | null;
    readonly startsTogether: boolean;
    readonly intervalSeconds: number | null;
    readonly poolGapSeconds: number;
  },
): number {
  const last = lines.reduce<AmendableLine | undefined>(
    (latest, line) => (latest === undefined || line.startAt >= latest.startAt ? line : latest),
    undefined,
  );
  const changesPool = last !== undefined && (last.pool ?? null) !== pool;
  if (startsTogether && !changesPool) return 0;
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

/** MSUK NCR 2026 ch. 13 art. 2.23: one minute unless the event's documents say otherwise. */
const DEFAULT_GAP_SECONDS = 60;
