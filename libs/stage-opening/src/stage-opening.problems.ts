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
  running: 'is running already.',
  closed: 'is closed. Only a reopening with a reason brings it back.',
  provisional: 'has provisional results and cannot be opened again.',
  official: 'has official results and cannot be opened again.',
} satisfies Record<Exclude<StageState, 'planned' | 'open'>, string>;

export class StageNotPlanned extends Problem {
  readonly kind = 'conflict';
  readonly code = 'STAGE_NOT_PLANNED';
  override readonly details: { readonly stageState: StageState };

  constructor(stageName: string, stageState: keyof typeof STATE_ADVICE) {
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

/** The stage was open once and set back by hand; its list and starts are still there. */
export class StageOpenedBefore extends Problem {
  readonly kind = 'conflict';
  readonly code = 'STAGE_OPENED_BEFORE';

  constructor(stageName: string, cause: unknown) {
    super(
      `${stageName} was open before and still has its published start list, which an opening does not replace. Ask the administrator to set its state to open again.`,
      { cause },
    );
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

/** Somebody sets the state of a stage by hand that only an opening can bring it to. */
export class StageWithoutStartList extends Problem {
  readonly kind = 'rule';
  readonly code = 'STAGE_WITHOUT_START_LIST';

  constructor() {
    super('A stage without a start list is a draft or planned. Open it; that publishes its start list.');
  }
}

/** An entry would become startable although a stage of its event has its start list already. */
export class StageAlreadyOpen extends Problem {
  readonly kind = 'rule';
  readonly code = 'STAGE_ALREADY_OPEN';

  constructor(stageName: string) {
    super(
      `${stageName} is open and its start list is published, so no further entry can be confirmed now. Confirm it once ${stageName} is closed.`,
    );
  }
}

/** A button of the Admin UI that this version does not know: the Flows are of another one. */
export class ButtonUnknown extends Problem {
  readonly kind = 'malformed';
  readonly code = 'BUTTON_UNKNOWN';

  constructor() {
    super(
      'The race control service does not know this button: it and the buttons are of different versions. Tell the administrator.',
    );
  }
}
