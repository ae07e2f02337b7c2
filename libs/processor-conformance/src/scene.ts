import type { Sql } from '@trm/processor-kit';
import pg from 'pg';
import type { Course, Driver } from './course.js';
import { expectThat, within } from './eventually.js';
import type { ProcessorUnderTest } from './processor-under-test.js';
import type { Gate } from './gate.js';
import type { Relay } from './relay.js';

/** All that can be seen from the outside of an entry in the stage. */
export interface Sight {
  readonly generation: number;
  readonly applied: number;
  readonly state: string;
  /** What the processor has written down about a failure. */
  readonly error: string | null;
  /** The lines of the log, as "applied 1". */
  readonly log: readonly string[];
  /** The result without its stamps, as text; null without one. */
  readonly result: string | null;
  readonly crossings: string;
  /** Changes of the result, and how many of them in a transaction that also completed a generation. */
  readonly changes: number;
  readonly changesWithGeneration: number;
}

export interface SceneParts {
  readonly sql: Sql;
  readonly pool: pg.Pool;
  readonly course: Course;
  readonly relay: Relay;
  /** The processor's ways to PostgreSQL and Redis. */
  readonly gates: { readonly postgres: Gate; readonly redis: Gate };
  readonly patienceMs: number;
  readonly startProcessor: () => ProcessorUnderTest;
}

/** The suite's side of one processor that is tried. */
export class Scene {
  readonly sql: Sql;
  readonly course: Course;
  readonly relay: Relay;
  /** The processor's ways to PostgreSQL and Redis. */
  readonly gates: { readonly postgres: Gate; readonly redis: Gate };
  /** How long anything may take. */
  readonly patienceMs: number;
  private readonly pool: pg.Pool;
  private readonly startProcessor: () => ProcessorUnderTest;
  private nextDriver = 0;

  constructor(parts: SceneParts) {
    this.sql = parts.sql;
    this.course = parts.course;
    this.relay = parts.relay;
    this.gates = parts.gates;
    this.patienceMs = parts.patienceMs;
    this.pool = parts.pool;
    this.startProcessor = parts.startProcessor;
  }

  processor: ProcessorUnderTest | undefined;

  /** Starts the processor again when it does not run. */
  ensureProcessor(): ProcessorUnderTest {
    if (this.processor === undefined || this.processor.hasEnded) this.processor = this.startProcessor();
    return this.processor;
  }

  /** Another one, beside the first. */
  startAnother(): ProcessorUnderTest {
    return this.startProcessor();
  }

  /** An entry that no case has touched. */
  driver(): Driver {
    const driver = this.course.drivers[this.nextDriver];
    this.nextDriver += 1;
    if (driver === undefined) throw new RangeError('The course has too few entries for so many cases.');
    return driver;
  }

  /** A wish to compute this entry, as a correction of staff makes it. @returns the request */
  async ask({ entryId }: Driver, sql: Sql = this.sql): Promise<string> {
    const [row] = await sql.query<{ id: string }>(
      `SELECT control.request_recompute($1, ARRAY[$2::uuid], ARRAY[$3::uuid], 7, 'manual_correction') AS id`,
      [this.course.eventId, entryId, this.course.stageId],
    );
    return row!.id;
  }

  /** Marks the fixes of the second half of the way as faulty, or good again; with it comes a wish to compute. */
  async mark({ imei, startAt }: Driver, sql: Sql = this.sql, faulty = true): Promise<void> {
    await sql.query(
      `UPDATE positions SET faulty = $3 WHERE device_id = $1 AND ts >= $2::timestamptz + interval '50 seconds'`,
      [imei, startAt, faulty],
    );
  }

  async see({ entryId }: Driver): Promise<Sight> {
    const [sight] = await this.sql.query<Sight>(
      `SELECT t.generation::float8, t.applied_generation::float8 AS applied, t.state, t.last_error AS error,
              ARRAY(SELECT l.outcome || ' ' || l.generation FROM control.recompute_log l WHERE l.target_id = t.id ORDER BY l.id) AS log,
              (SELECT (to_jsonb(r) - '{id,version,created_at,updated_at,place,class_place}'::text[])::text FROM stage_results r
                WHERE r.entry_id = t.entry_id AND r.stage_id = t.stage_id) AS result,
              (SELECT coalesce(jsonb_agg(jsonb_build_array(c.geofence_id, c.direction, c.ts, c.source) ORDER BY c.ts, c.geofence_id), '[]')::text
                 FROM entry_crossings c WHERE c.entry_id = t.entry_id) AS crossings,
              c.changes, c.with_generation AS "changesWithGeneration"
         FROM control.recompute_targets t
         CROSS JOIN LATERAL (
           SELECT count(*)::float8 AS changes,
                  (count(*) FILTER (WHERE EXISTS (
                     SELECT FROM control.recompute_log l WHERE l.target_id = t.id AND l.txid = x.txid AND l.outcome = 'applied')))::float8 AS with_generation
             FROM control.result_changes x WHERE x.entry_id = t.entry_id AND x.stage_id = t.stage_id
              -- Places move with the results of others.
              AND (x.before - '{place,classPlace}'::text[]) IS DISTINCT FROM (x.after - '{place,classPlace}'::text[])
         ) c
        WHERE t.entry_id = $1 AND t.stage_id = $2`,
      [entryId, this.course.stageId],
    );
    expectThat(
      sight !== undefined,
      'The suite itself made no target: is the schema of the database complete?',
    );
    return sight;
  }

  /** Waits until a job is completed or has failed for good. */
  async finished(jobId: string): Promise<'completed' | 'failed'> {
    return within(
      this.patienceMs,
      async () => {
        const { state } = await this.relay.look(jobId);
        if (state === 'completed' || state === 'failed') return state;
        this.processor?.expectAlive();
        return undefined;
      },
      async () => {
        const { state, attempts, reason } = await this.relay.look(jobId);
        return `Expected the job to be finished within ${this.patienceMs / 1_000} s. It is ${state} after ${attempts} attempts${reason && `: ${reason}`}.`;
      },
    );
  }

  /** Waits until what is wanted is applied, and sends again what was lost, as the control plane would. */
  async applied(driver: Driver): Promise<Sight> {
    return within(
      this.patienceMs,
      async () => {
        this.processor?.expectAlive();
        const sight = await this.see(driver);
        if (sight.applied === sight.generation) return sight;
        expectThat(
          sight.state !== 'failed',
          `Expected generation ${sight.generation} to be applied. The processor gave it up: ${sight.error}`,
        );
        await this.relay.sweep(driver.entryId);
        return undefined;
      },
      async () => {
        const { generation, applied, state } = await this.see(driver);
        return `Expected generation ${generation} to be applied within ${this.patienceMs / 1_000} s. Applied is ${applied}, the target is ${state}.`;
      },
    );
  }

  /** Asks, sends and waits until it is done. */
  async compute(driver: Driver): Promise<Sight> {
    await this.ask(driver);
    const job = await this.relay.sendWanted(driver.entryId);
    await this.finished(job);
    return this.applied(driver);
  }

  /** A transaction of the suite's own, for what has to stand still. */
  async transaction<Result>(work: (hold: Hold) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    const hold = new Hold(client, this);
    try {
      await client.query('BEGIN');
      // Who completes before it writes would wait for us, and we for it.
      await client.query(`SET LOCAL lock_timeout = '5s'`);
      return await work(hold);
    } finally {
      await hold.letGo().catch(() => undefined);
      client.release();
    }
  }

  /** Asks and sends, and does `work` when the processor has computed and waits to write its result. @returns the job */
  async inTheMiddle(driver: Driver, work: (hold: Hold, job: string) => Promise<unknown>): Promise<string> {
    await this.ask(driver);
    return this.transaction(async (hold) => {
      await hold.results();
      const job = await this.relay.sendWanted(driver.entryId);
      await hold.untilItWrites();
      await work(hold, job);
      return job;
    });
  }

  /** From here on the database takes no result of this entry. @returns what makes it take them again */
  async refuseResults({ entryId }: Driver): Promise<() => Promise<void>> {
    await this.sql.query(
      `CREATE OR REPLACE FUNCTION control.refuse_for_conformance() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         RAISE EXCEPTION 'The conformance suite lets no result of this entry in.';
       END
       $$`,
    );
    await this.sql.query(
      `CREATE OR REPLACE TRIGGER stage_results_0_conformance BEFORE INSERT OR UPDATE ON stage_results
         FOR EACH ROW WHEN (NEW.entry_id = '${entryId}') EXECUTE FUNCTION control.refuse_for_conformance()`,
    );
    return async () => {
      await this.sql.query('DROP TRIGGER stage_results_0_conformance ON stage_results');
      await this.sql.query('DROP FUNCTION control.refuse_for_conformance()');
    };
  }

  /** Ends every connection to the database but the suite's own. */
  async cutDatabase(): Promise<void> {
    await this.sql.query(
      `SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
        WHERE a.datname = current_database() AND a.backend_type = 'client backend'
          AND a.application_name <> (SELECT o.application_name FROM pg_stat_activity o WHERE o.pid = pg_backend_pid())`,
    );
  }

  /** Backends that wait for a lock on this table. */
  async waitingFor(table: string): Promise<number[]> {
    const rows = await this.sql.query<{ pid: number }>(
      `SELECT DISTINCT pid FROM pg_locks
        WHERE relation = $1::regclass AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [table],
    );
    return rows.map(({ pid }) => pid);
  }
}

/** Keeps a table from being read or written by others until it lets go. */
export class Hold {
  private isOpen = true;

  constructor(
    private readonly client: pg.PoolClient,
    private readonly scene: Scene,
  ) {}

  /** Statements of the transaction that holds. */
  readonly sql: Sql = {
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await this.client.query(text, [...values])).rows as Row[],
  };

  /** Results can be read, not written: whoever has computed waits here. */
  async results(): Promise<void> {
    await this.client.query('LOCK TABLE stage_results IN SHARE ROW EXCLUSIVE MODE');
  }

  /** Waits until the processor has computed and comes to write its result. */
  async untilItWrites(): Promise<void> {
    await this.untilItWaitsFor('stage_results', 'to write into stage_results');
  }

  async untilItWaitsFor(table: string, what: string): Promise<void> {
    await within(
      this.scene.patienceMs,
      async () => {
        this.scene.processor?.expectAlive();
        return (await this.scene.waitingFor(table)).length > 0 ? true : undefined;
      },
      () =>
        `Expected the processor ${what} within ${this.scene.patienceMs / 1_000} s. It did not come to it.`,
    );
  }

  /** Commits, and everybody goes on. */
  async letGo(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await this.client.query('COMMIT');
  }
}
