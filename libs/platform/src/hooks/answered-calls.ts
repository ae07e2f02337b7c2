import { Injectable } from '@nestjs/common';
import { Problem } from '../http/problem.js';

export class HookReplayed extends Problem {
  readonly kind = 'unauthenticated';
  readonly code = 'HOOK_REPLAYED';

  constructor() {
    super('This call of Directus was answered before; it is answered once.');
  }
}

/** Above what Directus can ask in the life of a token. */
const REMEMBERED = 50_000;

/**
 * Remembers the calls that were answered until their tokens have expired, in the memory of this process. Only signed
 * calls get here, so nobody else can fill it; if Directus itself does, the oldest are forgotten first.
 */
@Injectable()
export class AnsweredCalls {
  private readonly endOf = new Map<string, number>();

  /**
   * @param until when the token is worth nothing any more; Unix time in seconds, as `now`
   * @throws HookReplayed
   */
  answerOnce(callId: string, until: number, now: number): void {
    if ((this.endOf.get(callId) ?? 0) > now) throw new HookReplayed();
    this.endOf.delete(callId);
    this.endOf.set(callId, until);
    // In order of arrival, which is nearly the order of their ends.
    for (const [oldest, end] of this.endOf) {
      if (end > now && this.endOf.size <= REMEMBERED) break;
      this.endOf.delete(oldest);
    }
  }
}
