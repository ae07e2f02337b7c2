import type { Instant } from '../instants.js';
import { minutes } from '../due-times/plan-segment-offsets.js';
import { bandOf, DEFAULT_BAND, type Band } from './gaps.js';
import type { Slot } from './place-entries.js';
import type { Draw, Pool } from './read-document.js';
import type { Remarks } from './remarks.js';
import type { PoolOrder, Timing, WaveTiming } from './strategies/strategy.js';
import { clock, nameOf } from './words.js';

/** A slot with its time. */
export interface TimedSlot {
  readonly slot: Slot;
  readonly group: number;
  readonly startMs: number;
  /** What is worth saying about the time: "3 min behind #12". Empty when it is as for the one in front. */
  readonly timeWords: string;
}

/** A slot with the band that gives its gap; undefined: none fits, 60 s. */
interface BandedSlot {
  readonly slot: Slot;
  readonly gapPool: string;
  readonly band: Band | undefined;
}

/** Neighbouring slots that one pool times. */
interface Run<Kind extends Timing = Timing> extends Border {
  readonly timing: Kind;
  readonly slots: readonly BandedSlot[];
  /** The last start group in front of the run; undefined at the front of the list. */
  readonly inFront: TimedSlot | undefined;
  /** Epoch milliseconds at which the run starts, when its first gap is of so many seconds. */
  readonly startMs: (ownGapSeconds: number) => number;
  /** Least seconds between the group in front and the first group, its own gap left aside. */
  readonly borderSeconds: number;
}

/** What a refusal about the start of a pool is told with. */
interface Border {
  readonly pool: Pool;
  readonly startsAt: Instant | undefined;
  readonly remarks: Remarks;
}

/** The list as it grows. */
interface Walk {
  readonly timed: TimedSlot[];
  last(): TimedSlot | undefined;
  /** Starts a new group. */
  open(slot: Slot, startMs: number, timeWords: string, groupNumber?: number): void;
  /** Adds to the group that was opened last. */
  join(slot: Slot, timeWords: string): void;
}

/**
 * Gives each slot its start, walking the list from the front.
 *
 * Gaps stand before an entry: a start group starts its own band's gap behind the group in front of it, a vacant
 * slot counting like an occupied one. The first group starts at the start of the stage. The first group of a
 * later pool starts `gap_before_s` behind the last group of the pool before, or its own band's gap when that is
 * longer; empty pools hand their `gap_before_s` on, the longest counts. A pool's own start holds unless it is
 * earlier than that, which is a problem. `min_gap_s` is the least of every gap.
 *
 * @param orders of the pools, with the timing that each strategy asks for
 */
export function timeSlots(
  draw: Draw,
  orders: ReadonlyMap<Pool, PoolOrder>,
  slots: readonly Slot[],
  remarks: Remarks,
): TimedSlot[] {
  const walk = startWalk();
  const seen = new Set<Pool>();
  for (const part of runsOf(bandedSlots(draw, slots))) {
    const pool = part[0]?.slot.pool;
    if (pool === undefined) continue;
    const inFront = walk.last();
    const borderSeconds =
      inFront === undefined
        ? 0
        : Math.max(pool.minGapSeconds, gapBetween(draw.pools, inFront.slot.pool, pool));
    const isFirstOfPool = !seen.has(pool);
    seen.add(pool);
    const border: Border = { pool, startsAt: draw.startsAt, remarks };
    const run: Run = {
      ...border,
      timing: orders.get(pool)?.timing ?? { kind: 'bands' },
      slots: part,
      inFront,
      borderSeconds,
      startMs: (ownGapSeconds) => {
        if (inFront === undefined) return startOfPool(border, draw.startsAt?.ms ?? 0);
        const earliestMs = inFront.startMs + ms(Math.max(ownGapSeconds, borderSeconds));
        return isFirstOfPool ? startOfPool(border, earliestMs) : earliestMs;
      },
    };
    timeRun(draw, run, walk);
  }
  return walk.timed;
}

function timeRun(draw: Draw, run: Run, walk: Walk): void {
  const { timing } = run;
  switch (timing.kind) {
    case 'bands':
      return inBands(draw, { ...run, timing }, walk);
    case 'together':
      return together(draw, { ...run, timing }, walk);
    case 'waves':
      return inWaves(draw, { ...run, timing }, walk);
    case 'own_times':
      return atOwnTimes({ ...run, timing }, walk);
  }
}

/** Group behind group, at the gap of each group's own band. */
function inBands(draw: Draw, { pool, slots, inFront, startMs, remarks }: Run, walk: Walk): void {
  let groupSize = 0;
  let gapInFront = Number.NaN;
  for (const [index, { slot, band = DEFAULT_BAND, gapPool }] of slots.entries()) {
    const before = slots[index - 1];
    const sameBand = before !== undefined && before.gapPool === gapPool && before.band === slots[index]?.band;
    if (sameBand && groupSize < band.group) {
      groupSize += 1;
      walk.join(slot, '');
      continue;
    }
    const gapSeconds = Math.max(band.gapSeconds, pool.minGapSeconds);
    const last = walk.last();
    const start =
      before === undefined || last === undefined ? startMs(gapSeconds) : last.startMs + ms(gapSeconds);
    const isBorder = before === undefined && inFront !== undefined;
    const changed =
      before !== undefined && !sameBand && gapSeconds !== gapInFront && !Number.isNaN(gapInFront);
    walk.open(slot, start, last !== undefined && (isBorder || changed) ? behind(last, start) : '');
    if (last !== undefined && slots[index]?.band === undefined) tellDefaultGap(draw, remarks);
    if (last !== undefined) gapInFront = gapSeconds;
    groupSize = 1;
  }
}

/** All at once, behind the fleet in front by its gap or by the signals of the start. */
function together(draw: Draw, run: Run<Extract<Timing, { kind: 'together' }>>, walk: Walk): void {
  const { slots, timing, inFront } = run;
  const band = slots[0]?.band;
  const statedGap = draw.gapsAreStated && band !== undefined ? band.gapSeconds : 0;
  const start = run.startMs(Math.max(timing.leadSeconds, statedGap));
  const signals = timing.inWords(start);
  for (const [index, { slot }] of slots.entries()) {
    if (index > 0) {
      walk.join(slot, signals);
      continue;
    }
    const words = [inFront === undefined ? '' : behind(inFront, start), signals];
    walk.open(slot, start, words.filter((word) => word !== '').join(', '));
  }
}

function inWaves(draw: Draw, run: Run<WaveTiming>, walk: Walk): void {
  const { slots, timing, pool, remarks } = run;
  const waves = timing.explicit ? explicitWaves(slots) : cutWaves(slots, timing);
  const [first = 0] = waves;
  const steps = (waves.at(-1) ?? first) - first;
  const ordinals = new Map([...new Set(waves)].map((wave, index) => [wave, index + 1]));
  const { window } = timing;
  const stepSeconds =
    window === undefined || steps === 0 ? undefined : (window.toMs - window.fromMs) / steps / 1000;
  if (stepSeconds !== undefined && stepSeconds < pool.minGapSeconds) {
    remarks.problem(
      'WINDOW_TOO_SHORT',
      `${steps + 1} waves do not fit into the window with ${pool.minGapSeconds} s between them.`,
      window?.pointer ?? '/stage/params/window',
    );
  }
  // The numbers of the entries' own waves are printed on bibs; they are kept where they can be told apart.
  const keepNumbers = timing.explicit && draw.pools.filter(({ entries }) => entries.length > 0).length === 1;
  for (const [index, { slot, band = DEFAULT_BAND }] of slots.entries()) {
    const wave = waves[index] ?? first;
    const before = waves[index - 1];
    const last = walk.last();
    // Waves that the entries bring along are told by the strategy.
    const number = timing.explicit ? '' : `wave ${ordinals.get(wave) ?? 1} of ${ordinals.size}`;
    if (before === wave) {
      walk.join(slot, number);
      continue;
    }
    const intervalSeconds = Math.max(timing.intervalSeconds ?? band.gapSeconds, pool.minGapSeconds);
    const start =
      window !== undefined
        ? startInWindow(run, window, steps === 0 ? 0 : (wave - first) / steps, before === undefined)
        : before === undefined || last === undefined
          ? run.startMs(intervalSeconds)
          : last.startMs + ms(intervalSeconds) * (wave - before);
    if (
      timing.intervalSeconds === undefined &&
      window === undefined &&
      !draw.gapsAreStated &&
      last !== undefined
    ) {
      tellDefaultGap(draw, remarks);
    }
    walk.open(
      slot,
      start,
      [number, before === undefined && last !== undefined ? behind(last, start) : '']
        .filter((word) => word !== '')
        .join(', '),
      keepNumbers && Number.isInteger(wave) && wave > 0 ? wave : undefined,
    );
  }
}

/** Whole seconds, so that a spread of 7 waves over 2 hours can be called out. */
function startInWindow(
  run: Run,
  window: NonNullable<WaveTiming['window']>,
  share: number,
  isFirst: boolean,
): number {
  const { inFront, borderSeconds } = run;
  const start = window.fromMs + Math.round(((window.toMs - window.fromMs) * share) / 1000) * 1000;
  if (isFirst && inFront !== undefined && start < inFront.startMs + ms(borderSeconds)) {
    tooEarly(run, start, inFront.startMs + ms(borderSeconds), window.pointer);
  }
  return start;
}

/** Waves of slots: the cut is made after the pins, so that a pinned entry fills a place of the wave it is in. */
function cutWaves(slots: readonly BandedSlot[], timing: WaveTiming): number[] {
  return timing.sizes(slots.length).flatMap((size, wave) => Array.from({ length: size }, () => wave + 1));
}

/** Waves that the entries bring along; a pinned entry starts with the waves around its position. */
function explicitWaves(slots: readonly BandedSlot[]): number[] {
  const own = slots.map(({ slot }) => slot.placed?.entry.wave ?? undefined);
  const last = own.reduce<number>((most, wave) => Math.max(most, wave ?? 0), 0);
  const latest = backwards(slots, ({ slot }) =>
    slot.pin === undefined && slot.placed !== undefined ? (slot.placed.entry.wave ?? last + 1) : undefined,
  );
  let wave = Number.NEGATIVE_INFINITY;
  return slots.map(({ slot }, index) => {
    const wanted = slot.placed === undefined ? wave : (own[index] ?? last + 1);
    wave = Math.min(Math.max(wanted, wave), latest[index] ?? Number.POSITIVE_INFINITY);
    if (!Number.isFinite(wave)) wave = latest[index] ?? 1;
    return wave;
  });
}

/**
 * Each entry at its own time. A pinned entry keeps its own if the neighbours allow it, else it starts with the
 * neighbour that is nearer: it is moved, and nobody else's time is. An entry without a time starts behind the
 * one in front by its band's gap. Equal starts are one group.
 */
function atOwnTimes(run: Run<Extract<Timing, { kind: 'own_times' }>>, walk: Walk): void {
  const { pool, slots, timing, inFront, borderSeconds } = run;
  const baseMs = timing.from === 'epoch' ? 0 : run.startMs(0);
  const ownMs = ({ slot: { placed } }: BandedSlot): number | undefined =>
    placed?.ownTimeMs === undefined || placed.waits || placed.pool !== pool
      ? undefined
      : baseMs + placed.ownTimeMs;
  const latest = backwards(slots, (one) => (one.slot.pin === undefined ? ownMs(one) : undefined));
  for (const [index, one] of slots.entries()) {
    const { slot, band = DEFAULT_BAND } = one;
    const last = walk.last();
    const isFirst = index === 0;
    const own = ownMs(one);
    const waiting =
      last === undefined || isFirst ? run.startMs(band.gapSeconds) : last.startMs + ms(band.gapSeconds);
    const wanted = own ?? waiting;
    const start = Math.min(
      isFirst || last === undefined ? wanted : Math.max(wanted, last.startMs),
      latest[index] ?? Number.POSITIVE_INFINITY,
    );
    if (isFirst && inFront !== undefined && start < inFront.startMs + ms(borderSeconds)) {
      tooEarly(run, start, inFront.startMs + ms(borderSeconds), `${pool.pointer}/params`);
    }
    if (last === undefined || isFirst) {
      walk.open(slot, start, inFront === undefined ? '' : behind(inFront, start));
    } else if (start <= last.startMs) {
      walk.join(slot, '');
    } else {
      const held = Math.max(start, last.startMs + ms(pool.minGapSeconds));
      walk.open(slot, held, held > start || own === undefined ? behind(last, held) : '');
    }
  }
}

/** For each slot the value of the nearest slot from here to the end that has one. */
function backwards<T>(slots: readonly T[], valueOf: (slot: T) => number | undefined): (number | undefined)[] {
  const values: (number | undefined)[] = [];
  let next: number | undefined;
  for (const slot of slots.toReversed()) {
    next = valueOf(slot) ?? next;
    values.push(next);
  }
  return values.toReversed();
}

function startWalk(): Walk {
  const timed: TimedSlot[] = [];
  return {
    timed,
    last: () => timed.at(-1),
    open: (slot, startMs, timeWords, groupNumber) => {
      timed.push({ slot, group: groupNumber ?? (timed.at(-1)?.group ?? 0) + 1, startMs, timeWords });
    },
    join: (slot, timeWords) => {
      const { group, startMs } = timed.at(-1) ?? { group: 1, startMs: 0 };
      timed.push({ slot, group, startMs, timeWords });
    },
  };
}

function* runsOf(slots: readonly BandedSlot[]): Generator<readonly BandedSlot[]> {
  let from = 0;
  for (let index = 1; index <= slots.length; index += 1) {
    if (index < slots.length && slots[index]?.slot.pool === slots[from]?.slot.pool) continue;
    yield slots.slice(from, index);
    from = index;
  }
}

/** Finds the band of every slot; a vacant slot counts for the pool in which it is timed. */
function bandedSlots(draw: Draw, slots: readonly Slot[]): BandedSlot[] {
  const sizes = new Map<string, number>();
  const gapPools = slots.map((slot): string => {
    const gapPool = gapPoolOf(draw, slot);
    sizes.set(gapPool, (sizes.get(gapPool) ?? 0) + 1);
    return gapPool;
  });
  const counted = new Map<string, number>();
  return slots.map((slot, inList) => {
    const gapPool = gapPools[inList] ?? '';
    const inPool = counted.get(gapPool) ?? 0;
    counted.set(gapPool, inPool + 1);
    const band = bandOf(draw.bandsOf(gapPool), {
      entry: slot.placed?.entry,
      gapPool,
      inPool,
      poolSize: sizes.get(gapPool) ?? 0,
      inList,
      listSize: slots.length,
    });
    return { slot, gapPool, band };
  });
}

function gapPoolOf(draw: Draw, { pool, placed }: Slot): string {
  if (pool.id !== '') return pool.id;
  return placed === undefined ? '' : draw.gapPoolOf(placed.entry);
}

/** Seconds that lie between two pools; empty pools on the way hand theirs on. */
export function gapBetween(pools: readonly Pool[], from: Pool, to: Pool): number {
  if (from === to) return 0;
  const crossed = from.index < to.index ? pools.slice(from.index + 1, to.index + 1) : [to];
  // A pool that has entries was crossed before; only the empty ones and the entered one count.
  return crossed.reduce(
    (most, pool) => (pool === to || pool.entries.length === 0 ? Math.max(most, pool.gapBeforeSeconds) : most),
    0,
  );
}

function startOfPool(border: Border, earliestMs: number): number {
  const { pool } = border;
  if (pool.startsAtMs === undefined) return earliestMs;
  if (pool.startsAtMs < earliestMs) {
    tooEarly(border, pool.startsAtMs, earliestMs, `${pool.pointer}/startsAt`);
  }
  return pool.startsAtMs;
}

function tooEarly(
  { pool, startsAt, remarks }: Border,
  startMs: number,
  earliestMs: number,
  pointer: string,
): void {
  remarks.problem(
    'POOL_TOO_EARLY',
    `${pool.id === '' ? 'The list' : `Pool ${pool.id}`} would start at ${clock(startMs, startsAt)}, but ${clock(earliestMs, startsAt)} is the earliest. Move it, or shorten the gaps in front of it.`,
    pointer,
  );
}

function tellDefaultGap(draw: Draw, remarks: Remarks): void {
  remarks.notice(
    'GAP_DEFAULT',
    `${draw.gapsAreStated ? 'No band of the gaps fits some of the entries: they' : 'No gap is stated: entries'} start 60 s apart (Motorsport UK NCR 2026 ch. 13 art. 2.23).`,
    '/stage/gaps',
  );
}

/** "3 min behind #12". */
function behind({ slot, startMs }: TimedSlot, laterMs: number): string {
  const whom = slot.placed === undefined ? `position ${slot.position}` : nameOf(slot.placed.entry);
  const seconds = (laterMs - startMs) / 1000;
  return seconds === 0 ? `together with ${whom}` : `${minutes(seconds)} behind ${whom}`;
}

function ms(seconds: number): number {
  return Math.round(seconds * 1000);
}
