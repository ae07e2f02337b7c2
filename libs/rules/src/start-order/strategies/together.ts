import { clockText, readClock } from '../clock.js';
import { listParam, numberParam, textParam } from '../params.js';
import { byAttributes, byNumber, byRaceNumber, label, ordered, refused } from '../sorting.js';
import type { PlacedEntry, PoolOrder, PoolToOrder } from '../types.js';

/**
 * Everybody of the pool starts together, positions by race number. With pools each is a fleet that starts behind the
 * one in front (RRS 26). `signals: [{t, s}]` (seconds before the start, and what is shown) are read out with it.
 */
export function mass({ entries, params, startsAt }: PoolToOrder): PoolOrder {
  const signals = Array.isArray(params['signals']) ? (params['signals'] as { t?: number; s?: string }[]) : [];
  const words = signals
    .filter(({ t }) => Number(t) < 0)
    .map(({ t, s }) => `${s} ${clockText(startsAt.ms + Number(t) * 1000, startsAt.offsetMinutes)}`);
  return ordered(
    entries.toSorted(byRaceNumber).map((entry) => ({
      entry,
      wave: 0,
      offsetSeconds: 0,
      because: ['starts together with all', ...words].join('; '),
    })),
  );
}

/**
 * Waves of `size` (a number, or "25-30" for balanced ones within), or so many `waves`, or as the entries say; `interval_s`
 * apart, or spread over `window` ("07:00-09:00"). By `sort` (attributes), else by race number. Sources: Keys 100
 * (25-30 every 5 min, by date of registration), Oxfam Trailwalker FR (three waves 07-09).
 */
export function waves(pool: PoolToOrder): PoolOrder {
  const { entries, params, startsAt } = pool;
  const sorted = entries.toSorted(byAttributes(listParam(params, 'sort') ?? []));
  const stated = sorted.some(({ wave }) => wave !== undefined && wave !== null);
  const grouped: (readonly (typeof sorted)[number][])[] = stated
    ? [...new Set(sorted.map(({ wave }) => wave ?? Number.POSITIVE_INFINITY))]
        .toSorted((a, b) => a - b)
        .map((wave) => sorted.filter((entry) => (entry.wave ?? Number.POSITIVE_INFINITY) === wave))
    : split(sorted, waveCount(sorted.length, pool));
  const window = /^(.+?)\s*[-–]\s*(.+)$/.exec(textParam(params, 'window') ?? '');
  const from = window === null ? undefined : readClock(window[1], startsAt);
  const to = window === null ? undefined : readClock(window[2], startsAt);
  const interval =
    from !== undefined && to !== undefined
      ? grouped.length < 2
        ? 0
        : (to - from) / 1000 / (grouped.length - 1)
      : numberParam(params, 'interval_s');
  if (interval === undefined && grouped.length > 1) {
    return refused({
      code: 'WAVE_INTERVAL_MISSING',
      message: 'The waves have no interval. Say interval_s, or a window such as "07:00-09:00".',
      pointer: `${pool.pointer}/interval_s`,
    });
  }
  const first = from === undefined ? 0 : (from - startsAt.ms) / 1000;
  return ordered(
    grouped.flatMap((wave, index) =>
      wave.map((entry): PlacedEntry => ({
        entry,
        wave: index,
        offsetSeconds: first + Math.round(index * (interval ?? 0)),
        because: `wave ${index + 1} of ${grouped.length}`,
      })),
    ),
  );
}

function waveCount(entries: number, { params }: PoolToOrder): number {
  const count = numberParam(params, 'waves');
  if (count !== undefined && count >= 1) return Math.floor(count);
  const [, least, most] = /^\s*(\d+)\s*[-–]\s*(\d+)\s*$/.exec(textParam(params, 'size') ?? '') ?? [];
  const size = Number(most ?? least ?? numberParam(params, 'size') ?? entries);
  return Math.max(1, Math.ceil(entries / Math.max(1, size)));
}

/** Balanced parts in order; with a plain size all are full but the last when that is what balance gives. */
function split<Item>(items: readonly Item[], count: number): (readonly Item[])[] {
  const size = Math.floor(items.length / count);
  const larger = items.length % count;
  const parts: (readonly Item[])[] = [];
  for (let index = 0, from = 0; index < count; index += 1) {
    const to = from + size + (index < larger ? 1 : 0);
    if (to > from) parts.push(items.slice(from, to));
    from = to;
  }
  return parts;
}

/**
 * With `finish_at`: everybody would finish together, start = common finish − expected elapsed time (PFRAC: 19:37:00 −
 * 35:30 = 19:01:30); expected is `expected_s` of the entry, else its time in the classification. Without it: start as far
 * behind as in the classification (Gundersen).
 */
export function pursuit(pool: PoolToOrder): PoolOrder {
  const { entries, params, startsAt, ranking } = pool;
  const timeOf = new Map(ranking?.rank(entries, 'result').map(({ entry, timeMs }) => [entry, timeMs]));
  const expectedMs = (entry: (typeof entries)[number]) =>
    typeof entry.expected_s === 'number' ? entry.expected_s * 1000 : (timeOf.get(entry) ?? null);
  const without = entries.filter((entry) => expectedMs(entry) === null);
  if (without.length > 0) {
    return refused({
      code: 'EXPECTED_TIME_MISSING',
      message: `${without.map(label).slice(0, 5).join(', ')}: no expected time and no time in the classification, so the start can't be computed.`,
      pointer: '/entries',
    });
  }
  const finishText = textParam(params, 'finish_at', 'common_finish', 'finish');
  const finish = finishText === undefined ? undefined : readClock(finishText, startsAt);
  if (finishText !== undefined && finish === undefined) {
    return refused({
      code: 'FINISH_UNREADABLE',
      message: `"${finishText}" is neither a time nor a clock such as 19:37:00.`,
      pointer: `${pool.pointer}/finish_at`,
    });
  }
  const round = Math.max(1, numberParam(params, 'round_to_s') ?? 1);
  const fastest = Math.min(...entries.map((entry) => expectedMs(entry) ?? 0));
  const startOf = (entry: (typeof entries)[number]) => {
    const own = expectedMs(entry) ?? 0;
    const exact = finish === undefined ? (own - fastest) / 1000 : (finish - own - startsAt.ms) / 1000;
    return Math.round(exact / round) * round;
  };
  return ordered(
    entries
      .toSorted((a, b) => byNumber(startOf(a), startOf(b)) || byRaceNumber(a, b))
      .map((entry) => ({
        entry,
        offsetSeconds: startOf(entry),
        because:
          finish === undefined
            ? `${Math.round(((expectedMs(entry) ?? 0) - fastest) / 1000)} s behind the leader`
            : `common finish ${clockText(finish, startsAt.offsetMinutes)} less ${duration((expectedMs(entry) ?? 0) / 1000)} expected`,
      })),
  );
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return `${h}:${String(m).padStart(2, '0')}:${String(s).padStart(2, '0')}`;
}
