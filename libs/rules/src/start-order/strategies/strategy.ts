import type { Competitor } from '../competitor.js';
import type { TieBreak, UnplacedEntry } from '../document.js';
import type { Params } from '../params.js';
import type { Remarks } from '../remarks.js';
import type { Standing } from '../standing.js';
import type { Instant } from '../../instants.js';

/** What a strategy is asked to order: the entries of one pool. */
export interface StrategyRequest {
  /** Empty when the stage has no pools. */
  readonly poolId: string;
  readonly entries: readonly Competitor[];
  /** Of all pools. */
  readonly allEntries: readonly Competitor[];
  readonly params: Params;
  /** Finds any entry of the document by its id or race number, as an official wrote it down. */
  readonly findEntry: (reference: unknown) => Competitor | undefined;
  /** The classification by its own ranking; undefined when the document has none. */
  readonly result: Standing | undefined;
  /** The same, ranked by the times without penalties. */
  readonly cleanResult: Standing | undefined;
  /** Whether the entry belongs to another pool, so that its result says nothing about this one. */
  readonly inOtherPool: (entryId: string) => boolean;
  readonly tieBreak: readonly TieBreak[];
  readonly rejoinPlacement: RejoinPlacement;
  /** False when `rejoinPlacement` is the default and nobody asked for it. */
  readonly rejoinPlacementChosen: boolean;
  readonly seed: string | undefined;
  /** Undefined when it is missing or unreadable, which is a problem of its own. */
  readonly startsAt: Instant | undefined;
  readonly remarks: Remarks;
}

/**
 * Where a rejoiner starts. Source: WRC 2018-19 has the front of the group (Sweden, Germany, Argentina 2019) and
 * its back (Mexico, Italy, Turkey 2018), so it is a parameter.
 */
export type RejoinPlacement = 'front' | 'by_classification' | 'back_of_pool' | 'manual';

/** An entry in its place of the order, with the sentence that explains it. */
export interface Placed {
  readonly entry: Competitor;
  /** What is known of the entry: "7th in Prologue". */
  readonly fact: string;
  /** The rule that makes the fact a place, where that is not plain: "inverse of overall". */
  readonly rule?: string;
  /** Milliseconds, for `own_times`: since the epoch, or behind the start of the pool. */
  readonly ownTimeMs?: number;
}

/** How the places of a pool get their times. */
export type Timing =
  /** One start group behind the other, at the gaps of the bands. */
  | { readonly kind: 'bands' }
  /** Everybody at once. */
  | {
      readonly kind: 'together';
      /** Least seconds behind the group in front, by the signals of the start. */
      readonly leadSeconds: number;
      /** The signals before the start, to be added to each line. */
      readonly inWords: (startMs: number) => string;
    }
  | WaveTiming
  /** Each entry at its own time. */
  | { readonly kind: 'own_times'; readonly from: 'epoch' | 'pool_start' };

export interface WaveTiming {
  readonly kind: 'waves';
  /** Explicit waves come from the entries; else the slots are cut into waves. */
  readonly explicit: boolean;
  /** Sizes of the waves for so many slots. */
  readonly sizes: (slots: number) => readonly number[];
  /** Seconds between two waves; undefined: the gap of the bands. */
  readonly intervalSeconds: number | undefined;
  /** Epoch milliseconds of the first and the last wave. */
  readonly window: { readonly fromMs: number; readonly toMs: number; readonly pointer: string } | undefined;
}

/** A pool in order. An entry of the request is in one of the two lists. */
export interface PoolOrder {
  readonly ordered: readonly Placed[];
  readonly unplaced: readonly UnplacedEntry[];
  readonly timing: Timing;
}

/** A start order strategy: a pure function, one file each, listed in the registry. Problems go to the remarks. */
export type StartOrderStrategy = (request: StrategyRequest) => PoolOrder;

export function inBands(ordered: readonly Placed[], unplaced: readonly UnplacedEntry[] = []): PoolOrder {
  return { ordered, unplaced, timing: { kind: 'bands' } };
}

/** The answer of a strategy that has told a problem. */
export const NO_ORDER: PoolOrder = inBands([]);
