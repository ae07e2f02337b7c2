import { Problem } from '../http/problem.js';

/** Something is asked of a stage that only a published start list can answer. */
export class StageNotOpenYet extends Problem {
  readonly kind = 'conflict';
  readonly code = 'STAGE_NOT_OPEN_YET';

  constructor(stageName: string) {
    super(`${stageName} has no published start list yet. It gets one when the stage is opened.`);
  }
}
