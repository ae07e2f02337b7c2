import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { RECOMPUTE_QUEUE, type RecomputeJob } from '@trm/contracts';
import {
  cloneDatabase,
  eventually,
  seedRun,
  type SeededRun,
  type TestDatabase,
  testEnvironment,
} from '@trm/testing';
import { Queue } from 'bullmq';
import pg from 'pg';
import { freezableProxy, freezableRedis } from '../../../test/freezable-proxy.js';
import { type Computation, type ProcessorEvent, RecomputeProcessor } from './recompute-processor.js';
import { redisConnection } from './redis-connection.js';

let server: TestDatabase;
let pool: pg.Pool;
let run: SeededRun;

beforeAll(async () => {
  server = await cloneDatabase();
  run = await seedRun(server, { entries: 4 });
  pool = new pg.Pool({ connectionString: server.url, max: 2, application_name: 'trm-processor' });
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await server.drop();
});

/** Asks for the entry. @returns the job that is sent for it */
async function wanted(entry: number): Promise<RecomputeJob> {
  const [entryId, { stageId }] = [run.entryIds[entry]!, run];
  await server.query(`SELECT control.request_recompute($1, ARRAY[$2::uuid], ARRAY[$3::uuid], 7, 'replay')`, [
    run.eventId,
    entryId,
    stageId,
  ]);
  return {
    v: 1,
    entryId,
    stageId,
    generation: 1,
    attempt: 0,
    layers: ['results'],
    reasons: ['replay'],
    priority: 1,
    requestedAt: '2026-06-06T06:00:00.000Z',
  };
}

/** Asks for the entry and computes it, in the last attempt that its job has. */
async function lastAttempt(
  entry: number,
  write: Computation<null, null>['write'],
  through = pool,
): Promise<string> {
  const data = await wanted(entry);
  const processor = new RecomputeProcessor(
    { read: () => Promise.resolve(null), compute: () => null, write },
    { pool: through, connection: {}, prefix: 'unused' },
  );
  return processor.process({ data, attemptsMade: 4, opts: { attempts: 5 } });
}

const target = async (entry: number) =>
  (
    await server.query<{ state: string; error: string | null }>(
      `SELECT state, last_error AS error FROM control.recompute_targets WHERE entry_id = $1`,
      [run.entryIds[entry]],
    )
  )[0];

it('does not give a target up because its connection was lost between two statements', async () => {
  await expect(
    lastAttempt(0, async (sql) => {
      const [backend] = await sql.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await server.query('SELECT pg_terminate_backend($1)', [backend!.pid]);
      await eventually(async () => {
        await expect(
          server.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [backend!.pid]),
        ).resolves.toEqual([]);
      });
      // Until the client has heard of it, too: what it is asked from then on it does not even send.
      await pause(100);
      await sql.query('SELECT 1');
    }),
  ).rejects.toThrow('is not queryable');
  await expect(target(0)).resolves.toEqual({ state: 'pending', error: null });
});

it('does not give a target up because the database does not say anything any more', async () => {
  const way = await freezableProxy(server.url);
  const silent = new pg.Pool({ connectionString: way.url, max: 2, query_timeout: 500 });
  silent.on('error', () => undefined);
  try {
    await expect(
      lastAttempt(
        0,
        async (sql) => {
          way.freeze();
          await sql.query('SELECT 1');
        },
        silent,
      ),
    ).rejects.toThrow('Query read timeout');
    await expect(target(0)).resolves.toEqual({ state: 'pending', error: null });
  } finally {
    await way.close();
    await silent.end();
  }
});

it('writes down what was thrown, also when it is no error', async () => {
  await expect(lastAttempt(1, () => Promise.reject('The course has no finish.'))).rejects.toThrow(
    'The course has no finish.',
  );
  await expect(target(1)).resolves.toEqual({ state: 'failed', error: 'The course has no finish.' });
});

it('gives a target up that the database takes too long for each time, in words', async () => {
  await expect(
    lastAttempt(2, async (sql) => {
      await sql.query(`SET LOCAL statement_timeout = 50`);
      await sql.query('SELECT pg_sleep(5)');
    }),
  ).rejects.toThrow('statement timeout');
  await expect(target(2)).resolves.toEqual({
    state: 'failed',
    error: expect.stringMatching(/^The database stopped the computation, because it took too long/),
  });
});

describe('while the database is away', () => {
  let queue: Queue;
  let processor: RecomputeProcessor<null, null>;
  let events: ProcessorEvent[];

  beforeEach(() => {
    const place = {
      connection: redisConnection(testEnvironment().redisUrl),
      prefix: `{test-${randomUUID()}}`,
    };
    queue = new Queue(RECOMPUTE_QUEUE, place);
    events = [];
    processor = new RecomputeProcessor(
      { read: () => Promise.resolve(null), compute: () => null, write: () => Promise.resolve() },
      { ...place, pool, concurrency: 1, onEvent: (event) => events.push(event) },
    );
  });
  afterEach(async () => {
    await processor.stop();
    await queue.obliterate({ force: true });
    await queue.close();
  });

  it('keeps the job, which uses up no attempt, and computes it as soon as it is back', async () => {
    const data = await wanted(3);
    await admit(false);
    try {
      await queue.add(RECOMPUTE_QUEUE, data, { jobId: 'only', attempts: 2 });
      processor.start();
      await eventually(async () => {
        await pause(0);
        expect(events.length).toBeGreaterThan(3);
      });
    } finally {
      await admit(true);
    }
    await eventually(async () => {
      await expect(queue.getJobState('only')).resolves.toBe('completed');
    });
    expect(new Set(events.map(({ outcome }) => outcome))).toEqual(new Set(['retried', 'applied']));
    await expect(target(3)).resolves.toEqual({ state: 'applied', error: null });
  });
});

it('takes jobs again when the connection to Redis was lost and nobody told it', async () => {
  const way = await freezableRedis(testEnvironment().redisUrl);
  const prefix = `{test-${randomUUID()}}`;
  const queue = new Queue(RECOMPUTE_QUEUE, {
    connection: redisConnection(testEnvironment().redisUrl),
    prefix,
  });
  const processor = new RecomputeProcessor(
    { read: () => Promise.resolve(null), compute: () => null, write: () => Promise.resolve() },
    { pool, connection: redisConnection(way.url), prefix },
  );
  // It is 15 s until the silence is noticed, and on a busy machine a while until the next connection works.
  const isDone = (jobId: string) =>
    eventually(async () => {
      await expect(queue.getJobState(jobId)).resolves.toBe('completed');
    }, 60_000);
  try {
    const data = await wanted(1);
    processor.start();
    await queue.add(RECOMPUTE_QUEUE, data, { jobId: 'before' });
    await isDone('before');
    way.freeze();
    await queue.add(RECOMPUTE_QUEUE, data, { jobId: 'behind' });
    way.restore();
    await isDone('behind');
  } finally {
    await processor.stop();
    await queue.obliterate({ force: true });
    await queue.close();
    await way.close();
  }
});

/** Lets nobody connect to the database any more, or everybody again. */
async function admit(connections: boolean): Promise<void> {
  const client = new pg.Client({ connectionString: testEnvironment().adminUrl });
  await client.connect();
  try {
    const name = new URL(server.url).pathname.slice(1);
    await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${connections}`);
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'trm-processor'`,
      [name],
    );
  } finally {
    await client.end();
  }
}
