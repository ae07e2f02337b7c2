import { Problem, type ProblemKind } from '@trm/platform';
import type { Violation } from '@trm/rules';

/** One or more rules of the discipline, the class or the status machine forbid it. */
export class RulesForbid extends Problem {
  readonly kind = 'rule';
  readonly code: string;
  override readonly details: {
    readonly errors: readonly { readonly pointer: string; readonly message: string; readonly code: string }[];
  };

  /** @param violations at least one; the first gives the code */
  constructor(what: string, violations: readonly Violation[]) {
    // Of one what to do as well; of many only what is wrong, since a dialog has room for some lines.
    const told =
      violations.length > 1
        ? violations.map(({ message }) => whatIsWrong(message))
        : violations.map(({ message }) => message);
    super(`${what}: ${told.join(' ')}`);
    this.code = violations[0]?.code ?? 'RULE_BROKEN';
    this.details = {
      errors: violations.map(({ pointer, message, code }) => ({ pointer, message, code })),
    };
  }
}

/** The first sentence; the second says what to do. */
function whatIsWrong(message: string): string {
  return /^.*?\.(?= [A-Z])/.exec(message)?.[0] ?? message;
}

/** The status machine knows the move, but gives it to others. */
export class MoveNotYours extends Problem {
  readonly kind = 'forbidden';
  readonly code = 'ROLE_MISSING';

  constructor(violations: readonly Violation[]) {
    super(violations.map(({ message }) => message).join(' '));
  }
}

export class RaceNumberTaken extends Problem {
  readonly kind = 'conflict';
  readonly code = 'RACE_NUMBER_TAKEN';
  override readonly details: { readonly raceNumber: number; readonly nextFreeNumber: number | null };

  /** @param nextFree the next number that could be had, null when the range is used up */
  constructor(raceNumber: number, className: string, nextFree: number | null) {
    super(
      nextFree === null
        ? `Number ${raceNumber} is taken, and ${className} has no free number left. Widen its range, or choose another class.`
        : `Number ${raceNumber} is taken. The next free one of ${className} is ${nextFree}.`,
    );
    this.details = { raceNumber, nextFreeNumber: nextFree };
  }
}

export class NoNumberLeft extends Problem {
  readonly kind = 'conflict';
  readonly code = 'NO_NUMBER_LEFT';
  override readonly details = { nextFreeNumber: null };

  constructor(className: string) {
    super(`${className} has no free number left. Widen its range, or choose another class.`);
  }
}

export class ClassFull extends Problem {
  readonly kind = 'conflict';
  readonly code = 'CLASS_FULL';
  override readonly details: { readonly capacity: number; readonly waiting: number };

  constructor(className: string, capacity: number, waiting: number) {
    super(
      `${className} is full: all ${capacity} places are taken and ${waiting === 0 ? 'nobody waits' : `${waiting} wait`}. Ask for the waiting list, or choose another class.`,
    );
    this.details = { capacity, waiting };
  }
}

export class EntryWaits extends Problem {
  readonly kind = 'conflict';
  readonly code = 'ENTRY_IS_WAITING';

  constructor(label: string) {
    super(`${label} is on the waiting list of its class. It can be confirmed when it has a place.`);
  }
}

export class RegistrationClosed extends Problem {
  readonly kind = 'conflict';
  readonly code = 'REGISTRATION_CLOSED';

  /** @param window completes the sentence, for example `opens on 1 May 2026 at 08:00` */
  constructor(eventName: string, window: string) {
    super(`Registration for ${eventName} ${window}. The race office may still enter a crew.`);
  }
}

export class ClassNotFound extends Problem {
  readonly kind = 'not-found';
  readonly code = 'CLASS_NOT_FOUND';

  constructor(eventName: string) {
    super(`There is no such class in ${eventName}.`);
  }
}

export class ClassNeeded extends Problem {
  readonly kind = 'rule';
  readonly code = 'CLASS_MISSING';

  constructor(label: string) {
    super(`${label} has no class, and the class gives the range of the numbers. Choose the class first.`);
  }
}

/** The same sentence for an unknown person and for one of another organisation. */
export class PersonUnknown extends Problem {
  readonly kind = 'rule';
  readonly code = 'PERSON_NOT_MEMBER';

  constructor(count: number) {
    super(
      count === 1
        ? 'One of the crew is not a member of your organisation. Add the person first.'
        : `${count} of the crew are not members of your organisation. Add them first.`,
    );
  }
}

export class VehicleUnknown extends Problem {
  readonly kind = 'rule';
  readonly code = 'VEHICLE_OF_OTHER_ORGANISATION';

  constructor() {
    super('There is no such vehicle in your organisation. Add it first.');
  }
}

export class TrackerUnknown extends Problem {
  readonly kind = 'rule';
  readonly code = 'TRACKER_OF_OTHER_ORGANISATION';

  constructor(tracker: string) {
    super(`Your organisation has no tracker ${tracker}. Check the IMEI, or add the tracker first.`);
  }
}

export class TrackerInUse extends Problem {
  readonly kind = 'conflict';
  readonly code = 'TRACKER_IN_USE';

  constructor(imei: string, boundTo: string) {
    super(`Tracker ${imei} is on entry ${boundTo}. End that binding first.`);
  }
}

export class TrackerNotBound extends Problem {
  readonly kind = 'conflict';
  readonly code = 'TRACKER_NOT_BOUND';

  constructor(imei: string, label: string) {
    super(`Tracker ${imei} is not on ${label}.`);
  }
}

export class NoPreviousEntry extends Problem {
  readonly kind = 'rule';
  readonly code = 'NO_PREVIOUS_ENTRY';

  constructor(label: string, by: string) {
    super(
      by === 'any'
        ? `No earlier entry with the vehicle, the lead driver or the team of ${label} was found. Name the entry to copy from.`
        : `No earlier entry with the same ${by} as ${label} was found. Name the entry to copy from.`,
    );
  }
}

/** Directus's own permissions do not let this person write that. */
export class ForbiddenByDirectus extends Problem {
  readonly kind = 'forbidden';
  readonly code = 'FORBIDDEN';

  constructor(cause: unknown) {
    super('Your role does not allow this change of the entry.', { cause });
  }
}

/** Directus, its guard or the database behind it refused; nothing was written. */
export class RefusedByDirectus extends Problem {
  readonly kind: ProblemKind;
  readonly code: string;

  constructor(
    { status, code, sentence }: { status: number; code: string; sentence: string },
    cause: unknown,
  ) {
    // A refusal of the guard has our own words; whatever else Directus says is for the log.
    const ours = [403, 409, 422, 503].includes(status) && sentence !== '';
    super(ours ? sentence : 'Nothing was changed: the entry was not accepted as it is. Look at it again.', {
      cause,
    });
    this.code = ours ? code : 'ENTRY_NOT_ACCEPTED';
    this.kind =
      status === 403 ? 'forbidden' : status === 422 ? 'rule' : status >= 503 ? 'unavailable' : 'conflict';
  }
}

export class NameMissing extends Problem {
  readonly kind = 'rule';
  readonly code = 'NAME_MISSING';

  constructor() {
    super('Give the entry a name, or at least one person of its crew.');
  }
}

export class EntryOnStartList extends Problem {
  readonly kind = 'conflict';
  readonly code = 'ENTRY_HAS_STARTS';

  /** @param what `number` or `class` */
  constructor(label: string, what: string) {
    super(
      `${label} is on the start list of a stage that is open; its ${what} stays until that stage is closed.`,
    );
  }
}

export class EntryHasStarted extends Problem {
  readonly kind = 'conflict';
  readonly code = 'ENTRY_HAS_STARTED';

  constructor(label: string, status: string, what: string) {
    super(`${label} is ${status}; its ${what} is changed only while it is registered or confirmed.`);
  }
}

export class CrewIsFixed extends Problem {
  readonly kind = 'conflict';
  readonly code = 'CREW_IS_FIXED';

  constructor(label: string, status: string) {
    super(`${label} is ${status}; a crew is copied only into an entry that is registered.`);
  }
}

export class SameEntry extends Problem {
  readonly kind = 'rule';
  readonly code = 'SAME_ENTRY';

  constructor(label: string) {
    super(`${label} cannot be copied from itself. Name an earlier entry.`);
  }
}
