import { Injectable } from '@nestjs/common';
import { Database, IdempotencyKeys } from '@trm/platform';

/** The names of the jobs. */
export const CHORES = ['forget-expired-idempotency-keys', 'forget-old-imports'] as const;
export type Chore = (typeof CHORES)[number];

/** The report of an import names people; by then everybody has read it. */
const IMPORTS_KEPT = '30 days';

/** What need not be known any more; each chore may run twice without harm. */
@Injectable()
export class Forget {
  constructor(
    private readonly db: Database,
    private readonly requests: IdempotencyKeys,
  ) {}

  /** @returns how many rows are gone */
  async run(chore: Chore): Promise<number> {
    return chore === 'forget-old-imports' ? this.oldImports() : this.requests.forgetExpired();
  }

  private async oldImports(): Promise<number> {
    const gone = await this.db.query(
      `DELETE FROM control.entry_imports WHERE coalesce(finished_at, seen_at) < now() - $1::interval RETURNING 1`,
      [IMPORTS_KEPT],
    );
    return gone.length;
  }
}
