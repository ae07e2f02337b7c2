import type { StageTime } from '@trm/rules';
import type { StageFacts } from './stage-facts.js';

/** Penalty of one kind for an entry in a stage, in milliseconds, from its facts and times. */
export type PenaltyEvaluator = (facts: StageFacts, time: StageTime) => number;

/** Every kind of penalty that is computed; one file and one line here for each. None is yet. */
export const penaltyEvaluators: readonly PenaltyEvaluator[] = [];
