import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import {
  cloneDatabase,
  eventually,
  seedEvent,
  seedMember,
  seedStage,
  startApiProcess,
  startDirectus,
  startWorkerProcess,
  type SeededEvent,
  type SeededUser,
  type TestDatabase,
  type TestProcess,
} from '@trm/testing';

let db: TestDatabase;
let directus: TestProcess;
let event: SeededEvent;
let director: SeededUser;

const ENTRIES = 2_000;
const SEGMENTS = 15;

beforeAll(async () => {
  db = await cloneDatabase();
  directus = await startDirectus(db.url);
  event = await seedEvent(db, { entries: ENTRIES });
  director = await seedMember(db, { organizationId: event.organizationId, role: 'race-director' });
});

afterAll(async () => {
  await directus.stop();
  await db.drop();
});

const open = (api: TestProcess, stageId: string) =>
  fetch(`${api.url}/v1/stages/${stageId}/openings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${director.token}`, 'content-type': 'application/json' },
    body: '{}',
  });

const startsOf = async (stageId: string) =>
  (
    await db.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM entry_segment_starts t JOIN segments g ON g.id = t.segment_id WHERE g.stage_id = $1`,
      [stageId],
    )
  )[0]?.n;

/** Waits until the API's transaction is under way in the database. */
const insideTheTransaction = () =>
  eventually(async () => {
    const busy = await db.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'trm-api' AND query LIKE '%INSERT INTO entry_segment_starts%' AND state = 'active'`,
    );
    if (busy.length === 0) throw new Error('the starts are not being written yet');
  });

describe('an API process', () => {
  it('that is killed while it opens a stage leaves nothing, and the next one opens it', async () => {
    const { stageId } = await seedStage(db, { eventId: event.eventId, segments: SEGMENTS });
    const api = await startApiProcess(db.url, directus.url);
    const answer = open(api, stageId).then(
      () => 'answered',
      () => 'connection lost',
    );
    await insideTheTransaction();
    await api.stop('SIGKILL');
    expect(await answer).toBe('connection lost');
    await eventually(async () => {
      const left = await db.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'trm-api'`,
      );
      if (left.length > 0) throw new Error('the database still works for the dead process');
    });
    expect(await startsOf(stageId)).toBe(0);
    expect(
      await db.query(`SELECT state, current_start_list_id FROM stages WHERE id = $1`, [stageId]),
    ).toEqual([{ state: 'planned', current_start_list_id: null }]);

    const next = await startApiProcess(db.url, directus.url);
    expect((await open(next, stageId)).status).toBe(200);
    expect(await startsOf(stageId)).toBe(ENTRIES * SEGMENTS);
    await next.stop();
    await db.query(`UPDATE stages SET state = 'closed' WHERE id = $1`, [stageId]);
  });

  it('that is asked to stop answers what it has begun', async () => {
    const { stageId } = await seedStage(db, {
      eventId: event.eventId,
      segments: SEGMENTS,
      stage: { sort_order: 2 },
    });
    const api = await startApiProcess(db.url, directus.url);
    const answer = open(api, stageId);
    await insideTheTransaction();
    const stopped = api.stop('SIGTERM');
    expect((await answer).status).toBe(200);
    expect(await stopped).toBe(0);
    expect(await startsOf(stageId)).toBe(ENTRIES * SEGMENTS);
    expect(api.output()).not.toMatch(/"level":"error"/);
  });

  it('writes one JSON line a request, with the request id and without secrets', async () => {
    const api = await startApiProcess(db.url, directus.url);
    const response = await fetch(`${api.url}/v1/stages/none/start-list?token=hush`, {
      headers: { authorization: `Bearer ${director.token}`, 'x-request-id': 'from-the-office-1' },
    });
    expect(response.headers.get('x-request-id')).toBe('from-the-office-1');
    await eventually(async () => {
      if (!api.output().includes('from-the-office-1')) throw new Error('not logged yet');
      await pause(0);
    });
    const line = api
      .output()
      .split('\n')
      .find((text) => text.includes('from-the-office-1'));
    expect(JSON.parse(line ?? '')).toMatchObject({ level: 'log', context: 'Http' });
    expect(api.output()).not.toMatch(new RegExp(`hush|${director.token}`));
    await api.stop();
  });

  it('names every bad variable when it cannot start', () => {
    const { status, stderr } = spawnSync(process.execPath, ['dist/apps/api/src/main.js'], {
      env: { API_PORT: 'high', DATABASE_URL: 'mysql://x', HOOK_SECRET: 'short' },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    for (const name of ['API_PORT', 'DATABASE_URL', 'HOOK_SECRET', 'REDIS_URL', 'DIRECTUS_URL']) {
      expect(stderr).toContain(`- ${name}: `);
    }
    expect(stderr).not.toMatch(/short|mysql/);
  });
});

describe('a worker process', () => {
  it('forgets expired idempotency keys and keeps the others', async () => {
    await db.query(
      `INSERT INTO control.idempotency_keys (scope, key, fingerprint, expires_at)
       VALUES ('s', 'expired', 'f', now() - interval '1 minute'), ('s', 'alive', 'f', now() + interval '1 hour')`,
    );
    const worker = await startWorkerProcess(db.url, directus.url);
    await eventually(async () => {
      const keys = await db.query(`SELECT key FROM control.idempotency_keys WHERE scope = 's'`);
      expect(keys).toEqual([{ key: 'alive' }]);
    });
    expect(await (await fetch(`${worker.url}/health/ready`)).json()).toMatchObject({ status: 'ready' });
    await worker.stop();
  });

  it('starts without Redis and says that it is degraded', async () => {
    const worker = await startWorkerProcess(db.url, directus.url, {
      REDIS_URL: 'unix:///nowhere/redis.sock',
    });
    const ready = await fetch(`${worker.url}/health/ready`);
    expect([ready.status, ((await ready.json()) as { status: string }).status]).toEqual([200, 'degraded']);
    // Its queue would wait for Redis for ever; the deadline ends it.
    expect(await worker.stop()).toBe(1);
  });
});
