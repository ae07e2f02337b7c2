import {
  type ClassStarts,
  type ControlRule,
  type DueSpan,
  planControlTimesFrom,
  type PlanRemark,
  segmentTargets,
} from '@trm/rules';
import { utcOffsetMinutes } from './local-clock.js';
import type { OpeningFacts, PublishedLine, StageSegment, StartListDocument } from './stage-store.js';

/** When a control of the stage opens and closes, for a class or for all. */
export interface PlannedControlTime {
  readonly segmentId: string;
  readonly geofenceId: string;
  /** What people call the control. */
  readonly controlName: string;
  /** null: for all classes. */
  readonly classId: string | null;
  /** ISO 8601, UTC; null while what it depends on is not known. */
  readonly opensAt: string | null;
  readonly closesAt: string | null;
  readonly mode: string;
  /** The formula with its numbers, in words. */
  readonly because: string;
}

/** A segment that ends at a control with a rule by which it closes. */
interface Control {
  readonly segment: StageSegment;
  readonly index: number;
  readonly geofenceId: string;
  readonly rule: ControlRule;
  readonly hasClasses: boolean;
}

/**
 * The control times that follow from a start list: one control at the end of each segment, in the order of the route.
 *   1. The segment's closing rule counts; without one the maximum duration from the last start of the segment, else
 *      30 minutes behind the last due time.
 *   2. The rules get starts and due times without the announced delays, and the delays beside them, so that the
 *      formula names them.
 *   3. From the first rule that says something for a class on there is a row for each class, before it one for all:
 *      a later control must not close before an earlier one of the same class.
 */
export function planStageControlTimes(
  facts: OpeningFacts,
  { lines, segments }: StartListDocument,
  delaySeconds: number,
): { readonly times: readonly PlannedControlTime[]; readonly notices: readonly PlanRemark[] } {
  const notices: PlanRemark[] = [];
  const bySegment = new Map(facts.segments.map((segment) => [segment.segmentId, segment]));
  let differs = false;
  const controls = segments.flatMap(
    ({ segmentId, dueOffsetSeconds, delaySeconds: own }, index): Control[] => {
      const segment = bySegment.get(segmentId);
      if (segment === undefined || segment.exitGeofenceId === null) return [];
      const rule = ruleOf(segment, dueOffsetSeconds !== null && dueOffsetSeconds !== undefined, own ?? 0);
      if (rule === undefined) {
        notices.push({
          code: 'CONTROL_WITHOUT_CLOSING',
          message: `${segment.exitName ?? segment.name} has no closing time: ${segment.name} has neither a closing rule nor a target or maximum duration.`,
        });
        return [];
      }
      differs ||= typeof rule.params?.['classes'] === 'object' && rule.params['classes'] !== null;
      return [{ segment, index, geofenceId: segment.exitGeofenceId, rule, hasClasses: differs }];
    },
  );
  const starting = lines.filter(({ status }) => status === undefined);
  const classOf = new Map(
    facts.entries.map(({ entryId, classId, classCode }) => [entryId, { classId, classCode }]),
  );
  const codes = [
    ...new Set(starting.map(({ classCode }) => classCode).filter((code) => code !== null)),
  ].toSorted();
  const first = lines[0]?.startAt;
  const plan = (classes: readonly ClassStarts[]) =>
    planControlTimesFrom({
      controls: controls.map(({ rule }) => rule),
      classes,
      delaySeconds,
      finishers: facts.finishers.map(({ classId, at }) => ({
        atMs: at.getTime(),
        // Where one row stands for all classes, whoever finishes is the first finisher.
        classId: classes[0]?.classId === null || classId === null ? null : codeOfClass(facts, classId),
        controlId: null,
      })),
      utcOffsetMinutes: first === undefined ? 0 : utcOffsetMinutes(facts.stage.timezone, new Date(first)),
    });
  const spans = (of: readonly PublishedLine[], classId: string | null) =>
    startsOf(of, classId, { controls, segments, delaySeconds });
  const forAll = plan([spans(starting, null)]);
  const forClasses =
    codes.length > 0 && controls.some(({ hasClasses }) => hasClasses)
      ? plan(
          codes.map((code) =>
            spans(
              starting.filter(({ classCode }) => classCode === code),
              code,
            ),
          ),
        )
      : { times: [], problems: [] };
  for (const { code, message } of [...forAll.problems, ...forClasses.problems]) {
    if (!notices.some((notice) => notice.message === message)) notices.push({ code, message });
  }
  const classIdOf = new Map([...classOf.values()].map(({ classId, classCode }) => [classCode, classId]));
  return {
    notices,
    times: controls.flatMap(({ segment, geofenceId, rule, hasClasses }) =>
      (hasClasses && forClasses.times.length > 0 ? forClasses : forAll).times
        .filter(({ id }) => id === rule.id)
        .map(({ classId, opensMs, closesMs, because }) => ({
          segmentId: segment.segmentId,
          geofenceId,
          controlName: segment.exitName ?? segment.name,
          classId: classId === null ? null : (classIdOf.get(classId) ?? null),
          opensAt: iso(opensMs),
          closesAt: iso(closesMs),
          mode: rule.mode,
          because,
        })),
    ),
  };
}

/** MSUK NCR 2026 ch. 13 App. 13 art. 3.1: open 15 minutes before the first is due. */
const OPEN_LEAD_SECONDS = 900;

/** `closing_rule` holds `mode` and the params of the mode, in one object or under `params`. */
function ruleOf(segment: StageSegment, isDueKnown: boolean, delaySeconds: number): ControlRule | undefined {
  const { mode, params, ...flat } = (segment.closingRule ?? {}) as Record<string, unknown>;
  const stated = typeof mode === 'string' ? { mode, params: { ...flat, ...(params as object) } } : undefined;
  const byDefault =
    segment.maxDurationSeconds !== null
      ? {
          mode: 'stage_maximum',
          params: {
            max_s: segment.maxDurationSeconds,
            from_control: startName(segment),
            open_lead_s: OPEN_LEAD_SECONDS,
          },
        }
      : isDueKnown
        ? { mode: 'last_due_plus', params: {} }
        : undefined;
  const rule = stated ?? byDefault;
  return (
    rule && {
      id: segment.segmentId,
      name: segment.exitName ?? segment.name,
      distanceKm: segment.distanceKm,
      mode: rule.mode,
      params: {
        ...rule.params,
        ...(delaySeconds > 0 && {
          neutralisation_s:
            delaySeconds + Number((rule.params as Record<string, unknown>)['neutralisation_s'] ?? 0),
        }),
      },
    }
  );
}

/** The starts of a segment stand among the due times under this name, so that a rule can count from them. */
function startName({ name }: Pick<StageSegment, 'name'>): string {
  return `the start of ${name}`;
}

/** First and last start, and first and last due time at each control, as they were before any delay. */
function startsOf(
  lines: readonly PublishedLine[],
  classId: string | null,
  {
    controls,
    segments,
    delaySeconds,
  }: {
    readonly controls: readonly Control[];
    readonly segments: StartListDocument['segments'];
    readonly delaySeconds: number;
  },
): ClassStarts {
  const due = new Map<string, DueSpan>();
  let firstStartMs: number | null = null;
  let lastStartMs: number | null = null;
  const delayAt: number[] = [];
  let delay = delaySeconds;
  for (const { delaySeconds: own = 0 } of segments) delayAt.push((delay += own));
  const widen = (key: string, ms: number) => {
    const span = due.get(key);
    due.set(key, { firstMs: Math.min(span?.firstMs ?? ms, ms), lastMs: Math.max(span?.lastMs ?? ms, ms) });
  };
  for (const line of lines) {
    const startMs = Date.parse(line.startAt) - delaySeconds * 1000;
    firstStartMs = Math.min(firstStartMs ?? startMs, startMs);
    lastStartMs = Math.max(lastStartMs ?? startMs, startMs);
    const targets = segmentTargets(line, segments);
    for (const { segment, index, rule } of controls) {
      const { dueOffsetSeconds, offsetSeconds } = segments[index] ?? {};
      const target = (targets[index] ?? 0) - (delayAt[index] ?? 0) * 1000;
      widen(startName(segment), target);
      if (dueOffsetSeconds !== null && dueOffsetSeconds !== undefined)
        widen(rule.id, target + (dueOffsetSeconds - (offsetSeconds ?? 0)) * 1000);
    }
  }
  return { classId, firstStartMs, lastStartMs, due };
}

function codeOfClass({ entries }: OpeningFacts, classId: string): string | null {
  return entries.find((entry) => entry.classId === classId)?.classCode ?? null;
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
