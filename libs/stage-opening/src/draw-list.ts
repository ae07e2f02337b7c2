import { planStartList, type Classification, type PlanRemark } from '@trm/rules';
import { utcOffsetMinutes } from './local-clock.js';
import { StartListNotPossible } from './stage-opening.problems.js';
import type { OpeningFacts, PublishedLine, PublishedSegment } from './stage-store.js';

export interface DrawnList {
  readonly lines: readonly PublishedLine[];
  readonly segments: readonly PublishedSegment[];
  readonly seed: string | null;
  readonly notices: readonly PlanRemark[];
}

/**
 * Draws the list of a stage from its facts.
 *
 * @param kept what a redraw keeps: announced delays of segments, and the seed of a draw by lot
 * @throws StartListNotPossible with every fact that is missing
 */
export function drawList(
  facts: OpeningFacts,
  kept: {
    readonly segmentDelays?: ReadonlyMap<string, number>;
    readonly seed?: string | null;
    /** Instead of today's classification. */
    readonly classification?: Classification | undefined;
  } = {},
): DrawnList {
  const { stage, entries, segments } = facts;
  const entryById = new Map(entries.map((entry) => [entry.entryId, entry]));
  // A pin waits for its entry: who does not start now has none, and has it again when it comes back.
  const pins = facts.pins.filter(({ entryId }) => entryById.has(entryId));
  const classification = 'classification' in kept ? kept.classification : facts.classification;
  const stated = stage.strategyParams?.['seed'];
  // A draw by lot that nobody gave a seed for is still repeatable: the preview shows what the opening publishes.
  const seed =
    typeof stated === 'string' || typeof stated === 'number' ? String(stated) : (kept.seed ?? stage.stageId);
  const plan = planStartList({
    stageName: stage.name,
    startsAt: stage.startsAt,
    ...(stage.startsAt && { utcOffsetMinutes: utcOffsetMinutes(stage.timezone, stage.startsAt) }),
    delaySeconds: stage.delaySeconds,
    startIntervalSeconds: stage.startIntervalSeconds,
    strategy: stage.strategy,
    params: stage.strategyParams ?? {},
    absentSlotPolicy: stage.absentSlotPolicy,
    entries,
    segments: segments.map((segment) => ({
      ...segment,
      delaySeconds: kept.segmentDelays?.get(segment.segmentId) ?? 0,
    })),
    pins,
    seed,
    ...poolsOf(facts),
    ...(classification && { classification }),
  });
  if (plan.problems.length > 0) throw new StartListNotPossible(plan.problems);
  const segmentById = new Map(segments.map((segment) => [segment.segmentId, segment]));
  const pinned = new Map(pins.map(({ entryId, reason }) => [entryId, reason]));
  return {
    seed: stage.strategy === 'random' ? seed : null,
    notices: plan.notices,
    segments: plan.segments.map((offset) => {
      const delaySeconds = kept.segmentDelays?.get(offset.segmentId);
      return {
        ...offset,
        name: segmentById.get(offset.segmentId)?.name ?? '',
        type: segmentById.get(offset.segmentId)?.type ?? '',
        ...(delaySeconds !== undefined && delaySeconds > 0 && { delaySeconds }),
      };
    }),
    lines: plan.lines.map(({ entryId, position, group, startAt, because }) => {
      const entry = entryById.get(entryId);
      const reason = pinned.get(entryId);
      return {
        position,
        group,
        entryId,
        raceNumber: entry?.raceNumber ?? null,
        name: entry?.name ?? null,
        classCode: entry?.classCode ?? null,
        pool: entry?.pool ?? null,
        startAt: startAt.toISOString(),
        startLocal: '',
        because,
        ...(pinned.has(entryId) && { pinned: reason ?? 'no reason given' }),
      };
    }),
  };
}

/** Without pools in the parameters, the start order of the classes makes them, when it says something. */
function poolsOf({ stage, entries }: OpeningFacts): { pools?: readonly { readonly id: string }[] } {
  if (Array.isArray(stage.strategyParams?.['pools'])) return {};
  const ids = [...new Set(entries.flatMap(({ pool }) => pool ?? []))];
  const stated = stage.strategyParams?.['pool_by'];
  if (ids.length < 2 && stated === undefined) return {};
  return {
    pools: ids
      .toSorted((a, b) => Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0))
      .map((id) => ({ id })),
  };
}
