import { Problem } from '@trm/platform';
import type { AmendmentRefusal, PlanRemark } from '@trm/rules';
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
      `${stageName} is open and its start list is published. Add the entry to it as a late entry, which also confirms it, or confirm it once ${stageName} is closed.`,
    );
  }
}

const STATE_WORDS: Record<StageState, string> = {
  draft: 'a draft',
  planned: 'planned and not open yet',
  open: 'open',
  running: 'running',
  closed: 'closed',
  provisional: 'closed with provisional results',
  official: 'closed with official results',
};

/** The command makes no sense in the state that the stage is in. */
export class StageNotInState extends Problem {
  readonly kind = 'conflict';
  readonly code = 'STAGE_NOT_IN_STATE';
  override readonly details: { readonly stageState: StageState };

  constructor(stageName: string, stageState: StageState, verb: string, allowed: readonly StageState[]) {
    super(
      `${stageName} is ${STATE_WORDS[stageState]}, so it can't be ${verb} now. That is possible while it is ${allowed.map((state) => STATE_WORDS[state]).join(' or ')}.`,
    );
    this.details = { stageState };
  }
}

/** Somebody published a newer version than the caller has seen. */
export class StartListMovedOn extends Problem {
  readonly kind = 'conflict';
  readonly code = 'START_LIST_MOVED_ON';

  constructor(stageName: string, expected: number, inForce: number | null) {
    super(
      `Nothing was changed: you have seen version ${expected} of the start list of ${stageName}, and ${inForce === null ? 'none is published' : `version ${inForce} is in force`}. Look at it again.`,
    );
  }
}

export class StageHasStarted extends Problem {
  readonly kind = 'conflict';
  readonly code = 'STAGE_HAS_STARTED';

  constructor(stageName: string, started: number) {
    super(
      `${stageName} can't be redrawn: ${started === 1 ? 'one entry has' : `${started} entries have`} started already. Pin, delay or add single starts instead.`,
    );
  }
}

/** The entry is unknown, or of another event. */
export class EntryNotFound extends Problem {
  readonly kind = 'not-found';
  readonly code = 'ENTRY_NOT_FOUND';

  constructor(stageName: string) {
    super(`There is no such entry in the event of ${stageName}.`);
  }
}

export class EntryNotListed extends Problem {
  readonly kind = 'rule';
  readonly code = 'ENTRY_NOT_LISTED';

  constructor(label: string, stageName: string) {
    super(`${label} is not on the start list of ${stageName}. Add it as a late entry first.`);
  }
}

export class EntryCannotStart extends Problem {
  readonly kind = 'rule';
  readonly code = 'ENTRY_CANNOT_START';

  constructor(
    entry: { readonly raceNumber: number | null; readonly name: string | null; readonly status: string },
    stageName: string,
  ) {
    super(
      `#${entry.raceNumber ?? entry.name} is ${entry.status} and can't start ${stageName}. Change its status first.`,
    );
  }
}

export class EntryWithoutNumber extends Problem {
  readonly kind = 'rule';
  readonly code = 'RACE_NUMBER_MISSING';

  constructor(name: string | null) {
    super(`"${name ?? '?'}" has no race number. Give it one, then add it.`);
  }
}

export class EntryHasStarted extends Problem {
  readonly kind = 'rule';
  readonly code = 'ENTRY_HAS_STARTED';

  constructor(
    entry: { readonly raceNumber: number | null; readonly name: string | null },
    stageName: string,
  ) {
    super(
      `#${entry.raceNumber ?? entry.name} has started ${stageName}, so it can't leave its list any more. Set it to dnf with a reason instead.`,
    );
  }
}

/** A rule of the list forbids the amendment; the rulebook's own sentence. */
export class AmendmentRefused extends Problem {
  readonly kind = 'rule';
  readonly code: string;

  constructor({ code, message }: AmendmentRefusal) {
    super(message);
    this.code = code;
  }
}

export class PinTaken extends Problem {
  readonly kind = 'conflict';
  readonly code = 'POSITION_PINNED';

  constructor(position: number, reason: string) {
    super(`Position ${position} is pinned for another entry (${reason}). Unpin that one first.`);
  }
}

export class SegmentNotFound extends Problem {
  readonly kind = 'not-found';
  readonly code = 'SEGMENT_NOT_FOUND';

  constructor(stageName: string) {
    super(`The start list of ${stageName} has no such segment.`);
  }
}

export class NobodyLeftToDelay extends Problem {
  readonly kind = 'conflict';
  readonly code = 'NOBODY_LEFT_TO_DELAY';

  constructor(stageName: string, segmentName: string) {
    super(
      `Everybody on the list of ${stageName} has started ${segmentName}, so nothing there can be delayed. Delay from a later segment on.`,
    );
  }
}

export class StartNotPlausible extends Problem {
  readonly kind = 'rule';
  readonly code = 'START_NOT_PLAUSIBLE';

  constructor(label: string, planned: string) {
    super(
      `${label} was to start at ${planned}; the given start is more than a day away from it. Check the date.`,
    );
  }
}

export class ControlsStillOpen extends Problem {
  readonly kind = 'conflict';
  readonly code = 'CONTROLS_STILL_OPEN';

  constructor(stageName: string, lastClosing: string) {
    super(
      `The last control of ${stageName} closes at ${lastClosing}. Wait for it, or give the reason for closing the stage before.`,
    );
  }
}

export class ResultsNotComplete extends Problem {
  readonly kind = 'conflict';
  readonly code = 'RESULTS_NOT_COMPLETE';

  constructor(stageName: string, open: number) {
    super(
      `The results of ${stageName} are still being computed for ${open === 1 ? 'one entry' : `${open} entries`}. Wait until that is done.`,
    );
  }
}

export class IdempotencyKeyMissing extends Problem {
  readonly kind = 'malformed';
  readonly code = 'IDEMPOTENCY_KEY_MISSING';

  constructor() {
    super('Send an Idempotency-Key: delays add up, and a repeated request must not count twice.');
  }
}

export class MinutesMissing extends Problem {
  readonly kind = 'rule';
  readonly code = 'MINUTES_MISSING';

  constructor() {
    super('Say by how many minutes the stage is delayed.');
  }
}
