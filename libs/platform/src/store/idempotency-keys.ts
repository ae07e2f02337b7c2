import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Problem, SomebodyElseIsWorkingOnIt } from '../http/problem.js';
import { Database, type Tx } from './database.js';

/** What makes two requests the same request: who sent it, to what, with which key and body. */
export interface IdempotentRequest {
  /** Caller, method and route: a key is only compared within its scope. */
  readonly scope: string;
  /** The `Idempotency-Key` header. */
  readonly key: string;
  readonly body: unknown;
}

export class IdempotencyKeyReused extends Problem {
  readonly kind = 'rule';
  readonly code = 'IDEMPOTENCY_KEY_REUSED';

  constructor() {
    super('This Idempotency-Key was used for a different request. Use a new key for a new request.');
  }
}

/** Work in another program is given up by its caller long before this; then the lease may be taken over. */
const LEASE_SECONDS = 60;
const WAIT_FOR_FIRST_MS = 20_000;
const LOOK_AGAIN_MS = 50;

/**
 * Makes a request safe to repeat: the first answer is stored in the transaction that did the work, and a repeat
 * gets it again. A concurrent repeat waits for the first to end. A failure stores nothing. Keys live 72 hours.
 */
@Injectable()
export class IdempotencyKeys {
  constructor(private readonly db: Database) {}

  /**
   * Runs `work` in a transaction, at most once for a key; without a request it just runs it.
   * @throws IdempotencyKeyReused, and whatever `work` throws
   */
  async once<Answer extends object>(
    request: IdempotentRequest | undefined,
    work: (tx: Tx) => Promise<Answer>,
  ): Promise<Answer> {
    return this.db.transaction(async (tx) => {
      if (request === undefined) return work(tx);
      const fingerprint = fingerprintOf(request);
      const mine = await tx.query(
        `INSERT INTO control.idempotency_keys (scope, key, fingerprint) VALUES ($1, $2, $3)
         ON CONFLICT (scope, key) DO NOTHING RETURNING 1`,
        [request.scope, request.key, fingerprint],
      );
      if (mine.length === 0) return this.storedAnswer<Answer>(tx, request, fingerprint);
      const answer = await work(tx);
      await tx.query(`UPDATE control.idempotency_keys SET response = $3 WHERE scope = $1 AND key = $2`, [
        request.scope,
        request.key,
        JSON.stringify(answer),
      ]);
      return answer;
    });
  }

  /**
   * Runs `work` at most once for a key, where it is done by another program and no transaction can be held: the key is
   * leased meanwhile. A concurrent repeat waits for the first to end; when the first died, the lease runs out and the
   * repeat does the work again, so `work` has to recognise what is done already. A failure stores nothing.
   * @throws IdempotencyKeyReused, SomebodyElseIsWorkingOnIt, and whatever `work` throws
   */
  async leased<Answer extends object>(
    request: IdempotentRequest | undefined,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    if (request === undefined) return work();
    const stored = await this.takeLease<Answer>(request);
    if (stored !== undefined) return stored;
    const { scope, key } = request;
    let answer: Answer;
    try {
      answer = await work();
    } catch (error) {
      await this.db
        .query(`DELETE FROM control.idempotency_keys WHERE scope = $1 AND key = $2`, [scope, key])
        // The failure that the caller has to hear of is the first one; the lease runs out by itself.
        .catch(() => undefined);
      throw error;
    }
    await this.db.query(
      `UPDATE control.idempotency_keys SET response = $3, leased_until = NULL WHERE scope = $1 AND key = $2`,
      [scope, key, JSON.stringify(answer)],
    );
    return answer;
  }

  /** Forgets the keys that are past their time. @returns how many */
  async forgetExpired(): Promise<number> {
    const rows = await this.db.query(
      `DELETE FROM control.idempotency_keys WHERE expires_at < now() RETURNING 1`,
    );
    return rows.length;
  }

  /** @returns the stored answer, or undefined when the lease is ours */
  private async takeLease<Answer>(request: IdempotentRequest): Promise<Answer | undefined> {
    const { scope, key } = request;
    const fingerprint = fingerprintOf(request);
    const end = Date.now() + WAIT_FOR_FIRST_MS;
    for (;;) {
      const mine = await this.db.query(
        `INSERT INTO control.idempotency_keys AS k (scope, key, fingerprint, leased_until)
         VALUES ($1, $2, $3, now() + $4 * interval '1 second')
         ON CONFLICT (scope, key) DO UPDATE SET leased_until = excluded.leased_until
          WHERE k.response IS NULL AND k.leased_until < now() AND k.fingerprint = excluded.fingerprint
         RETURNING 1`,
        [scope, key, fingerprint, LEASE_SECONDS],
      );
      if (mine.length > 0) return undefined;
      const [stored] = await this.db.query<{ fingerprint: string; response: Answer | null }>(
        `SELECT fingerprint, response FROM control.idempotency_keys WHERE scope = $1 AND key = $2`,
        [scope, key],
      );
      if (stored !== undefined && stored.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
      if (stored !== undefined && stored.response !== null) return stored.response;
      if (Date.now() > end) throw new SomebodyElseIsWorkingOnIt();
      await pause(LOOK_AGAIN_MS);
    }
  }

  private async storedAnswer<Answer>(
    tx: Tx,
    request: IdempotentRequest,
    fingerprint: string,
  ): Promise<Answer> {
    const [stored] = await tx.query<{ fingerprint: string; response: Answer }>(
      `SELECT fingerprint, response FROM control.idempotency_keys WHERE scope = $1 AND key = $2`,
      [request.scope, request.key],
    );
    if (stored?.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
    return stored.response;
  }
}

function fingerprintOf({ body }: IdempotentRequest): string {
  return createHash('sha256')
    .update(JSON.stringify(body ?? null))
    .digest('hex');
}
