import { Problem } from '@trm/platform';

export class RecomputeRequestNotFound extends Problem {
  readonly kind = 'not-found';
  readonly code = 'RECOMPUTE_REQUEST_NOT_FOUND';

  constructor() {
    super('There is no such recompute request in your organisations.');
  }
}

export class PositionFaultNotFound extends Problem {
  readonly kind = 'not-found';
  readonly code = 'POSITION_FAULT_NOT_FOUND';

  constructor() {
    super('There is no such mark on positions in your organisations.');
  }
}

export class TrackerNotFound extends Problem {
  readonly kind = 'not-found';
  readonly code = 'TRACKER_NOT_FOUND';

  constructor() {
    super('There is no such tracker in your organisations.');
  }
}

export class EntryOrTracker extends Problem {
  readonly kind = 'malformed';
  readonly code = 'ENTRY_OR_TRACKER';

  constructor() {
    super('Name either an entry or a tracker whose positions are wrong, not both.');
  }
}

export class RangeEndsBeforeItBegins extends Problem {
  readonly kind = 'malformed';
  readonly code = 'RANGE_ENDS_BEFORE_IT_BEGINS';

  constructor() {
    super('The range ends before it begins. Swap "from" and "to".');
  }
}

export class NoPositionInRange extends Problem {
  readonly kind = 'rule';
  readonly code = 'NO_POSITION_IN_RANGE';

  constructor(of: string, marked: number) {
    super(
      marked === 0
        ? `${of} sent no position in that range, so there is nothing to mark.`
        : `Every position that ${of} sent in that range (${marked}) is marked as faulty already.`,
    );
  }
}

export class CarriedByAnotherOrganisation extends Problem {
  readonly kind = 'rule';
  readonly code = 'CARRIED_BY_ANOTHER_ORGANISATION';

  constructor(imei: string) {
    super(
      `Tracker ${imei} was on an entry of another organisation in that range. Mark the positions of your entry instead.`,
    );
  }
}

export class AlreadyRestored extends Problem {
  readonly kind = 'conflict';
  readonly code = 'ALREADY_RESTORED';

  constructor() {
    super('These positions have been restored already.');
  }
}

export class NothingToRecompute extends Problem {
  readonly kind = 'rule';
  readonly code = 'NOTHING_TO_RECOMPUTE';

  constructor(official: readonly string[] = []) {
    super(
      official.length > 0
        ? `The results of ${official.map((name) => `"${name}"`).join(', ')} are official. Reopen them with a reason; then they are computed again by themselves.`
        : 'There is nothing to compute: none of these entries has a start in a stage that has opened.',
    );
  }
}

export class NotOfThisEvent extends Problem {
  readonly kind = 'rule';
  readonly code = 'NOT_OF_THIS_EVENT';

  constructor(what: 'stages' | 'entries', ids: readonly string[]) {
    super(
      `${ids.length === 1 ? `One of the ${what} is` : `${ids.length} of the ${what} are`} not of this event: ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ' …' : ''}.`,
    );
  }
}

export class NothingToTryAgain extends Problem {
  readonly kind = 'conflict';
  readonly code = 'NOTHING_TO_TRY_AGAIN';

  constructor() {
    super('Nothing of this request has failed or was cancelled.');
  }
}

export class NothingToCancel extends Problem {
  readonly kind = 'conflict';
  readonly code = 'NOTHING_TO_CANCEL';

  constructor() {
    super('Nothing of this request can be cancelled any more: it waits for nothing.');
  }
}

export class QueueIsForAdministrators extends Problem {
  readonly kind = 'forbidden';
  readonly code = 'QUEUE_IS_FOR_ADMINISTRATORS';

  constructor() {
    super(
      'The queue is for administrators. Staff follow what is computed under "Recompute requests" in Directus.',
    );
  }
}

export class QueueDoesNotAnswer extends Problem {
  readonly kind = 'unavailable';
  readonly code = 'QUEUE_DOES_NOT_ANSWER';
  /** The page of the queue shows what stands in `error`. */
  override readonly details = { error: this.message };

  constructor(cause: unknown) {
    super('The queue does not answer now. Nothing is lost: what is to be computed stands in the database.', {
      cause,
    });
  }
}
