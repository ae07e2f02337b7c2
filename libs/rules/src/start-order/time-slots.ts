import { numberParam } from './params.js';
import { numberOf } from './sorting.js';
import type { GapBand, PlacedEntry, PlanRemark, StartOrderStage } from './types.js';

/** A position of the list: who has it, or nobody. */
export interface Slot {
  readonly position: number;
  /** undefined: a slot that a pin behind it leaves empty. */
  readonly placed: PlacedEntry | undefined;
  /** The pool that the slot belongs to. */
  readonly poolId: string | null;
}

export interface TimedSlot extends Slot {
  readonly group: number;
  readonly startMs: number;
}

/** How a pool gives its starts. */
export interface PoolTiming {
  readonly bands: readonly GapBand[];
  readonly gapBeforeSeconds: number;
  /** Planned first start of the pool, epoch milliseconds. */
  readonly startsAtMs: number | undefined;
  /** Set when the strategy gives the minutes: seconds behind the pool's start and the wave, in order. */
  readonly own: readonly { readonly offsetSeconds: number; readonly wave: number | undefined }[] | undefined;
}

/**
 * Gives each slot its start. A gap is the time between a start group and the one in front of it, and it is the band of
 * the entry behind that counts (RaceDB); a pool begins its least gap behind the last start of the pool in front. Slots
 * that nobody has count like all others.
 */
export function timeSlots(
  slots: readonly Slot[],
  {
    stage,
    firstStartMs,
    timingOf,
  }: {
    readonly stage: StartOrderStage;
    readonly firstStartMs: number;
    readonly timingOf: (poolId: string | null) => PoolTiming;
  },
): { readonly timed: readonly TimedSlot[]; readonly problems: readonly PlanRemark[] } {
  const minimum = stage.min_gap_s ?? numberParam(stage.params ?? {}, 'min_gap_s') ?? 0;
  const countOf = new Map<string | null, number>();
  for (const { poolId } of slots) countOf.set(poolId, (countOf.get(poolId) ?? 0) + 1);
  const seen = new Map<string | null, number>();
  const poolStart = new Map<string | null, number>();
  const timed: TimedSlot[] = [];
  const problems: PlanRemark[] = [];
  let last:
    | {
        startMs: number;
        group: number;
        poolId: string | null;
        band: GapBand | undefined;
        wave: number | undefined;
      }
    | undefined;
  let inGroup = 0;
  for (const slot of slots) {
    const { poolId, placed } = slot;
    const timing = timingOf(poolId);
    const index = seen.get(poolId) ?? 0;
    seen.set(poolId, index + 1);
    const band = bandOf(timing.bands, index, countOf.get(poolId) ?? 0, poolId, placed);
    const gap = Math.max(band?.gap_s ?? 0, minimum);
    const changesPool = last !== undefined && last.poolId !== poolId;
    const own = timing.own?.[Math.min(index, timing.own.length - 1)];
    let startMs: number;
    let joins = false;
    const earliest =
      last === undefined
        ? firstStartMs
        : last.startMs +
          Math.max(changesPool ? timing.gapBeforeSeconds : 0, own === undefined ? gap : 0) * 1000;
    if (own !== undefined) {
      if (!poolStart.has(poolId)) {
        const planned = timing.startsAtMs ?? (last === undefined ? firstStartMs : earliest);
        poolStart.set(poolId, Math.max(planned, changesPool ? earliest : planned));
      }
      // A start pinned behind those of another pool goes with them: nobody starts before the one in front.
      startMs = Math.max(
        (poolStart.get(poolId) ?? firstStartMs) + own.offsetSeconds * 1000,
        last?.startMs ?? Number.NEGATIVE_INFINITY,
      );
      joins = last !== undefined && !changesPool && last.startMs === startMs && last.wave === own.wave;
    } else if (last === undefined || changesPool) {
      startMs = timing.startsAtMs !== undefined && !poolStart.has(poolId) ? timing.startsAtMs : earliest;
      if (startMs < earliest && last !== undefined) {
        problems.push({
          code: 'POOL_STARTS_TOO_EARLY',
          message: `Pool ${poolId ?? ''} would start before the pool in front of it is away. Plan it later, or shorten the gaps.`,
          pointer: '/stage/pools',
        });
      }
      poolStart.set(poolId, startMs);
    } else {
      joins = last.band === band && inGroup < (band?.group ?? 1);
      startMs = joins ? last.startMs : earliest;
    }
    inGroup = joins ? inGroup + 1 : 1;
    const group = last === undefined ? 1 : joins ? last.group : last.group + 1;
    timed.push({ ...slot, startMs, group });
    last = { startMs, group, poolId, band, wave: own?.wave };
  }
  return { timed, problems };
}

function bandOf(
  bands: readonly GapBand[],
  index: number,
  count: number,
  poolId: string | null,
  placed: PlacedEntry | undefined,
): GapBand | undefined {
  return bands.find((band) => {
    if (band.pool !== undefined && band.pool !== poolId) return false;
    if (band.first !== undefined) return index < band.first;
    if (band.last !== undefined) return index >= count - band.last;
    if (band.from_bib !== undefined || band.to_bib !== undefined) {
      const number = placed === undefined ? null : numberOf(placed.entry);
      const ends = [band.from_bib ?? 0, band.to_bib ?? Number.MAX_SAFE_INTEGER];
      return number !== null && number >= Math.min(...ends) && number <= Math.max(...ends);
    }
    return true;
  });
}
