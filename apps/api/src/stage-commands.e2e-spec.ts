import { randomUUID } from 'node:crypto';
import {
  cloneDatabase,
  eventually,
  freePort,
  seedEntries,
  seedEvent,
  seedMember,
  seedStage,
  startDirectus,
  startWorkerProcess,
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
let timekeeper: SeededUser;
let marshal: SeededUser;
let stranger: SeededUser;

const tomorrow = (minute: number) => {
  const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  return new Date(Date.parse(`${day}T06:00:00Z`) + minute * 60_000).toISOString();
};
const post = (stageId: string, route: string, { token }: SeededUser, body: object = {}) =>
  api.request
    .post(`/v1/stages/${stageId}/${route}`)
    .set('Authorization', `Bearer ${token}`)
    .set('Idempotency-Key', randomUUID())
    .send(body);
const list = async (stageId: string) =>
  (
    await api.request
      .get(`/v1/stages/${stageId}/start-list`)
      .set('Authorization', `Bearer ${director.token}`)
      .expect(200)
  ).body as {
    version: number;
    stageState: string;
    lines: { raceNumber: number; startAt: string; status?: string }[];
  };

beforeAll(async () => {
  db = await cloneDatabase();
  const apiPort = await freePort();
  directus = await startDirectus(db.url, `http://127.0.0.1:${apiPort}`);
  api = await startApi(db.url, directus.url, apiPort);
  event = await seedEvent(db, { entries: 5 });
  const { organizationId } = event;
  director = await seedMember(db, { organizationId, role: 'race-director' });
  timekeeper = await seedMember(db, { organizationId, role: 'timekeeper' });
  marshal = await seedMember(db, { organizationId, role: 'marshal' });
  const other = await seedEvent(db, { entries: 1 });
  stranger = await seedMember(db, { organizationId: other.organizationId, role: 'race-director' });
});

afterAll(async () => {
  await api?.close();
  await directus?.stop();
  await db?.drop();
});

describe('a race day', () => {
  it('goes from the opening to official results, with everything that happens in between', async () => {
    const { stageId, segmentIds } = await seedStage(db, {
      eventId: event.eventId,
      segments: 2,
      stage: { starts_at: tomorrow(0) },
    });
    const [one, two, three, four] = event.entryIds as [string, string, string, string];
    await post(stageId, 'openings', director).expect(200);

    const [late = ''] = await seedEntries(db, { ...event, from: 50, count: 1, status: 'registered' });
    const added = await post(stageId, 'late-entries', director, {
      entryId: late,
      reason: 'papers arrived',
    }).expect(200);
    expect(added.body).toMatchObject({
      version: 2,
      changed: true,
      diff: [{ raceNumber: 50, change: 'added' }],
    });
    await post(stageId, 'withdrawals', timekeeper, { entryId: two, status: 'dns', reason: 'engine' }).expect(
      200,
    );
    await post(stageId, 'pins', director, { entryId: one, position: 4, reason: 'decision 3' }).expect(200);
    const delayed = await post(stageId, 'delays', director, { seconds: 1_200, reason: 'ambulance' }).expect(
      200,
    );
    expect(delayed.body.summary).toMatch(/^Version 5 of the start list of Prologue is published: /);
    const { lines } = await list(stageId);
    expect(lines.map(({ raceNumber, startAt, status }) => [raceNumber, startAt, status])).toEqual([
      [3, tomorrow(20), undefined],
      [2, tomorrow(21), 'dns'],
      [4, tomorrow(22), undefined],
      [1, tomorrow(23), undefined],
      [5, tomorrow(24), undefined],
      [50, tomorrow(25), undefined],
    ]);

    await post(stageId, 'actual-starts', timekeeper, { entryId: three, startedAt: tomorrow(23) }).expect(200);
    await post(stageId, 'delays', director, {
      seconds: 600,
      fromSegmentId: segmentIds[1],
      reason: 'fog',
    }).expect(200);
    const redraw = await post(stageId, 'redraws', director, { reason: 'once more' }).expect(409);
    expect(redraw.body.detail).toMatch(/^Prologue is running, so it can't be redrawn now/);

    const closed = await post(stageId, 'closings', director, { reason: 'weather' }).expect(200);
    expect(closed.body.summary).toBe('Prologue is closed. Did not start: #4, #1, #5, #50.');
    expect((await db.query('SELECT status FROM entries WHERE id = $1', [four]))[0]).toEqual({
      status: 'dns',
    });
    await post(stageId, 'reopenings', director, { reason: 'it clears up' }).expect(200);
    await post(stageId, 'closings', director, { reason: 'weather again' }).expect(200);
    await post(stageId, 'provisional-results', director).expect(200);
    const official = await post(stageId, 'official-results', director).expect(200);
    expect(official.body).toMatchObject({
      stageState: 'official',
      summary: 'The results of Prologue are official.',
    });
    const log = await db.query<{ action: string; author_id: string; reason: string | null }>(
      'SELECT action, author_id, reason FROM stage_changes WHERE stage_id = $1 ORDER BY at',
      [stageId],
    );
    expect(log.map(({ action }) => action)).toEqual([
      'opened',
      'late_entry_added',
      'entry_removed',
      'pinned',
      'delayed',
      'start_recorded',
      'delayed',
      'closed',
      'reopened',
      'closed',
      'made_provisional',
      'made_official',
    ]);
    expect(log[1]).toMatchObject({ author_id: director.userId, reason: 'papers arrived' });
  });
});

describe('a command that is not allowed', () => {
  const ROUTES: [string, object][] = [
    ['redraws', { reason: 'r' }],
    ['late-entries', { entryId: randomUUID(), reason: 'r' }],
    ['withdrawals', { entryId: randomUUID(), status: 'dns', reason: 'r' }],
    ['pins', { entryId: randomUUID(), position: 1, reason: 'r' }],
    ['unpins', { entryId: randomUUID(), reason: 'r' }],
    ['delays', { seconds: 60, reason: 'r' }],
    ['actual-starts', { entryId: randomUUID(), startedAt: '2026-06-06T06:00:00Z' }],
    ['closings', {}],
    ['reopenings', { reason: 'r' }],
    ['provisional-results', {}],
    ['official-results', {}],
  ];
  let stageId: string;

  beforeAll(async () => {
    ({ stageId } = await seedStage(db, {
      eventId: event.eventId,
      segments: 1,
      stage: { name: 'Leg 7', sort_order: 7, state: 'draft' },
    }));
  });

  it.each(ROUTES)(
    '%s is refused to a marshal, a stranger and nobody, and in the wrong state',
    async (route, body) => {
      expect((await post(stageId, route, marshal, body)).body).toMatchObject({
        status: 403,
        code: 'ROLE_MISSING',
      });
      expect((await post(stageId, route, stranger, body)).body).toMatchObject({
        status: 404,
        code: 'STAGE_NOT_FOUND',
      });
      expect((await api.request.post(`/v1/stages/${stageId}/${route}`).send(body)).status).toBe(401);
      const refused = await post(stageId, route, director, body);
      expect([404, 409]).toContain(refused.status);
      expect(refused.body.detail).toMatch(/Leg 7/);
    },
  );

  it.each<[string, object, RegExp]>([
    ['redraws', {}, /reason/],
    ['late-entries', { entryId: 'x', reason: 'r' }, /entryId/],
    ['pins', { entryId: randomUUID(), position: 0, reason: 'r' }, /position/],
    ['delays', { seconds: -1, reason: 'r' }, /seconds/],
    ['actual-starts', { entryId: randomUUID(), startedAt: 'now' }, /startedAt/],
    ['withdrawals', { entryId: randomUUID(), status: 'dsq', reason: 'r' }, /status/],
  ])('%s with %j cannot be read', async (route, body, words) => {
    const refused = await post(stageId, route, director, body);
    expect([refused.status, refused.body.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(refused.body.detail).toMatch(words);
  });

  it('a delay needs a key, because delays add up', async () => {
    const refused = await api.request
      .post(`/v1/stages/${stageId}/delays`)
      .set('Authorization', `Bearer ${director.token}`)
      .send({ seconds: 60, reason: 'r' });
    expect([refused.status, refused.body.code]).toEqual([400, 'IDEMPOTENCY_KEY_MISSING']);
  });
});

describe('the worker', () => {
  it('lets a list follow an entry that is withdrawn in Directus', async () => {
    const day = await seedEvent(db, { entries: 3 });
    const { userId, token } = await seedMember(db, {
      organizationId: day.organizationId,
      role: 'race-director',
    });
    const { stageId } = await seedStage(db, {
      eventId: day.eventId,
      segments: 1,
      stage: { starts_at: tomorrow(0) },
    });
    await post(stageId, 'openings', { userId, token }).expect(200);
    const worker = await startWorkerProcess(db.url, directus.url);
    try {
      const answer = await fetch(`${directus.url}/items/entries/${day.entryIds[1]}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ status: 'withdrawn', status_reason: 'engine' }),
      });
      expect(answer.status).toBe(200);
      await eventually(async () => {
        const [row] = await db.query<{ version: number; published_by: string; reason: string }>(
          `SELECT l.version, l.published_by, l.reason FROM stages s JOIN start_lists l ON l.id = s.current_start_list_id WHERE s.id = $1`,
          [stageId],
        );
        expect(row).toEqual({ version: 2, published_by: userId, reason: 'engine' });
      }, 15_000);
    } finally {
      expect(await worker.stop()).toBe(0);
    }
  });
});
