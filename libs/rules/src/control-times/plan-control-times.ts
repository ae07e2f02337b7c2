import { clockOf, durationInWords, MINUTE_MS } from '../instants.js';
import type { PlanRemark } from '../start-order/types.js';
import { readClock, utcOffsetOf } from './modes/fixed-clock.js';
import { controlModes } from './modes/registry.js';
import { Params } from './params.js';
import type {
  ClassStarts,
  ControlFacts,
  ControlRule,
  ControlTimesFacts,
  ControlTimesPlan,
  ModeAnswer,
  PlannedControlTime,
} from './types.js';

/** Default lead of the opening before the first due time. Source: Motorsport UK NCR 2026 ch. 13 App. 5 art. 2.2. */
const OPEN_LEAD_MS: Readonly<Record<string, number>> = { last_due_plus: 15 * MINUTE_MS };

/** Year 9999: what lies behind it is a mistake in a rule, and can't be written as a date. */
const LATEST_MS = Date.UTC(9999, 11, 31);

/** What shifts a class on its way along the route. */
interface Progress {
  neutralisedMs: number;
  closesMs: number;
  /** The control whose closing is `closesMs`. */
  closesAtControl: string;
}

/**
 * When the controls of a route open and close.
 *   1. For each control in the order of the route and each class: read the rule, with what differs for the class.
 *   2. The mode says when it closes; allowance, delay and neutralisation are added; then up to the whole minute.
 *   3. A control never closes before the one in front of it.
 *   4. It opens its lead before the class is first due there; without due times as the mode says, else with the
 *      first start. An explicit opening (opens_at, open_after_s) wins over both.
 *   5. It opens at the latest when it closes.
 * Linear in controls × classes; entries appear only as their first and last. The same facts give the same plan, and
 * a delay of whole minutes moves every instant by just that.
 *
 * params of every mode, besides its own
 *   allowance_s, allowance_min   added to the closing
 *   open_lead_s, open_lead_min   the opening before the first due time
 *   opens_at                     an opening by the clock, written like closes_at of fixed_clock
 *   open_after_s, …_min, …_h     an opening counted from the first start of the class
 *   neutralisation_s, …_min      an unplanned halt before this control: moves it and all behind it
 *   delay_applies                false: neither delay nor neutralisation moves this control
 *   enforce_at                   arrival or departure: which of the two must not be later than the closing
 *   enforcement                  strict or advisory
 *   downgrade_to                 the class in which an entry behind the closing goes on
 *   classes                      {"<class id>": {…}}: what differs for a class
 *
 * @returns problems: MODE_UNKNOWN, PARAM_MISSING, PARAM_INVALID, CONTROL_TWICE, TIME_OUT_OF_RANGE
 */
export function planControlTimesFrom(facts: ControlTimesFacts): ControlTimesPlan {
  const { controls, classes, delaySeconds = 0, finishers = [], utcOffsetMinutes = 0 } = facts;
  const firstStartOfAllMs = earliest(classes);
  const clock = (ms: number) => clockOf(ms, utcOffsetMinutes, firstStartOfAllMs);
  const distances = new Map(controls.map(({ id, distanceKm }) => [id, distanceKm ?? null]));
  const progress = classes.map((): Progress => ({
    neutralisedMs: 0,
    closesMs: Number.NEGATIVE_INFINITY,
    closesAtControl: '',
  }));
  const times: PlannedControlTime[] = [];
  const problems: PlanRemark[] = duplicates(controls);

  for (const [index, control] of controls.entries()) {
    for (const [classIndex, starts] of classes.entries()) {
      const params = new Params(control.params, starts.classId, `/controls/${index}/params`);
      const known: ControlFacts = {
        control,
        starts,
        due: starts.due.get(control.id),
        firstStartOfAllMs,
        utcOffsetMinutes,
        finishers: finishers.filter(
          ({ classId, controlId }) =>
            (classId === null || classId === starts.classId) &&
            (controlId === null || controlId === control.id),
        ),
        distanceKmOf: (id) => distances.get(id),
        clock,
      };
      const mode = controlModes.get(control.mode);
      if (mode === undefined) problems.push(unknownMode(control, index));
      const answer = mode?.(params, known) ?? { closesMs: null, because: 'not known: no such mode' };
      const time = place(params, known, answer, delaySeconds * 1000, progress[classIndex] as Progress);
      if (isOutOfRange(time)) problems.push(outOfRange(control, index));
      times.push(
        isOutOfRange(time) ? { ...time, opensMs: null, closesMs: null, closesExactlyMs: null } : time,
      );
      problems.push(...params.problems);
    }
  }
  return { times, problems: once(problems) };
}

function place(
  params: Params,
  facts: ControlFacts,
  answer: ModeAnswer,
  delayMs: number,
  progress: Progress,
): PlannedControlTime {
  const { control, starts } = facts;
  const name = control.name ?? control.id;
  const isMoved = params.unlessFalse('delay_applies');
  progress.neutralisedMs += params.duration('neutralisation') ?? 0;
  const neutralisedMs = isMoved ? progress.neutralisedMs : 0;
  const shiftMs = neutralisedMs + (isMoved ? delayMs : 0);
  const allowanceMs = params.duration('allowance') ?? 0;
  const shifts = [...added(isMoved ? delayMs : 0, 'delay'), ...added(neutralisedMs, 'neutralisation')];

  const closesExactlyMs = answer.closesMs === null ? null : answer.closesMs + allowanceMs + shiftMs;
  let closesMs: number | null = null;
  let closes = answer.because;
  if (closesExactlyMs !== null) {
    const round = answer.round === 'nearest' ? Math.round : Math.ceil;
    closesMs = round(closesExactlyMs / MINUTE_MS) * MINUTE_MS;
    closes += [...added(allowanceMs, 'allowance'), ...shifts].join('');
    if (closesMs !== closesExactlyMs && answer.round !== 'nearest') closes += ', rounded up';
    if (closesMs < progress.closesMs) {
      closesMs = progress.closesMs;
      closes += `, not before ${progress.closesAtControl} closes`;
    } else {
      progress.closesMs = closesMs;
      progress.closesAtControl = name;
    }
  }

  const opening = openingOf(params, facts, answer);
  let opensMs = opening === undefined ? null : opening.opensMs + shiftMs;
  if (opensMs !== null && answer.round === 'nearest') opensMs = Math.round(opensMs / MINUTE_MS) * MINUTE_MS;
  let opens = opening === undefined ? 'not known yet' : opening.because + shifts.join('');
  if (opensMs !== null && closesMs !== null && opensMs > closesMs) {
    opens += ', but at the latest when it closes';
    opensMs = closesMs;
  }

  const at = (ms: number | null) => (ms === null ? '' : ` ${facts.clock(ms)}`);
  const enforceAt = params.choice('enforce_at', ['arrival', 'departure']);
  const enforcement = params.choice('enforcement', ['strict', 'advisory']);
  const downgradeTo = params.text('downgrade_to');
  return {
    id: control.id,
    classId: starts.classId,
    opensMs,
    closesMs,
    closesExactlyMs,
    because: [
      `closes${at(closesMs)}: ${closes}`,
      `opens${at(opensMs)}: ${opens}`,
      ...(enforceAt ? [`counts at ${enforceAt}`] : []),
      ...(enforcement === 'advisory' ? ['advisory only'] : []),
      ...(downgradeTo === undefined ? [] : [`whoever is later may go on in ${downgradeTo}`]),
    ].join('; '),
    ...(enforceAt && { enforceAt }),
    ...(enforcement && { enforcement }),
    ...(downgradeTo !== undefined && { downgradeTo }),
  };
}

function openingOf(params: Params, facts: ControlFacts, answer: ModeAnswer): ModeAnswer['opening'] {
  const { starts, due, control, clock } = facts;
  const leadMs = params.duration('open_lead') ?? OPEN_LEAD_MS[control.mode] ?? 0;
  const fixed = explicitOpening(params, facts);
  if (fixed) return fixed;
  const afterMs = params.duration('open_after');
  if (afterMs !== undefined && starts.firstStartMs !== null) {
    return {
      opensMs: starts.firstStartMs + afterMs,
      because: `first start ${clock(starts.firstStartMs)} + ${durationInWords(afterMs)}`,
    };
  }
  if (due) {
    return {
      opensMs: due.firstMs - leadMs,
      because: `first due ${clock(due.firstMs)}${leadMs > 0 ? ` - ${durationInWords(leadMs)}` : ''}`,
    };
  }
  if (answer.opening) return answer.opening;
  if (starts.firstStartMs === null) return undefined;
  return { opensMs: starts.firstStartMs, because: `first start ${clock(starts.firstStartMs)}` };
}

function explicitOpening(params: Params, facts: ControlFacts): ModeAnswer['opening'] {
  const name = params.named('opens_at', 'open_at', 'opens', 'open');
  const text = name && params.text(name);
  if (!name || !text) return undefined;
  const ms = readClock(text, utcOffsetOf(params, facts), facts.firstStartOfAllMs, false);
  if (typeof ms === 'number') return { opensMs: ms, because: `fixed at ${facts.clock(ms)}` };
  if (ms === undefined) params.refuse(name, 'an instant, "D0 06:30" or "06:30"');
  return undefined;
}

function added(ms: number, what: string): string[] {
  if (ms === 0) return [];
  return [` ${ms > 0 ? '+' : '-'} ${durationInWords(Math.abs(ms))} ${what}`];
}

function earliest(classes: readonly ClassStarts[]): number | null {
  let first: number | null = null;
  for (const { firstStartMs } of classes) {
    if (firstStartMs !== null && (first === null || firstStartMs < first)) first = firstStartMs;
  }
  return first;
}

function duplicates(controls: readonly ControlRule[]): PlanRemark[] {
  const seen = new Set<string>();
  return controls.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [
      {
        code: 'CONTROL_TWICE',
        message: `Two controls are called "${id}". Give each its own id: due times name controls by it.`,
        pointer: `/controls/${index}/id`,
      },
    ];
  });
}

function unknownMode({ mode }: ControlRule, index: number): PlanRemark {
  return {
    code: 'MODE_UNKNOWN',
    message: `No control closes by "${mode}". Choose one of: ${[...controlModes.keys()].join(', ')}.`,
    pointer: `/controls/${index}/mode`,
  };
}

function isOutOfRange({ opensMs, closesMs }: PlannedControlTime): boolean {
  return [opensMs, closesMs].some((ms) => ms !== null && !(Math.abs(ms) <= LATEST_MS));
}

function outOfRange({ id }: ControlRule, index: number): PlanRemark {
  return {
    code: 'TIME_OUT_OF_RANGE',
    message: `The rule of "${id}" leads to a time that no calendar has. Check its distances, speeds and durations.`,
    pointer: `/controls/${index}/params`,
  };
}

/** A rule is read once for each class; what is wrong with it is said once. */
function once(problems: readonly PlanRemark[]): PlanRemark[] {
  const told = new Map(problems.map((problem) => [`${problem.code} ${problem.pointer ?? ''}`, problem]));
  return [...told.values()];
}
