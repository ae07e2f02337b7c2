import type { ControlMode } from '../types.js';
import { elapsedFromWave } from './elapsed-from-wave.js';
import { firstFinisherPlus } from './first-finisher-plus.js';
import { fixedClock } from './fixed-clock.js';
import { lastDuePlus } from './last-due-plus.js';
import { speedTable } from './speed-table.js';
import { stageMaximum } from './stage-maximum.js';
import { sweepSpeed } from './sweep-speed.js';
import { targetMultiplier } from './target-multiplier.js';

/** The ways in which a control can open and close, by the name that rules call them. */
export const controlModes: ReadonlyMap<string, ControlMode> = new Map([
  ['fixed_clock', fixedClock],
  ['elapsed_from_wave', elapsedFromWave],
  ['speed_table', speedTable],
  ['last_due_plus', lastDuePlus],
  ['sweep_speed', sweepSpeed],
  ['stage_maximum', stageMaximum],
  ['first_finisher_plus', firstFinisherPlus],
  ['target_multiplier', targetMultiplier],
]);
