import { arrangePool } from './arrange-pool.js';
import { clockText, readInstant } from './clock.js';
import { listParam, numberParam, param, textParam } from './params.js';
import { readRanking } from './ranking.js';
import { strategiesWithoutInterval, strategyAliases, startOrderStrategies } from './strategies/registry.js';
import { type PoolTiming, type Slot, timeSlots } from './time-slots.js';
import type {
  GapBand,
  PlacedEntry,
  PlanRemark,
  PoolOrder,
  PoolToOrder,
  StartOrderDocument,
  StartOrderEntry,
  StartOrderResult,
  StartPin,
  StartPool,
} from './types.js';

/** MSUK NCR 2026 ch. 13 art. 2.23: one minute unless the event's documents say otherwise. */
const DEFAULT_BANDS: readonly GapBand[] = [{ rest: true, gap_s: 60 }];
const LARGEST_POSITION = 10_000;

/**
 * Draws the order of start: who starts when, and why there.
 *   1. Read the document; all that is wrong with it is said at once, and then nobody is placed.
 *   2. Each pool is ordered by its strategy; rejoiners, wishes, late entries and team-mates are arranged in it.
 *   3. Absent entries keep an empty slot, or those behind close up.
 *   4. Pins hold their positions; the others flow around them in their order.
 *   5. Each slot gets its start by the gaps.
 * Every entry is in `starts` or in `unplaced`. The same document gives the same list.
 */
export function drawStartOrder(document: StartOrderDocument): StartOrderResult {
  const { stage, entries, pins = [] } = document;
  const problems: PlanRemark[] = [];
  const notices: PlanRemark[] = [];
  const startsAt = readInstant(stage.startsAt);
  if (startsAt === undefined) {
    problems.push({
      code: 'START_UNREADABLE',
      message: `"${stage.startsAt ?? ''}" is not a time. Write it like 2026-06-06T08:00:00+02:00.`,
      pointer: '/stage/startsAt',
    });
  }
  const classified = document.classification;
  const stagedTie = stage.tieBreak ?? paramTie(stage.params);
  const read =
    classified === undefined
      ? undefined
      : readRanking(classified, document.classificationName ?? 'the classification', stagedTie);
  problems.push(...(read?.problems ?? []), ...pinProblems(pins, entries), ...doubleEntries(entries));

  const pools = poolsOf(document);
  const pinnedIds = new Set(pins.map(({ entryId }) => entryId));
  const placed: { poolId: string | null; placed: PlacedEntry }[] = [];
  const unplaced: { entryId: string; because: string }[] = [];
  const timings = new Map<string | null, PoolTiming>();
  let emptyGap = 0;
  for (const { pool, members, index } of pools) {
    const id = pool?.id ?? null;
    const gapBefore = Math.max(pool?.gap_before_s ?? 0, emptyGap);
    if (members.length === 0) {
      emptyGap = gapBefore;
      continue;
    }
    emptyGap = 0;
    const stated = pool?.strategy ?? stage.strategy ?? '';
    const name = strategyAliases.get(stated) ?? stated;
    const strategy = startOrderStrategies.get(name);
    if (strategy === undefined) {
      problems.push({
        code: 'START_ORDER_UNKNOWN',
        message: `The start order "${stated}" cannot be drawn. Choose one of: ${[...startOrderStrategies.keys()].join(', ')}.`,
        pointer: pool?.strategy === undefined ? '/stage/strategy' : `/stage/pools/${index}/strategy`,
      });
      continue;
    }
    const request: PoolToOrder = {
      entries: members,
      params: { ...stage.params, ...pool?.params },
      poolId: id,
      poolOrder: (stage.pools ?? []).map((each) => each.id),
      ranking: read?.ranking,
      seed: document.seed ?? (param(stage.params ?? {}, 'seed') as string | number | undefined),
      startsAt: readInstant(pool?.startsAt) ?? startsAt ?? { ms: 0, offsetMinutes: 0 },
      pointer: pool?.params === undefined ? '/stage/params' : `/stage/pools/${index}/params`,
    };
    const order: PoolOrder = arrangePool(strategy(request), request, name, pinnedIds);
    problems.push(...order.problems);
    notices.push(...order.notices);
    unplaced.push(...order.unplaced.map(({ entry, because }) => ({ entryId: entry.id, because })));
    const strangers = pool === undefined && (stage.pools?.length ?? 0) > 0 && stage.keepPoolsApart !== false;
    for (const each of order.ordered) {
      if (
        each.entry.absent === true &&
        stage.absentSlotPolicy === 'close_up' &&
        !pinnedIds.has(each.entry.id)
      ) {
        unplaced.push({ entryId: each.entry.id, because: 'absent: those behind close up' });
        continue;
      }
      placed.push({
        poolId: stage.keepPoolsApart === false ? (each.entry.pool ?? null) : id,
        placed: strangers
          ? { ...each, because: `in no pool of the stage: behind them (${each.because})` }
          : each,
      });
    }
    const own = order.ordered.every(({ offsetSeconds }) => offsetSeconds !== undefined);
    timings.set(id, {
      bands: pool?.gaps ?? bandsOf(document) ?? DEFAULT_BANDS,
      gapBeforeSeconds: gapBefore,
      startsAtMs: readInstant(pool?.startsAt)?.ms,
      own:
        own && order.ordered.length > 0
          ? // Minutes belong to slots: who was moved takes the minute of the slot it was moved to.
            order.ordered
              .map(({ offsetSeconds = 0, wave }) => ({ offsetSeconds, wave }))
              .toSorted((a, b) => a.offsetSeconds - b.offsetSeconds)
          : undefined,
    });
    if (
      !own &&
      pool?.gaps === undefined &&
      bandsOf(document) === undefined &&
      !strategiesWithoutInterval.has(name)
    ) {
      notices.push({
        code: 'GAPS_NOT_STATED',
        message: 'No gaps are stated: entries start one minute apart (MSUK NCR 2026 ch. 13 art. 2.23).',
      });
    }
  }
  if (stage.keepPoolsApart === false) {
    const all = timings.get(null);
    for (const pool of stage.pools ?? []) {
      if (all !== undefined)
        timings.set(pool.id, {
          ...all,
          bands: pool.gaps ?? all.bands,
          gapBeforeSeconds: pool.gap_before_s ?? 0,
        });
    }
  }
  if (problems.length > 0 || startsAt === undefined) {
    return { starts: [], unplaced: [], problems, notices, vacant: [] };
  }
  const slots = placePins(placed, pins);
  const fallback: PoolTiming = timings.get(null) ??
    [...timings.values()][0] ?? {
      bands: DEFAULT_BANDS,
      gapBeforeSeconds: 0,
      startsAtMs: undefined,
      own: undefined,
    };
  const { timed, problems: clockProblems } = timeSlots(slots, {
    stage,
    firstStartMs: startsAt.ms,
    timingOf: (poolId) => timings.get(poolId) ?? fallback,
  });
  if (clockProblems.length > 0)
    return { starts: [], unplaced: [], problems: clockProblems, notices, vacant: [] };

  const reasons = new Map(pins.map(({ entryId, reason }) => [entryId, reason ?? 'no reason given']));
  const starts: StartOrderResult['starts'][number][] = [];
  const vacant: StartOrderResult['vacant'][number][] = [];
  for (const { position, group, startMs, placed: who } of timed) {
    const startAt = new Date(startMs).toISOString();
    if (who === undefined) {
      vacant.push({ position, startAt, because: 'empty: a start behind it is pinned' });
      continue;
    }
    const { entry, because, saysPosition } = who;
    if (entry.absent === true) {
      const why = `absent: its slot ${position} at ${clockText(startMs, startsAt.offsetMinutes)} stays empty`;
      vacant.push({ position, startAt, because: why });
      unplaced.push({ entryId: entry.id, because: why });
      continue;
    }
    const pin = reasons.get(entry.id);
    starts.push({
      entryId: entry.id,
      position,
      group,
      startAt,
      because:
        pin === undefined
          ? `${because}${saysPosition === true ? `, so position ${position}` : ''}`
          : `pinned to position ${position}: ${pin}`,
    });
  }
  return { starts, unplaced, problems: [], notices, vacant };
}

function bandsOf({ stage }: StartOrderDocument): readonly GapBand[] | undefined {
  if (stage.gaps !== undefined) return stage.gaps;
  const gap = stage.gap_s ?? numberParam(stage.params ?? {}, 'gap_s');
  return gap === undefined ? undefined : [{ rest: true, gap_s: gap }];
}

function paramTie(params: StartOrderDocument['stage']['params']): readonly string[] | undefined {
  const tie = textParam(params ?? {}, 'tie', 'tie_break');
  return listParam(params ?? {}, 'tie', 'tie_break') ?? (tie === undefined ? undefined : [tie]);
}

/** The pools in their order, each with its entries; those that are in none of them come last. */
function poolsOf({ stage, entries }: StartOrderDocument): {
  pool: StartPool | undefined;
  members: StartOrderEntry[];
  index: number;
}[] {
  const pools = stage.pools ?? [];
  if (pools.length === 0 || stage.keepPoolsApart === false)
    return [{ pool: undefined, members: [...entries], index: 0 }];
  const known = new Set(pools.map(({ id }) => id));
  return [
    ...pools.map((pool, index) => ({
      pool,
      members: entries.filter((entry) => entry.pool === pool.id),
      index,
    })),
    {
      pool: undefined,
      members: entries.filter(({ pool }) => pool === undefined || pool === null || !known.has(pool)),
      index: pools.length,
    },
  ];
}

/** Pinned entries in their exact positions, the others in order in the free ones. */
function placePins(
  placed: readonly { poolId: string | null; placed: PlacedEntry }[],
  pins: readonly StartPin[],
): Slot[] {
  const positionOf = new Map(pins.map(({ entryId, position }) => [entryId, position]));
  const pinned = new Map<number, (typeof placed)[number]>();
  const free: (typeof placed)[number][] = [];
  for (const each of placed) {
    const position = positionOf.get(each.placed.entry.id);
    if (position === undefined) free.push(each);
    else pinned.set(position, each);
  }
  const slots: Slot[] = [];
  let next = 0;
  for (let position = 1; next < free.length || pinned.size > 0; position += 1) {
    const pin = pinned.get(position);
    pinned.delete(position);
    const each = pin ?? free[next];
    if (pin === undefined) next += 1;
    slots.push({
      position,
      placed: each?.placed,
      poolId: each === undefined ? (slots.at(-1)?.poolId ?? null) : each.poolId,
    });
  }
  return slots;
}

function pinProblems(pins: readonly StartPin[], entries: readonly StartOrderEntry[]): PlanRemark[] {
  const ids = new Set(entries.map(({ id }) => id));
  const byEntry = new Set<string>();
  const byPosition = new Set<number>();
  return pins.flatMap(({ entryId, position }, index) => {
    const problems: PlanRemark[] = [];
    const at = (field: string) => `/pins/${index}/${field}`;
    if (!ids.has(entryId))
      problems.push({
        code: 'PIN_ENTRY_UNKNOWN',
        message: `Entry ${entryId} is pinned but not entered.`,
        pointer: at('entryId'),
      });
    if (byEntry.has(entryId))
      problems.push({
        code: 'PINNED_TWICE',
        message: `Entry ${entryId} is pinned twice.`,
        pointer: at('entryId'),
      });
    if (byPosition.has(position))
      problems.push({
        code: 'PIN_POSITION_TAKEN',
        message: `Position ${position} is pinned for two entries.`,
        pointer: at('position'),
      });
    if (!Number.isInteger(position) || position < 1 || position > LARGEST_POSITION)
      problems.push({
        code: 'PIN_OUT_OF_RANGE',
        message: `A position is a whole number from 1 to ${LARGEST_POSITION}, not ${position}.`,
        pointer: at('position'),
      });
    byEntry.add(entryId);
    byPosition.add(position);
    return problems;
  });
}

function doubleEntries(entries: readonly StartOrderEntry[]): PlanRemark[] {
  const seen = new Set<string>();
  return entries.flatMap(({ id }, index) => {
    const isDouble = seen.has(id);
    seen.add(id);
    return isDouble
      ? [{ code: 'ENTERED_TWICE', message: `Entry ${id} is entered twice.`, pointer: `/entries/${index}/id` }]
      : [];
  });
}
