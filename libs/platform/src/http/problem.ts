/**
 * How a caller should react, not a status number; only the problem filter knows those.
 *   malformed        the request cannot be read
 *   unauthenticated  who the caller is, is not known
 *   forbidden        the caller is known and may not
 *   not-found        no such thing for this caller
 *   conflict         contradicts the state that things are in now
 *   rule             breaks a race rule or lacks a fact that the rule needs
 *   too-often        asked more often than is answered; try again later
 *   unavailable      a service that is needed does not answer; try again
 */
export type ProblemKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'rule'
  | 'too-often'
  | 'unavailable';

/**
 * An expected failure. `message` is a sentence for a race official and is sent to the caller; what only an
 * engineer should see belongs in `cause`.
 */
export abstract class Problem extends Error {
  abstract readonly kind: ProblemKind;
  /** Stable and for programs, in capitals: `STAGE_NOT_FOUND`. */
  abstract readonly code: string;
  /** Further members of the problem document. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** When trying again may help. */
  readonly retryAfterSeconds?: number;
}

/** The store does not answer, or gave up on a request; nothing was written. */
export class DatabaseUnavailable extends Problem {
  readonly kind = 'unavailable';
  readonly code = 'DATABASE_UNAVAILABLE';
  override readonly retryAfterSeconds = 5;

  constructor(cause?: unknown) {
    super('Nothing was changed: the database does not answer. Try again in a minute.', { cause });
  }
}

/** The database is there, and has ended a statement that took longer than it may. */
export class TookTooLong extends Problem {
  readonly kind = 'unavailable';
  readonly code = 'TOOK_TOO_LONG';
  override readonly retryAfterSeconds = 30;

  constructor(cause?: unknown) {
    super(
      'Nothing was changed: it took the database too long. Try again when there is less to do, or with less at once.',
      { cause },
    );
  }
}

/** A rule that the database itself keeps; its code and sentence come from db-init. */
export class RefusedByRule extends Problem {
  readonly kind = 'rule';

  constructor(
    readonly code: string,
    sentence: string,
    cause: unknown,
  ) {
    super(sentence, { cause });
  }
}

/** Another request holds what this one needs, for longer than is reasonable to wait. */
export class SomebodyElseIsWorkingOnIt extends Problem {
  readonly kind = 'conflict';
  readonly code = 'BUSY';

  constructor(cause?: unknown) {
    super('Nothing was changed: somebody else is working on this right now. Try again in a moment.', {
      cause,
    });
  }
}

export class DirectusUnavailable extends Problem {
  readonly kind = 'unavailable';
  readonly code = 'DIRECTUS_UNAVAILABLE';
  override readonly retryAfterSeconds = 5;

  constructor(cause?: unknown) {
    super(
      'Nothing was changed: Directus does not answer, so nobody can be signed in. Try again in a minute.',
      {
        cause,
      },
    );
  }
}

/** Something that is only done with a reason, which others read. */
export class ReasonMissing extends Problem {
  readonly kind = 'rule';
  readonly code = 'REASON_MISSING';

  /** @param deed completes "Say why: to …" */
  constructor(deed: string) {
    super(`Say why: to ${deed} needs a reason.`);
  }
}
