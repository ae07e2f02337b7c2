import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { errorForLog } from '../http/safe-log.js';
import { DatabaseUnavailable, RefusedByRule, SomebodyElseIsWorkingOnIt } from '../http/problem.js';

/** A transaction, or the pool: whatever can run one statement. */
export interface Tx {
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** Shown in pg_stat_activity and recorded as the actor of change log rows. */
  readonly applicationName: string;
  readonly patience?: Patience;
}

/** How long a statement may take; milliseconds. */
export interface Patience {
  /** Waiting longer than this for a row that somebody else holds is an answer, not a wait; 0 for no such limit. */
  readonly lock: number;
  /** After this the database itself ends a statement. */
  readonly statement: number;
  /** For a connection, from the pool or a new one. */
  readonly connect: number;
  /** After this the connection is given up, when the database does not even say that it has ended the statement. */
  readonly answer?: number;
}

const PATIENCE: Patience = { lock: 20_000, statement: 60_000, connect: 5_000 };

/** Connection lost, refused, shut down, too many connections, out of memory or disk, statement cancelled. */
const UNAVAILABLE = /^(08|53|57P|57014|58)/;
const UNAVAILABLE_SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const LOCK_NOT_AVAILABLE = new Set(['55P03', '40P01']);

/** The Postgres store. A function that writes takes its transaction as first argument; nothing finds one by itself. */
@Injectable()
export class Database implements Tx, OnApplicationShutdown {
  private readonly log = new Logger(Database.name);
  private readonly pool: pg.Pool;

  constructor(options: DatabaseOptions) {
    const patience = options.patience ?? PATIENCE;
    this.pool = new pg.Pool({
      connectionString: options.url,
      max: options.poolSize,
      application_name: options.applicationName,
      connectionTimeoutMillis: patience.connect,
      lock_timeout: patience.lock,
      statement_timeout: patience.statement,
      idle_in_transaction_session_timeout: patience.statement,
      ...(patience.answer !== undefined && { query_timeout: patience.answer }),
    });
    this.pool.on('error', (error) =>
      this.log.warn({ message: 'an idle database connection was lost', error: errorForLog(error) }),
    );
  }

  /** @throws DatabaseUnavailable, SomebodyElseIsWorkingOnIt, or the database's own error */
  async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>(sql, [...values])).rows;
    } catch (error) {
      throw translate(error);
    }
  }

  /**
   * The same for a question that is asked again and again: each connection parses and plans it once.
   * @param name one for each text
   */
  async prepared<Row extends pg.QueryResultRow>(
    name: string,
    sql: string,
    values: readonly unknown[],
  ): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>({ name, text: sql, values: [...values] })).rows;
    } catch (error) {
      throw translate(error);
    }
  }

  /**
   * Runs `work` in one transaction: committed when it returns, rolled back when it throws.
   * @throws whatever `work` throws, DatabaseUnavailable, SomebodyElseIsWorkingOnIt
   */
  async transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    const client = await this.connect();
    let broken: Error | undefined;
    const onLost = (error: Error) => (broken = error);
    client.on('error', onLost);
    try {
      await client.query('BEGIN');
      const result = await work({
        query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
          (await client.query<Row>(sql, [...values])).rows,
      });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((lost: Error) => (broken = lost));
      throw translate(error);
    } finally {
      client.off('error', onLost);
      client.release(broken);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }

  private async connect(): Promise<pg.PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw translate(error);
    }
  }
}

/** A trigger of db-init refuses with a code and a sentence: `[STAGE_ALREADY_OPEN] Entry #7 …`. */
const REFUSAL = /^\[([A-Z_]+)\] (.+)$/s;
const CHECK_VIOLATION = '23514';

function translate(error: unknown): unknown {
  const { code, message } = error as { code?: string; message?: string };
  const [, rule, sentence] = (code === CHECK_VIOLATION && REFUSAL.exec(message ?? '')) || [];
  if (rule !== undefined && sentence !== undefined) return new RefusedByRule(rule, sentence, error);
  if (code !== undefined && LOCK_NOT_AVAILABLE.has(code)) return new SomebodyElseIsWorkingOnIt(error);
  const unavailable =
    (code !== undefined && (UNAVAILABLE.test(code) || UNAVAILABLE_SOCKET.has(code))) ||
    /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error/.test(
      message ?? '',
    );
  return unavailable ? new DatabaseUnavailable(error) : error;
}
