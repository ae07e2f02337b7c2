import { Injectable } from '@nestjs/common';
import { Database, IdempotencyKeys } from '@trm/platform';

/** The names of the jobs. */
export const CHORES = [
  'forget-expired-idempotency-keys',
  'forget-old-imports',
  'forget-planned-changes',
  'forget-old-computations',
] as const;
export type Chore = (typeof CHORES)[number];

/** The report of an import names people; by then everybody has read it. */
const IMPORTS_KEPT = '30 days';
/** What a change was before and after, for whoever asks why something was computed again. */
const CHANGES_KEPT = '30 days';
/** Longer than a protest takes: when each result was computed, and what it was before. */
const COMPUTATIONS_KEPT = '180 days';

const OLD: Readonly<
  Record<Exclude<Chore, 'forget-expired-idempotency-keys'>, readonly (readonly [sql: string, kept: string])[]>
> = {
  'forget-old-imports': [
    [
      `DELETE FROM control.entry_imports WHERE coalesce(finished_at, seen_at) < now() - $1::interval`,
      IMPORTS_KEPT,
    ],
  ],
  // One that nobody has planned yet is kept, however old: it is a correction that has not reached the results.
  'forget-planned-changes': [
    [`DELETE FROM control.outbox WHERE done_at < now() - $1::interval`, CHANGES_KEPT],
  ],
  'forget-old-computations': [
    [`DELETE FROM control.recompute_log WHERE settled_at < now() - $1::interval`, COMPUTATIONS_KEPT],
    [`DELETE FROM control.result_changes WHERE at < now() - $1::interval`, COMPUTATIONS_KEPT],
  ],
};

/** What need not be known any more; each chore may run twice without harm. */
@Injectable()
export class Forget {
  constructor(
    private readonly db: Database,
    private readonly requests: IdempotencyKeys,
  ) {}

  /** @returns how many rows are gone */
  async run(chore: Chore): Promise<number> {
    if (chore === 'forget-expired-idempotency-keys') return this.requests.forgetExpired();
    let gone = 0;
    for (const [sql, kept] of OLD[chore]) {
      gone += (await this.db.query(`${sql} RETURNING 1`, [kept])).length;
    }
    return gone;
  }
}
