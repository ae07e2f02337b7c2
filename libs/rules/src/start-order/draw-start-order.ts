import { byRaceNumber, type Competitor } from './competitor.js';
import type {
  StartOrderDocument,
  StartOrderLine,
  StartOrderResult,
  UnplacedEntry,
  VacantSlot,
} from './document.js';
import { inBlocks, layOut, type PlacedInPool, type Slot } from './place-entries.js';
import { once, readDocument, type Draw, type Pin, type Pool } from './read-document.js';
import { collectRemarks, type Remarks } from './remarks.js';
import { standingOf, type Standing } from './standing.js';
import { timeSlots, type TimedSlot } from './start-times.js';
import { NO_ORDER, type PoolOrder } from './strategies/strategy.js';
import { clock, nameOf, ordinal } from './words.js';

/**
 * Draws a start list.
 *   1. Read the document; tell everything that is wrong with it at once.
 *   2. Order the entries of each pool by its strategy, then move rejoiners, late entries and seeding flags.
 *   3. Lay the pools out one behind the other, the pinned entries in their positions and the others around them,
 *      teammates apart where that is asked for.
 *   4. Walk the list and give each start group its time.
 *   5. Explain every line, and everybody who has none.
 *
 * The same document gives the same list. The order of `entries` matters only to `manual`, `championship_order` and
 * the tie-break `entry_list`. With any problem there are no starts.
 */
export function drawStartOrder(document: StartOrderDocument): StartOrderResult {
  const remarks = collectRemarks();
  const draw = readDocument(document, remarks);
  const standings = standingsOf(draw);
  const pinnedEntries = new Set(draw.pins.map(({ entry }) => entry));
  const unplaced: UnplacedEntry[] = [];
  const orders = new Map<Pool, PoolOrder>();
  const placed: PlacedInPool[] = [];
  for (const pool of draw.pools) {
    const running: Competitor[] = [];
    for (const entry of pool.entries) {
      const because = withoutSlot(draw, pool, entry, pinnedEntries.has(entry));
      if (because === undefined) running.push(entry);
      else unplaced.push({ entryId: entry.entryId, because });
    }
    const order = orderPool(draw, pool, running, standings, remarks);
    orders.set(pool, order);
    placed.push(...inBlocks(pool, order));
  }
  if (remarks.problems.length > 0) return refused(remarks);

  const pinned = pinnedPlaces(draw, placed);
  unplaced.push(
    ...[...orders.values()].flatMap((order) =>
      order.unplaced.filter(({ entryId }) => !pinned.entryIds.has(entryId)),
    ),
  );
  const flow =
    pinned.byPosition.size === 0 ? placed : placed.filter(({ entry }) => !pinned.entryIds.has(entry.entryId));
  const slots = layOut(draw, orders, flow, pinned.byPosition, remarks);
  const timed = timeSlots(draw, orders, slots, remarks);
  if (remarks.problems.length > 0) return refused(remarks);
  return written(draw, timed, unplaced, remarks);
}

/** Why an entry takes no slot at all; undefined when it takes one. */
function withoutSlot(draw: Draw, pool: Pool, entry: Competitor, isPinned: boolean): string | undefined {
  if (entry.absent && draw.closesUp) return 'absent: its slot is closed up';
  if (entry.rejoining && pool.rejoinPlacement === 'manual' && !isPinned) {
    return 'rejoins; the organiser places it by a pin';
  }
  return undefined;
}

/** The classification in the two rankings that strategies ask for; undefined when the document has none. */
interface Standings {
  readonly result: Standing;
  readonly cleanResult: Standing;
}

function standingsOf({ rows, classificationName }: Draw): Standings | undefined {
  if (rows === undefined) return undefined;
  const result = once(() => standingOf(rows, classificationName));
  const cleanResult = once(() => standingOf(rows, classificationName, 'cleanTimeMs'));
  return {
    get result() {
      return result();
    },
    get cleanResult() {
      return cleanResult();
    },
  };
}

function orderPool(
  draw: Draw,
  pool: Pool,
  entries: readonly Competitor[],
  standings: Standings | undefined,
  remarks: Remarks,
): PoolOrder {
  const { strategy, id, params, tieBreak, rejoinPlacement, rejoinPlacementChosen } = pool;
  if (strategy === undefined || entries.length === 0) return NO_ORDER;
  const { findEntry, seed, startsAt } = draw;
  return strategy({
    poolId: id,
    entries,
    allEntries: draw.entries,
    params,
    findEntry,
    get result() {
      return standings?.result;
    },
    get cleanResult() {
      return standings?.cleanResult;
    },
    inOtherPool: (entryId) => (draw.poolOf(entryId) ?? pool) !== pool,
    tieBreak,
    rejoinPlacement,
    rejoinPlacementChosen,
    seed,
    startsAt,
    remarks,
  });
}

/** The pinned entries in their positions, with what their strategy knows of them. */
function pinnedPlaces(
  draw: Draw,
  placed: readonly PlacedInPool[],
): {
  readonly byPosition: ReadonlyMap<number, { readonly pin: Pin; readonly placed: PlacedInPool }>;
  readonly entryIds: ReadonlySet<string>;
} {
  const known = once(() => new Map(placed.map((one) => [one.entry, one])));
  const byPosition = new Map<number, { readonly pin: Pin; readonly placed: PlacedInPool }>();
  for (const pin of draw.pins) {
    const pool = draw.poolOf(pin.entry.entryId);
    if (pool === undefined || (pin.entry.absent && draw.closesUp)) continue;
    const { entry } = pin;
    const place = known().get(entry) ?? { entry, pool, fact: '', block: 0, moved: '', waits: true };
    byPosition.set(pin.position, { pin, placed: place });
  }
  return {
    byPosition,
    entryIds: new Set([...byPosition.values()].map(({ pin }) => pin.entry.entryId)),
  };
}

function refused({ problems, notices }: Remarks): StartOrderResult {
  return { starts: [], unplaced: [], problems, notices, vacant: [] };
}

function written(
  draw: Draw,
  timed: readonly TimedSlot[],
  withoutSlots: readonly UnplacedEntry[],
  { problems, notices }: Remarks,
): StartOrderResult {
  const starts: StartOrderLine[] = [];
  const vacant: VacantSlot[] = [];
  const unplaced = [...withoutSlots];
  let lastMs = Number.NaN;
  let startAt = '';
  for (const one of timed) {
    const { slot, group, startMs } = one;
    const { position, placed } = slot;
    // A mass start of thousands writes its one time once.
    if (startMs !== lastMs) startAt = new Date(startMs).toISOString();
    lastMs = startMs;
    if (placed === undefined) {
      vacant.push({
        position,
        startAt,
        because: 'stays empty: nobody is left to start in front of the pinned',
      });
    } else if (placed.entry.absent) {
      vacant.push({ position, startAt, because: `stays empty: ${nameOf(placed.entry)} is absent` });
      unplaced.push({
        entryId: placed.entry.entryId,
        because: `absent: its slot at position ${position}, ${clock(startMs, draw.startsAt)}, stays empty`,
      });
    } else {
      const because = explained(draw, one, placed);
      starts.push({ entryId: placed.entry.entryId, position, group, startAt, because });
    }
  }
  const listed = once(() => new Map(draw.entries.map((entry) => [entry.entryId, entry])));
  const byNumber = (a: UnplacedEntry, b: UnplacedEntry): number => {
    const [x, y] = [listed().get(a.entryId), listed().get(b.entryId)];
    return x === undefined || y === undefined ? 0 : byRaceNumber(x, y);
  };
  return {
    starts,
    unplaced: unplaced.toSorted(byNumber),
    problems,
    notices,
    vacant,
  };
}

/** The sentence that an official reads out. */
function explained(draw: Draw, { slot, timeWords }: TimedSlot, placed: PlacedInPool): string {
  const parts = [
    reasonOf(slot, placed),
    ...(slot.movedForTeam === undefined ? [] : [`moved ${slot.movedForTeam} to keep teammates apart`]),
    ...(draw.hasPools && draw.isPoolUnknown(placed.entry)
      ? [
          placed.entry.pool === null
            ? 'has no pool: with the others'
            : `pool ${placed.entry.pool} is none of the stage: with the others`,
        ]
      : []),
  ];
  return `${parts.join('; ')}${timeWords === '' ? '' : `, ${timeWords}`}`;
}

function reasonOf({ pin, position }: Slot, { fact, rule, moved }: PlacedInPool): string {
  if (pin !== undefined) return `pinned to position ${position}${pin.reason === '' ? '' : `: ${pin.reason}`}`;
  if (moved !== '') return `${fact}; ${moved}`;
  return rule === undefined ? fact : `${fact}, so ${ordinal(position)} to start (${rule})`;
}
