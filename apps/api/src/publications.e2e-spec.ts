import { randomUUID } from 'node:crypto';
import {
  cloneDatabase,
  seedEvent,
  seedMember,
  seedStage,
  startDirectus,
  type SeededEvent,
  type SeededStage,
  type SeededUser,
  type TestDatabase,
  type TestProcess,
} from '@trm/testing';
import { startApi, type TestApi } from '../../../test/start-api.js';

let db: TestDatabase;
let directus: TestProcess;
let api: TestApi;
let event: SeededEvent;
let opened: SeededStage;
let planned: SeededStage;
let director: SeededUser;
let viewer: SeededUser;
let participant: SeededUser;
let crew: SeededUser;
let stranger: SeededUser;

const anonymously = (path: string) => api.request.get(path);
const get = (path: string, { token }: SeededUser) =>
  anonymously(path).set('Authorization', `Bearer ${token}`);
/** A link of ours as a path, since the address that the caller used is in front of it. */
const pathOf = (url: string) => url.slice(new URL(url).origin.length);
const linkOf = async (path: string, user: SeededUser): Promise<string> =>
  pathOf(((await get(path, user).expect(200)).body as { url: string }).url);

const stagePaths = (stageId: string) => [
  `/v1/stages/${stageId}/start-list.csv`,
  `/v1/stages/${stageId}/start-list.pdf`,
  `/v1/stages/${stageId}/control-times`,
  `/v1/stages/${stageId}/control-times.csv`,
];
const signedInPaths = () => [
  ...stagePaths(opened.stageId),
  `/v1/events/${event.eventId}/control-closings`,
  `/v1/events/${event.eventId}/calendar-link`,
  `/v1/entries/${event.entryIds[0]}/calendar-link`,
];

beforeAll(async () => {
  db = await cloneDatabase();
  directus = await startDirectus(db.url);
  api = await startApi(db.url, directus.url);
  event = await seedEvent(db, { entries: 5 });
  const { organizationId, eventId } = event;
  [director, viewer, participant, crew] = await Promise.all([
    seedMember(db, { organizationId, role: 'race-director' }),
    seedMember(db, { organizationId, role: 'viewer' }),
    seedMember(db, { organizationId, role: 'participant' }),
    seedMember(db, { organizationId, role: 'participant' }),
  ]);
  stranger = await seedMember(db, {
    organizationId: (await seedEvent(db, { entries: 0 })).organizationId,
    role: 'race-director',
  });
  await db.query(`INSERT INTO entry_crew (entry_id, user_id, role) VALUES ($1, $2, 'rider')`, [
    event.entryIds[0],
    crew.userId,
  ]);
  opened = await seedStage(db, { eventId, segments: 2 });
  planned = await seedStage(db, { eventId, segments: 1, stage: { name: 'Leg 1', sort_order: 2 } });
  await api.request
    .post(`/v1/stages/${opened.stageId}/openings`)
    .set('Authorization', `Bearer ${director.token}`)
    .send({ reason: 'opened on time' })
    .expect(200);
  const [control] = await db.query<{ id: string }>(
    `INSERT INTO geofences (event_id, name, kind, direction, area)
     VALUES ($1, 'TC1 Krujë', 'tc', 'enter', ST_GeomFromText('POLYGON((19.7 41.5, 19.8 41.5, 19.8 41.6, 19.7 41.5))', 4326))
     RETURNING id`,
    [eventId],
  );
  await db.query(
    `INSERT INTO control_times (stage_id, segment_id, geofence_id, class_id, opens_at, closes_at, mode, because)
     VALUES ($1, $2, $3, NULL, '2026-06-06T06:10:00Z', '2026-06-06T08:30:00Z', 'last_due_plus', 'last crew due 10:17 + 13 min'),
            ($1, $2, $3, $4, '2026-06-06T06:10:00Z', '2026-06-06T08:00:00Z', 'fixed_clock', NULL)`,
    [opened.stageId, opened.segmentIds[0], control!.id, event.classId],
  );
});

afterAll(async () => {
  await api?.close();
  await directus?.stop();
  await db?.drop();
});

describe('somebody of the organisation takes away', () => {
  it('the start list for spreadsheets', async () => {
    const response = await get(`/v1/stages/${opened.stageId}/start-list.csv`, viewer).expect(200);
    expect(response.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="prologue-v1-start-list.csv"',
    });
    expect(response.text.split('\r\n').slice(0, 2)).toEqual([
      '\ufeffposition,group,race_number,name,class,start_local,start_utc,because,remark',
      '1,1,1,Crew 1,M-1,2026-06-06 08:00:00,2026-06-06T06:00:00Z,race number order: #1 is 1st of 5,',
    ]);
  });

  it('the start list for the printer', async () => {
    const response = await get(`/v1/stages/${opened.stageId}/start-list.pdf`, participant)
      .buffer(true)
      .parse((message, done) => {
        const chunks: Buffer[] = [];
        message.on('data', (chunk: Buffer) => chunks.push(chunk));
        message.on('end', () => done(null, Buffer.concat(chunks)));
      })
      .expect(200);
    expect(response.headers).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': 'inline; filename="prologue-v1-start-list.pdf"',
    });
    expect((response.body as Buffer).subarray(0, 5).toString()).toBe('%PDF-');
    expect((response.body as Buffer).toString('latin1')).toMatch(/%%EOF\s*$/);
  });

  it('the control times', async () => {
    const { body } = await get(`/v1/stages/${opened.stageId}/control-times`, participant).expect(200);
    expect(body).toMatchObject({
      stageName: 'Prologue',
      version: 1,
      stale: false,
      timezone: 'Europe/Tirane',
    });
    expect(body.controls).toEqual([
      expect.objectContaining({
        control: 'TC1 Krujë',
        segmentName: 'Segment 1',
        classCode: 'M-1',
        closesAt: '2026-06-06T08:00:00.000Z',
        formula: 'fixed time of day',
      }),
      expect.objectContaining({
        classCode: null,
        opensAt: '2026-06-06T06:10:00.000Z',
        closesAt: '2026-06-06T08:30:00.000Z',
        formula: 'last crew due 10:17 + 13 min',
      }),
    ]);
    const csv = await get(`/v1/stages/${opened.stageId}/control-times.csv`, viewer).expect(200);
    expect(csv.headers['content-disposition']).toBe('attachment; filename="prologue-v1-control-times.csv"');
    expect(csv.text.trim().split('\r\n')).toHaveLength(3);
  });

  it('nothing twice: an unchanged document is answered with 304, until the list is marked stale', async () => {
    for (const path of stagePaths(opened.stageId)) {
      const first = await get(path, viewer).expect(200);
      await get(path, viewer)
        .set('If-None-Match', first.headers['etag'] as string)
        .expect(304);
    }
    const pdf = stagePaths(opened.stageId)[1]!;
    const { headers } = await get(pdf, viewer).expect(200);
    await db.query(`UPDATE start_lists SET stale = true WHERE stage_id = $1`, [opened.stageId]);
    const after = await get(pdf, viewer)
      .set('If-None-Match', headers['etag'] as string)
      .expect(200);
    expect(after.headers['etag']).not.toBe(headers['etag']);
    await db.query(`UPDATE start_lists SET stale = false WHERE stage_id = $1`, [opened.stageId]);
  });
});

describe('what closes soon', () => {
  const closings = (query: string) =>
    get(`/v1/events/${event.eventId}/control-closings?${query}`, participant);

  it('comes soonest first, with the seconds that are left', async () => {
    const { body } = await closings('withinMinutes=60&at=2026-06-06T07:45:00Z').expect(200);
    expect(body).toMatchObject({ at: '2026-06-06T07:45:00.000Z', until: '2026-06-06T08:45:00.000Z' });
    expect(body.closings).toEqual([
      expect.objectContaining({
        stageName: 'Prologue',
        stageState: 'open',
        control: 'TC1 Krujë',
        classCode: 'M-1',
        closesAt: '2026-06-06T08:00:00.000Z',
        closesInSeconds: 900,
        enforcement: 'strict',
        formula: 'fixed time of day',
      }),
      expect.objectContaining({ classCode: null, closesInSeconds: 2700 }),
    ]);
  });

  it('leaves out what closes later and what is closed', async () => {
    expect((await closings('at=2026-06-06T07:45:00Z').expect(200)).body.closings).toHaveLength(1);
    expect(
      (await closings('at=2026-06-06T08:00:01Z&withinMinutes=30').expect(200)).body.closings,
    ).toHaveLength(1);
    expect((await closings('at=2026-06-06T08:30:01Z').expect(200)).body.closings).toEqual([]);
    await db.query(`UPDATE stages SET state = 'closed' WHERE id = $1`, [opened.stageId]);
    expect((await closings('at=2026-06-06T07:45:00Z').expect(200)).body.closings).toEqual([]);
    await db.query(`UPDATE stages SET state = 'open' WHERE id = $1`, [opened.stageId]);
  });

  it('is asked for the present by default', async () => {
    const { body } = await closings('').expect(200);
    expect(Math.abs(Date.parse(body.at as string) - Date.now())).toBeLessThan(60_000);
  });

  it.each([
    'withinMinutes=0',
    'withinMinutes=1441',
    'withinMinutes=soon',
    'at=yesterday',
    'at=2026-06-06',
    'now=1',
  ])('is not asked with %s', async (query) => {
    const { body } = await closings(query).expect(400);
    expect(body.code).toBe('REQUEST_INVALID');
  });
});

describe('a calendar', () => {
  it('of the event is fetched by its link without signing in', async () => {
    const { body } = await get(`/v1/events/${event.eventId}/calendar-link`, viewer).expect(200);
    expect(body.url).toMatch(
      new RegExp(`^${api.url}/v1/calendars/events/${event.eventId}\\.ics\\?key=[\\w-]{43}$`),
    );
    const feed = await anonymously(pathOf(body.url as string)).expect(200);
    expect(feed.headers['content-type']).toBe('text/calendar; charset=utf-8');
    expect(feed.text).toMatch(/^BEGIN:VCALENDAR\r\n/);
    expect(feed.text).toContain('SUMMARY:Starts of Prologue\r\nDESCRIPTION:5 starters.');
    expect(feed.text).toContain('DTSTART;TZID=Europe/Tirane:20260606T080000\r\n');
    expect(feed.text).toContain('SUMMARY:TC1 Krujë closes 10:00 (M-1)\r\n');
    expect(feed.text).not.toContain('Leg 1');
    await anonymously(pathOf(body.url as string))
      .set('If-None-Match', feed.headers['etag'] as string)
      .expect(304);
  });

  it('of an entry is for staff and for its own crew', async () => {
    const path = `/v1/entries/${event.entryIds[0]}/calendar-link`;
    expect(await linkOf(path, director)).toBe(await linkOf(path, crew));
    const refused = await get(path, participant).expect(403);
    expect(refused.body).toMatchObject({
      code: 'ROLE_MISSING',
      detail: expect.stringMatching(
        /or marshal of the organisation, or of the entry's crew; you are participant\.$/,
      ),
    });
    const feed = await anonymously(await linkOf(path, crew)).expect(200);
    expect(feed.text).toContain('SUMMARY:START 08:03 Segment 1 · #1\r\n');
    expect(feed.text).toContain('SUMMARY:START 08:16 Segment 2 · #1\r\n');
    expect(feed.text).toContain('SUMMARY:TC1 Krujë closes 10:00 · #1\r\n');
    expect(feed.text.match(/BEGIN:VEVENT/g)).toHaveLength(3);
  });

  it('cancels the starts of an entry that is withdrawn', async () => {
    const entryId = event.entryIds[4]!;
    const link = await linkOf(`/v1/entries/${entryId}/calendar-link`, director);
    expect((await anonymously(link).expect(200)).text).not.toContain('STATUS:CANCELLED');
    await db.query(`UPDATE entries SET status = 'withdrawn' WHERE id = $1`, [entryId]);
    expect((await anonymously(link).expect(200)).text.match(/STATUS:CANCELLED/g)).toHaveLength(2);
  });

  it('has the address under which a proxy with TLS is reached', async () => {
    const { body } = await get(`/v1/events/${event.eventId}/calendar-link`, viewer)
      .set('X-Forwarded-Proto', 'https')
      .set('Host', 'race.example.org')
      .expect(200);
    expect(body.url).toMatch(/^https:\/\/race\.example\.org\/v1\/calendars\/events\//);
  });

  it('answers a wrong key as it answers an event that does not exist', async () => {
    const link = await linkOf(`/v1/events/${event.eventId}/calendar-link`, viewer);
    const key = new URL(link, api.url).searchParams.get('key')!;
    const answers = await Promise.all(
      [
        `/v1/calendars/events/${event.eventId}.ics`,
        `/v1/calendars/events/${event.eventId}.ics?key=`,
        `/v1/calendars/events/${event.eventId}.ics?key=${key.slice(1)}`,
        `/v1/calendars/events/${event.eventId}.ics?key=${key}&key=${key}`,
        `/v1/calendars/events/${randomUUID()}.ics?key=${key}`,
        `/v1/calendars/events/none.ics?key=${key}`,
        `/v1/calendars/entries/${event.eventId}.ics?key=${key}`,
        `/v1/calendars/entries/${event.entryIds[0]}.ics?key=${key}`,
      ].map((path) => anonymously(path)),
    );
    for (const { status, body } of answers) {
      expect([status, body.code, body.detail]).toEqual([
        404,
        'CALENDAR_NOT_FOUND',
        'There is no calendar at this address. Ask for its link again.',
      ]);
    }
  });
});

describe('a publication that cannot be had', () => {
  it('is refused to whoever has not signed in', async () => {
    for (const path of signedInPaths()) {
      const { status, body } = await anonymously(path);
      expect([path, status, body.code]).toEqual([path, 401, 'SIGN_IN_REQUIRED']);
    }
  });

  it('does not exist for a stranger, and is the same for an id that does not exist', async () => {
    for (const path of signedInPaths()) {
      const unknown = path.replace(/[0-9a-f-]{36}/, randomUUID());
      const [hidden, missing] = [await get(path, stranger), await get(unknown, director)];
      expect([path, hidden.status]).toEqual([path, 404]);
      expect([missing.status, missing.body.code]).toEqual([404, hidden.body.code]);
      expect(hidden.headers['content-type']).toMatch(/^application\/problem\+json/);
    }
  });

  it('is not there before the stage is opened', async () => {
    for (const path of stagePaths(planned.stageId)) {
      const { status, body, headers } = await get(path, viewer);
      expect([path, status, body.code]).toEqual([path, 409, 'STAGE_NOT_OPEN_YET']);
      expect(headers['content-disposition']).toBeUndefined();
    }
  });
});
