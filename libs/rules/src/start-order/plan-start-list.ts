import {
  planSegmentOffsets,
  type SegmentOffset,
  type SegmentTiming,
} from '../due-times/plan-segment-offsets.js';
import { drawStartOrder } from './draw-start-order.js';
import { startOrderStrategies, strategiesWithoutInterval } from './strategies/registry.js';
import type {
  Classification,
  PlanRemark,
  StartableEntry,
  StartOrderStage,
  StartPin,
  StrategyParams,
} from './types.js';

/** Everything that decides a start list. Read in one transaction; nothing else may influence the list. */
export interface StartListFacts {
  readonly stageName: string;
  /** Planned start of the first entry; null while the race office has not set it. */
  readonly startsAt: Date | null;
  readonly delaySeconds: number;
  readonly startIntervalSeconds: number | null;
  readonly strategy: string;
  readonly entries: readonly StartableEntry[];
  readonly segments: readonly SegmentTiming[];
  readonly classification?: Classification;
  /**
   * What the stage says about its order, in one object: the parameters of the strategy, and `gaps`, `pools`,
   * `tieBreak`, `keepPoolsApart`, `min_gap_s`.
   */
  readonly params?: StrategyParams | null;
  readonly pins?: readonly StartPin[];
  /** Makes a draw by lot repeatable. */
  readonly seed?: string;
}

/** One line of a start list: who starts when, and why there. */
export interface StartListLine {
  readonly entryId: string;
  /** 1 starts first. */
  readonly position: number;
  /** Entries of one group start together. */
  readonly group: number;
  /** Seconds behind the first entry. */
  readonly offsetSeconds: number;
  readonly startAt: Date;
  readonly because: string;
}

/** A start list ready to be published, or the problems that prevent it. */
export interface StartListPlan {
  readonly lines: readonly StartListLine[];
  readonly segments: readonly SegmentOffset[];
  readonly problems: readonly PlanRemark[];
  readonly notices: readonly PlanRemark[];
}

/**
 * Plans the start list of a stage.
 *   1. Refuse a stage that lacks what every list needs, naming all that is missing at once.
 *   2. Order the entries by the stage's strategy.
 *   3. Give each position its start: stage start + delay + position × interval.
 *   4. Chain the due times of the segments.
 * The same facts give the same plan.
 */
export function planStartList(facts: StartListFacts): StartListPlan {
  const strategyKnown = startOrderStrategies.has(facts.strategy);
  const chain = planSegmentOffsets(facts.segments);
  const { startsAt } = facts;
  const firstStartMs = (startsAt?.getTime() ?? 0) + facts.delaySeconds * 1000;
  const order =
    strategyKnown && facts.entries.length > 0 ? drawStartOrder(documentOf(facts, firstStartMs)) : undefined;
  const problems = [...missingFacts(facts, strategyKnown), ...(order?.problems ?? []), ...chain.problems];
  if (problems.length > 0 || order === undefined) {
    return { lines: [], segments: [], problems, notices: order?.notices ?? [] };
  }
  return {
    lines: order.starts.map(({ entryId, position, group, startAt, because }) => ({
      entryId,
      position,
      group,
      offsetSeconds: (Date.parse(startAt) - firstStartMs) / 1000,
      startAt: new Date(startAt),
      because,
    })),
    segments: chain.offsets,
    problems: [],
    notices: [
      ...order.notices,
      ...order.unplaced.map(({ entryId, because }) => ({
        code: 'ENTRY_NOT_PLACED',
        message: `Entry ${numberOf(facts, entryId)} is not on the list: ${because}.`,
      })),
    ],
  };
}

function numberOf({ entries }: StartListFacts, entryId: string): string {
  const number = entries.find((entry) => entry.entryId === entryId)?.raceNumber;
  return number === undefined || number === null ? entryId : `#${number}`;
}

/** The facts of a stage as the document that the start order is drawn from. */
function documentOf(facts: StartListFacts, firstStartMs: number): Parameters<typeof drawStartOrder>[0] {
  const { gaps, pools, tieBreak, keepPoolsApart, min_gap_s: minGap, ...params } = facts.params ?? {};
  const stage: StartOrderStage = {
    startsAt: new Date(firstStartMs).toISOString(),
    strategy: facts.strategy,
    params,
    ...(Array.isArray(gaps)
      ? { gaps }
      : facts.startIntervalSeconds === null
        ? {}
        : { gap_s: facts.startIntervalSeconds }),
    ...(Array.isArray(pools) && { pools }),
    ...(Array.isArray(tieBreak) && { tieBreak }),
    ...(keepPoolsApart === false && { keepPoolsApart }),
    ...(typeof minGap === 'number' && { min_gap_s: minGap }),
  };
  return {
    stage,
    entries: facts.entries.map(({ entryId, expectedSeconds, ...entry }) => ({
      ...entry,
      id: entryId,
      expected_s: expectedSeconds ?? null,
    })),
    ...(facts.classification && {
      classification: facts.classification.rows.map((row) => ({
        entryId: row.entryId,
        position: row.place,
        timeMs: row.netMs,
        cleanTimeMs: row.cleanMs ?? null,
        status: row.status,
      })),
      classificationName: facts.classification.stageName,
    }),
    pins: facts.pins ?? [],
    ...(facts.seed !== undefined && { seed: (params['seed'] as string | number | undefined) ?? facts.seed }),
  };
}

function missingFacts(facts: StartListFacts, strategyKnown: boolean): PlanRemark[] {
  const problems: PlanRemark[] = [];
  if (facts.segments.length === 0) {
    problems.push({
      code: 'STAGE_HAS_NO_SEGMENTS',
      message: `${facts.stageName} has no segments. Add its liaisons and special stages first.`,
      pointer: '/segments',
    });
  }
  if (facts.entries.length === 0) {
    problems.push({
      code: 'STAGE_HAS_NO_ENTRIES',
      message: `No entry can start ${facts.stageName}. Confirm the entries first.`,
      pointer: '/entries',
    });
  }
  if (facts.startsAt === null) {
    problems.push({
      code: 'STAGE_START_MISSING',
      message: `${facts.stageName} has no start time. Enter when the first entry starts.`,
      pointer: '/starts_at',
    });
  }
  if (facts.startIntervalSeconds === null && !givesItsOwnMinutes(facts)) {
    problems.push({
      code: 'START_INTERVAL_MISSING',
      message: `${facts.stageName} has no start interval. Enter the seconds between two starts.`,
      pointer: '/start_interval_seconds',
    });
  }
  if (!strategyKnown) {
    problems.push({
      code: 'START_ORDER_UNKNOWN',
      message: `The start order "${facts.strategy}" cannot be drawn. Choose one of: ${[...startOrderStrategies.keys()].join(', ')}.`,
      pointer: '/start_order_strategy',
    });
  }
  return problems;
}

/** Strategies and parameters that give the starts without an interval of the stage. */
function givesItsOwnMinutes({ strategy, params }: StartListFacts): boolean {
  return strategiesWithoutInterval.has(strategy) || Array.isArray(params?.['gaps']);
}
