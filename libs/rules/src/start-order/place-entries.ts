import type { Competitor } from './competitor.js';
import type { Draw, Pin, Pool } from './read-document.js';
import type { Remarks } from './remarks.js';
import type { Placed, PoolOrder, RejoinPlacement } from './strategies/strategy.js';
import { separatingQueue } from './separate-teams.js';
import { ordinal } from './words.js';

/** A place of the whole list, occupied or not. */
export interface Slot {
  /** 1 starts first. */
  readonly position: number;
  /** The pool in which the slot is timed. */
  readonly pool: Pool;
  /** Undefined: nobody is left to place before a pin that stands farther back. */
  readonly placed: PlacedInPool | undefined;
  readonly pin: Pin | undefined;
  /** Placed ahead or behind to keep teammates apart. */
  readonly movedForTeam: 'ahead' | 'back' | undefined;
}

/** An ordered entry with what the pool does to it. */
export interface PlacedInPool extends Placed {
  readonly pool: Pool;
  /** 0 is the front of the pool; see `blockOf`. */
  readonly block: number;
  /** Why it is not where the strategy alone would have it: "late: behind the last entry on time". */
  readonly moved: string;
  /** Has no time of its own among entries that have one: starts behind the one in front. */
  readonly waits: boolean;
}

const IN_ORDER = 2;

/**
 * Where an entry stands in its pool, whatever its strategy says: rejoiners in front, seeded early, in order,
 * seeded late, rejoiners at the back, late, the very last. Sources: RaceDB (seeding flags), PGR 4x4 and sled
 * races (a late crew starts behind the last on-time crew, at the same interval), WRC 2018-19 (rejoiners).
 */
function blockOf(
  entry: Competitor,
  rejoin: RejoinPlacement,
): { readonly block: number; readonly moved: string } {
  if (entry.seeding === 'last') return { block: 6, moved: 'last of its pool' };
  if (entry.late) return { block: 5, moved: 'late: behind the last entry on time' };
  if (entry.rejoining && rejoin === 'back_of_pool')
    return { block: 4, moved: 'rejoins at the back of its pool' };
  if (entry.seeding === 'late') return { block: 3, moved: 'seeded late' };
  if (entry.rejoining && rejoin === 'front') return { block: 0, moved: 'rejoins at the front of its pool' };
  return entry.seeding === 'early' ? { block: 1, moved: 'seeded early' } : { block: IN_ORDER, moved: '' };
}

/** Puts a strategy's order into the blocks of the pool; within a block the strategy's order stays. */
export function inBlocks(pool: Pool, { ordered, timing }: PoolOrder): PlacedInPool[] {
  // Own times and waves that an entry brings along leave nothing to move ahead.
  const hasOwnPlace = timing.kind === 'own_times' || (timing.kind === 'waves' && timing.explicit);
  const placed = ordered.map((one): PlacedInPool => {
    const { block, moved } = blockOf(one.entry, pool.rejoinPlacement);
    const stays = hasOwnPlace && (block < IN_ORDER || timing.kind === 'waves');
    return {
      ...one,
      pool,
      block: stays ? IN_ORDER : block,
      moved: stays ? '' : moved,
      waits: timing.kind === 'own_times' && (one.ownTimeMs === undefined || block > IN_ORDER),
    };
  });
  return placed.some(({ block }) => block !== IN_ORDER)
    ? placed.toSorted((a, b) => a.block - b.block)
    : placed;
}

/**
 * Lays out the whole list: pins in their positions, everybody else around them in order. A pin beyond the last
 * entry keeps its position, and the slots in front of it stay vacant.
 *
 * @param flow all placed entries, pool behind pool, pinned ones left out
 * @param pinned by position; what the strategy knows of the pinned entry, if it placed it
 */
export function layOut(
  draw: Draw,
  orders: ReadonlyMap<Pool, PoolOrder>,
  flow: readonly PlacedInPool[],
  pinned: ReadonlyMap<number, { readonly pin: Pin; readonly placed: PlacedInPool }>,
  remarks: Remarks,
): Slot[] {
  const teamOf = (position: number): string | null => pinned.get(position)?.placed.entry.team ?? null;
  const queue = separatingQueue(flow);
  const raw: (Omit<Slot, 'pool'> & { readonly pool: Pool | undefined })[] = [];
  let pinsLeft = pinned.size;
  let teamInFront: string | null = null;
  for (let position = 1; pinsLeft > 0 || queue.left() > 0; position += 1) {
    const fixed = pinned.get(position);
    if (fixed !== undefined) {
      pinsLeft -= 1;
      teamInFront = fixed.placed.entry.team;
      raw.push({ position, pool: undefined, placed: fixed.placed, pin: fixed.pin, movedForTeam: undefined });
      continue;
    }
    const next = queue.take(teamInFront, teamOf(position + 1));
    teamInFront = next?.placed.entry.team ?? null;
    raw.push({
      position,
      pool: next?.placed.pool,
      placed: next?.placed,
      pin: undefined,
      movedForTeam: next?.moved,
    });
  }
  const slots = withPools(draw, orders, raw);
  tellTeammates(slots, remarks);
  return slots;
}

/**
 * Settles in which pool each slot is timed. A pin beats pools: between pools that start by bands, a pinned entry
 * keeps its own band and both its neighbours keep the gap between pools. Where one of the pools starts all at
 * once, in waves or at times of its own, the pinned entry starts as one of the pool that it was put into.
 */
function withPools(
  draw: Draw,
  orders: ReadonlyMap<Pool, PoolOrder>,
  raw: readonly (Omit<Slot, 'pool'> & { readonly pool: Pool | undefined })[],
): Slot[] {
  const [firstPool] = draw.pools;
  if (firstPool === undefined) return [];
  const allInBands = [...orders.values()].every(({ timing }) => timing.kind === 'bands');
  const latest: number[] = [];
  let next = draw.pools.length - 1;
  for (const { pool } of raw.toReversed()) {
    next = pool?.index ?? next;
    latest.push(next);
  }
  latest.reverse();
  let earliest = 0;
  let previous = firstPool;
  return raw.map((slot, index) => {
    if (slot.pool !== undefined) {
      earliest = slot.pool.index;
      previous = slot.pool;
      return { ...slot, pool: slot.pool };
    }
    const own = slot.placed?.pool;
    if (own === undefined) return { ...slot, pool: previous };
    if (allInBands) previous = own;
    else {
      earliest = Math.min(Math.max(own.index, earliest), latest[index] ?? earliest);
      previous = draw.pools[earliest] ?? own;
    }
    return { ...slot, pool: previous };
  });
}

function tellTeammates(slots: readonly Slot[], remarks: Remarks): void {
  for (const [index, slot] of slots.entries()) {
    const team = slot.placed?.entry.team ?? null;
    const behind = slots[index + 1];
    if (team === null || behind?.placed?.entry.team !== team) continue;
    if (!slot.pool.separatesTeams && !behind.pool.separatesTeams) continue;
    remarks.notice(
      'TEAMMATES_TOGETHER',
      `The ${ordinal(slot.position)} and the ${ordinal(behind.position)} are both of team ${team}: nobody else is left to start between them.`,
    );
  }
}
