import { Problem } from '@trm/platform';
import type { Violation } from '@trm/rules';

/** Faults that somebody can take in at once. */
const MOST_TOLD = 5;

/** What speaks against saving one entry. */
export interface Objections {
  /** Its number, else its name in quotes. */
  readonly label: string;
  /** The most important first. */
  readonly violations: readonly Violation[];
}

/** What is to be saved breaks rules of the discipline, the class or the status machine. */
export class RulesBroken extends Problem {
  readonly kind = 'rule';
  readonly code: string;

  /** @param objections at least one, each with at least one violation; the first gives the code */
  constructor(objections: readonly Objections[]) {
    const all = objections.flatMap(({ label, violations }) =>
      violations.map((violation) => ({ label, violation })),
    );
    const told = Map.groupBy(all.slice(0, MOST_TOLD), ({ label }) => label);
    const sentences = [...told].map(
      ([label, faults]) => `Entry ${label}: ${faults.map(({ violation }) => violation.message).join(' ')}`,
    );
    const more = all.length - MOST_TOLD;
    super(['Not saved.', ...sentences, ...(more > 0 ? [`And ${more} more.`] : [])].join(' '));
    this.code = all[0]?.violation.code ?? 'RULE_BROKEN';
  }
}

/** The person who writes has no role that makes this change. */
export class NotYourChange extends Problem {
  readonly kind = 'forbidden';
  readonly code = 'ROLE_MISSING';

  constructor(objections: readonly Objections[]) {
    super(
      `Not saved. ${objections.map(({ label, violations }) => `Entry ${label}: ${violations[0]?.message}`).join(' ')}`,
    );
  }
}

export class TooManyAtOnce extends Problem {
  readonly kind = 'rule';
  readonly code = 'TOO_MANY_AT_ONCE';

  constructor(most: number) {
    super(`Not saved: at most ${most} entries can be changed at once here. Choose fewer of them.`);
  }
}

export class DisciplineInUse extends Problem {
  readonly kind = 'rule';
  readonly code = 'DISCIPLINE_IN_USE';

  /** @param stageInUse for example `stage "Prologue" is open` */
  constructor(eventName: string, stageInUse: string) {
    super(`The discipline of event "${eventName}" can't change any more: ${stageInUse}.`);
  }
}

export class DisciplineContradictsEntries extends Problem {
  readonly kind = 'rule';
  readonly code = 'DISCIPLINE_CONTRADICTS_ENTRIES';

  constructor(eventName: string, discipline: string, objections: readonly Objections[]) {
    super(
      `Event "${eventName}" can't become a ${discipline}: that contradicts its entries. ${someOf(objections)} Change or withdraw them first.`,
    );
  }
}

export class ClassContradictsEntries extends Problem {
  readonly kind = 'rule';
  readonly code = 'CLASS_CONTRADICTS_ENTRIES';

  constructor(classCode: string, objections: readonly Objections[]) {
    super(
      `Class ${classCode} can't change like this: that contradicts its confirmed entries. ${someOf(objections)} Change those first, or move them to another class.`,
    );
  }
}

/** The own rules of a class cannot be read, or have no reason. */
export class ClassRulesUnclear extends Problem {
  readonly kind = 'rule';
  readonly code: string;

  constructor(violation: Violation) {
    super(`Not saved. ${violation.message}`);
    this.code = violation.code;
  }
}

export class ClassTooSmall extends Problem {
  readonly kind = 'rule';
  readonly code = 'CLASS_CONTRADICTS_ENTRIES';

  constructor(classCode: string, capacity: number, confirmed: number) {
    super(`Class ${classCode} can't have only ${capacity} places: ${confirmed} entries are confirmed in it.`);
  }
}

/** Nothing that took part is deleted, and nothing that others stand on. */
export class StillInUse extends Problem {
  readonly kind = 'rule';

  constructor(
    readonly code: 'ENTRY_IN_THE_RACE' | 'CLASS_HAS_ENTRIES' | 'EVENT_HAS_ENTRIES',
    sentence: string,
  ) {
    super(sentence);
  }
}

/** A vehicle or a tracker of somebody else goes on the list of an organisation; the same when there is none. */
export class ThingOfOthers extends Problem {
  readonly kind = 'rule';
  readonly code: 'VEHICLE_OF_OTHER_ORGANISATION' | 'TRACKER_OF_OTHER_ORGANISATION';

  constructor(thing: 'vehicle' | 'tracker') {
    super(
      `Your organisation cannot list this ${thing}: it did not enter it. Enter it anew, or ask the administrator.`,
    );
    this.code = thing === 'vehicle' ? 'VEHICLE_OF_OTHER_ORGANISATION' : 'TRACKER_OF_OTHER_ORGANISATION';
  }
}

export class WaiverWithoutReason extends Problem {
  readonly kind = 'rule';
  readonly code = 'WAIVER_WITHOUT_REASON';

  constructor() {
    super('Not saved: a check is only waived with a reason. Say why the crew may do without it.');
  }
}

function someOf(objections: readonly Objections[]): string {
  const told = objections
    .slice(0, MOST_TOLD)
    .map(({ label, violations }) => `Entry ${label}: ${violations[0]?.message}`);
  const more = objections.length - MOST_TOLD;
  return [...told, ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
}
