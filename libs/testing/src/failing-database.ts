import { Database, type Tx } from '@trm/platform';
import type { QueryResultRow } from 'pg';

/** A database whose n-th statement inside a transaction fails, as if the connection had gone there. */
export class FailingDatabase extends Database {
  private statements = 0;
  private failAt = Number.POSITIVE_INFINITY;

  constructor(url: string) {
    super({ url, poolSize: 2, applicationName: 'trm-api' });
  }

  override async transaction<Result>(
    work: (tx: Tx) => Promise<Result>,
    patience?: { readonly statement?: number },
  ): Promise<Result> {
    return super.transaction(
      (tx) =>
        work({
          query: async <Row extends QueryResultRow>(sql: string, values?: readonly unknown[]) => {
            this.statements += 1;
            if (this.statements === this.failAt) throw new Error(`broken at statement ${this.failAt}`);
            return tx.query<Row>(sql, values);
          },
        }),
      patience,
    );
  }

  /**
   * Runs `work` again and again, broken at its first statement, its second …, until it comes through.
   * @param state everything that it may write; equal texts mean that nothing was written
   * @returns how often it was broken; each time it had failed with just that and left nothing behind
   * @throws Error when a broken run succeeded, failed otherwise, or left something behind
   */
  async breakAtEachStatement(work: () => Promise<unknown>, state: () => Promise<string>): Promise<number> {
    const before = await state();
    for (this.failAt = 1; ; this.failAt += 1) {
      this.statements = 0;
      const outcome = await work().then(
        () => 'done',
        (error: Error) => error.message,
      );
      if (outcome === 'done') return this.failAt - 1;
      if (outcome !== `broken at statement ${this.failAt}`) throw new Error(`failed otherwise: ${outcome}`);
      if ((await state()) !== before) throw new Error(`${outcome}, and something was left behind`);
    }
  }
}
