import { setTimeout as pause } from 'node:timers/promises';
import { type ConnectionOptions, DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import type pg from 'pg';
import { RECOMPUTE_QUEUE, RecomputeJob } from '@trm/contracts';
import { payloadProblems } from './payload.js';

/** Runs one statement in the transaction that it belongs to. */
export interface Sql {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** What is to be computed, as it is wanted now: it may be more than the job that woke us asked for. */
export interface RecomputeTarget {
  readonly entryId: string;
  readonly stageId: string;
  readonly generation: number;
  readonly layers: RecomputeJob['layers'];
  readonly reasons: RecomputeJob['reasons'];
}

/** What the author of a processor writes. */
export interface Computation<Facts, Outcome> {
  /** Reads all facts, in one snapshot of the database; it can't write. */
  read(sql: Sql, target: RecomputeTarget): Promise<Facts>;
  /** From facts to results. Nothing else: it may run twice, or for nothing. */
  compute(facts: Facts, target: RecomputeTarget): Outcome | Promise<Outcome>;
  /** Writes the results, in the transaction that completes the target. The same outcome twice changes nothing. */
  write(sql: Sql, outcome: Outcome, target: RecomputeTarget): Promise<void>;
}

/** This target can't be computed however often it is tried; the sentence is shown to staff. */
export class CannotCompute extends Error {
  override readonly name = 'CannotCompute';
}

export interface ProcessorOptions {
  readonly pool: pg.Pool;
  readonly connection: ConnectionOptions;
  /** Prefix of all queue keys in Redis: the same as the worker's `QUEUE_PREFIX`. */
  readonly prefix: string;
  /** Targets at once. */
  readonly concurrency?: number;
  /** How long BullMQ leaves a job to a processor that does not say it is alive; milliseconds. */
  readonly lockMs?: number;
  /** How long behind its start the relay looks whether the job is still there, which does it no harm; milliseconds. */
  readonly visibleMs?: number;
  readonly onEvent?: (event: ProcessorEvent) => void;
}

/** For logs and metrics. `noop`: there was nothing left to do. `superseded`: a newer generation was applied meanwhile. */
export interface ProcessorEvent {
  readonly outcome: 'applied' | 'noop' | 'superseded' | 'retried' | 'failed';
  readonly entryId?: string;
  readonly stageId?: string;
  readonly generation?: number;
  readonly milliseconds: number;
  readonly error?: Error;
}

/**
 * Consumes the queue and keeps the protocol, so that an author writes only the computation.
 *
 *  1. Check the job. One of an unknown version, or that makes no sense, fails at once and visibly.
 *  2. Say that it begins; when nothing is wanted any more, that is all.
 *  3. Read in one snapshot what is wanted, and the facts. What is committed later has a higher generation and comes again.
 *  4. Compute.
 *  5. Write the results and complete the target in one transaction. Done before: roll back. Overtaken: roll back.
 *  6. What fails is tried again by BullMQ; the last time, and what can't help, is written into the target for staff.
 *  7. Without a database nothing can be written, so nothing is given up either: the job waits and uses up no attempt.
 */
export class RecomputeProcessor<Facts, Outcome> {
  private worker: Worker | undefined;

  constructor(
    private readonly computation: Computation<Facts, Outcome>,
    private readonly options: ProcessorOptions,
  ) {}

  start(): void {
    const { connection, prefix, concurrency = 4, lockMs = 30_000 } = this.options;
    this.worker = new Worker(RECOMPUTE_QUEUE, (job, token) => this.take(job, token), {
      connection,
      prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: Math.min(10_000, lockMs),
      // A job that a killed processor held comes back; running it again does no harm, giving it up would.
      maxStalledCount: 20,
    });
    this.worker.on('error', (error) =>
      this.options.onEvent?.({ outcome: 'retried', milliseconds: 0, error }),
    );
  }

  /** Lets the jobs under way end; the pool is the caller's to close behind this. */
  async stop(): Promise<void> {
    await this.worker?.close();
  }

  /** One job of the queue; also what a conformance test calls. */
  async process(job: Pick<Job, 'data' | 'attemptsMade' | 'opts'>): Promise<ProcessorEvent['outcome']> {
    const startedAt = performance.now();
    const tell = (event: Omit<ProcessorEvent, 'milliseconds'>) =>
      this.options.onEvent?.({ ...event, milliseconds: performance.now() - startedAt });
    const wanted = readJob(job.data);
    if (typeof wanted === 'string') {
      tell({ outcome: 'failed', error: new Error(wanted) });
      throw new UnrecoverableError(wanted);
    }
    const { entryId, stageId, generation } = wanted;
    try {
      const outcome = await this.computeAndApply(wanted);
      tell({ outcome, entryId, stageId, generation });
      return outcome;
    } catch (error) {
      const isLast = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      // An author may throw anything; staff are to read a sentence.
      const cause = error instanceof Error ? error : new Error(String(error));
      if (!(cause instanceof CannotCompute) && (!isLast || isOfTheDatabase(cause))) {
        tell({ outcome: 'retried', entryId, stageId, generation, error: cause });
        throw cause;
      }
      await this.options.pool.query('SELECT control.fail_recompute($1, $2, $3, $4)', [
        entryId,
        stageId,
        generation,
        inWords(cause),
      ]);
      tell({ outcome: 'failed', entryId, stageId, generation, error: cause });
      throw new UnrecoverableError(cause.message);
    }
  }

  private async take(job: Job, token: string | undefined): Promise<ProcessorEvent['outcome']> {
    try {
      return await this.process(job);
    } catch (error) {
      if (!(error instanceof Error && isOfTheDatabase(error))) throw error;
      // The place of the job waits too: the next one would meet the same database.
      await pause(AWAY_PAUSE_MS);
      await job.moveToDelayed(Date.now() + AWAY_PAUSE_MS * Math.random(), token);
      throw new DelayedError();
    }
  }

  private async computeAndApply({
    entryId,
    stageId,
    generation,
  }: RecomputeJob): Promise<ProcessorEvent['outcome']> {
    const { pool, visibleMs = 30_000 } = this.options;
    const started = await pool.query<{ due: boolean }>({
      name: 'recompute.start',
      text: `SELECT control.start_recompute($1, $2, $3, make_interval(secs => $4::float8 / 1000)) AS due`,
      values: [entryId, stageId, generation, visibleMs],
    });
    if (started.rows[0]?.due !== true) return 'noop';
    const read = await inTransaction(pool, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', async (sql) => {
      const [now] = await sql.query<{
        generation: string;
        layers: RecomputeJob['layers'];
        reasons: RecomputeJob['reasons'];
      }>(`SELECT generation, layers, reasons FROM control.recompute_wanted($1, $2)`, [entryId, stageId]);
      if (now === undefined) return null;
      const target: RecomputeTarget = { ...now, entryId, stageId, generation: Number(now.generation) };
      return { target, facts: await this.computation.read(sql, target) };
    });
    if (read === null) return 'noop';
    const outcome = await this.computation.compute(read.facts, read.target);
    try {
      await inTransaction(pool, 'BEGIN', async (sql) => {
        // What a processor writes is no wish to compute: the triggers that capture changes look at this.
        await sql.query(`SELECT set_config('trm.computing', 'on', true)`);
        await this.computation.write(sql, outcome, read.target);
        const [done] = await sql.query<{ done: boolean }>(
          `SELECT control.complete_recompute($1, $2, $3) AS done`,
          [entryId, stageId, read.target.generation],
        );
        if (done?.done !== true) throw new Overtaken();
      });
    } catch (error) {
      if (
        error instanceof Overtaken ||
        (error as { constraint?: string }).constraint === 'generation_superseded'
      ) {
        return 'superseded';
      }
      throw error;
    }
    return 'applied';
  }
}

/** Rolls the results back that somebody else has written already. */
class Overtaken extends Error {}

/** @returns the job, or what is wrong with it */
function readJob(data: unknown): RecomputeJob | string {
  const version = (data as { v?: unknown } | null)?.v;
  if (version !== 1)
    return `This processor knows version 1 of the jobs, not ${JSON.stringify(version)}. Update it.`;
  const problems = payloadProblems(RecomputeJob, data);
  return problems.length === 0 ? (data as RecomputeJob) : `The job is not one: ${problems.join(', ')}.`;
}

async function inTransaction<Result>(
  pool: pg.Pool,
  begin: string,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onLost = (error: Error) => (broken = error);
  client.on('error', onLost);
  try {
    await client.query(begin);
    const result = await work({
      query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
        (await client.query(text, [...values])).rows as Row[],
    });
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A connection that does not answer would not answer this either: closing it rolls back as well.
    if ((error as Error).message === NO_ANSWER) broken = error as Error;
    else await client.query('ROLLBACK').catch((lost: Error) => (broken = lost));
    throw error;
  } finally {
    client.off('error', onLost);
    client.release(broken);
  }
}

/** For staff. */
function inWords(error: Error & { code?: string }): string {
  return error.code === TOOK_TOO_LONG
    ? 'The database stopped the computation, because it took too long. Try it again when there is less to do.'
    : error.message;
}

/** Between two looks whether the database is there again; milliseconds. */
const AWAY_PAUSE_MS = 500;

/** Of the driver, when the `query_timeout` of the pool is over. */
const NO_ANSWER = 'Query read timeout';

/** A statement beyond its timeout. It may take as long each time, so it is not tried for ever. */
const TOOK_TOO_LONG = '57014';

/** Lost or refused connections, restarts, deadlocks, locks: they pass, so they are no reason to give a target up. */
function isOfTheDatabase(error: Error & { code?: string }): boolean {
  return (
    /^(08|53|57P|58|40|55)/.test(error.code ?? '') ||
    /^(ECONN|EPIPE|ENOENT|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH)/.test(error.code ?? '') ||
    // The driver gives these no code.
    error.message === NO_ANSWER ||
    /Connection terminated|is not queryable|timeout exceeded when trying to connect/.test(error.message)
  );
}
