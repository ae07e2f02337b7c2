import { createHmac, randomUUID } from 'node:crypto';
import {
  cloneDatabase,
  freePort,
  seedEntries,
  seedEvent,
  seedMember,
  seedStage,
  startDirectus,
  type SeededEvent,
  type SeededUser,
  type TestDatabase,
  type TestProcess,
} from '@trm/testing';
import { startApi, type TestApi } from '../../../test/start-api.js';

let db: TestDatabase;
let directus: TestProcess;
let api: TestApi;
let event: SeededEvent;
let director: SeededUser;
let marshal: SeededUser;
let stranger: SeededUser;

const post = (stageId: string, token: string, body: string | object = {}) =>
  api.request.post(`/v1/stages/${stageId}/openings`).set('Authorization', `Bearer ${token}`).send(body);
const get = (path: string, token: string) => api.request.get(path).set('Authorization', `Bearer ${token}`);
const directusGet = async (path: string, token: string) => {
  const response = await fetch(`${directus.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as { data: Record<string, unknown>[] } };
};
const directusPatch = async (path: string, token: string, body: object) => {
  const response = await fetch(`${directus.url}${path}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    body: (await response.json()) as { errors?: { message: string; extensions: { code: string } }[] },
  };
};
/** Everything an opening or a refusal could have written. */
const written = async () =>
  (
    await db.query<{ all: string }>(
      `SELECT concat((SELECT count(*) FROM entry_segment_starts), '/', (SELECT count(*) FROM start_lists), '/',
                     (SELECT count(*) FROM stage_changes), '/', (SELECT count(*) FROM control.outbox), '/',
                     (SELECT string_agg(state, ',' ORDER BY id) FROM stages)) AS all`,
    )
  )[0]?.all;

beforeAll(async () => {
  db = await cloneDatabase();
  const apiPort = await freePort();
  directus = await startDirectus(db.url, `http://127.0.0.1:${apiPort}`);
  api = await startApi(db.url, directus.url, apiPort);
  event = await seedEvent(db, { entries: 5 });
  director = await seedMember(db, { organizationId: event.organizationId, role: 'race-director' });
  marshal = await seedMember(db, { organizationId: event.organizationId, role: 'marshal' });
  const other = await seedEvent(db, { entries: 1 });
  stranger = await seedMember(db, { organizationId: other.organizationId, role: 'race-director' });
});

afterAll(async () => {
  await api?.close();
  await directus?.stop();
  await db?.drop();
});

describe('a race director opens a stage', () => {
  it('sees the same start list in the preview, in the answer of the API and in Directus', async () => {
    const { stageId } = await seedStage(db, { eventId: event.eventId, segments: 2 });

    const preview = await get(`/v1/stages/${stageId}/start-list-preview`, director.token).expect(200);
    const opening = await post(stageId, director.token, { reason: 'opened on time' }).expect(200);
    const list = await get(`/v1/stages/${stageId}/start-list`, director.token).expect(200);

    expect(opening.body).toMatchObject({
      stageId,
      version: 1,
      entries: 5,
      segments: 2,
      checksum: preview.body.checksum,
    });
    expect(list.body).toMatchObject({
      stageState: 'open',
      timezone: 'Europe/Tirane',
      publishedBy: 'Member race-director',
      reason: 'opened on time',
      stale: false,
      lines: preview.body.lines,
    });
    expect(list.body.lines[0]).toEqual({
      position: 1,
      group: 1,
      entryId: event.entryIds[0],
      raceNumber: 1,
      name: 'Crew 1',
      classCode: 'M-1',
      startAt: '2026-06-06T06:00:00.000Z',
      startLocal: '08:00',
      pool: null,
      because: 'race number order: #1 is 1st of 5',
    });

    const inDirectus = await directusGet(
      `/items/entry_segment_starts?filter[start_list_id]=${opening.body.startListId}&sort=start_position,target_at&fields=entry_id,start_position,target_at`,
      director.token,
    );
    expect(inDirectus.body.data).toHaveLength(10);
    expect(inDirectus.body.data[0]).toMatchObject({ entry_id: event.entryIds[0], start_position: 1 });
    const stage = await directusGet(
      `/items/stages?filter[id]=${stageId}&fields=state,current_start_list_id.version`,
      director.token,
    );
    expect(stage.body.data).toEqual([{ state: 'open', current_start_list_id: { version: 1 } }]);
    await db.query(`UPDATE stages SET state = 'closed' WHERE id = $1`, [stageId]);
  });

  it('gets the unchanged list as 304', async () => {
    const { stageId } = await seedStage(db, {
      eventId: event.eventId,
      segments: 1,
      stage: { name: 'Shakedown', sort_order: 7 },
    });
    await post(stageId, director.token).expect(200);
    const first = await get(`/v1/stages/${stageId}/start-list`, marshal.token).expect(200);
    await get(`/v1/stages/${stageId}/start-list`, marshal.token)
      .set('If-None-Match', first.headers['etag'] as string)
      .expect(304);
    await db.query(`UPDATE stages SET state = 'closed' WHERE id = $1`, [stageId]);
  });

  it('gets sixteen equal answers to sixteen presses of the button', async () => {
    const { stageId } = await seedStage(db, {
      eventId: event.eventId,
      segments: 3,
      stage: { name: 'Leg 9', sort_order: 9 },
    });
    const answers = await Promise.all(Array.from({ length: 16 }, () => post(stageId, director.token)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 200));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    await db.query(`UPDATE stages SET state = 'closed' WHERE id = $1`, [stageId]);
  });
});

describe('a request that cannot be served', () => {
  let stageId: string;
  let before: string | undefined;

  beforeAll(async () => {
    ({ stageId } = await seedStage(db, {
      eventId: event.eventId,
      segments: 1,
      stage: { name: 'Leg 2', sort_order: 2 },
    }));
    before = await written();
  });

  afterEach(async () => {
    expect(await written()).toBe(before);
  });

  const expiredToken = () => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ id: director.userId, role: null, app_access: true, admin_access: false, iss: 'directus', iat: now - 1000, exp: now - 100 })}`;
    return `${head}.${createHmac('sha256', process.env['DIRECTUS_SECRET'] ?? '')
      .update(head)
      .digest('base64url')}`;
  };

  it.each<[string, () => ReturnType<typeof post>, number, string, RegExp]>([
    [
      'nobody is signed in',
      () => api.request.post(`/v1/stages/${stageId}/openings`).send({}),
      401,
      'SIGN_IN_REQUIRED',
      /Sign in first/,
    ],
    ['the token is unknown', () => post(stageId, 'no-such-token'), 401, 'SIGN_IN_EXPIRED', /Sign in again/],
    ['the token has expired', () => post(stageId, expiredToken()), 401, 'SIGN_IN_EXPIRED', /Sign in again/],
    [
      'the role may not',
      () => post(stageId, marshal.token),
      403,
      'ROLE_MISSING',
      /To open a stage you must be organisation administrator or race director of the organisation; you are marshal\./,
    ],
    [
      'the stage is of another organisation',
      () => post(stageId, stranger.token),
      404,
      'STAGE_NOT_FOUND',
      /no such stage in your organisations/,
    ],
    [
      'the stage does not exist',
      () => post(randomUUID(), director.token),
      404,
      'STAGE_NOT_FOUND',
      /no such stage in your organisations/,
    ],
    ['the id is not an id', () => post('ss1', director.token), 400, 'ID_MALFORMED', /not a valid id/],
    [
      'the body is not JSON',
      () => post(stageId, director.token, '{"reason":').set('Content-Type', 'application/json'),
      400,
      'MALFORMED_REQUEST',
      /cannot be read/,
    ],
    [
      'the body is not an object of ours',
      () => post(stageId, director.token, { reason: 7, force: true }),
      400,
      'REQUEST_INVALID',
      /reason must be a string/,
    ],
    [
      'the body is of another type',
      () => post(stageId, director.token, 'go').set('Content-Type', 'text/csv'),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      /application\/json/,
    ],
    [
      'the body is too large',
      () => post(stageId, director.token, { reason: 'x'.repeat(2_000_000) }),
      413,
      'BODY_TOO_LARGE',
      /too large/,
    ],
    [
      'the idempotency key is no key',
      () => post(stageId, director.token).set('Idempotency-Key', 'x'),
      400,
      'IDEMPOTENCY_KEY_MALFORMED',
      /8 to 200/,
    ],
    [
      'there is nothing at the address',
      () => post(`${stageId}/x`, director.token),
      404,
      'ROUTE_NOT_FOUND',
      /nothing at this address/,
    ],
    [
      'there is no start list yet',
      () => get(`/v1/stages/${stageId}/start-list`, director.token),
      409,
      'STAGE_NOT_OPEN_YET',
      /no published start list yet/,
    ],
  ])('is refused when %s', async (_case, send, status, code, sentence) => {
    const response = await send();
    expect(response.status).toBe(status);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.body).toMatchObject({
      status,
      code,
      detail: expect.stringMatching(sentence),
      requestId: expect.any(String),
    });
    expect(response.headers['x-request-id']).toBe(response.body.requestId);
  });

  it('is refused when the account is suspended', async () => {
    const suspended = await seedMember(db, {
      organizationId: event.organizationId,
      role: 'race-director',
      status: 'suspended',
    });
    const response = await post(stageId, suspended.token);
    expect([response.status, response.body.code]).toEqual([
      401,
      expect.stringMatching(/SIGN_IN_EXPIRED|ACCOUNT_NOT_ACTIVE/),
    ]);
  });

  it('is refused when Directus does not answer', async () => {
    const alone = await startApi(db.url, 'http://127.0.0.1:9');
    const response = await alone.request
      .post(`/v1/stages/${stageId}/openings`)
      .set('Authorization', `Bearer ${director.token}`);
    expect([response.status, response.body.code]).toEqual([503, 'DIRECTUS_UNAVAILABLE']);
    expect(response.headers['retry-after']).toBe('5');
    expect((await alone.request.get('/health/ready')).body.status).toBe('degraded');
    await alone.close();
  });

  it('is refused when the database does not answer', async () => {
    const alone = await startApi('postgresql://trm@localhost/trm?host=/nowhere', directus.url);
    const response = await alone.request
      .post(`/v1/stages/${stageId}/openings`)
      .set('Authorization', `Bearer ${director.token}`);
    expect([response.status, response.body.code]).toEqual([503, 'DATABASE_UNAVAILABLE']);
    expect((await alone.request.get('/health/ready')).status).toBe(503);
    await alone.close();
  });
});

describe('an entry confirmed in Directus after a stage has opened', () => {
  let lateId: string;
  let openStageId: string;

  beforeAll(async () => {
    [lateId = ''] = await seedEntries(db, {
      eventId: event.eventId,
      classId: event.classId,
      from: 77,
      count: 1,
      status: 'registered',
    });
    ({ stageId: openStageId } = await seedStage(db, {
      eventId: event.eventId,
      segments: 1,
      stage: { name: 'Leg 3', sort_order: 3 },
    }));
    await post(openStageId, director.token).expect(200);
  });

  it('is refused with a sentence that names the stage', async () => {
    const answer = await directusPatch(`/items/entries/${lateId}`, director.token, { status: 'confirmed' });
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.[0]).toMatchObject({
      message: expect.stringMatching(/^Leg 3 is open and its start list is published/),
      extensions: { code: 'STAGE_ALREADY_OPEN' },
    });
  });

  it('is accepted once the stage is closed', async () => {
    await db.query(`UPDATE stages SET state = 'closed' WHERE id = $1`, [openStageId]);
    expect(
      (await directusPatch(`/items/entries/${lateId}`, director.token, { status: 'confirmed' })).status,
    ).toBe(200);
  });

  it('is refused with a clear text when the control plane does not answer', async () => {
    const alone = await startDirectus(db.url);
    const response = await fetch(`${alone.url}/items/entries/${event.entryIds[0]}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${director.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Renamed' }),
    });
    expect(response.status).toBe(503);
    expect(JSON.stringify(await response.json())).toMatch(/race control service did not answer/);
    await alone.stop();
  });
});

describe('a stage that somebody sets to open in Directus', () => {
  it('is refused with a sentence that says what to do', async () => {
    const { stageId } = await seedStage(db, {
      eventId: event.eventId,
      segments: 1,
      stage: { name: 'Leg 4', sort_order: 4 },
    });
    const answer = await directusPatch(`/items/stages/${stageId}`, director.token, { state: 'open' });
    expect([answer.status, answer.body.errors?.[0]]).toEqual([
      422,
      {
        message:
          'A stage without a start list is a draft or planned. Open it; that publishes its start list.',
        extensions: { code: 'STAGE_WITHOUT_START_LIST' },
      },
    ]);
    const lock = db.query(`UPDATE stages SET state = 'open' WHERE id = $1`, [stageId]);
    await expect(lock).rejects.toThrow(/^\[STAGE_WITHOUT_START_LIST\] Stage "Leg 4" can't be open/);
  });
});

describe('the API itself', () => {
  it('is alive, ready and describes itself', async () => {
    await api.request.get('/health/live').expect(200, { status: 'live' });
    const ready = await api.request.get('/health/ready').expect(200);
    expect(ready.body).toEqual({
      status: 'ready',
      checks: ['postgres', 'migrations', 'redis', 'directus'].map((name) =>
        expect.objectContaining({ name, ok: true }),
      ),
    });
    const openApi = await api.request.get('/docs-json').expect(200);
    expect(Object.keys(openApi.body.paths as object)).toContain('/v1/stages/{stageId}/openings');
    await api.request.get('/docs').expect(200);
  });

  it('does not answer a hook that Directus did not sign', async () => {
    const response = await api.request
      .post('/v1/hooks/directus/guard')
      .set('Content-Type', 'application/jwt')
      .send('a.b.c');
    expect([response.status, response.body.code]).toEqual([401, 'HOOK_NOT_SIGNED']);
  });
});
