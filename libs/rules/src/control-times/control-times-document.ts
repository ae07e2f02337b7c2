import { isDuration, isoOf, type Instant, parseInstant, pointerStep } from '../instants.js';
import type { PlanRemark } from '../start-order/types.js';
import { planControlTimesFrom } from './plan-control-times.js';
import type { ClassStarts, ControlRule, DueSpan, Finish, PlannedControlTime } from './types.js';

/** What control times are computed from, as a document. Instants are ISO 8601 (without a zone UTC), durations seconds. */
export interface ControlTimesDocument {
  /** In the order of the route. */
  readonly controls: readonly ControlRule[];
  /** The start list; without it only rules that need none give times. */
  readonly starts?: readonly ControlStart[] | undefined;
  /** Moves every opening and closing. Leave it out when the starts already hold the delay. */
  readonly delaySeconds?: number | undefined;
  /** Who has finished, for first_finisher_plus. */
  readonly finishers?: readonly (string | Finisher)[] | undefined;
}

/** One entry's start. */
export interface ControlStart {
  readonly startAt: string;
  readonly classId?: string | null | undefined;
  /** When the entry is due at controls, by control id. */
  readonly due?: Readonly<Record<string, string | null>> | null | undefined;
}

/** One entry's finish, under any of three names. */
export interface Finisher {
  readonly at?: string | undefined;
  readonly finishAt?: string | undefined;
  readonly finishedAt?: string | undefined;
  /** Without it the finish counts for every class. */
  readonly classId?: string | null | undefined;
  /** Without it the finish counts at every control that waits for a finisher. */
  readonly controlId?: string | null | undefined;
}

/** When a control opens and closes for a class; instants ISO 8601 in UTC. */
export interface ControlTime extends Pick<
  PlannedControlTime,
  'id' | 'classId' | 'because' | 'enforceAt' | 'enforcement' | 'downgradeTo'
> {
  /** null while what it depends on is not known. */
  readonly opensAt: string | null;
  readonly closesAt: string | null;
}

/** Control times, and what is wrong with the document. */
export interface ControlTimes {
  /** One for each control and each class of the starts, in the order of the route. */
  readonly times: readonly ControlTime[];
  readonly problems: readonly PlanRemark[];
}

/**
 * `planControlTimesFrom` for a document. Clocks in rules and reasons are read in the zone that the earliest start is
 * written in. Classes appear in the order in which the starts name them.
 *
 * @returns problems: those of `planControlTimesFrom`, TIME_UNREADABLE, DURATION_UNREADABLE
 */
export function planControlTimes(document: ControlTimesDocument): ControlTimes {
  const problems: PlanRemark[] = [];
  const { classes, first } = readStarts(document.starts ?? [], problems);
  const finishers = readFinishers(document.finishers ?? [], problems);
  const delaySeconds = document.delaySeconds ?? 0;
  if (!isDuration(delaySeconds)) {
    problems.push({
      code: 'DURATION_UNREADABLE',
      message: `${delaySeconds} s is not a delay that a race can have.`,
      pointer: '/delaySeconds',
    });
    return { times: [], problems };
  }
  const plan = planControlTimesFrom({
    controls: document.controls,
    classes:
      classes.length > 0
        ? classes
        : [{ classId: null, firstStartMs: null, lastStartMs: null, due: new Map<string, DueSpan>() }],
    delaySeconds,
    finishers,
    utcOffsetMinutes: first?.utcOffsetMinutes ?? 0,
  });
  return {
    times: plan.times.map(asDocument),
    problems: [...problems, ...plan.problems],
  };
}

function asDocument({ opensMs, closesMs, ...time }: PlannedControlTime): ControlTime {
  const { id, classId, because, enforceAt, enforcement, downgradeTo } = time;
  return {
    id,
    classId,
    opensAt: opensMs === null ? null : isoOf(opensMs),
    closesAt: closesMs === null ? null : isoOf(closesMs),
    because,
    ...(enforceAt && { enforceAt }),
    ...(enforcement && { enforcement }),
    ...(downgradeTo !== undefined && { downgradeTo }),
  };
}

interface Spans {
  first: number;
  last: number;
  readonly due: Map<string, { firstMs: number; lastMs: number }>;
}

function readStarts(
  starts: readonly ControlStart[],
  problems: PlanRemark[],
): { classes: ClassStarts[]; first: Instant | undefined } {
  const byClass = new Map<string | null, Spans>();
  let first: Instant | undefined;
  for (const [index, { startAt, classId = null, due }] of starts.entries()) {
    const start = parseInstant(startAt);
    if (start === undefined) {
      problems.push(unreadable(startAt, `/starts/${index}/startAt`));
      continue;
    }
    if (first === undefined || start.ms < first.ms) first = start;
    let spans = byClass.get(classId);
    if (spans === undefined) {
      spans = { first: start.ms, last: start.ms, due: new Map() };
      byClass.set(classId, spans);
    }
    spans.first = Math.min(spans.first, start.ms);
    spans.last = Math.max(spans.last, start.ms);
    for (const controlId in due ?? {}) {
      const text = due?.[controlId];
      if (text === null || text === undefined) continue;
      const ms = parseInstant(text)?.ms;
      if (ms === undefined) {
        problems.push(unreadable(text, `/starts/${index}/due/${pointerStep(controlId)}`));
        continue;
      }
      const span = spans.due.get(controlId);
      if (span === undefined) spans.due.set(controlId, { firstMs: ms, lastMs: ms });
      else if (ms < span.firstMs) span.firstMs = ms;
      else if (ms > span.lastMs) span.lastMs = ms;
    }
  }
  const classes = [...byClass].map(([classId, { first: firstStartMs, last: lastStartMs, due }]) => ({
    classId,
    firstStartMs,
    lastStartMs,
    due,
  }));
  return { classes, first };
}

function readFinishers(finishers: readonly (string | Finisher)[], problems: PlanRemark[]): Finish[] {
  return finishers.flatMap((given, index) => {
    const finisher: Finisher = typeof given === 'string' ? { at: given } : given;
    const text = finisher.at ?? finisher.finishAt ?? finisher.finishedAt ?? '';
    const atMs = parseInstant(text)?.ms;
    if (atMs === undefined) {
      problems.push(unreadable(text, `/finishers/${index}${typeof given === 'string' ? '' : '/at'}`));
      return [];
    }
    return [{ atMs, classId: finisher.classId ?? null, controlId: finisher.controlId ?? null }];
  });
}

function unreadable(text: string, pointer: string): PlanRemark {
  return {
    code: 'TIME_UNREADABLE',
    message: `"${text}" is not an instant. Write it with its zone, like 2026-06-07T07:00:00+02:00.`,
    pointer,
  };
}
