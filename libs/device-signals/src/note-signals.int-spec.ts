import { Database } from '@trm/platform';
import { cloneDatabase, seedEvent, type SeededEvent, type TestDatabase } from '@trm/testing';
import { NoteSignals } from './note-signals.js';

let server: TestDatabase;
let db: Database;
let signals: NoteSignals;
let event: SeededEvent;

beforeAll(async () => {
  server = await cloneDatabase();
  db = new Database({ url: server.url, poolSize: 4, applicationName: 'trm-worker' });
  signals = new NoteSignals(db);
  event = await seedEvent(server, { entries: 3 });
});
afterAll(async () => {
  await db.onApplicationShutdown();
  await server.drop();
});
beforeEach(() =>
  server.query(
    'TRUNCATE positions; DELETE FROM entry_devices; DELETE FROM organization_devices; DELETE FROM devices',
  ),
);

/** A tracker on the first entry from an hour ago, until `validTo` (null: for good); with no `validTo` on the shelf. */
async function tracker(imei: string, validTo?: string | null): Promise<void> {
  await server.query(
    `WITH d AS (INSERT INTO devices (imei, kind) VALUES ($1, 'chassis') RETURNING id)
     INSERT INTO organization_devices (organization_id, device_id) SELECT $2, id FROM d`,
    [imei, event.organizationId],
  );
  if (validTo === undefined) return;
  await server.query(
    `INSERT INTO entry_devices (entry_id, device_id, valid_from, valid_to)
     SELECT $2, id, now() - interval '1 hour', $3::timestamptz FROM devices WHERE imei = $1`,
    [imei, event.entryIds[0], validTo],
  );
}

/** A fix that the processor has written, so many seconds before this file ran. */
const RAN_AT = Date.now();
const fix = (imei: string, secondsAgo: number, faulty = false) =>
  server.query(`INSERT INTO positions (device_id, ts, lat, lon, faulty) VALUES ($1, $2, 41, 20, $3)`, [
    imei,
    new Date(RAN_AT - secondsAgo * 1_000),
    faulty,
  ]);

/** How many seconds before its newest fix a tracker was last heard; null for never. */
async function behind(imei: string): Promise<number | null> {
  const [row] = await server.query<{ behind: number | null }>(
    `SELECT extract(epoch FROM (SELECT max(ts) FROM positions WHERE device_id = imei) - last_position_at)::int AS behind
       FROM devices WHERE imei = $1`,
    [imei],
  );
  return row!.behind;
}

describe('the last signal of a tracker', () => {
  it('is its newest fix, and moves on with the next one', async () => {
    await tracker('one', null);
    await fix('one', 300);
    await fix('one', 200);
    expect([await signals.note(), await behind('one')]).toEqual([1, 0]);
    expect(await signals.note()).toBe(0);
    await fix('one', 100);
    expect([await signals.note(), await behind('one')]).toEqual([1, 0]);
  });

  it('does not go back when older fixes arrive late, or the newest is marked faulty', async () => {
    await tracker('one', null);
    await fix('one', 100);
    await signals.note();
    await fix('one', 900);
    await server.query(`UPDATE positions SET faulty = true WHERE device_id = 'one'`);
    expect([await signals.note(), await behind('one')]).toEqual([0, 0]);
  });

  it('is no fix that is faulty, nor one of a clock that is ahead', async () => {
    await tracker('one', null);
    await fix('one', 60);
    await fix('one', 50, true);
    await fix('one', -3_600);
    expect([await signals.note(), await behind('one')]).toEqual([1, 3_660]);
  });

  it('is noted for trackers that an entry carries or will carry, and for no other', async () => {
    await tracker('for good', null);
    await tracker('until then', '2100-01-01T00:00Z');
    await tracker('handed back', new Date().toISOString());
    await tracker('on the shelf');
    for (const imei of ['for good', 'until then', 'handed back', 'on the shelf', 'of a stranger']) {
      await fix(imei, 10);
    }
    expect(await signals.note()).toBe(2);
    expect(await behind('for good')).toBe(0);
    expect(await behind('until then')).toBe(0);
    expect(await behind('handed back')).toBeNull();
    expect(await behind('on the shelf')).toBeNull();
  });

  it('is written once when several workers look at once, and leaves alone what somebody is writing', async () => {
    await tracker('one', null);
    await tracker('two', null);
    await fix('one', 10);
    await fix('two', 10);
    const heard = await Promise.all(Array.from({ length: 8 }, () => signals.note()));
    expect(heard.reduce((sum, count) => sum + count, 0)).toBe(2);

    await fix('one', 5);
    await fix('two', 5);
    await db.transaction(async (tx) => {
      await tx.query(`UPDATE devices SET model = 'FMC130' WHERE imei = 'one'`);
      expect(await signals.note()).toBe(1);
    });
    expect([await behind('one'), await behind('two')]).toEqual([5, 0]);
    await signals.note();
    expect(await behind('one')).toBe(0);
  });
});
