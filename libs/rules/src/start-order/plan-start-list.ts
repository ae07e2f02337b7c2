import {
  planSegmentOffsets,
  type SegmentOffset,
  type SegmentTiming,
} from '../due-times/plan-segment-offsets.js';
import { startOrderStrategies } from './strategies/registry.js';
import type { Classification, PlanRemark, StartableEntry } from './types.js';

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
  const strategy = startOrderStrategies.get(facts.strategy);
  const order = strategy?.({
    entries: facts.entries,
    ...(facts.classification && { classification: facts.classification }),
  });
  const chain = planSegmentOffsets(facts.segments);
  const problems = [
    ...missingFacts(facts, strategy !== undefined),
    ...(facts.entries.length > 0 ? (order?.problems ?? []) : []),
    ...chain.problems,
  ];
  const { startsAt, startIntervalSeconds } = facts;
  if (problems.length > 0 || order === undefined || startsAt === null || startIntervalSeconds === null) {
    return { lines: [], segments: [], problems, notices: order?.notices ?? [] };
  }
  const firstStartMs = startsAt.getTime() + facts.delaySeconds * 1000;
  return {
    lines: order.ordered.map(({ entryId, because }, index) => {
      const offsetSeconds = index * startIntervalSeconds;
      return {
        entryId,
        position: index + 1,
        group: index + 1,
        offsetSeconds,
        startAt: new Date(firstStartMs + offsetSeconds * 1000),
        because,
      };
    }),
    segments: chain.offsets,
    problems: [],
    notices: order.notices,
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
  if (facts.startIntervalSeconds === null) {
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
