import { Database, IdempotencyKeys } from '@trm/platform';
import { cloneDatabase, seedClub, type TestDatabase } from '@trm/testing';
import { Forget } from './forget.js';

let server: TestDatabase;
let db: Database;
beforeAll(async () => {
  server = await cloneDatabase();
  db = new Database({ url: server.url, poolSize: 2, applicationName: 'trm-worker' });
});
afterAll(async () => {
  await db?.onApplicationShutdown();
  await server?.drop();
});

it('reports of imports are forgotten after a month, and those that nobody has read yet are not', async () => {
  const { event } = await seedClub(server, { discipline: 'hike', vehicleKind: null });
  const kept = ['fresh', 'still running'];
  await db.query(
    `INSERT INTO control.entry_imports (event_id, file_name, file_sha256, state, seen_at, finished_at)
     VALUES ($1, 'old', '', 'done', now() - interval '31 days', now() - interval '31 days'),
            ($1, 'died long ago', '', 'running', now() - interval '31 days', NULL),
            ($1, $2, '', 'refused', now() - interval '29 days', now() - interval '29 days'),
            ($1, $3, '', 'running', now(), NULL)`,
    [event.eventId, ...kept],
  );
  const forget = new Forget(db, new IdempotencyKeys(db));
  expect([await forget.run('forget-old-imports'), await forget.run('forget-old-imports')]).toEqual([2, 0]);
  const left = await db.query<{ name: string }>(
    'SELECT file_name AS name FROM control.entry_imports WHERE event_id = $1 ORDER BY file_name',
    [event.eventId],
  );
  expect(left.map(({ name }) => name)).toEqual(kept);
});

it('changes that were planned are forgotten after a month, and those that were not are kept', async () => {
  await db.query(`DELETE FROM control.outbox`);
  await db.query(
    `INSERT INTO control.outbox (topic, key, created_at, done_at)
     VALUES ('row.changed', 'old', now() - interval '40 days', now() - interval '31 days'),
            ('row.changed', 'planned lately', now() - interval '40 days', now() - interval '29 days'),
            ('row.changed', 'never planned', now() - interval '400 days', NULL)`,
  );
  const forget = new Forget(db, new IdempotencyKeys(db));
  expect([await forget.run('forget-planned-changes'), await forget.run('forget-planned-changes')]).toEqual([
    1, 0,
  ]);
  await expect(db.query(`SELECT key FROM control.outbox ORDER BY id`)).resolves.toEqual([
    { key: 'planned lately' },
    { key: 'never planned' },
  ]);
});

it('computations and what they changed are forgotten after half a year, unless a request still waits to be told', async () => {
  await db.query(
    `INSERT INTO control.recompute_log (target_id, entry_id, stage_id, generation, outcome, at, settled_at)
     SELECT n, gen_random_uuid(), gen_random_uuid(), 1, 'applied', now() - interval '200 days',
            CASE n WHEN 1 THEN now() - interval '181 days' WHEN 2 THEN now() - interval '179 days' END
       FROM generate_series(1, 3) n`,
  );
  await db.query(
    `INSERT INTO control.result_changes (stage_id, entry_id, at)
     SELECT gen_random_uuid(), gen_random_uuid(), now() - d * interval '1 day' FROM unnest(ARRAY[181, 179]) d`,
  );
  const forget = new Forget(db, new IdempotencyKeys(db));
  expect([await forget.run('forget-old-computations'), await forget.run('forget-old-computations')]).toEqual([
    2, 0,
  ]);
  await expect(
    db.query(`SELECT target_id::int AS id FROM control.recompute_log ORDER BY 1`),
  ).resolves.toEqual([{ id: 2 }, { id: 3 }]);
});
