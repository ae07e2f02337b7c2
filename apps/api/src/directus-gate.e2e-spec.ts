import {
  cloneDatabase,
  freePort,
  seedClass,
  seedDevice,
  seedEvent,
  seedMember,
  seedMoto,
  seedStage,
  startDirectus,
  type SeededEvent,
  type SeededMoto,
  type SeededUser,
  type TestDatabase,
  type TestProcess,
} from '@trm/testing';
import { startApi, type TestApi } from '../../../test/start-api.js';

/**
 * What people see in Directus when a rule speaks against what they save:
 *   1. an entry that is not complete, over REST and GraphQL
 *   2. a crew or a tracker that is swapped on a confirmed entry, in one save and row by row
 *   3. who may move what
 *   4. events, classes and what stays
 *   5. rows of the catalogue, by somebody who directs elsewhere
 */

let db: TestDatabase;
let directus: TestProcess;
let api: TestApi;
let event: SeededEvent;
let motoClassId: string;
let director: SeededUser;
let marshal: SeededUser;
/** Directs another club and is a viewer here. */
let guest: SeededUser;
let numbers = 100;

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
  readonly data?: Record<string, unknown>;
}

async function ask(method: string, path: string, who: SeededUser | string, body?: object): Promise<Answer> {
  const response = await fetch(`${directus.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${typeof who === 'string' ? who : who.token}`,
      'content-type': 'application/json',
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const { errors, data } = (text === '' ? {} : JSON.parse(text)) as {
    errors?: { message: string; extensions: { code: string } }[];
    data?: Record<string, unknown>;
  };
  const [error] = errors ?? [];
  return {
    status: response.status,
    ...(error && { code: error.extensions.code, message: error.message }),
    ...(data && { data }),
  };
}

const admin = () => process.env['DIRECTUS_ADMIN_TOKEN'] ?? '';
const patch = (path: string, who: SeededUser | string, body: object) =>
  ask('PATCH', `/items/${path}`, who, body);
const post = (path: string, who: SeededUser | string, body: object) =>
  ask('POST', `/items/${path}`, who, body);
const statusOf = async (entryId: string) =>
  (await db.query<{ status: string }>('SELECT status FROM entries WHERE id = $1', [entryId]))[0]?.status;

async function newMoto(status: 'registered' | 'confirmed' = 'registered'): Promise<SeededMoto> {
  numbers += 1;
  const moto = await seedMoto(db, { ...event, classId: motoClassId, raceNumber: numbers });
  if (status === 'confirmed')
    await db.query(`UPDATE entries SET status = 'confirmed' WHERE id = $1`, [moto.entryId]);
  return moto;
}

beforeAll(async () => {
  db = await cloneDatabase();
  const apiPort = await freePort();
  directus = await startDirectus(db.url, `http://127.0.0.1:${apiPort}`);
  api = await startApi(db.url, directus.url, apiPort);
  event = await seedEvent(db, { entries: 0 });
  const { organizationId, eventId } = event;
  motoClassId = await seedClass(db, {
    eventId,
    code: 'M-9',
    crew_rules: null,
    crew_rules_reason: null,
    vehicle_kind: 'moto',
    number_from: 100,
    number_to: 199,
  });
  director = await seedMember(db, { organizationId, role: 'race-director' });
  marshal = await seedMember(db, { organizationId, role: 'marshal' });
  const elsewhere = await seedEvent(db, { entries: 0 });
  guest = await seedMember(db, { organizationId: elsewhere.organizationId, role: 'race-director' });
  await db.query(
    `INSERT INTO organization_users (organization_id, user_id, role) VALUES ($1, $2, 'viewer')`,
    [organizationId, guest.userId],
  );
});

afterAll(async () => {
  await api?.close();
  await directus?.stop();
  await db?.drop();
});

describe('1. An entry that is not complete', () => {
  it('is not confirmed, and the answer lists what is missing', async () => {
    const { entryId, crewId } = await newMoto();
    await db.query('DELETE FROM entry_crew WHERE id = $1', [crewId]);
    await db.query(`UPDATE entry_checks SET state = 'failed' WHERE entry_id = $1 AND item = 'insurance'`, [
      entryId,
    ]);
    const answer = await patch(`entries/${entryId}`, director, { status: 'confirmed' });
    expect(answer).toEqual({
      status: 422,
      code: 'DOCUMENT_FAILED',
      message: expect.stringMatching(
        /^Not saved\. Entry #\d+: .*insurance.* Class M-9 needs exactly 1 rider or pilot, and the crew has 0/i,
      ),
    });
    expect(await statusOf(entryId)).toBe('registered');
  });

  it('is refused over GraphQL in the same words', async () => {
    const { entryId } = await newMoto();
    const mutation = (data: string) =>
      ask('POST', '/graphql', director, {
        query: `mutation { update_entries_item(id: "${entryId}", data: ${data}) { status } }`,
      });
    const { code, message } = await mutation('{ race_number: 5 }');
    expect(code).toBe('RACE_NUMBER_OUT_OF_RANGE');
    expect(message).toMatch(/Class M-9 has the race numbers 100 to 199, so #5 is outside/);
    expect((await mutation('{ status: "confirmed" }')).data).toEqual({
      update_entries_item: { status: 'confirmed' },
    });
  });

  it('is confirmed in the same save that completes it', async () => {
    const { entryId, crewId, riderId } = await newMoto();
    await db.query('DELETE FROM entry_crew WHERE id = $1', [crewId]);
    const answer = await patch(`entries/${entryId}`, director, {
      status: 'confirmed',
      crew: { create: [{ user_id: riderId, role: 'rider' }], update: [], delete: [] },
    });
    expect([answer.message, answer.status]).toEqual([undefined, 200]);
  });

  it('is not even registered when it is impossible', async () => {
    numbers += 1;
    const { userId } = await seedMember(db, { organizationId: event.organizationId, role: 'participant' });
    const entry = (role: string) => ({
      event_id: event.eventId,
      class_id: motoClassId,
      name: 'Crew',
      race_number: numbers,
      crew: [{ user_id: userId, role }],
    });
    expect(await post('entries', director, entry('hiker'))).toMatchObject({
      status: 422,
      code: 'CREW_ROLE_FORBIDDEN',
    });
    const { status, message } = await post('entries', director, entry('rider'));
    expect([message, status]).toEqual([undefined, 200]);
  });

  it('has a check waived only with a reason', async () => {
    const { entryId } = await newMoto();
    const [check] = await db.query<{ id: string }>(
      `SELECT id FROM entry_checks WHERE entry_id = $1 AND item = 'medical'`,
      [entryId],
    );
    const waive = (fields: object) =>
      patch(`entry_checks/${check!.id}`, director, { state: 'waived', ...fields });
    expect(await waive({})).toMatchObject({ status: 422, code: 'WAIVER_WITHOUT_REASON' });
    expect((await waive({ waived_reason: 'doctor of the event' })).status).toBe(200);
    expect((await waive({})).status).toBe(200);
  });
});

describe('2. A confirmed entry', () => {
  it('swaps its rider in one save, and is refused the second one', async () => {
    const { entryId, crewId } = await newMoto('confirmed');
    const { userId } = await seedMember(db, { organizationId: event.organizationId, role: 'participant' });
    const crew = (changes: object) =>
      patch(`entries/${entryId}`, director, { crew: { create: [], update: [], delete: [], ...changes } });
    const swap = await crew({ update: [{ id: crewId, user_id: userId }] });
    expect([swap.message, swap.status]).toEqual([undefined, 200]);
    expect(await crew({ create: [{ user_id: director.userId, role: 'rider' }] })).toMatchObject({
      status: 422,
      code: 'CREW_TOO_MANY',
    });
  });

  it('swaps its tracker in one save', async () => {
    const { entryId, deviceId } = await newMoto('confirmed');
    const other = await seedDevice(db, event.organizationId);
    const [binding] = await db.query<{ id: string }>('SELECT id FROM entry_devices WHERE entry_id = $1', [
      entryId,
    ]);
    const now = new Date().toISOString();
    const { status, message } = await patch(`entries/${entryId}`, director, {
      devices: {
        create: [{ device_id: other, valid_from: now }],
        update: [{ id: binding!.id, valid_to: now }],
        delete: [],
      },
    });
    expect([message, status]).toEqual([undefined, 200]);
    expect(
      await db.query('SELECT device_id FROM entry_devices WHERE entry_id = $1 AND valid_to IS NULL', [
        entryId,
      ]),
    ).toEqual([{ device_id: other }]);
    expect(deviceId).not.toBe(other);
  });

  it('does not lose its rider or its tracker row by row', async () => {
    const { entryId, crewId } = await newMoto('confirmed');
    expect(await ask('DELETE', `/items/entry_crew/${crewId}`, admin())).toMatchObject({
      status: 422,
      code: 'CREW_TOO_FEW',
    });
    const [binding] = await db.query<{ id: string }>('SELECT id FROM entry_devices WHERE entry_id = $1', [
      entryId,
    ]);
    expect(
      await patch(`entry_devices/${binding!.id}`, director, { valid_to: new Date().toISOString() }),
    ).toMatchObject({ status: 422, code: 'DEVICES_TOO_FEW' });
  });

  it.each<[string, (other: SeededEvent) => Promise<[string, object]>]>([
    [
      'PERSON_NOT_MEMBER',
      async ({ organizationId }) => {
        const { userId } = await seedMember(db, { organizationId, role: 'participant' });
        return ['entry_crew', { user_id: userId, role: 'rider' }];
      },
    ],
    [
      'TRACKER_OF_OTHER_ORGANISATION',
      async ({ organizationId }) => ['entry_devices', { device_id: await seedDevice(db, organizationId) }],
    ],
    ['TRACKER_IN_USE', async () => ['entry_devices', { device_id: (await newMoto()).deviceId }]],
    ['CREW_ROLE_FORBIDDEN', async () => ['entry_crew', { user_id: director.userId, role: 'runner' }]],
  ])('does not take what is not its: %s', async (code, what) => {
    const { entryId } = await newMoto();
    const [collection, row] = await what(await seedEvent(db, { entries: 0 }));
    const answer = await post(collection, admin(), { entry_id: entryId, valid_from: undefined, ...row });
    expect(answer).toMatchObject({ status: 422, code });
    expect(answer.message).not.toMatch(/club-/);
  });
});

describe('3. The status', () => {
  it('is moved by whom the machine names', async () => {
    const { entryId, riderId } = await newMoto();
    expect(await patch(`entries/${entryId}`, marshal, { status: 'confirmed' })).toMatchObject({
      status: 403,
      code: 'ROLE_MISSING',
      message: expect.stringMatching(/A marshal can't set an entry from registered to confirmed/),
    });
    expect(await patch(`entries/${entryId}`, guest, { status: 'confirmed' })).toMatchObject({
      status: 403,
      code: 'ROLE_MISSING',
    });
    const [rider] = await db.query<{ token: string }>('SELECT token FROM directus_users WHERE id = $1', [
      riderId,
    ]);
    expect(await patch(`entries/${entryId}`, rider!.token, { status: 'confirmed' })).toMatchObject({
      status: 403,
    });
    expect(await patch(`entries/${entryId}`, director, { status: 'finished' })).toMatchObject({
      status: 422,
      code: 'STATUS_MOVE',
    });
  });

  it('needs a reason of the form that the move asks', async () => {
    const { entryId } = await newMoto('confirmed');
    const withdraw = (fields: object) =>
      patch(`entries/${entryId}`, director, { status: 'withdrawn', ...fields });
    expect(await withdraw({})).toMatchObject({ status: 422, code: 'REASON_MISSING' });
    expect((await withdraw({ status_reason: 'engine' })).status).toBe(200);
  });
});

describe('4. Events, classes and what stays', () => {
  it('keep what their entries were confirmed under', async () => {
    await newMoto('confirmed');
    expect(await patch(`events/${event.eventId}`, director, { discipline: 'hike' })).toMatchObject({
      status: 422,
      code: 'DISCIPLINE_CONTRADICTS_ENTRIES',
      message: expect.stringMatching(/can't become a hike: that contradicts its entries\. Entry #\d+: /),
    });
    expect(await patch(`classes/${motoClassId}`, director, { vehicle_kind: 'car' })).toMatchObject({
      status: 422,
      code: 'CLASS_CONTRADICTS_ENTRIES',
    });
    expect(await patch(`classes/${motoClassId}`, director, { crew_rules: { crews: 1 } })).toMatchObject({
      status: 422,
      code: 'CREW_RULES_INVALID',
    });
    expect((await patch(`classes/${motoClassId}`, director, { name: 'Motos' })).status).toBe(200);
  });

  it('are not deleted while something stands on them', async () => {
    await newMoto();
    expect(await ask('DELETE', `/items/classes/${motoClassId}`, admin())).toMatchObject({
      status: 422,
      code: 'CLASS_HAS_ENTRIES',
    });
    expect(await ask('DELETE', `/items/events/${event.eventId}`, admin())).toMatchObject({
      status: 422,
      code: 'EVENT_HAS_ENTRIES',
    });
  });
});

describe('5. The catalogue', () => {
  it('is added to by those who direct here, not by those who direct elsewhere', async () => {
    const { stageId } = await seedStage(db, { eventId: event.eventId, segments: 1 });
    const segment = { stage_id: stageId, name: 'Loop', sort_order: 9, type: 'loop' };
    expect(await post('segments', guest, segment)).toEqual({
      status: 403,
      code: 'ROLE_MISSING',
      message:
        'To add a segment you must be organisation administrator or race director of the organisation; you are viewer.',
    });
    expect((await post('segments', director, segment)).status).toBe(200);
    expect(await post('classes', guest, { event_id: event.eventId, code: 'X', name: 'X' })).toMatchObject({
      status: 403,
      code: 'ROLE_MISSING',
    });
  });
});
