import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import type { RandomNumbers } from '../../fixtures/src/tracks/random.js';
import { type KeptProcess, type System, TIMES } from './system.js';

/** What faults are done to. */
export interface Victims extends System {
  readonly postgres: KeptProcess;
  readonly redis: KeptProcess;
  readonly redisClient: Redis;
  /** Of the harness, to the database of the run. */
  readonly pool: pg.Pool;
}

/** Does itself, and comes back when the cause is gone; what it broke may still be mending. */
type Fault = (victims: Victims, random: RandomNumbers) => Promise<string>;

const oneOf = <Item>(items: readonly Item[], random: RandomNumbers): Item =>
  items[Math.floor(random.next() * items.length)]!;

const kill =
  (of: (victims: Victims) => readonly KeptProcess[]): Fault =>
  async (victims, random) => {
    const victim = oneOf(of(victims), random);
    await victim.untilUp();
    victim.signal('SIGKILL');
    return `kill -9 of ${victim.name}`;
  };

/** Longer than what it holds is kept for it: it comes back as if nothing had been, and the world has gone on. */
const stopFor =
  (of: (victims: Victims) => readonly KeptProcess[], longerThanMs: number): Fault =>
  async (victims, random) => {
    const victim = oneOf(of(victims), random);
    await victim.untilUp();
    victim.signal('SIGSTOP');
    const ms = longerThanMs + random.between(300, 1_500);
    await pause(ms);
    victim.signal('SIGCONT');
    return `${victim.name} stopped for ${(ms / 1_000).toFixed(1)} s`;
  };

/** How often each is drawn, and what it is. */
const FAULTS: readonly (readonly [weight: number, fault: Fault])[] = [
  [2, kill(({ api }) => [api])],
  [3, kill(({ workers }) => workers)],
  [3, kill(({ processors }) => processors)],
  [1, kill(({ directus }) => [directus])],
  [1, kill(({ postgres }) => [postgres])],
  [2, kill(({ redis }) => [redis])],
  [
    2,
    async ({ pool, postgres }, random) => {
      await postgres.untilUp();
      const pids = await backendsOf(pool).catch(() => []);
      if (pids.length === 0) return 'kill -9 of a backend of Postgres, which had none';
      process.kill(oneOf(pids, random), 'SIGKILL');
      return 'kill -9 of a backend of Postgres';
    },
  ],
  [
    3,
    async ({ redisClient, redis }) => {
      await redis.untilUp();
      await redisClient.flushall().catch(() => undefined);
      return 'FLUSHALL';
    },
  ],
  [
    2,
    async ({ redisClient, redis }, random) => {
      await redis.untilUp();
      const ms = Math.round(random.between(300, 3_000));
      await redisClient.call('CLIENT', 'PAUSE', String(ms)).catch(() => undefined);
      await pause(ms);
      return `CLIENT PAUSE of ${(ms / 1_000).toFixed(1)} s`;
    },
  ],
  [3, stopFor(({ workers }) => workers, TIMES.leaseMs)],
  [3, stopFor(({ processors }) => processors, TIMES.lockMs)],
  [1, stopFor(({ processors }) => processors, TIMES.visibleMs)],
  [
    // It has leased targets and put their jobs into the queue, and sleeps before it can note that: others send them too.
    3,
    async ({ pool, postgres, workers }, random) => {
      await Promise.all([postgres, ...workers].map((each) => each.untilUp()));
      const victim = oneOf(workers, random);
      const ms = TIMES.leaseMs + random.between(500, 1_500);
      await holdingLeased(pool, async () => {
        await pause(50);
        victim.signal('SIGSTOP');
      }).catch(() => undefined);
      await pause(ms);
      victim.signal('SIGCONT');
      return `${victim.name} stopped for ${(ms / 1_000).toFixed(1)} s behind its sending`;
    },
  ],
  [
    // It has leased targets and waits for Redis to take their jobs: the others send them meanwhile.
    2,
    async ({ redisClient, redis, workers }, random) => {
      await redis.untilUp();
      const victim = oneOf(workers, random);
      await victim.untilUp();
      await redisClient.call('CLIENT', 'PAUSE', '400').catch(() => undefined);
      await pause(300);
      victim.signal('SIGSTOP');
      const ms = TIMES.leaseMs + random.between(500, 1_500);
      await pause(ms);
      victim.signal('SIGCONT');
      return `${victim.name} stopped for ${(ms / 1_000).toFixed(1)} s while it sends`;
    },
  ],
  [
    // The job is gone while it is being worked on: it is sent again, and both are computed.
    2,
    async ({ redisClient, redis, processors }, random) => {
      const victim = oneOf(processors, random);
      await Promise.all([redis.untilUp(), victim.untilUp()]);
      victim.signal('SIGSTOP');
      await redisClient.flushall().catch(() => undefined);
      const ms = random.between(500, 2_000);
      await pause(ms);
      victim.signal('SIGCONT');
      return `FLUSHALL while ${victim.name} is stopped for ${(ms / 1_000).toFixed(1)} s`;
    },
  ],
  [
    // Everybody who computes has read and waits to write; when it goes on, newer jobs of the same may be under way.
    3,
    async ({ pool, redisClient, postgres }, random) => {
      await postgres.untilUp();
      const ms = random.between(800, 2_500);
      await holdingResults(pool, async () => {
        await pause(ms / 2);
        await redisClient.flushall().catch(() => undefined);
        await pause(ms / 2);
      }).catch(() => undefined);
      return `FLUSHALL while somebody holds the results for ${(ms / 1_000).toFixed(1)} s`;
    },
  ],
  [
    2,
    async ({ way }, random) => {
      const ms = random.between(500, 3_000);
      await way.cut();
      await pause(ms);
      await way.open();
      return `Directus can't reach the API for ${(ms / 1_000).toFixed(1)} s`;
    },
  ],
];

const TOTAL = FAULTS.reduce((sum, [weight]) => sum + weight, 0);

/** Draws a fault. The same numbers draw the same faults at the same victims for the same times. */
export async function doFault(victims: Victims, random: RandomNumbers): Promise<string> {
  let left = random.next() * TOTAL;
  const [, fault] = FAULTS.find(([weight]) => (left -= weight) < 0)!;
  return fault(victims, random);
}

/** As a transaction does that somebody forgot to end. */
const holdingResults = (pool: pg.Pool, work: () => Promise<void>) =>
  holding(pool, 'LOCK TABLE stage_results IN SHARE ROW EXCLUSIVE MODE', work);

/** The targets that a relay is just sending, as soon as there are some. */
const holdingLeased = (pool: pg.Pool, work: () => Promise<void>) =>
  holding(
    pool,
    `DO $$ BEGIN
       FOR attempt IN 1..500 LOOP
         PERFORM FROM control.recompute_targets WHERE claim_until > clock_timestamp() FOR UPDATE SKIP LOCKED;
         EXIT WHEN FOUND;
         PERFORM pg_sleep(0.002);
       END LOOP;
     END $$`,
    work,
  );

async function holding(pool: pg.Pool, lock: string, work: () => Promise<void>): Promise<void> {
  const client = await pool.connect();
  client.on('error', () => undefined);
  try {
    await client.query('BEGIN');
    await client.query(lock);
    await work();
  } finally {
    // Its lock goes with its connection.
    client.release(true);
  }
}

/** Those of this database but for the harness' own. */
async function backendsOf(pool: pg.Pool): Promise<number[]> {
  const { rows } = await pool.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> 'trm-faults' ORDER BY backend_start`,
  );
  return rows.map(({ pid }) => pid);
}
