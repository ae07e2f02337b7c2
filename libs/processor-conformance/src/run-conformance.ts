import { randomUUID } from 'node:crypto';
import { redisConnection, type Sql } from '@trm/processor-kit';
import pg from 'pg';
import { CONFORMANCE_CASES } from './cases.js';
import { seedCourse } from './course.js';
import { Unmet } from './eventually.js';
import { ProcessorUnderTest } from './processor-under-test.js';
import { Gate } from './gate.js';
import { Relay } from './relay.js';
import { Scene } from './scene.js';

export interface ConformanceOptions {
  /** A database with the schema of the control plane, of the suite alone; no control plane runs on it. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Prefix of the queue; any that nobody else uses when left out. */
  readonly prefix?: string;
  /** The program that is tried, and its arguments. */
  readonly command: readonly string[];
  /** Ids of cases; all when left out. */
  readonly only?: readonly string[];
  /** Told of each case when it is over. */
  readonly report?: (result: CaseResult) => void;
  /** How long anything may take before a case is failed. Milliseconds. */
  readonly patienceMs?: number;
}

export interface CaseResult {
  readonly id: string;
  readonly title: string;
  readonly passed: boolean;
  /** What was expected and what was seen instead; empty when it passed. */
  readonly sentence: string;
  readonly milliseconds: number;
}

export interface ConformanceResult {
  readonly passed: boolean;
  readonly cases: readonly CaseResult[];
  /** What the processor printed last. */
  readonly output: string;
}

/** What a processor that was killed held is free after so long. */
const LOCK_SECONDS = 2;
const VISIBLE_SECONDS = 8;
const PATIENCE_MS = 60_000;

/**
 * Tries a processor from the outside, whatever it is written in: what it leaves in PostgreSQL and in the queue.
 *
 *  1. Write a race of its own: entries that drove a stage from end to end. No case shares an entry with another.
 *  2. Start the processor with DATABASE_URL, REDIS_URL and QUEUE_PREFIX, which lead through doors
 *     of the suite.
 *  3. One case after the other. The suite asks and sends as the control plane does. To come between two steps of the
 *     processor it holds a table: whoever has computed waits there to write.
 *  4. What a case killed is started again for the next.
 *  5. Stop the processor, and take the queue away. The race stays in the database.
 *
 * @throws Error when the suite itself can't run: no database, no schema, an unknown case
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceResult> {
  const cases = chosen(options.only);
  const prefix = options.prefix ?? `{conformance-${randomUUID().slice(0, 8)}}`;
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: 6,
    application_name: SUITE_APPLICATION,
  });
  pool.on('error', () => undefined);
  const sql: Sql = {
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await pool.query(text, [...values])).rows as Row[],
  };
  const started: ProcessorUnderTest[] = [];
  const gates: Gate[] = [];
  let relay: Relay | undefined;
  try {
    const course = await seedCourse(sql, cases.length * 2);
    const [postgres, redis] = [
      await Gate.toPostgres(options.databaseUrl),
      await Gate.toRedis(options.redisUrl),
    ];
    gates.push(postgres, redis);
    relay = new Relay(sql, redisConnection(options.redisUrl), prefix, VISIBLE_SECONDS);
    const scene = new Scene({
      sql,
      pool,
      course,
      relay,
      gates: { postgres, redis },
      patienceMs: options.patienceMs ?? PATIENCE_MS,
      startProcessor: () => {
        const processor = ProcessorUnderTest.start(options.command, {
          DATABASE_URL: postgres.url,
          REDIS_URL: redis.url,
          QUEUE_PREFIX: prefix,
          PROCESSOR_LOCK_SECONDS: String(LOCK_SECONDS),
          RECOMPUTE_VISIBLE_SECONDS: String(VISIBLE_SECONDS),
        });
        started.push(processor);
        return processor;
      },
    });
    const results: CaseResult[] = [];
    for (const tried of cases) {
      const { id, title } = tried;
      const beganAt = performance.now();
      const sentence = await tryCase(() => {
        scene.ensureProcessor();
        return tried.run(scene);
      });
      const result = {
        id,
        title,
        passed: sentence === '',
        sentence,
        milliseconds: Math.round(performance.now() - beganAt),
      };
      results.push(result);
      options.report?.(result);
    }
    return {
      passed: results.every(({ passed }) => passed),
      cases: results,
      output: started
        .map(({ output }) => output)
        .join('')
        .slice(-64_000),
    };
  } finally {
    await Promise.all(started.map((processor) => processor.kill()));
    await relay?.close();
    await Promise.all(gates.map((gate) => gate.close()));
    await pool.end();
  }
}

/** By this name in pg_stat_activity the suite knows its own connections. */
const SUITE_APPLICATION = 'trm-conformance';

/** @returns what was not as expected; empty when all was */
async function tryCase(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return '';
  } catch (error) {
    if (error instanceof Unmet) return error.message;
    return `The suite came to an error that no processor should cause: ${(error as Error).message}`;
  }
}

function chosen(only: readonly string[] | undefined) {
  if (only === undefined) return CONFORMANCE_CASES;
  const unknown = only.filter((id) => !CONFORMANCE_CASES.some((known) => known.id === id));
  if (unknown.length > 0) {
    throw new RangeError(
      `There is no case ${unknown.join(', ')}. There are: ${CONFORMANCE_CASES.map(({ id }) => id).join(', ')}.`,
    );
  }
  return CONFORMANCE_CASES.filter(({ id }) => only.includes(id));
}
