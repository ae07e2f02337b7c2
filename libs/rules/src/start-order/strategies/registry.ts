import type { StartOrderStrategy } from '../types.js';
import { manual, random } from './by-hand-or-lot.js';
import {
  championshipOrder,
  inverseOfOverall,
  inverseTopNThenNatural,
  positionChoice,
  previousStageCleanResult,
  previousStageResult,
  topPctThenPriority,
} from './classified.js';
import { inverseRaceNumber, raceNumber } from './numbers.js';
import { mass, pursuit, waves } from './together.js';

/** The start orders that can be drawn, by the name that `stages.start_order_strategy` holds. */
export const startOrderStrategies: ReadonlyMap<string, StartOrderStrategy> = new Map([
  ['manual', manual],
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
]);

/** What regulations call some of them. */
export const strategyAliases: ReadonlyMap<string, string> = new Map([
  ['inverse_of_team_overall', 'inverse_of_overall'],
  ['fleet_sequence', 'mass'],
  ['wave_sequence', 'championship_order'],
  ['tail_of_on_time', 'race_number'],
]);

/** Strategies that give each entry its own minute, or one for all: they need no interval. */
export const strategiesWithoutInterval: ReadonlySet<string> = new Set(['mass', 'waves', 'pursuit']);
