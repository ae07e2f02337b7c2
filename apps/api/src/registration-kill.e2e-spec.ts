import { setTimeout as pause } from 'node:timers/promises';
import {
  cloneDatabase,
  freePort,
  seedClub,
  startApiProcess,
  startDirectus,
  type TestDatabase,
  type TestProcess,
} from '@trm/testing';

let db: TestDatabase;
let directus: TestProcess;
let apiPort: number;

beforeAll(async () => {
  db = await cloneDatabase();
  apiPort = await freePort();
  directus = await startDirectus(db.url, `http://127.0.0.1:${apiPort}`);
}, 90_000);

afterAll(async () => {
  await directus?.stop();
  await db?.drop();
});

/** Moments after a request was sent: before it arrives, while Directus writes, before the answer is stored. */
const MOMENTS_MS = [0, 5, 15, 30, 60, 120];

it('a registration that was cut off by a killed API is there once, and its repeat gets the answer', async () => {
  const club = await seedClub(db, { discipline: 'rally', vehicleKind: 'moto' });
  const register = (key: string): Promise<{ status: number; body: { entryId?: string } } | null> =>
    fetch(`http://127.0.0.1:${apiPort}/v1/events/${club.event.eventId}/entries`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${club.director.token}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify({ name: key, classId: club.event.classId, raceNumber: 'next' }),
    })
      .then(async (response) => ({
        status: response.status,
        body: (await response.json()) as { entryId?: string },
      }))
      // The connection broke: nobody knows what became of it.
      .catch(() => null);

  for (const moment of MOMENTS_MS) {
    const key = `killed after ${moment} ms`;
    const doomed = await startApiProcess(db.url, directus.url, { API_PORT: String(apiPort) });
    const cutOff = register(key);
    await pause(moment);
    await doomed.stop('SIGKILL');
    const first = await cutOff;

    // Its lease on the key has run out.
    await db.query(`UPDATE control.idempotency_keys SET leased_until = now() WHERE response IS NULL`);
    const api = await startApiProcess(db.url, directus.url, { API_PORT: String(apiPort) });
    const repeat = await register(key);
    await api.stop();
    expect(repeat).toMatchObject({ status: 201, body: { entryId: expect.any(String) } });
    expect([repeat?.body.entryId, undefined]).toContain(first?.body.entryId ?? undefined);
  }
  const entries = await db.query<{ name: string; race_number: number }>(
    'SELECT name, race_number FROM entries WHERE event_id = $1 ORDER BY race_number',
    [club.event.eventId],
  );
  expect(entries.map(({ name }) => name).toSorted()).toEqual(
    MOMENTS_MS.map((moment) => `killed after ${moment} ms`).toSorted(),
  );
  expect(entries.map(({ race_number }) => race_number)).toEqual(MOMENTS_MS.map((_, n) => n + 1));
}, 240_000);
