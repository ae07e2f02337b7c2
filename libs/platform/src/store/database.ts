import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { errorForLog } from '../http/safe-log.js';
import {
  DatabaseUnavailable,
  RefusedByRule,
  SomebodyElseIsWorkingOnIt,
  TookTooLong,
} from '../http/problem.js';

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
  /** After this the connection is given up: the database does not even say that it has ended the statement. */
  readonly answer: number;
}

const PATIENCE: Patience = { lock: 20_000, statement: 60_000, connect: 5_000, answer: 75_000 };

/** Connection lost, refused, shut down, too many connections, out of memory or disk. */
const UNAVAILABLE = /^(08|53|57P|58)/;
const STATEMENT_ENDED = '57014';
/** Of the driver, when the patience for an answer is over. */
const NO_ANSWER = 'Query read timeout';
const UNAVAILABLE_SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
]);
const LOCK_NOT_AVAILABLE = new Set(['55P03', '40P01']);

/** The driver takes the end of its own patience with each query; its types do not know. */
interface PatientQuery extends pg.QueryConfig {
  readonly query_timeout: number;
}

/** The Postgres store. A function that writes takes its transaction as first argument; nothing finds one by itself. */
@Injectable()
export class Database implements Tx, OnApplicationShutdown {
  private readonly log = new Logger(Database.name);
  private readonly pool: pg.Pool;
  private readonly patience: Patience;

  constructor(options: DatabaseOptions) {
    const patience = options.patience ?? PATIENCE;
    this.patience = patience;
    this.pool = new pg.Pool({
      connectionString: options.url,
      max: options.poolSize,
      application_name: options.applicationName,
      connectionTimeoutMillis: patience.connect,
      lock_timeout: patience.lock,
      statement_timeout: patience.statement,
      idle_in_transaction_session_timeout: patience.statement,
      query_timeout: patience.answer,
      // A host that is gone without a word is noticed within 20 s by whoever waits for its answer.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    this.pool.on('error', (error) =>
      this.log.warn({ message: 'an idle database connection was lost', error: errorForLog(error) }),
    );
  }

  /** @throws DatabaseUnavailable, TookTooLong, SomebodyElseIsWorkingOnIt, or the database's own error */
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
   * @param statement how long each statement of it may take; milliseconds
   * @throws whatever `work` throws, DatabaseUnavailable, TookTooLong, SomebodyElseIsWorkingOnIt
   */
  async transaction<Result>(
    work: (tx: Tx) => Promise<Result>,
    { statement = this.patience.statement }: { readonly statement?: number } = {},
  ): Promise<Result> {
    const client = await this.connect();
    let broken: Error | undefined;
    const onLost = (error: Error) => (broken = error);
    client.on('error', onLost);
    const query_timeout = this.patience.answer + (statement - this.patience.statement);
    const run = async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) => {
      const patient: PatientQuery = { text: sql, values: [...values], query_timeout };
      return (await client.query<Row>(patient)).rows;
    };
    try {
      await client.query('BEGIN');
      if (statement !== this.patience.statement) await run(`SET LOCAL statement_timeout = ${statement}`);
      const result = await work({ query: run });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // A connection that does not answer would not answer this either: closing it rolls back as well.
      if ((error as Error).message === NO_ANSWER) broken = error as Error;
      else await client.query('ROLLBACK').catch((lost: Error) => (broken = lost));
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

/** @returns what staff may read of an error of the database or its driver; the error itself when it is none of those */
export function translate(error: unknown): unknown {
  const { code, message } = error as { code?: string; message?: string };
  const [, rule, sentence] = (code === CHECK_VIOLATION && REFUSAL.exec(message ?? '')) || [];
  if (rule !== undefined && sentence !== undefined) return new RefusedByRule(rule, sentence, error);
  if (code !== undefined && LOCK_NOT_AVAILABLE.has(code)) return new SomebodyElseIsWorkingOnIt(error);
  if (code === STATEMENT_ENDED) return new TookTooLong(error);
  const unavailable =
    (code !== undefined && (UNAVAILABLE.test(code) || UNAVAILABLE_SOCKET.has(code))) ||
    message === NO_ANSWER ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
      message ?? '',
    );
  return unavailable ? new DatabaseUnavailable(error) : error;
}
