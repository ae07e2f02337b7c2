import { setTimeout as pause } from 'node:timers/promises';
import { cloneDatabase, eventually, seedRun, type SeededRun, type TestDatabase } from '@trm/testing';
import pg from 'pg';
import { type Computation, RecomputeProcessor } from './recompute-processor.js';

let server: TestDatabase;
let pool: pg.Pool;
let run: SeededRun;

beforeAll(async () => {
  server = await cloneDatabase();
  run = await seedRun(server, { entries: 3 });
  pool = new pg.Pool({ connectionString: server.url, max: 2, application_name: 'trm-processor' });
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await server.drop();
});

/** Asks for the entry and computes it, in the last attempt that its job has. */
async function lastAttempt(entry: number, write: Computation<null, null>['write']): Promise<string> {
  const [entryId, { stageId }] = [run.entryIds[entry]!, run];
  await server.query(`SELECT control.request_recompute($1, ARRAY[$2::uuid], ARRAY[$3::uuid], 7, 'replay')`, [
    run.eventId,
    entryId,
    stageId,
  ]);
  const processor = new RecomputeProcessor(
    { read: () => Promise.resolve(null), compute: () => null, write },
    { pool, connection: {}, prefix: 'unused' },
  );
  return processor.process({
    data: {
      v: 1,
      entryId,
      stageId,
      generation: 1,
      attempt: 0,
      layers: ['results'],
      reasons: ['replay'],
      priority: 1,
      requestedAt: '2026-06-06T06:00:00.000Z',
    },
    attemptsMade: 4,
    opts: { attempts: 5 },
  });
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
