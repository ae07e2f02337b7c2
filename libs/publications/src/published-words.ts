import type { ControlTimeMode, SegmentEnforcement, StartListStrategy } from '@trm/directus';
import type { ControlTime, PublishedLine } from './publications-store.js';

const STRATEGIES: Readonly<Record<string, string>> = {
  race_number: 'race numbers, lowest first',
  inverse_race_number: 'race numbers, highest first',
  championship_order: 'championship standings',
  previous_stage_result: 'result of an earlier stage, winner first',
  previous_stage_clean_result: 'result of an earlier stage without penalties, fastest first',
  inverse_of_overall: 'overall standings reversed, leader last',
  inverse_top_n_then_natural: 'the best reversed, then the others in order',
  top_pct_then_priority: 'the fastest first, then by priority',
  position_choice: 'positions chosen by the crews',
  random: 'drawn by lot',
  mass: 'all together',
  waves: 'in waves',
  pursuit: 'pursuit: everybody starts behind the leader by the time lost',
  manual: 'placed by hand',
} satisfies Record<StartListStrategy, string>;

const MODES: Readonly<Record<string, string>> = {
  fixed_clock: 'fixed time of day',
  elapsed_from_wave: 'time allowed from the start of the wave',
  speed_table: 'from the table of speeds',
  last_due_plus: 'a time after the last crew is due',
  sweep_speed: 'when the sweep passes',
  stage_maximum: 'maximum time of the stage',
  first_finisher_plus: 'a time after the first finisher',
  target_multiplier: 'a multiple of the target time',
} satisfies Record<ControlTimeMode, string>;

export const ENFORCEMENTS = {
  strict: 'whoever comes later is excluded',
  advisory: 'nobody is excluded for coming later',
} satisfies Record<SegmentEnforcement, string>;

const VACANCIES: Readonly<Record<string, string>> = {
  withdrawn: 'withdrawn',
  dns: 'does not start',
  dnf: 'retired',
  dsq: 'disqualified',
};

/** How the order was found, in words. */
export function strategyInWords(strategy: string): string {
  return STRATEGIES[strategy] ?? plain(strategy);
}

/** How a control's times were found: the sentence with the numbers, or else the name of the rule. */
export function formulaInWords({ because, mode }: ControlTime): string {
  return because ?? MODES[mode] ?? plain(mode);
}

export function isVacant({ status }: PublishedLine): boolean {
  return status !== undefined && status !== null;
}

/** What an official should see beside the name: why nobody starts here, or why somebody was placed by hand. */
export function remark({ status, pinned, slotKept }: PublishedLine): string {
  const vacancy =
    status && `${VACANCIES[status] ?? plain(status)}${slotKept ? ', the slot stays empty' : ''}`;
  return [vacancy, pinned && `placed by hand: ${pinned}`].filter(Boolean).join('; ');
}

function plain(code: string): string {
  return code.replaceAll(/[_-]+/g, ' ');
}
