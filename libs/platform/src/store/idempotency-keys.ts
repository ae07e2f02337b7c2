import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Problem } from '../http/problem.js';
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
      const fingerprint = createHash('sha256')
        .update(JSON.stringify(request.body ?? null))
        .digest('hex');
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

  /** Forgets the keys that are past their time. @returns how many */
  async forgetExpired(): Promise<number> {
    const rows = await this.db.query(
      `DELETE FROM control.idempotency_keys WHERE expires_at < now() RETURNING 1`,
    );
    return rows.length;
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
