import { clockOf, isDuration, isoOf, MINUTE_MS, parseInstant } from '../instants.js';
import type { PlanRemark } from '../start-order/types.js';
import { chain } from './chain.js';
import { minutes } from './plan-segment-offsets.js';

/** What the due times of one entry are computed from. Instants are ISO 8601 (without a zone UTC), durations seconds. */
export interface DueTimesDocument {
  /** When the entry, or the first car, starts at the beginning of the chain. */
  readonly startAt: string;
  /** In the order in which they are reached. */
  readonly controls: readonly ChainedControl[];
  /** Moves the whole chain; negative brings it forward. */
  readonly delaySeconds?: number | undefined;
  /** For all controls that say nothing themselves; without it instants are exact. */
  readonly rounding?: DueRounding | undefined;
}

/** A control of the chain. */
export interface ChainedControl {
  readonly id: string;
  /** From the start behind the control before until due here. The first may lack it: it is due at the start. */
  readonly targetDurationSeconds?: number | null | undefined;
  /** From this control to the start of the special behind it; 180 in most WRC stages. */
  readonly leadTimeSeconds?: number | null | undefined;
  /** A halt here (service, regroup, night, neutralisation) before the lead time. */
  readonly breakSeconds?: number | null | undefined;
  /** A delay that begins here: moves this control and all behind it. */
  readonly delaySeconds?: number | null | undefined;
  readonly rounding?: DueRounding | undefined;
}

/** To the whole minute: nearest (half a minute goes up), up, or down. */
export type DueRounding = 'minute' | 'minute_up' | 'minute_down';

/** When a control is due, and when what lies behind it starts. Both ISO 8601 in UTC. */
export interface DueTime {
  readonly id: string;
  readonly dueAt: string;
  /** dueAt plus the break and the lead time. */
  readonly startAt: string;
  readonly because: string;
}

/** Due times, and what is wrong with the document. */
export interface DueTimes {
  /** As far as the chain holds: none from the first control on that a problem points at. */
  readonly due: readonly DueTime[];
  readonly problems: readonly PlanRemark[];
}

const ROUND = {
  minute: (ms: number) => Math.round(ms / MINUTE_MS) * MINUTE_MS,
  minute_up: (ms: number) => Math.ceil(ms / MINUTE_MS) * MINUTE_MS,
  minute_down: (ms: number) => Math.floor(ms / MINUTE_MS) * MINUTE_MS,
} satisfies Record<DueRounding, (ms: number) => number>;

const ROUNDED = {
  minute: 'to the nearest minute',
  minute_up: 'up to the minute',
  minute_down: 'down to the minute',
} satisfies Record<DueRounding, string>;

/**
 * The due times of one entry at the controls of its route.
 *   due(0)   = start + delay + target(0)
 *   due(i)   = start behind control i-1 + target(i) + delay(i)
 *   start(i) = due(i) + break(i) + lead(i)
 * Where a rounding is set, a control's due time and its start are rounded, and the chain goes on from the rounded
 * start: crews read whole minutes off a time card. Source of the chain: see chain.ts; of the rounding at stage
 * starts: WRC event data of 2018-19 ("closest minute").
 *
 * @returns problems: TIME_UNREADABLE, TARGET_DURATION_MISSING, DURATION_UNREADABLE; each points at its field
 */
export function chainDueTimes(document: DueTimesDocument): DueTimes {
  const start = parseInstant(document.startAt);
  const problems = [
    ...(start === undefined
      ? [
          {
            code: 'TIME_UNREADABLE',
            message: `"${document.startAt}" is not an instant. Write it with its zone, like 2026-06-07T07:00:00+02:00.`,
            pointer: '/startAt',
          },
        ]
      : []),
    ...(isDuration(document.delaySeconds ?? 0) ? [] : [unreadable('delaySeconds', '/delaySeconds')]),
  ];
  const wholeChainFails = problems.length > 0;
  const perControl = document.controls.map(problemsOf);
  problems.push(...perControl.flat());
  if (start === undefined || wholeChainFails) return { due: [], problems };

  const firstBad = perControl.findIndex((each) => each.length > 0);
  const usable = firstBad === -1 ? document.controls : document.controls.slice(0, firstBad);
  const delaySeconds = document.delaySeconds ?? 0;
  const links = usable.map((control, index) => {
    const rounding = control.rounding ?? document.rounding;
    return {
      target: 1000 * (control.targetDurationSeconds ?? 0),
      break: 1000 * (control.breakSeconds ?? 0),
      lead: 1000 * (control.leadTimeSeconds ?? 0),
      delay: 1000 * ((control.delaySeconds ?? 0) + (index === 0 ? delaySeconds : 0)),
      ...(rounding && { round: ROUND[rounding] }),
    };
  });
  const instants = chain(start.ms, links);
  return {
    due: instants.map(({ due, start: startMs }, index) => {
      const control = usable[index] as ChainedControl;
      const before = instants[index - 1];
      return {
        id: control.id,
        dueAt: isoOf(due),
        startAt: isoOf(startMs),
        because: explain(control, {
          from:
            before === undefined
              ? `the start at ${clockOf(start.ms, start.utcOffsetMinutes)}`
              : `the start behind ${(usable[index - 1] as ChainedControl).id} at ${clockOf(before.start, start.utcOffsetMinutes)}`,
          delaySeconds: (links[index]?.delay ?? 0) / 1000,
          rounding: control.rounding ?? document.rounding,
        }),
      };
    }),
    problems,
  };
}

function explain(
  control: ChainedControl,
  { from, delaySeconds, rounding }: { from: string; delaySeconds: number; rounding: DueRounding | undefined },
): string {
  const target = control.targetDurationSeconds ?? 0;
  const halt = control.breakSeconds ?? 0;
  const lead = control.leadTimeSeconds ?? 0;
  return [
    target > 0 ? `due ${minutes(target)} after ${from}` : `due at ${from}`,
    ...(delaySeconds > 0 ? [`${minutes(delaySeconds)} delay`] : []),
    ...(delaySeconds < 0 ? [`${minutes(-delaySeconds)} earlier than planned`] : []),
    ...(halt > 0 ? [`${minutes(halt)} break`] : []),
    ...(lead > 0 ? [`${minutes(lead)} lead time`] : []),
    ...(rounding ? [`rounded ${ROUNDED[rounding]}`] : []),
  ].join(', ');
}

function problemsOf(control: ChainedControl, index: number): PlanRemark[] {
  const problems: PlanRemark[] = [];
  if (index > 0 && (control.targetDurationSeconds ?? null) === null) {
    problems.push({
      code: 'TARGET_DURATION_MISSING',
      message: `Control "${control.id}" has no target duration, so it and the controls behind it have no due time. Enter the time allowed from the control before.`,
      pointer: `/controls/${index}/targetDurationSeconds`,
    });
  }
  for (const name of ['targetDurationSeconds', 'leadTimeSeconds', 'breakSeconds', 'delaySeconds'] as const) {
    const seconds = control[name] ?? 0;
    if (!isDuration(seconds) || (seconds < 0 && name !== 'delaySeconds'))
      problems.push(unreadable(name, `/controls/${index}/${name}`));
  }
  return problems;
}

function unreadable(name: string, pointer: string): PlanRemark {
  return {
    code: 'DURATION_UNREADABLE',
    message: `${name} is not a duration in seconds that a race can have.`,
    pointer,
  };
}
