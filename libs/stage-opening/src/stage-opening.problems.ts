import { Problem } from '@trm/platform';
import type { PlanRemark } from '@trm/rules';
import type { StageState } from './stage-store.js';

/** The stage lacks what a start list needs; one error for each missing fact. */
export class StartListNotPossible extends Problem {
  readonly kind = 'rule';
  readonly code: string;
  override readonly details: { readonly errors: readonly PlanRemark[] };

  constructor(problems: readonly PlanRemark[]) {
    super(problems.map(({ message }) => message).join(' '));
    this.code = problems.length === 1 && problems[0] ? problems[0].code : 'START_LIST_NOT_POSSIBLE';
    this.details = { errors: problems };
  }
}

const STATE_ADVICE = {
  draft: 'is still a draft. Set its state to planned when it is complete, then open it.',
  planned: 'is planned.',
  open: 'is marked as open but has no start list. Set its state back to planned, then open it.',
  running: 'is running already.',
  closed: 'is closed. Only a reopening with a reason brings it back.',
  provisional: 'has provisional results and cannot be opened again.',
  official: 'has official results and cannot be opened again.',
} satisfies Record<StageState, string>;

export class StageNotPlanned extends Problem {
  readonly kind = 'conflict';
  readonly code = 'STAGE_NOT_PLANNED';
  override readonly details: { readonly stageState: StageState };

  constructor(stageName: string, stageState: StageState) {
    super(`${stageName} ${STATE_ADVICE[stageState]}`);
    this.details = { stageState };
  }
}

export class StageNotOpenYet extends Problem {
  readonly kind = 'conflict';
  readonly code = 'STAGE_NOT_OPEN_YET';

  constructor(stageName: string) {
    super(`${stageName} has no published start list yet. It gets one when the stage is opened.`);
  }
}

export class FactsChangedMeanwhile extends Problem {
  readonly kind = 'conflict';
  readonly code = 'FACTS_CHANGED_MEANWHILE';

  constructor(cause: unknown) {
    super(
      'Nothing was changed: an entry or a segment of this stage was deleted at the same moment. Try again.',
      {
        cause,
      },
    );
  }
}
