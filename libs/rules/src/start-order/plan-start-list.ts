import {
  planSegmentOffsets,
  type SegmentOffset,
  type SegmentTiming,
} from '../due-times/plan-segment-offsets.js';
import { isoAt } from '../instants.js';
import type { StartOrderDocument, StartOrderPin, StartOrderPool, UnplacedEntry } from './document.js';
import { drawStartOrder } from './draw-start-order.js';
import { settingsOf } from './params.js';
import { startOrderAliases, startOrderStrategies } from './strategies/registry.js';
import type { Classification, PlanRemark, StartableEntry } from './types.js';

/** Everything that decides a start list. Read in one transaction; nothing else may influence the list. */
export interface StartListFacts {
  readonly stageName: string;
  /** Planned start of the first entry; null while the race office has not set it. */
  readonly startsAt: Date | null;
  /** Of the event's clock at the start, which params such as a window are written in; UTC when absent. */
  readonly utcOffsetMinutes?: number;
  readonly delaySeconds: number;
  /** The gap between all starts, where `params` says nothing else. */
  readonly startIntervalSeconds: number | null;
  readonly strategy: string;
  /**
   * What the stage holds beside its strategy, in one object: the settings of the list (`gaps`, `pools`,
   * `tieBreak`, `keepPoolsApart`, `absentSlotPolicy`) and the params of the strategy.
   */
  readonly params?: unknown;
  readonly pins?: readonly StartOrderPin[];
  readonly seed?: string | number | null;
  /** Instead of `params.pools`. */
  readonly pools?: readonly StartOrderPool[];
  readonly absentSlotPolicy?: string | null;
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
  /** Seconds behind the start of the stage, the delay left aside. */
  readonly offsetSeconds: number;
  readonly startAt: Date;
  readonly because: string;
}

/** A slot in which nobody starts. */
export interface VacantLine {
  readonly position: number;
  readonly startAt: Date;
  readonly because: string;
}

/** A start list ready to be published, or the problems that prevent it. */
export interface StartListPlan {
  readonly lines: readonly StartListLine[];
  readonly segments: readonly SegmentOffset[];
  readonly problems: readonly PlanRemark[];
  readonly notices: readonly PlanRemark[];
  /** Entries that do not start, each with the reason. */
  readonly unplaced: readonly UnplacedEntry[];
  readonly vacant: readonly VacantLine[];
}

/** Parts of the stage's params that are settings of the list and not of its strategy. */
const LIST_SETTINGS = ['gaps', 'pools', 'tieBreak', 'keepPoolsApart', 'absentSlotPolicy'] as const;
const NOTHING_PLANNED = { lines: [], segments: [], unplaced: [], vacant: [] } as const;

/**
 * Plans the start list of a stage.
 *   1. Refuse a stage that lacks what every list needs, naming all that is missing at once.
 *   2. Draw the order and the times of the entries (`drawStartOrder`).
 *   3. Move every start by the delay.
 *   4. Chain the due times of the segments.
 * The same facts give the same plan.
 */
export function planStartList(facts: StartListFacts): StartListPlan {
  const chain = planSegmentOffsets(facts.segments);
  const missing = missingFacts(facts);
  const drawn = drawStartOrder(documentOf(facts));
  // What is missing has been told in the words of a stage; without a known strategy or a start the draw would
  // tell it again.
  const told = new Set(missing.map(({ code }) => code));
  const problems = [
    ...missing,
    ...(facts.entries.length > 0 ? drawn.problems.filter(({ code }) => !told.has(code)) : []).map(aboutStage),
    ...chain.problems,
  ];
  const notices = drawn.notices.map(aboutStage);
  const { startsAt } = facts;
  if (problems.length > 0 || startsAt === null) return { ...NOTHING_PLANNED, problems, notices };
  const delayed = (startAt: string): Date => new Date(Date.parse(startAt) + facts.delaySeconds * 1000);
  return {
    lines: drawn.starts.map(({ entryId, position, group, startAt, because }) => ({
      entryId,
      position,
      group,
      offsetSeconds: (Date.parse(startAt) - startsAt.getTime()) / 1000,
      startAt: delayed(startAt),
      because,
    })),
    segments: chain.offsets,
    problems: [],
    notices,
    unplaced: drawn.unplaced,
    vacant: drawn.vacant.map(({ position, startAt, because }) => ({
      position,
      startAt: delayed(startAt),
      because,
    })),
  };
}

/** The facts as the document that the rulebook reads. */
function documentOf(facts: StartListFacts): StartOrderDocument {
  const { params, settings } = splitParams(facts.params);
  const { startsAt, startIntervalSeconds, classification } = facts;
  const pools = facts.pools ?? settings['pools'];
  return {
    stage: {
      ...settings,
      startsAt:
        startsAt === null
          ? null
          : isoAt({ ms: startsAt.getTime(), utcOffsetMinutes: facts.utcOffsetMinutes ?? 0 }),
      strategy: facts.strategy,
      params,
      ...(statesGaps(facts.params) || startIntervalSeconds === null ? {} : { gap_s: startIntervalSeconds }),
      ...(pools === undefined ? {} : { pools: pools as readonly StartOrderPool[] }),
      ...(facts.absentSlotPolicy
        ? { absentSlotPolicy: facts.absentSlotPolicy as 'keep' | 'close_up' }
        : undefined),
    },
    entries: facts.entries.map(({ entryId, expectedSeconds, registeredAt, ...entry }) => ({
      ...entry,
      id: entryId,
      expected_s: expectedSeconds ?? null,
      registeredAt: registeredAt instanceof Date ? registeredAt.toISOString() : (registeredAt ?? null),
    })),
    ...(classification && {
      classificationName: classification.stageName,
      classification: classification.rows.map(({ entryId, place, netMs, cleanMs, status }) => ({
        entryId,
        position: place,
        timeMs: netMs,
        cleanTimeMs: cleanMs ?? null,
        status,
      })),
    }),
    ...(facts.pins && { pins: facts.pins }),
    ...(facts.seed !== undefined && { seed: facts.seed }),
  };
}

function splitParams(all: unknown): {
  readonly params: Record<string, unknown>;
  readonly settings: Record<string, unknown>;
} {
  const params = { ...settingsOf(all) };
  const settings: Record<string, unknown> = {};
  for (const name of LIST_SETTINGS) {
    if (params[name] === undefined) continue;
    settings[name] = params[name];
    delete params[name];
  }
  return { params, settings };
}

function statesGaps(params: unknown): boolean {
  const all = settingsOf(params) ?? {};
  return ['gaps', 'gap_s', 'regular_gap_s'].some((name) => all[name] !== undefined && all[name] !== null);
}

/** Whether the times come from gaps. The others have waves, a mass start or a time for each entry. */
function needsInterval({ strategy, params }: StartListFacts): boolean {
  const all = settingsOf(params) ?? {};
  const name = startOrderAliases.get(strategy) ?? strategy;
  if (statesGaps(params) || name === 'mass' || name === 'pursuit') return false;
  if (name === 'waves') return (all['interval_s'] ?? all['window'] ?? null) === null;
  return !(name === 'race_number' && (all['number_is_minute'] === true || typeof all['start'] === 'string'));
}

/** A remark about the document, said of the stage and its columns. */
function aboutStage({ pointer, ...remark }: PlanRemark): PlanRemark {
  if (pointer === undefined) return remark;
  const moved =
    pointer === '/classification'
      ? '/start_order_input_stage_id'
      : pointer
          .replace(/^\/stage\/strategy$/, '/start_order_strategy')
          .replace(/^\/stage\/startsAt$/, '/starts_at')
          .replace(/^\/stage\/gap_s$/, '/start_interval_seconds')
          .replace(/^\/stage\/absentSlotPolicy$/, '/absent_slot_policy')
          .replace(/^\/stage\/params(?=\/|$)/, '/start_order_strategy_params')
          .replace(/^\/stage(?=\/|$)/, '/start_order_strategy_params');
  return { ...remark, pointer: moved };
}

function missingFacts(facts: StartListFacts): PlanRemark[] {
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
  if (facts.startIntervalSeconds === null && needsInterval(facts)) {
    problems.push({
      code: 'START_INTERVAL_MISSING',
      message: `${facts.stageName} has no start interval. Enter the seconds between two starts.`,
      pointer: '/start_interval_seconds',
    });
  }
  if (!startOrderStrategies.has(startOrderAliases.get(facts.strategy) ?? facts.strategy)) {
    problems.push({
      code: 'START_ORDER_UNKNOWN',
      message: `The start order "${facts.strategy}" cannot be drawn. Choose one of: ${[...startOrderStrategies.keys()].join(', ')}.`,
      pointer: '/start_order_strategy',
    });
  }
  return problems;
}
