import { processorPool } from './processor-pool.js';
import { type Computation, type ProcessorEvent, RecomputeProcessor } from './recompute-processor.js';
import { redisConnection } from './redis-connection.js';

export interface RunOptions {
  /** Where DATABASE_URL and the rest are read from. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What happened to each job; a line of JSON on stderr for each error when left out. */
  readonly onEvent?: (event: ProcessorEvent) => void;
}

/**
 * A whole program around a computation.
 *
 *  1. Read DATABASE_URL, REDIS_URL, QUEUE_PREFIX ({trm}), PROCESSOR_CONCURRENCY (4), PROCESSOR_LOCK_SECONDS (30) and
 *     RECOMPUTE_VISIBLE_SECONDS (30) from the environment.
 *  2. Take jobs. A database or Redis that is away is no reason to end.
 *  3. At SIGTERM or SIGINT let the jobs under way end, close all connections, exit.
 *
 * @throws Error when an address lacks or a number is none
 */
export function runProcessor<Facts, Outcome>(
  computation: Computation<Facts, Outcome>,
  { environment = process.env, onEvent = printError }: RunOptions = {},
): RecomputeProcessor<Facts, Outcome> {
  const concurrency = number(environment, 'PROCESSOR_CONCURRENCY', 4);
  const pool = processorPool(text(environment, 'DATABASE_URL'), concurrency, (error) =>
    onEvent({ outcome: 'retried', milliseconds: 0, error }),
  );
  const processor = new RecomputeProcessor(computation, {
    pool,
    connection: redisConnection(text(environment, 'REDIS_URL')),
    prefix: environment['QUEUE_PREFIX'] || '{trm}',
    concurrency,
    lockMs: number(environment, 'PROCESSOR_LOCK_SECONDS', 30) * 1_000,
    visibleMs: number(environment, 'RECOMPUTE_VISIBLE_SECONDS', 30) * 1_000,
    onEvent,
  });
  processor.start();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void processor
        .stop()
        .then(() => pool.end())
        .then(
          () => process.exit(0),
          () => process.exit(1),
        );
    });
  }
  return processor;
}

function printError({ error, ...event }: ProcessorEvent): void {
  if (error !== undefined) process.stderr.write(`${JSON.stringify({ ...event, error: error.message })}\n`);
}

function text(environment: NonNullable<RunOptions['environment']>, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set.`);
  return value;
}

function number(
  environment: NonNullable<RunOptions['environment']>,
  name: string,
  otherwise: number,
): number {
  const value = environment[name];
  if (value === undefined || value === '') return otherwise;
  const read = Number(value);
  if (!(read > 0)) throw new Error(`${name} is "${value}", which is no number above 0.`);
  return read;
}
