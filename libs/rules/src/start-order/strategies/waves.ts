import { ascending, byRaceNumber, type Competitor } from '../competitor.js';
import { numberOf } from '../params.js';
import { onDayOf, readClock } from '../times.js';
import { ordinal, quoted } from '../words.js';
import { readSort, sorted, sortKeyOf, sortWords } from './sort.js';
import type { Placed, PoolOrder, StrategyRequest, WaveTiming } from './strategy.js';

/**
 * Start groups of many. The waves are cut by
 *   `params.size`   a number: waves of that size, the last one smaller; "25-30": as few waves as that allows,
 *                   of even size (Keys 100: 25 to 30 every 5 min);
 *   `params.waves`  so many waves of even size (Oxfam Trailwalker France: three);
 *   the entries' `wave`, when neither is given; an entry without one starts in a wave behind the last.
 * and start `interval_s` apart, or spread evenly over `window` ("07:00-09:00", by the clock of `startsAt`; the
 * first wave at its beginning, the last at its end).
 *
 * The order into the waves is `params.sort` (names of entry fields), else the race number. `params.first` names a
 * pool or priority that goes first, `rest` is another word for the sort of the others ("registration date").
 * A wave never mixes pools, unless the stage does not keep them apart. Of even waves the first are the larger.
 */
export function waves(request: StrategyRequest): PoolOrder {
  const timing = readWaves(request);
  const rest = request.params.find('rest')?.value;
  const keys = readSort(request) ?? (typeof rest === 'string' ? [sortKeyOf(rest)] : []);
  const first = request.params.find('first')?.value;
  const isFirst = ({ pool, priority }: Competitor): boolean =>
    typeof first === 'string' &&
    [pool, priority].some((label) => label?.toLowerCase() === first.toLowerCase());
  const order = sorted(request.entries, keys);
  const inOrder = [...order.filter(isFirst), ...order.filter((entry) => !isFirst(entry))];
  const how = keys.length === 0 ? 'by race number' : `by ${sortWords(keys)}`;
  return {
    ordered: timing.explicit
      ? inOrder
          .toSorted((a, b) => ascending(a.wave, b.wave) || (keys.length === 0 ? byRaceNumber(a, b) : 0))
          .map((entry) => ({
            entry,
            fact: entry.wave === null ? 'no wave: behind the last wave' : `wave ${entry.wave}`,
          }))
      : inOrder.map((entry, index): Placed => ({
          entry,
          fact: isFirst(entry) ? `${String(first)} first, ${how}` : `${ordinal(index + 1)} ${how}`,
        })),
    unplaced: [],
    timing,
  };
}

function readWaves(request: StrategyRequest): WaveTiming {
  const { params, remarks, entries } = request;
  const size = readSize(request);
  const count = params.number(['waves'], 1);
  const explicit = size === undefined && count === undefined && entries.some(({ wave }) => wave !== null);
  if (size === undefined && count === undefined && !explicit && params.find('size') === undefined) {
    remarks.problem(
      'PARAM_MISSING',
      'Say how the waves are made: enter "size", "waves", or a wave for the entries.',
      '/stage/params/size',
    );
  }
  const wholeCount = count === undefined ? undefined : Math.floor(count);
  return {
    kind: 'waves',
    explicit,
    sizes: (slots) =>
      size === undefined
        ? even(slots, Math.min(wholeCount ?? 1, slots))
        : size.even
          ? even(slots, Math.ceil(slots / size.largest))
          : chunks(slots, size.largest),
    intervalSeconds: params.number(['interval_s'], 0),
    window: readWindow(request),
  };
}

function readSize({ params, remarks }: StrategyRequest): { largest: number; even: boolean } | undefined {
  const param = params.find('size');
  if (param === undefined) return undefined;
  const range = typeof param.value === 'string' ? /^(\d+)\s*[-–]\s*(\d+)$/.exec(param.value.trim()) : null;
  const largest = range === null ? numberOf(param.value) : Number(range[2]);
  if (largest === undefined || largest < 1 || !Number.isInteger(largest) || Number(range?.[1]) > largest) {
    remarks.problem(
      'PARAM_INVALID',
      `"size" is ${quoted(param.value)}. Write a number of entries, or a range as "25-30".`,
      param.pointer,
    );
    return undefined;
  }
  return { largest, even: range !== null };
}

function readWindow({ params, startsAt, remarks }: StrategyRequest): WaveTiming['window'] {
  const param = params.find('window');
  if (param === undefined) return undefined;
  const [from, to, more] = String(param.value)
    .split(/\s*[-–]\s*/)
    .map(readClock);
  if (from === undefined || to === undefined || more !== undefined || to < from) {
    remarks.problem(
      'PARAM_INVALID',
      `"window" is ${quoted(param.value)}. Write the first and the last start: "07:00-09:00".`,
      param.pointer,
    );
    return undefined;
  }
  return startsAt === undefined
    ? undefined
    : { fromMs: onDayOf(startsAt, from), toMs: onDayOf(startsAt, to), pointer: param.pointer };
}

/** So many waves whose sizes differ by one at most; the first are the larger. */
function even(slots: number, count: number): number[] {
  const small = Math.floor(slots / count);
  return Array.from({ length: count }, (_, index) => (index < slots % count ? small + 1 : small));
}

function chunks(slots: number, size: number): number[] {
  return Array.from({ length: Math.ceil(slots / size) }, (_, index) => Math.min(size, slots - index * size));
}
