import { randomUUID } from 'node:crypto';
import { cloneDatabase, FailingDatabase, seedClub, type SeededClub, type TestDatabase } from '@trm/testing';
import { SqlEntryWriter } from './sql-entry-writer.js';

let server: TestDatabase;
let db: FailingDatabase;
let club: SeededClub;
let writer: SqlEntryWriter;

const state = async () =>
  JSON.stringify(
    await server.query(
      `SELECT (SELECT json_agg(e ORDER BY id) FROM entries e), (SELECT json_agg(c ORDER BY id) FROM entry_crew c),
              (SELECT json_agg(d ORDER BY id) FROM entry_devices d), (SELECT json_agg(k ORDER BY id) FROM entry_checks k),
              (SELECT json_agg(h ORDER BY id) FROM entry_status_changes h)`,
    ),
  );

beforeAll(async () => {
  server = await cloneDatabase();
  db = new FailingDatabase(server.url);
  club = await seedClub(server, { discipline: 'rally', vehicleKind: 'moto' });
  writer = new SqlEntryWriter(db, club.director.userId);
});

afterAll(async () => {
  await db.onApplicationShutdown();
  await server.drop();
});

it('writes an entry with crew, tracker and check, or nothing of it, and who did it', async () => {
  const entryId = randomUUID();
  const [device] = await server.query<{ id: string }>('SELECT id FROM devices WHERE imei = $1', [
    club.imeis[0],
  ]);
  const validFrom = new Date('2027-06-01T08:00:00Z');
  const create = () =>
    writer.create({
      entryId,
      eventId: club.event.eventId,
      classId: club.event.classId,
      vehicleId: club.vehicleId,
      name: 'Written in SQL',
      crew: [{ personId: club.people[0]!.userId, role: 'rider' }],
      devices: [{ deviceId: device!.id, wornBy: null, validFrom }],
    });
  expect(await db.breakAtEachStatement(create, state)).toBe(4);

  const withdraw = () =>
    writer.change({
      entryId,
      fields: { status: 'withdrawn', statusReason: 'broken' },
      checks: [
        { checkId: null, item: 'briefing', state: 'waived', waivedReason: 'knows it', checkedAt: validFrom },
      ],
    });
  expect(await db.breakAtEachStatement(withdraw, state)).toBe(3);

  const log = await server.query(
    `SELECT author_id, to_status, reason FROM entry_status_changes WHERE entry_id = $1 ORDER BY at`,
    [entryId],
  );
  const author_id = club.director.userId;
  expect(log).toEqual([
    { author_id, to_status: 'registered', reason: null },
    { author_id, to_status: 'withdrawn', reason: 'broken' },
  ]);
  const [check] = await server.query(
    `SELECT state, waived_reason, checked_by FROM entry_checks WHERE entry_id = $1 AND item = 'briefing'`,
    [entryId],
  );
  expect(check).toEqual({ state: 'waived', waived_reason: 'knows it', checked_by: author_id });
});
