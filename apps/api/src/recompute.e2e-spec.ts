/**
 * Staff correct positions and follow what comes of it, with the real Directus, worker and processor.
 */
import { randomUUID } from 'node:crypto';
import {
  cloneDatabase,
  eventually,
  freePort,
  seedMember,
  seedRun,
  type SeededRun,
  type SeededUser,
  startDirectus,
  startProcessorProcess,
  startWorkerProcess,
  type TestDatabase,
  type TestProcess,
} from '@trm/testing';
import { stableId } from '@trm/directus';
import pg from 'pg';
import { freezableProxy } from '../../../test/freezable-proxy.js';
import { startApi, type TestApi } from '../../../test/start-api.js';

let db: TestDatabase;
let directus: TestProcess;
let worker: TestProcess;
let processor: TestProcess;
let api: TestApi;
let run: SeededRun;
let other: SeededRun;
let timekeeper: SeededUser;
let marshal: SeededUser;
let participant: SeededUser;
let stranger: SeededUser;
const settings = { QUEUE_PREFIX: `{recompute-${randomUUID()}}` };

beforeAll(async () => {
  db = await cloneDatabase();
  run = await seedRun(db, { entries: 3, segments: 2 });
  other = await seedRun(db, { entries: 1 });
  await db.query(`DELETE FROM control.outbox`);
  const { organizationId } = run;
  [timekeeper, marshal, participant, stranger] = await Promise.all([
    seedMember(db, { organizationId, role: 'timekeeper' }),
    seedMember(db, { organizationId, role: 'marshal' }),
    seedMember(db, { organizationId, role: 'participant' }),
    seedMember(db, { organizationId: other.organizationId, role: 'race-director' }),
  ]);
  const apiPort = await freePort();
  directus = await startDirectus(db.url, `http://127.0.0.1:${apiPort}`);
  [api, worker, processor] = await Promise.all([
    startApi(db.url, directus.url, apiPort, settings),
    startWorkerProcess(db.url, directus.url, settings),
    startProcessorProcess(db.url, directus.url, settings),
  ]);
});
afterAll(async () => {
  await api?.close();
  await Promise.all([directus, worker, processor].map((process) => process?.stop()));
  await db?.drop();
});

const as = (user: SeededUser) => ({ Authorization: `Bearer ${user.token}` });
const post = (path: string, user: SeededUser, body: object, key: string = randomUUID()) =>
  api.request.post(path).set(as(user)).set('Idempotency-Key', key).send(body);
const get = (path: string, user: SeededUser) => api.request.get(path).set(as(user));
const second = (n: number) => new Date(run.firstStartAt.getTime() + n * 1_000).toISOString();
const isDone = (id: string) =>
  eventually(async () => {
    const { body } = await get(`/v1/recompute-requests/${id}`, timekeeper).expect(200);
    expect(body).toMatchObject({ status: 'done' });
    return body as Record<string, unknown>;
  });
const written = async () =>
  (
    await db.query(
      `SELECT (SELECT count(*) FROM position_faults)::int AS faults, (SELECT count(*) FROM recompute_requests)::int AS requests,
              (SELECT count(*) FROM positions WHERE faulty)::int AS faulty`,
    )
  )[0];

describe('a correction', () => {
  let fault: { positionFaultId: string; recomputeRequestIds: [string] };

  it('begins with first results, which staff ask for', async () => {
    const { body } = await post('/v1/recompute-requests', timekeeper, {
      eventId: run.eventId,
      reason: 'First results',
    }).expect(201);
    expect(body).toMatchObject({
      reason: 'replay',
      reasonText: 'First results',
      requestedBy: { id: timekeeper.userId },
      layers: ['crossings', 'penalties', 'results'],
      targetsTotal: 3,
    });
    await expect(isDone((body as { id: string }).id)).resolves.toMatchObject({
      targetsApplied: 3,
      result: { resultsChanged: 3 },
      oldestWaitingSince: null,
    });
  });

  it('is shown before it is made', async () => {
    const before = await written();
    const { body } = await post('/v1/position-faults/previews', timekeeper, {
      entryId: run.entryIds[0],
      from: second(100),
      to: second(200),
    }).expect(200);
    expect(body).toEqual({
      positions: 51,
      alreadyFaulty: 0,
      stages: [
        {
          entryId: run.entryIds[0],
          entry: '#1 Crew 1',
          stageId: run.stageId,
          stage: 'Prologue',
          positions: 51,
          isOfficial: false,
        },
      ],
    });
    await expect(written()).resolves.toEqual(before);
  });

  it('marks, says what follows, and the result follows', async () => {
    const order = {
      entryId: run.entryIds[0],
      from: second(100),
      to: second(200),
      reason: 'Reflections at the bridge',
    };
    const key = randomUUID();
    const { body } = await post('/v1/position-faults', timekeeper, order, key).expect(201);
    expect(body).toMatchObject({
      positions: 51,
      recomputeRequestIds: [expect.any(String)],
      summary: '51 positions of #1 marked as faulty. "Prologue" is computed again for #1 Crew 1.',
    });
    fault = body as typeof fault;
    // A repeat with the same key is the same correction.
    await post('/v1/position-faults', timekeeper, order, key).expect(201, body as object);
    await expect(isDone(fault.recomputeRequestIds[0])).resolves.toMatchObject({
      reason: 'position_faulty',
      reasonText: 'Reflections at the bridge',
      requestedBy: { id: timekeeper.userId },
      windowFrom: expect.stringContaining('2026-06-06T'),
      result: {
        resultsChanged: 1,
        changes: [
          {
            raceNumber: 1,
            before: { status: 'classified', place: 1 },
            after: { status: 'pending', place: null },
          },
        ],
      },
    });
  });

  it('is refused twice, and taken back once', async () => {
    const again = await post('/v1/position-faults', timekeeper, {
      entryId: run.entryIds[0],
      from: second(100),
      to: second(200),
      reason: 'again',
    }).expect(422);
    expect(again.body).toMatchObject({
      code: 'NO_POSITION_IN_RANGE',
      detail: 'Every position that #1 sent in that range (51) is marked as faulty already.',
    });
    const path = `/v1/position-faults/${fault.positionFaultId}/restorations`;
    const { body } = await post(path, timekeeper, { reason: 'It was the bridge' }).expect(200);
    const { recomputeRequestIds } = body as typeof fault;
    await expect(isDone(recomputeRequestIds[0])).resolves.toMatchObject({
      reason: 'position_restored',
      reasonText: 'It was the bridge',
      result: { resultsChanged: 1 },
    });
    await post(path, timekeeper, { reason: 'again' }).expect(409);
  });

  it('counts what another has marked at the same moment as marked', async () => {
    const [from, to] = [second(70), second(74)];
    const other = new pg.Client({ connectionString: db.url });
    await other.connect();
    await other.query('BEGIN');
    await other.query(
      `INSERT INTO position_faults (entry_id, ts_from, ts_to, reason) VALUES ($1, $2, $3, 'At the same moment')`,
      [run.entryIds[0], from, to],
    );
    const mine = post('/v1/position-faults', timekeeper, {
      entryId: run.entryIds[0],
      from,
      to,
      reason: 'Mine',
    }).then(({ body }) => body as object);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await other.query('COMMIT');
    await other.end();
    await expect(mine).resolves.toMatchObject({
      code: 'NO_POSITION_IN_RANGE',
      detail: 'Every position that #1 sent in that range (5) is marked as faulty already.',
    });
  });

  it('by the form of Directus is the same', async () => {
    const response = await fetch(`${directus.url}/items/position_faults`, {
      method: 'POST',
      headers: { ...as(timekeeper), 'content-type': 'application/json' },
      body: JSON.stringify({
        entry_id: run.entryIds[1],
        ts_from: second(60),
        ts_to: second(65),
        reason: 'From the form',
      }),
    });
    expect(response.status).toBe(200);
    const [request] = await eventually(async () => {
      const { body } = await get(
        `/v1/recompute-requests?eventId=${run.eventId}&status=done&limit=1`,
        marshal,
      ).expect(200);
      const { items } = body as { items: Record<string, unknown>[] };
      expect(items[0]).toMatchObject({ reasonText: 'From the form' });
      return items;
    });
    expect(request).toMatchObject({ requestedBy: { id: timekeeper.userId }, reason: 'position_faulty' });
    const seen = await fetch(
      `${directus.url}/items/recompute_requests?filter[reason_text][_eq]=From the form`,
      { headers: as(marshal) },
    );
    await expect(seen.json()).resolves.toMatchObject({
      data: [{ status: 'done', targets_total: 1, targets_applied: 1 }],
    });
  });

  it.each<[string, () => object, number, RegExp]>([
    [
      'a day without positions',
      () => ({ ts_from: '2026-06-09T08:00:00Z', ts_to: '2026-06-09T09:00:00Z' }),
      422,
      /#2 sent no position in that range/,
    ],
    [
      'an end before its beginning',
      () => ({ ts_from: second(70), ts_to: second(60) }),
      400,
      /The range ends before it begins/,
    ],
    [
      'an entry and a tracker',
      () => ({ ts_from: second(60), ts_to: second(65), device_id: run.deviceIds[1] }),
      400,
      /Name either an entry or a tracker/,
    ],
  ])('by the form of Directus with %s is refused in words', async (_, fields, status, words) => {
    const before = await written();
    const response = await fetch(`${directus.url}/items/position_faults`, {
      method: 'POST',
      headers: { ...as(timekeeper), 'content-type': 'application/json' },
      body: JSON.stringify({ entry_id: run.entryIds[1], reason: 'Mistaken', ...fields() }),
    });
    expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(words)]);
    await expect(written()).resolves.toEqual(before);
  });

  it('is shown by the button on the form of the entry, and made by it with a reason', async () => {
    const press = async (fields: object) => {
      const response = await fetch(
        `${directus.url}/flows/trigger/${stableId('flow', 'position-button-mark')}`,
        {
          method: 'POST',
          headers: { ...as(timekeeper), 'content-type': 'application/json' },
          body: JSON.stringify({
            collection: 'entries',
            keys: [run.entryIds[2]],
            from: second(150),
            to: second(154),
            ...fields,
          }),
        },
      );
      const [told] = await db.query<{ subject: string; message: string }>(
        `SELECT subject, message FROM directus_notifications WHERE recipient = $1 ORDER BY id DESC LIMIT 1`,
        [timekeeper.userId],
      );
      return { status: response.status, text: await response.text(), told };
    };
    const faulty = async () =>
      (await db.query(`SELECT 1 FROM positions WHERE device_id = $1 AND faulty`, [run.imeis[2]])).length;

    const shown = await press({});
    expect(shown.told).toMatchObject({ subject: '5 positions would be marked' });
    expect(shown.told?.message).toMatch(
      /Nothing was changed[^]*Computed again:[^]*in "Prologue": 5 positions/,
    );
    expect(await faulty()).toBe(0);

    const silent = await press({ do_it: true });
    expect([silent.status, silent.text]).toEqual([422, expect.stringContaining('Say why')]);
    expect(await faulty()).toBe(0);

    const marked = await press({ do_it: true, reason: 'Seen from the button' });
    expect(marked.told).toMatchObject({ subject: '5 positions marked as faulty' });
    expect(await faulty()).toBe(5);
    await db.query(
      `UPDATE position_faults SET restored_at = now(), restore_reason = 'tried' WHERE reason = 'Seen from the button'`,
    );
  });

  it('of a tracker that another club carried then is refused there as well', async () => {
    // Lent: it belongs to this club, and was on an entry of the other one.
    await db.query(`INSERT INTO organization_devices (organization_id, device_id) VALUES ($1, $2)`, [
      run.organizationId,
      other.deviceIds[0],
    ]);
    const mark = {
      device_id: other.deviceIds[0],
      ts_from: second(10),
      ts_to: second(20),
      reason: 'Not ours',
    };
    const write = (user: SeededUser) =>
      fetch(`${directus.url}/items/position_faults`, {
        method: 'POST',
        headers: { ...as(user), 'content-type': 'application/json' },
        body: JSON.stringify(mark),
      });
    const refused = await write(timekeeper);
    expect([refused.status, await refused.text()]).toEqual([
      422,
      expect.stringContaining('was on an entry of another organisation in that range'),
    ]);
    // Also when race control can't be asked.
    await expect(
      db.query(
        `INSERT INTO position_faults (device_id, ts_from, ts_to, reason, created_by) VALUES ($1, $2, $3, 'Not ours', $4)`,
        [mark.device_id, mark.ts_from, mark.ts_to, timekeeper.userId],
      ),
    ).rejects.toThrow(/CARRIED_BY_ANOTHER_ORGANISATION/);
    await expect(
      db.query(`SELECT 1 FROM positions WHERE device_id = $1 AND faulty`, [other.imeis[0]]),
    ).resolves.toEqual([]);
    const { body } = await post('/v1/position-faults', timekeeper, {
      deviceId: other.deviceIds[0],
      from: second(10),
      to: second(20),
      reason: 'Not ours',
    }).expect(422);
    expect(body).toMatchObject({ code: 'CARRIED_BY_ANOTHER_ORGANISATION' });
    const own = await write(stranger);
    expect(own.status).toBe(200);
    await db.query(`DELETE FROM position_faults WHERE reason = 'Not ours'`);
    await db.query(`DELETE FROM organization_devices WHERE organization_id = $1 AND device_id = $2`, [
      run.organizationId,
      other.deviceIds[0],
    ]);
  });

  /** A screen that follows the event: reads on until it was told something. */
  const screen = async (of: TestApi = api, user = marshal) => {
    const leaving = new AbortController();
    const stream = await fetch(`${of.url}/v1/events/${run.eventId}/recompute-progress`, {
      headers: as(user),
      signal: leaving.signal,
    });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    let seen = '';
    const reading = (async () => {
      for await (const text of stream.body!.pipeThrough(new TextDecoderStream())) seen += text;
    })().catch(() => undefined);
    return {
      isTold: (what: RegExp) => eventually(async () => expect(seen).toMatch(what)),
      hasEnded: () => reading,
      leave: async () => {
        leaving.abort();
        await reading;
      },
    };
  };

  it('is followed on a screen as it goes on', async () => {
    const follower = await screen();
    const { body } = await post('/v1/recompute-requests', timekeeper, {
      eventId: run.eventId,
      entryIds: [run.entryIds[2]],
      reason: 'Seen on the screen',
    }).expect(201);
    expect(body).toMatchObject({ reason: 'manual_correction' });
    await follower.isTold(/"reasonText":"Seen on the screen".*"status":"done"/);
    await follower.leave();
  });

  it('is told to a screen that comes later, as long as it is open', async () => {
    const [request] = await db.query<{ id: string }>(
      'SELECT id FROM recompute_requests WHERE event_id = $1 LIMIT 1',
      [run.eventId],
    );
    await db.query(
      `UPDATE recompute_requests SET status = 'running', reason_text = 'open for long', updated_at = now() - interval '5 minutes' WHERE id = $1`,
      [request!.id],
    );
    const follower = await screen();
    try {
      await follower.isTold(/"reasonText":"open for long"/);
    } finally {
      await follower.leave();
      await db.query(`UPDATE recompute_requests SET status = 'done' WHERE id = $1`, [request!.id]);
    }
  });

  it('keeps no API that is to stop', async () => {
    const own = await startApi(db.url, directus.url, 0, settings);
    const follower = await screen(own);
    await own.close();
    await follower.leave();
  });

  it.each([
    [
      'whose sign-in is taken away',
      /event: problem\nid: \d+\ndata: {"code":"SIGN_IN_EXPIRED","detail":"Your sign-in is not valid/,
      (user: SeededUser) => db.query(`UPDATE directus_users SET token = NULL WHERE id = $1`, [user.userId]),
    ],
    [
      'who leaves the organisation',
      /event: problem\nid: \d+\ndata: {"code":"EVENT_NOT_FOUND"/,
      (user: SeededUser) => db.query(`DELETE FROM organization_users WHERE user_id = $1`, [user.userId]),
    ],
    [
      'who is no longer of the staff',
      /event: problem\nid: \d+\ndata: {"code":"ROLE_MISSING","detail":"To follow what is computed again you must be/,
      (user: SeededUser) =>
        db.query(`UPDATE organization_users SET role = 'viewer' WHERE user_id = $1`, [user.userId]),
    ],
  ])('is not told any more to somebody %s', async (_case, problem, takeAway) => {
    const leaver = await seedMember(db, { organizationId: run.organizationId, role: 'marshal' });
    const follower = await screen(api, leaver);
    await takeAway(leaver);
    await follower.isTold(problem);
    await follower.hasEnded();
  });

  it('goes on being followed when the database was away', async () => {
    const way = await freezableProxy(db.url);
    const own = await startApi(way.url, directus.url, 0, settings);
    const follower = await screen(own);
    try {
      way.cut();
      await follower.isTold(
        /event: problem\nid: \d+\ndata: {"code":"DATABASE_UNAVAILABLE","detail":"[^"]*Try again/,
      );
      const { body } = await post('/v1/recompute-requests', timekeeper, {
        eventId: run.eventId,
        entryIds: [run.entryIds[1]],
        reason: 'While it was away',
      }).expect(201);
      expect(body).toMatchObject({ reasonText: 'While it was away' });
      way.restore();
      await follower.isTold(/event: still-here/);
      await follower.isTold(/"reasonText":"While it was away".*"status":"done"/);
    } finally {
      await follower.leave();
      await own.close();
      await way.close();
    }
  });

  it('is told on a screen although something later was committed before it', async () => {
    const ids = await db.query<{ id: string }>(
      'SELECT id FROM recompute_requests WHERE event_id = $1 LIMIT 2',
      [run.eventId],
    );
    const change = (text: string, { id }: { id: string }): [string, string[]] => [
      'UPDATE recompute_requests SET reason_text = $1, updated_at = clock_timestamp() WHERE id = $2',
      [text, id],
    ];
    const slow = new pg.Client({ connectionString: db.url });
    await slow.connect();
    const follower = await screen();
    try {
      await slow.query('BEGIN');
      await slow.query(...change('earlier', ids[0]!));
      await db.query(...change('later', ids[1]!));
      await follower.isTold(/"reasonText":"later"/);
      await slow.query('COMMIT');
      await follower.isTold(/"reasonText":"earlier"/);
    } finally {
      await follower.leave();
      await slow.end();
    }
  });
});

describe('a failure', () => {
  it('is seen, tried again, and given up', async () => {
    // No processor: the request waits.
    await processor.stop();
    const ask = async () =>
      (
        await post('/v1/recompute-requests', timekeeper, {
          eventId: run.eventId,
          entryIds: [run.entryIds[0]],
          reason: 'x',
        }).expect(201)
      ).body as { id: string };
    const { id } = await ask();
    await expect(get(`/v1/recompute-requests/${id}`, timekeeper).expect(200)).resolves.toMatchObject({
      body: { status: 'queued', targetsTotal: 1, targetsApplied: 0, oldestWaitingSince: expect.any(String) },
    });
    await post(`/v1/recompute-requests/${id}/retries`, timekeeper, {}).expect(409);
    await post(`/v1/recompute-requests/${id}/cancellations`, timekeeper, {}).expect(200);
    await eventually(async () => {
      const { body } = await get(`/v1/recompute-requests/${id}`, timekeeper).expect(200);
      expect(body).toMatchObject({ status: 'cancelled' });
    });
    await post(`/v1/recompute-requests/${id}/cancellations`, timekeeper, {}).expect(409);
    await post(`/v1/recompute-requests/${id}/retries`, timekeeper, {}).expect(200);
    processor = await startProcessorProcess(db.url, directus.url, settings);
    await isDone(id);
  });
});

describe('the page of the queue', () => {
  const page = (token?: string, path = '/queues') =>
    token === undefined
      ? api.request.get(path)
      : api.request.get(path).set('Cookie', `directus_session_token=${token}`);
  const admin = () => process.env['DIRECTUS_ADMIN_TOKEN'] ?? '';

  it('shows an administrator who is signed in in Directus what waits and what was done', async () => {
    const shown = await page(admin()).expect(200).expect('content-type', /html/);
    expect(shown.text).toContain('Recompute queue');
    const script = /src="(static\/js\/main[^"]+)"/.exec(shown.text)?.[1];
    await page(admin(), `/queues/${script}`)
      .expect(200)
      .expect('content-type', /javascript/);
    const { body } = await page(admin(), '/queues/api/queues').expect(200);
    expect(body).toMatchObject({ queues: [{ name: 'recompute', readOnlyMode: true }] });
    expect(
      (body as { queues: { counts: { completed: number } }[] }).queues[0]!.counts.completed,
    ).toBeGreaterThan(0);
  });

  it('is not for others, in no part of it', async () => {
    for (const path of ['/queues', '/queues/api/queues', '/queues/static/js/main.js']) {
      await page(undefined, path)
        .expect(401)
        .expect('content-type', /problem\+json/);
      const { body } = await page(timekeeper.token, path).expect(403);
      expect(body).toMatchObject({ code: 'QUEUE_IS_FOR_ADMINISTRATORS' });
    }
  });

  it('says so when Redis is away', async () => {
    const own = await startApi(db.url, directus.url, 0, {
      ...settings,
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    });
    try {
      const { body } = await own.request
        .get('/queues/api/queues')
        .set('Cookie', `directus_session_token=${admin()}`)
        .expect(503)
        .expect('content-type', /problem\+json/);
      const { detail } = body as { detail: string };
      expect(body).toMatchObject({ code: 'QUEUE_DOES_NOT_ANSWER', error: detail });
      expect(detail).toContain('Nothing is lost');
    } finally {
      await own.close();
    }
  });

  it('changes nothing', async () => {
    const { text } = await api.request
      .put('/queues/api/queues/recompute/clean/completed')
      .set('Authorization', `Bearer ${admin()}`)
      .send({});
    expect(text).toContain('QUEUE_READ_ONLY');
    const { body } = await page(admin(), '/queues/api/queues').expect(200);
    expect(
      (body as { queues: { counts: { completed: number } }[] }).queues[0]!.counts.completed,
    ).toBeGreaterThan(0);
  });
});

describe('what cannot be', () => {
  it.each<[string, () => readonly [string, object], number, RegExp]>([
    [
      'an unknown entry',
      () => ['/v1/position-faults', { entryId: randomUUID(), from: second(0), reason: 'x' }],
      404,
      /no such entry/,
    ],
    [
      'an entry of another organisation',
      () => ['/v1/position-faults', { entryId: other.entryIds[0], from: second(0), reason: 'x' }],
      404,
      /no such entry/,
    ],
    [
      'a tracker of another organisation',
      () => ['/v1/position-faults', { deviceId: other.deviceIds[0], from: second(0), reason: 'x' }],
      404,
      /no such tracker/,
    ],
    [
      'neither entry nor tracker',
      () => ['/v1/position-faults', { from: second(0), reason: 'x' }],
      400,
      /either an entry/,
    ],
    [
      'a range that ends before it begins',
      () => [
        '/v1/position-faults',
        { entryId: run.entryIds[0], from: second(10), to: second(0), reason: 'x' },
      ],
      400,
      /ends before it begins/,
    ],
    [
      'a time without a zone',
      () => [
        '/v1/position-faults',
        { entryId: run.entryIds[0], from: second(0).replace('Z', ''), to: second(10), reason: 'x' },
      ],
      400,
      /from must be a date and a time with Z or an offset/,
    ],
    [
      'a time of a day of the year',
      () => ['/v1/position-faults', { entryId: run.entryIds[0], from: '2026-157T06:00:00Z', reason: 'x' }],
      400,
      /from must be a date and a time with Z or an offset/,
    ],
    [
      'a range without a position',
      () => [
        '/v1/position-faults',
        { entryId: run.entryIds[0], from: '2026-06-05T06:00:00Z', to: '2026-06-05T07:00:00Z', reason: 'x' },
      ],
      422,
      /#1 sent no position in that range/,
    ],
    [
      'no reason',
      () => ['/v1/position-faults', { entryId: run.entryIds[0], from: second(0), reason: ' ' }],
      400,
      /reason/,
    ],
    [
      'an event of another organisation',
      () => ['/v1/recompute-requests', { eventId: other.eventId, reason: 'x' }],
      404,
      /no such event/,
    ],
    [
      'entries of another event',
      () => ['/v1/recompute-requests', { eventId: run.eventId, entryIds: [other.entryIds[0]], reason: 'x' }],
      422,
      /not of this event/,
    ],
    [
      'a mark that is not there',
      () => [`/v1/position-faults/${randomUUID()}/restorations`, { reason: 'x' }],
      404,
      /no such mark/,
    ],
  ])('%s is refused in a sentence, and nothing is written', async (_, request, status, sentence) => {
    const before = await written();
    const [path, order] = request();
    const { body } = await post(path, timekeeper, order).expect(status);
    expect((body as { detail: string }).detail).toMatch(sentence);
    await expect(written()).resolves.toEqual(before);
  });

  it('official results stay, and the refusal says what to do', async () => {
    await db.query(`UPDATE stages SET state = 'closed' WHERE id = $1`, [run.stageId]);
    await db.query(`UPDATE stages SET state = 'provisional' WHERE id = $1`, [run.stageId]);
    await db.query(`UPDATE stages SET state = 'official' WHERE id = $1`, [run.stageId]);
    const { body } = await post('/v1/recompute-requests', timekeeper, {
      eventId: run.eventId,
      reason: 'x',
    }).expect(422);
    expect((body as { detail: string }).detail).toMatch(/"Prologue" are official. Reopen them/);
  });

  it('who may not is told so, and a stranger nothing', async () => {
    const mark = { entryId: run.entryIds[0], from: second(0), reason: 'x' };
    await post('/v1/position-faults', marshal, mark).expect(403);
    await post('/v1/position-faults', participant, mark).expect(403);
    await post('/v1/recompute-requests', marshal, { eventId: run.eventId, reason: 'x' }).expect(403);
    await get(`/v1/recompute-requests?eventId=${run.eventId}`, participant).expect(403);
    const [request] = await db.query<{ id: string }>(
      `SELECT id FROM recompute_requests WHERE event_id = $1 LIMIT 1`,
      [run.eventId],
    );
    for (const path of [
      `/v1/recompute-requests?eventId=${run.eventId}`,
      `/v1/recompute-requests/${request!.id}`,
      `/v1/events/${run.eventId}/recompute-progress`,
    ]) {
      await get(path, stranger).expect(404);
    }
    await post(`/v1/recompute-requests/${request!.id}/retries`, stranger, {}).expect(404);
    await post('/v1/position-faults', stranger, mark).expect(404);
  });
});
