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
