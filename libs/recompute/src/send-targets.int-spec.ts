import { randomUUID } from 'node:crypto';
import { RECOMPUTE_QUEUE } from '@trm/contracts';
import { Database, redisOptions, RedisProbe } from '@trm/platform';
import { cloneDatabase, seedRun, type SeededRun, type TestDatabase, testEnvironment } from '@trm/testing';
import { type Job, Queue, Worker } from 'bullmq';
import pg from 'pg';
import { PgRelayStore } from './pg-relay-store.js';
import { RecomputeQueue } from './recompute-queue.js';
import { RELAY_SETTINGS, SendTargets } from './send-targets.js';

let server: TestDatabase;
let db: Database;
let run: SeededRun;
let probe: RedisProbe;
let queue: Queue;

beforeAll(async () => {
  server = await cloneDatabase();
  db = new Database({ url: server.url, poolSize: 8, applicationName: 'trm-worker' });
  run = await seedRun(server, { entries: 40, fixes: false });
  probe = new RedisProbe(testEnvironment().redisUrl);
});
afterAll(async () => {
  probe.onApplicationShutdown();
  await db.onApplicationShutdown();
  await server.drop();
});
beforeEach(async () => {
  await server.query(
    'TRUNCATE control.recompute_targets, control.recompute_log, control.recompute_transport, recompute_requests CASCADE',
  );
  // A queue of its own: other tests share the Redis.
  queue = new Queue(RECOMPUTE_QUEUE, {
    connection: redisOptions(testEnvironment().redisUrl),
    prefix: `{test-${randomUUID()}}`,
  });
});
afterEach(async () => {
  await queue.obliterate({ force: true });
  await queue.close();
});

const relay = (settings: Partial<typeof RELAY_SETTINGS> = {}) =>
  new SendTargets(new PgRelayStore(db), new RecomputeQueue(queue, probe), { ...RELAY_SETTINGS, ...settings });
/** One round of both lanes. */
const send = async (one: SendTargets) => {
  await one.sendDue('live');
  await one.sendDue('other');
};
const ask = (entries = run.entryIds, reason = 'replay') =>
  server.query(
    `SELECT control.request_recompute($1, $2::uuid[], array_fill($3::uuid, ARRAY[cardinality($2::uuid[])]), 6, $4)`,
    [run.eventId, entries, run.stageId, reason],
  );
/** One whose queue does more than adding at that moment. */
const interrupted = (
  add: (queue: RecomputeQueue, jobs: Parameters<RecomputeQueue['add']>[0]) => Promise<void>,
) => {
  const transport = new RecomputeQueue(queue, probe);
  const interruptible = Object.assign(Object.create(transport) as RecomputeQueue, {
    add: (jobs: Parameters<RecomputeQueue['add']>[0]) => add(transport, jobs),
  });
  return new SendTargets(new PgRelayStore(db), interruptible, RELAY_SETTINGS);
};
/** Another Redis: it has none of the jobs, and another epoch. */
const empty = async () => {
  await queue.obliterate({ force: true });
  const client = await (
    queue.getBackend() as unknown as {
      connection: { client: Promise<{ del(key: string): Promise<number> }> };
    }
  ).connection.client;
  await client.del(queue.toKey('epoch'));
};
/** Takes the next job as a processor does. */
const take = async (work: (job: Job) => Promise<unknown>) => {
  const worker = new Worker(RECOMPUTE_QUEUE, null, {
    connection: { ...redisOptions(testEnvironment().redisUrl), maxRetriesPerRequest: null },
    prefix: queue.opts.prefix!,
  });
  await work(await worker.getNextJob('token'));
  await worker.close();
};
const waiting = async () =>
  (await queue.getJobs(['prioritized', 'waiting'])).map(({ data }) => data as Record<string, unknown>);
const states = () => server.query(`SELECT DISTINCT state FROM control.recompute_targets`);

it('sends one job for each target, with what the contract says', async () => {
  await ask();
  await ask();
  await send(relay());
  const jobs = await waiting();
  expect(jobs).toHaveLength(40);
  expect(jobs[0]).toEqual({
    v: 1,
    entryId: expect.any(String),
    stageId: run.stageId,
    generation: 2,
    attempt: 0,
    layers: ['penalties', 'results'],
    reasons: ['replay'],
    priority: 10,
    requestedAt: expect.any(String),
  });
  await expect(states()).resolves.toEqual([{ state: 'queued' }]);
});

it('sends nothing twice, with several relays at once', async () => {
  await ask();
  const relays = Array.from({ length: 4 }, () => relay({ batch: 7 }));
  await Promise.all(
    relays.map(async (one) => {
      for (let round = 0; round < 8; round += 1) await send(one);
    }),
  );
  const entries = (await waiting()).map(({ entryId }) => entryId);
  expect(entries).toHaveLength(40);
  expect(new Set(entries).size).toBe(40);
});

it('sends again what was lost on its way between the queue and the note of it, as the same job', async () => {
  await ask(run.entryIds.slice(0, 3));
  const { targets: claimed } = await new PgRelayStore(db).claim(randomUUID(), {
    ...RELAY_SETTINGS,
    leaseMs: 1,
  });
  expect(claimed).toHaveLength(3);
  // The relay put the jobs there and was killed.
  await new RecomputeQueue(queue, probe).add(
    claimed.map((target) => ({
      v: 1 as const,
      entryId: target.entryId,
      stageId: target.stageId,
      generation: target.generation,
      attempt: target.queueAttempt,
      layers: target.layers,
      reasons: target.reasons,
      priority: target.priority,
      requestedAt: target.requestedAt,
    })),
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  await send(relay());
  expect(await waiting()).toHaveLength(3);
  await expect(states()).resolves.toEqual([{ state: 'queued' }]);
});

it('waits for the disk when jobs are noted, not when targets are leased', async () => {
  // Asked for at the moment of the commit; the servers of tests wait for nothing by themselves.
  await server.query(`CREATE TABLE control.commits (wanted text, waits text)`);
  await server.query(
    `CREATE FUNCTION control.note_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       INSERT INTO control.commits VALUES (CASE WHEN NEW.claim_owner IS NULL THEN 'note' ELSE 'lease' END, current_setting('synchronous_commit'));
       RETURN NULL;
     END $$`,
  );
  await server.query(
    `CREATE CONSTRAINT TRIGGER note_commit AFTER UPDATE ON control.recompute_targets DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION control.note_commit()`,
  );
  await ask(run.entryIds.slice(0, 2));
  const url = new URL(server.url);
  url.searchParams.set('options', '-c synchronous_commit=on');
  const waits = new Database({ url: url.href, poolSize: 1, applicationName: 'trm-worker' });
  let commits: unknown;
  try {
    await send(new SendTargets(new PgRelayStore(waits), new RecomputeQueue(queue, probe), RELAY_SETTINGS));
    commits = await server.query(`SELECT DISTINCT wanted, waits FROM control.commits ORDER BY 1`);
  } finally {
    await waits.onApplicationShutdown();
    // Its trigger goes with it.
    await server.query(`DROP FUNCTION control.note_commit CASCADE`);
    await server.query(`DROP TABLE control.commits`);
  }
  expect(commits).toEqual([
    { wanted: 'lease', waits: 'off' },
    { wanted: 'note', waits: 'on' },
  ]);
});

it('gives a job that still waits more time, and sends one that is gone under another attempt', async () => {
  const [there, gone] = run.entryIds.slice(0, 2) as [string, string];
  await ask([there, gone]);
  await send(relay({ visibleMs: 0 }));
  for (const job of await queue.getJobs(['prioritized'])) {
    if ((job.data as { entryId: string }).entryId === gone) await job.remove();
  }
  await send(relay());
  const jobs = await waiting();
  expect(jobs.map(({ entryId, attempt }) => ({ entryId, attempt }))).toEqual(
    expect.arrayContaining([
      { entryId: there, attempt: 0 },
      { entryId: gone, attempt: 1 },
    ]),
  );
  expect(jobs).toHaveLength(2);
});

it('sends everything again when the queue was emptied', async () => {
  await ask();
  const one = relay();
  await one.watchTransport();
  await send(one);
  await empty();
  await expect(one.watchTransport()).resolves.toBe(40);
  await send(one);
  expect(await waiting()).toHaveLength(40);
  await expect(one.watchTransport()).resolves.toBe(0);
});

it('sends again at once what was lost between the queue and the note of it', async () => {
  const [entry] = run.entryIds as [string];
  await ask([entry]);
  const one = interrupted(async (transport, jobs) => {
    await transport.add(jobs);
    await empty();
    await one.watchTransport();
  });
  await one.watchTransport();
  await one.sendDue('other', 1);
  expect(await waiting()).toHaveLength(0);
  await send(relay());
  expect(await waiting()).toMatchObject([{ entryId: entry, generation: 1 }]);
});

it('sends a newer wish when the job of the older one fails, though the queue still takes that one for active', async () => {
  const [entry] = run.entryIds as [string];
  await ask([entry]);
  await send(relay());
  await take(async () => {
    await ask([entry]);
    await server.query(`SELECT control.fail_recompute($1, $2, 1, 'no course')`, [entry, run.stageId]);
    await server.query(`UPDATE control.recompute_targets SET not_before = '-infinity'`);
    await send(relay());
  });
  expect(await waiting()).toMatchObject([{ entryId: entry, generation: 2 }]);
});

it('sends under another attempt what was given up on its way into the queue and is wanted again', async () => {
  const [entry] = run.entryIds as [string];
  const [asked] = await server.query<{ id: string }>(
    `SELECT control.request_recompute($1, ARRAY[$2::uuid], ARRAY[$3::uuid], 6, 'replay') AS id`,
    [run.eventId, entry, run.stageId],
  );
  await interrupted(async (transport, jobs) => {
    await server.query(`SELECT control.cancel_recompute($1)`, [asked!.id]);
    await transport.add(jobs);
  }).sendDue('other', 1);
  // The processor finds nothing to do; the queue remembers the id.
  await take((job) => job.moveToCompleted('noop', 'token', false));
  await server.query(`SELECT control.retry_recompute($1)`, [asked!.id]);
  await send(relay());
  expect(await waiting()).toMatchObject([{ entryId: entry, generation: 1, attempt: 2 }]);
});

it('keeps to the number of jobs under way, and lets live ones through', async () => {
  await server.query(`UPDATE stages SET state = 'closed' WHERE id = $1`, [run.stageId]);
  await ask();
  const one = relay({ mostOther: 5, mostLive: 5 });
  for (let round = 0; round < 4; round += 1) await send(one);
  expect(await waiting()).toHaveLength(5);
  await server.query(`UPDATE stages SET state = 'running' WHERE id = $1`, [run.stageId]);
  const sent = new Set((await waiting()).map(({ entryId }) => entryId));
  const unsent = run.entryIds.find((id) => !sent.has(id))!;
  await ask([unsent], 'position_faulty');
  await send(one);
  const jobs = await waiting();
  expect(jobs).toHaveLength(6);
  expect(jobs.find(({ priority }) => priority === 2)).toMatchObject({ entryId: unsent });
});

it('gives its leases back when the queue is away, and loses nothing', async () => {
  await ask();
  const away = new Queue(RECOMPUTE_QUEUE, {
    connection: {
      host: '127.0.0.1',
      port: 1,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      retryStrategy: () => 50,
    },
    prefix: '{away}',
  });
  away.on('error', () => undefined);
  const cutOff = new SendTargets(new PgRelayStore(db), new RecomputeQueue(away, probe), RELAY_SETTINGS);
  await cutOff.sendDue('other');
  expect(cutOff.failures).toBe(1);
  await away.close();
  await send(relay());
  expect(await waiting()).toHaveLength(40);
});

it('waits for a row that somebody holds no longer than for a moment, and sends what is behind it', async () => {
  await ask(run.entryIds.slice(0, 2));
  const one = interrupted(async (transport, jobs) => {
    // Somebody writes the first target, for long, while its job goes into the queue.
    if (jobs.some(({ entryId }) => entryId === run.entryIds[0])) {
      await holder.query('BEGIN');
      await holder.query(`SELECT FROM control.recompute_targets WHERE entry_id = $1 FOR UPDATE`, [
        run.entryIds[0],
      ]);
    }
    await transport.add(jobs);
  });
  const holder = new pg.Client({ connectionString: server.url });
  await holder.connect();
  try {
    await send(one);
    await ask(run.entryIds.slice(2, 3));
    await send(one);
    await expect(queue.getJobCountByTypes('prioritized')).resolves.toBe(3);
  } finally {
    await holder.query('ROLLBACK');
    await holder.end();
  }
});

it('survives a database that goes away while it notes jobs and gives leases back', async () => {
  await ask();
  const away = () => Promise.reject(new Error('Connection terminated unexpectedly'));
  const store = Object.assign(new PgRelayStore(db), { markQueued: away, release: away });
  const cutOff = new SendTargets(store, new RecomputeQueue(queue, probe), {
    ...RELAY_SETTINGS,
    batch: 10,
    leaseMs: 1,
  });
  await cutOff.sendDue('other');
  expect(cutOff.failures).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await send(relay());
  expect(await waiting()).toHaveLength(40);
});
