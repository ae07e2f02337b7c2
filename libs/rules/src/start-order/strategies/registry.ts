import { championshipOrder } from './championship-order.js';
import { inverseOfOverall } from './inverse-of-overall.js';
import { inverseRaceNumber } from './inverse-race-number.js';
import { inverseTopNThenNatural } from './inverse-top-n-then-natural.js';
import { manual } from './manual.js';
import { mass } from './mass.js';
import { positionChoice } from './position-choice.js';
import { previousStageCleanResult } from './previous-stage-clean-result.js';
import { previousStageResult } from './previous-stage-result.js';
import { pursuit } from './pursuit.js';
import { raceNumber } from './race-number.js';
import { random } from './random.js';
import type { StartOrderStrategy } from './strategy.js';
import { topPctThenPriority } from './top-pct-then-priority.js';
import { waves } from './waves.js';

/** The start orders that can be drawn, by the name that `stages.start_order_strategy` holds. */
export const startOrderStrategies: ReadonlyMap<string, StartOrderStrategy> = new Map([
  ['race_number', raceNumber],
  ['inverse_race_number', inverseRaceNumber],
  ['championship_order', championshipOrder],
  ['previous_stage_result', previousStageResult],
  ['previous_stage_clean_result', previousStageCleanResult],
  ['inverse_of_overall', inverseOfOverall],
  ['inverse_top_n_then_natural', inverseTopNThenNatural],
  ['top_pct_then_priority', topPctThenPriority],
  ['position_choice', positionChoice],
  ['random', random],
  ['mass', mass],
  ['waves', waves],
  ['pursuit', pursuit],
  ['manual', manual],
]);

/** Other names under which regulations speak of the same orders. */
export const startOrderAliases: ReadonlyMap<string, string> = new Map([
  // The entries are the teams.
  ['inverse_of_team_overall', 'inverse_of_overall'],
  // Fleets are pools.
  ['fleet_sequence', 'mass'],
  // Waves of a seeding list are pools, ordered by `params.sort` or the entries' seeds.
  ['wave_sequence', 'championship_order'],
  // Late entries carry `late`; the others start in numerical order.
  ['tail_of_on_time', 'race_number'],
]);
