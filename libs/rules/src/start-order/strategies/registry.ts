import type { StartOrderStrategy } from '../types.js';
import { previousStageResult } from './previous-stage-result.js';
import { raceNumber } from './race-number.js';

/** The start orders that can be drawn, by the name that `stages.start_order_strategy` holds. */
export const startOrderStrategies: ReadonlyMap<string, StartOrderStrategy> = new Map([
  ['race_number', raceNumber],
  ['previous_stage_result', previousStageResult],
]);
