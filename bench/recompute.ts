/**
 * How long does a correction take to reach the processor, and what does it cost whoever makes it?
 *   1. From a position that is marked to the start of its job in another process, beside the unsafe way: commit, then
 *      queue.add. Interleaved, one after the other. The same through Directus, from the moment that it has answered.
 *   2. An UPDATE of many positions with the trigger and without it, interleaved.
 *   3. The relay, each in a process of its own: targets a second, one and two of them; the same of the queue alone, filled
 *      out of memory by one and two programs; jobs that were sent twice; a claim beside many targets that were given up.
 *   4. Coalescing: jobs for one statement over many entries, and for many single marks over few.
 *   5. A live mark while 250,000 targets of a geometry edit are waiting.
 * Prints medians and ratios; figures are of this machine, ratios are of the code. Names of parts run only those.
 */
import 'reflect-metadata';
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { RECOMPUTE_QUEUE, type RecomputeJob } from '@trm/contracts';
import { Database, redisOptions, RedisProbe } from '@trm/platform';
import { PgRelayStore, RecomputeQueue, RELAY_SETTINGS, SendTargets } from '@trm/recompute';
import {
  cloneDatabase,
  freePort,
  seedMember,
  seedRun,
  type SeededRun,
  startApiProcess,
  startDirectus,
  startWorkerProcess,
  testEnvironment,
} from '@trm/testing';
import { Queue, Worker } from 'bullmq';
import pg from 'pg';

const NAIVE_QUEUE = 'naive';
const now = () => performance.timeOrigin + performance.now();

if (process.argv[2] === 'consumer') await consume();
else if (process.argv[2] === 'relay' && process.argv.length > 3) await sendWhenTold();
else await measure();

/** In a process of its own: tells when each job begins, and completes its target. */
async function consume(): Promise<void> {
  const [, , , databaseUrl, prefix, jobMs] = process.argv as [string, string, string, string, string, string];
  const connection = { ...redisOptions(testEnvironment().redisUrl), maxRetriesPerRequest: null };
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8, application_name: 'trm-bench' });
  const options = { connection, prefix, concurrency: 8 };
  const workers = [
    new Worker(
      NAIVE_QUEUE,
      async (job) => process.send!({ key: (job.data as { key: string }).key, at: now() }),
      options,
    ),
    new Worker(
      RECOMPUTE_QUEUE,
      async (job) => {
        const at = now();
        const { entryId, stageId, generation } = job.data as RecomputeJob;
        process.send!({ key: entryId, at });
        if (Number(jobMs) > 0) await new Promise((resolve) => setTimeout(resolve, Number(jobMs)));
        const { rows } = await pool.query<{ generation: string }>(
          'SELECT generation FROM control.recompute_wanted($1, $2)',
          [entryId, stageId],
        );
        if (rows[0] === undefined) return;
        await pool
          .query('SELECT control.complete_recompute($1, $2, $3)', [entryId, stageId, rows[0].generation])
          .catch((error: Error) => process.stderr.write(`generation ${generation}: ${error.message}\n`));
      },
      options,
    ),
  ];
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  process.send!({ key: 'ready', at: now() });
  process.on('message', () => {
    void Promise.all(workers.map((worker) => worker.close()))
      .then(() => pool.end())
      .then(() => process.exit(0));
  });
}

/** What the consumer tells: when jobs began, and how many. */
async function startConsumer(databaseUrl: string, prefix: string, jobMs = 0) {
  const begun = new Map<string, (at: number) => void>();
  let jobs = 0;
  const child = fork(process.argv[1]!, ['consumer', databaseUrl, prefix, String(jobMs)]);
  const ready = new Promise<number>((resolve) => begun.set('ready', resolve));
  child.on('message', ({ key, at }: { key: string; at: number }) => {
    if (key !== 'ready') jobs += 1;
    begun.get(key)?.(at);
    begun.delete(key);
  });
  await ready;
  return {
    /** When the next job with this key begins. */
    next: (key: string) => new Promise<number>((resolve) => begun.set(key, resolve)),
    count: () => jobs,
    stop: async () => {
      child.send('stop');
      await new Promise((resolve) => child.once('exit', resolve));
    },
  };
}

async function measure(): Promise<void> {
  Logger.overrideLogger(false);
  const parts = process.argv.slice(2);
  const wanted = (name: string) => parts.length === 0 || parts.includes(name);
  const server = await cloneDatabase();
  const db = new Database({ url: server.url, poolSize: 8, applicationName: 'trm-bench' });
  try {
    if (wanted('latency') || wanted('coalescing') || wanted('backlog'))
      await withPrograms(server.url, db, wanted);
    if (wanted('trigger')) await trigger(db);
    if (wanted('relay')) await relay(server.url, db);
  } finally {
    await db.onApplicationShutdown();
    await server.drop();
  }
}

async function withPrograms(
  databaseUrl: string,
  db: Database,
  wanted: (part: string) => boolean,
): Promise<void> {
  const prefix = `{bench-${randomUUID()}}`;
  const run = await seedRun(db, { entries: 160 });
  await db.query(`DELETE FROM control.outbox`);
  const director = await seedMember(db, { organizationId: run.organizationId, role: 'race-director' });
  const apiPort = await freePort();
  const directus = await startDirectus(databaseUrl, `http://127.0.0.1:${apiPort}`);
  const api = await startApiProcess(databaseUrl, directus.url, { API_PORT: String(apiPort) });
  const worker = await startWorkerProcess(databaseUrl, directus.url, { QUEUE_PREFIX: prefix });
  try {
    if (wanted('latency')) {
      const consumer = await startConsumer(databaseUrl, prefix);
      await latency(db, run, prefix, consumer);
      await latencyOfDirectus(directus.url, run, director.token, consumer);
      await consumer.stop();
    }
    if (wanted('coalescing')) await coalescing(databaseUrl, db, run, prefix);
    if (wanted('backlog')) {
      const consumer = await startConsumer(databaseUrl, prefix);
      await backlog(db, run, consumer);
      await consumer.stop();
    }
  } finally {
    await worker.stop();
    await api.stop();
    await directus.stop();
  }
}

type Consumer = Awaited<ReturnType<typeof startConsumer>>;

/** Marks one position of an entry, or takes the mark back. @returns milliseconds from the call and from its answer */
async function markOne(
  db: Database,
  run: SeededRun,
  index: number,
  consumer: Consumer,
): Promise<[number, number]> {
  const begun = consumer.next(run.entryIds[index]!);
  const from = now();
  await db.query(`UPDATE positions SET faulty = NOT faulty WHERE device_id = $1 AND ts = $2`, [
    run.imeis[index],
    new Date(run.firstStartAt.getTime() + index * 60_000 + 10_000),
  ]);
  const answered = now();
  const at = await begun;
  return [at - from, at - answered];
}

async function latency(db: Database, run: SeededRun, prefix: string, consumer: Consumer): Promise<void> {
  const queue = new Queue(NAIVE_QUEUE, { connection: redisOptions(testEnvironment().redisUrl), prefix });
  const naive: [number, number][] = [];
  const ours: [number, number][] = [];
  const addUnsafely = async (index: number) => {
    const key = randomUUID();
    const begun = consumer.next(key);
    const from = now();
    await db.query(`UPDATE positions SET satellites = satellites + 1 WHERE device_id = $1 AND ts = $2`, [
      run.imeis[index],
      new Date(run.firstStartAt.getTime() + index * 60_000 + 10_000),
    ]);
    const committed = now();
    await queue.add('x', { key }, { removeOnComplete: true });
    const at = await begun;
    naive.push([at - from, at - committed]);
  };
  for (let round = 0; round < 480; round += 1) {
    const index = round % run.entryIds.length;
    await addUnsafely(index);
    ours.push(await markOne(db, run, index, consumer));
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
  await queue.close();
  // The first rounds warm the processes up.
  const [a, b] = [naive.slice(60), ours.slice(60)];
  console.table({
    'unsafe queue.add': {
      ...figures(
        a.map(([x]) => x),
        'call',
      ),
      ...figures(
        a.map(([, x]) => x),
        'commit',
      ),
    },
    'trigger and relay': {
      ...figures(
        b.map(([x]) => x),
        'call',
      ),
      ...figures(
        b.map(([, x]) => x),
        'commit',
      ),
    },
    ratio: Object.fromEntries(
      (['call', 'commit'] as const).flatMap((from, place) =>
        [0.5, 0.99].map((q) => [
          `${from} p${q * 100}`,
          round(
            quantile(
              b.map((times) => times[place]!),
              q,
            ) /
              quantile(
                a.map((times) => times[place]!),
                q,
              ),
          ),
        ]),
      ),
    ),
  });
}

async function latencyOfDirectus(
  url: string,
  run: SeededRun,
  token: string,
  consumer: Consumer,
): Promise<void> {
  const after: number[] = [];
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  for (let round = 0; round < 150; round += 1) {
    const index = round % run.entryIds.length;
    const at = new Date(
      run.firstStartAt.getTime() + index * 60_000 + 20_000 + Math.floor(round / run.entryIds.length) * 1_000,
    );
    const begun = consumer.next(run.entryIds[index]!);
    const response = await fetch(`${url}/items/position_faults`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ entry_id: run.entryIds[index], ts_from: at, ts_to: at, reason: 'bench' }),
    });
    if (!response.ok) throw new Error(await response.text());
    await response.arrayBuffer();
    const answered = now();
    after.push((await begun) - answered);
  }
  console.table({ 'Directus has answered → job': figures(after.slice(20), 'answer') });
}

async function trigger(db: Database): Promise<void> {
  const run = await seedRun(db, { entries: 500, fixes: false });
  // 200 fixes for each of 500 entries.
  await db.query(
    `INSERT INTO positions (device_id, ts, lat, lon)
     SELECT d, $2::timestamptz + s * interval '1 second', 41, 20 FROM unnest($1::text[]) d, generate_series(1, 200) s`,
    [run.imeis, run.firstStartAt],
  );
  await db.query('ANALYZE positions');
  const rows: Record<string, Record<string, number>> = {};
  for (const [name, seconds, rounds] of [
    ['10,000 positions', 20, 25],
    ['100,000 positions', 200, 9],
  ] as const) {
    const taken = { on: [] as number[], off: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      const order = ['off', 'on'] as const;
      for (const which of round % 2 === 0 ? order : order.toReversed()) {
        await db.query(
          `ALTER TABLE positions ${which === 'on' ? 'ENABLE' : 'DISABLE'} TRIGGER positions_9_capture`,
        );
        await db.query('VACUUM positions');
        const from = now();
        await db.query(`UPDATE positions SET faulty = NOT faulty WHERE device_id = ANY ($1) AND ts <= $2`, [
          run.imeis,
          new Date(run.firstStartAt.getTime() + seconds * 1_000),
        ]);
        taken[which].push(now() - from);
      }
    }
    rows[`${name}, 500 entries`] = {
      'without ms': round(quantile(taken.off, 0.5)),
      'with ms': round(quantile(taken.on, 0.5)),
      ratio: round(quantile(taken.on, 0.5) / quantile(taken.off, 0.5)),
    };
  }
  console.table(rows);
}

/** What each process is told in the bench of the relay: send what is due, or so many jobs that no target stands behind. */
type ToSend = 'due' | number;

/** In a process of its own, as each worker is: sends what it is told to, and answers when that is in the queue. */
async function sendWhenTold(): Promise<void> {
  const [, , , databaseUrl, prefix] = process.argv as [string, string, string, string, string];
  const { redisUrl } = testEnvironment();
  const db = new Database({ url: databaseUrl, poolSize: 2, applicationName: 'trm-bench' });
  const queue = new Queue(RECOMPUTE_QUEUE, { connection: redisOptions(redisUrl), prefix });
  const settings = { ...RELAY_SETTINGS, mostLive: 1_000_000, mostOther: 1_000_000 };
  const transport = new RecomputeQueue(queue, new RedisProbe(redisUrl));
  const relay = new SendTargets(new PgRelayStore(db), transport, settings);
  process.on('message', (what: ToSend) => {
    const sending = what === 'due' ? relay.sendDue('other') : sendBare(transport, what);
    void sending.then(() => process.send!('sent'));
  });
  await queue.waitUntilReady();
  process.send!('ready');
}

/** What no relay can be faster than: such jobs out of memory into the queue. */
async function sendBare(transport: RecomputeQueue, count: number): Promise<void> {
  for (let n = 0; n < count; n += RELAY_SETTINGS.batch) {
    const length = Math.min(RELAY_SETTINGS.batch, count - n);
    const jobs = Array.from({ length }, (): RecomputeJob => ({
      v: 1,
      entryId: randomUUID(),
      stageId: randomUUID(),
      generation: 1,
      attempt: 0,
      layers: ['results'],
      reasons: ['replay'],
      priority: 9,
      requestedAt: new Date().toISOString(),
    }));
    await transport.add(jobs);
  }
}

async function relay(databaseUrl: string, db: Database): Promise<void> {
  const targets = 20_000;
  const prefix = `{bench-${randomUUID().slice(0, 8)}}`;
  const queue = new Queue(RECOMPUTE_QUEUE, { connection: redisOptions(testEnvironment().redisUrl), prefix });
  const processes = [1, 2].map(() => fork(process.argv[1]!, ['relay', databaseUrl, prefix]));
  const answers = (of: readonly ChildProcess[]) => Promise.all(of.map((child) => once(child, 'message')));
  await answers(processes);
  const rates = {
    one: [] as number[],
    two: [] as number[],
    bareOne: [] as number[],
    bareTwo: [] as number[],
  };
  let sentTwice = 0;
  // The relays first and then the bare queue: whoever comes behind the bare queue is slower for it.
  for (const kinds of [
    ['two', 'one'],
    ['bareTwo', 'bareOne'],
  ] as const) {
    const isBare = kinds[0] === 'bareTwo';
    for (let turn = -1; turn < 17; turn += 1) {
      // One comes behind the other as often as behind itself.
      for (const name of turn & 1 ? kinds.toReversed() : kinds) {
        const sending = name === kinds[0] ? processes : [processes[turn & 1]!];
        await fillTargets(db, isBare ? 0 : targets);
        const from = now();
        for (const child of sending) child.send((isBare ? targets / sending.length : 'due') satisfies ToSend);
        await answers(sending);
        // The first turn is for the processes to become warm.
        if (turn >= 0) rates[name].push((targets / (now() - from)) * 1_000);
        sentTwice += (await queue.getPrioritizedCount()) - targets;
        await queue.obliterate({ force: true });
      }
    }
  }
  for (const child of processes) child.kill();
  await queue.close();
  // What is compared stands beside each other in a turn: the machine is not equally fast in all of them.
  const ratio = (some: readonly number[], others: readonly number[]) =>
    round(
      quantile(
        some.map((rate, turn) => rate / others[turn]!),
        0.5,
      ),
    );
  console.table({
    'one relay, targets/s': Math.round(quantile(rates.one, 0.5)),
    'two relays, targets/s': Math.round(quantile(rates.two, 0.5)),
    'two / one': ratio(rates.two, rates.one),
    'a bare queue, two programs / one': ratio(rates.bareTwo, rates.bareOne),
    'one / a bare queue': round(quantile(rates.one, 0.5) / quantile(rates.bareOne, 0.5)),
    'sent twice': sentTwice,
    'a claim beside 100,000 given up / without': round(await claimBesideGivenUp(db)),
  });
}

/** What was given up or has failed stays among the targets; a claim must not read through it. */
async function claimBesideGivenUp(db: Database): Promise<number> {
  const times: [number[], number[]] = [[], []];
  for (let turn = 0; turn < 8; turn += 1) {
    const isBeside = turn % 2 !== 0;
    await fillTargets(db, isBeside ? 100_000 : 0, 'cancelled');
    await addTargets(db, 2_000, 'pending');
    for (let n = 0; n < 20; n += 1) {
      const from = now();
      await db.query(`SELECT control.claim_recompute(gen_random_uuid(), 60, 0, 1000000, '1 minute')`);
      if (turn > 1) times[isBeside ? 1 : 0].push(now() - from);
    }
  }
  const [without, beside] = times.map((each) => quantile(each, 0.5)) as [number, number];
  return beside / without;
}

async function fillTargets(db: Database, count: number, state = 'pending'): Promise<void> {
  await db.query(`TRUNCATE control.recompute_targets CASCADE`);
  await addTargets(db, count, state);
}

/** Targets of no entry: the relay does not look at what they are of. */
async function addTargets(db: Database, count: number, state: string): Promise<void> {
  await db.query(
    `INSERT INTO control.recompute_targets (entry_id, stage_id, priority, reasons, rank, state)
     SELECT gen_random_uuid(), gen_random_uuid(), 9, 2048, clock_timestamp() + interval '90 minutes', $2 FROM generate_series(1, $1::int)`,
    [count, state],
  );
}

async function coalescing(databaseUrl: string, db: Database, run: SeededRun, prefix: string): Promise<void> {
  const entries = 50;
  const consumer = await startConsumer(databaseUrl, prefix, 100);
  const converged = async () => {
    for (;;) {
      const [row] = await db.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM control.recompute_targets WHERE applied_generation < generation',
      );
      if (row?.n === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await converged();
  let before = consumer.count();
  await db.query(`UPDATE positions SET faulty = NOT faulty WHERE device_id = ANY ($1)`, [
    run.imeis.slice(0, entries),
  ]);
  await converged();
  const oneStatement = consumer.count() - before;
  before = consumer.count();
  const marks = 1_000;
  await Promise.all(
    Array.from({ length: 8 }, async (_, lane) => {
      for (let n = lane; n < marks; n += 8) {
        const index = n % entries;
        await db.query(`UPDATE positions SET faulty = NOT faulty WHERE device_id = $1 AND ts = $2`, [
          run.imeis[index],
          new Date(run.firstStartAt.getTime() + index * 60_000 + Math.floor(n / entries) * 1_000),
        ]);
      }
    }),
  );
  await converged();
  const singles = consumer.count() - before;
  await consumer.stop();
  console.table({
    [`one statement over ${entries} entries`]: {
      jobs: oneStatement,
      'for each entry': oneStatement / entries,
    },
    [`${marks} single marks over ${entries} entries`]: { jobs: singles, 'for each entry': singles / entries },
  });
}

async function backlog(db: Database, run: SeededRun, consumer: Consumer): Promise<void> {
  // Each entry once in a round: a second mark within a second of the first waits for the end of it, on purpose.
  const marks = async (rounds: number) => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      for (let n = 0; n < run.entryIds.length; n += 1) times.push((await markOne(db, run, n, consumer))[0]);
    }
    return times;
  };
  await marks(1);
  const idle = await marks(5);
  await db.query(
    `INSERT INTO control.recompute_targets (entry_id, stage_id, priority, reasons, rank)
     SELECT gen_random_uuid(), gen_random_uuid(), 9, 2048, clock_timestamp() + interval '90 minutes' FROM generate_series(1, 250000)`,
  );
  await db.query(`SELECT pg_notify('control_recompute', '')`);
  const [before] = await db.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM control.recompute_targets WHERE applied_generation < generation',
  );
  const busy = await marks(5);
  const [after] = await db.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM control.recompute_targets WHERE applied_generation < generation',
  );
  console.table({
    idle: figures(idle, 'call'),
    [`${before!.n} to ${after!.n} targets waiting`]: figures(busy, 'call'),
    ratio: {
      'call p50': round(quantile(busy, 0.5) / quantile(idle, 0.5)),
      'call p99': round(quantile(busy, 0.99) / quantile(idle, 0.99)),
    },
  });
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
function figures(values: readonly number[], from: string): Record<string, number> {
  return { [`${from} p50`]: round(quantile(values, 0.5)), [`${from} p99`]: round(quantile(values, 0.99)) };
}
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
