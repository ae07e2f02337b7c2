import {
  cloneDatabase,
  freePort,
  seedClub,
  type SeededClub,
  type SeededUser,
  seedMember,
  seedStage,
  startDirectus,
  type TestDatabase,
  type TestProcess,
} from '@trm/testing';
import { startApi, type TestApi } from '../../../test/start-api.js';

let db: TestDatabase;
let directus: TestProcess;
let api: TestApi;

const post = (path: string, { token }: SeededUser, body: object = {}, key?: string) =>
  api.request
    .post(path)
    .set('Authorization', `Bearer ${token}`)
    .set(key === undefined ? {} : { 'Idempotency-Key': key })
    .send(body);
const get = (path: string, { token }: SeededUser) =>
  api.request.get(path).set('Authorization', `Bearer ${token}`);
const entryRow = async (entryId: string) =>
  (await db.query<Record<string, unknown>>('SELECT * FROM entries WHERE id = $1', [entryId]))[0];
/** Everything that registration may write. */
const written = async () =>
  JSON.stringify(
    await db.query(
      `SELECT (SELECT md5(string_agg(e::text, '' ORDER BY id)) FROM entries e),
              (SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM entry_crew c),
              (SELECT md5(string_agg(d::text, '' ORDER BY id)) FROM entry_devices d),
              (SELECT md5(string_agg(k::text, '' ORDER BY id)) FROM entry_checks k)`,
    ),
  );

beforeAll(async () => {
  db = await cloneDatabase();
  const apiPort = await freePort();
  directus = await startDirectus(db.url, `http://127.0.0.1:${apiPort}`);
  api = await startApi(db.url, directus.url, apiPort);
}, 90_000);

afterAll(async () => {
  await api?.close();
  await directus?.stop();
  await db?.drop();
});

/** Ticks every document that still keeps the entry from being confirmed, and what it needs for the start. */
async function tickEverything(entryId: string, director: SeededUser): Promise<void> {
  const { body } = await get(`/v1/entries/${entryId}/check`, director).expect(200);
  const items = body.checklist.map(({ item }: { item: string }) => ({ item, state: 'passed' }));
  expect(items.length).toBeGreaterThan(0);
  await post(`/v1/entries/${entryId}/checks`, director, { checks: items }).expect(200);
}

const STORIES = [
  {
    who: 'a rally car crew',
    discipline: 'rally',
    vehicleKind: 'car',
    roles: ['pilot', 'co-pilot'],
    worn: false,
  },
  { who: 'a solo moto', discipline: 'rally', vehicleKind: 'moto', roles: ['rider'], worn: false },
  {
    who: 'a trail-run relay',
    discipline: 'trail-run',
    vehicleKind: null,
    crewFormat: 'relay',
    roles: ['runner', 'runner', 'runner'],
    worn: true,
  },
  { who: 'a boat', discipline: 'regatta', vehicleKind: 'boat', roles: ['skipper', 'crew'], worn: false },
  {
    who: 'a hike team',
    discipline: 'hike',
    vehicleKind: null,
    roles: ['hiker', 'hiker', 'hiker'],
    worn: true,
  },
] as const;

describe.each(STORIES)('$who', (story) => {
  let club: SeededClub;
  let entryId: string;

  beforeAll(async () => {
    club = await seedClub(db, story);
  });

  const registration = () => ({
    name: 'Crew of the story',
    teamName: 'Team of the story',
    classId: club.event.classId,
    ...(club.vehicleId !== null && { vehicleId: club.vehicleId }),
    crew: story.roles.map((role, n) => ({ personId: club.people[n]!.userId, role })),
    devices: [{ imei: club.imeis[0], ...(story.worn && { wornBy: club.people[0]!.userId }) }],
  });

  it('is registered with its crew and tracker by the office, once for a key', async () => {
    const path = `/v1/events/${club.event.eventId}/entries`;
    const first = await post(path, club.director, registration(), 'story-of-a-crew').expect(201);
    const again = await post(path, club.director, registration(), 'story-of-a-crew').expect(201);
    expect(again.body).toEqual(first.body);
    entryId = first.body.entryId;
    expect(first.body).toMatchObject({ status: 'registered', raceNumber: null, mayConfirm: false });
    expect(await db.query('SELECT 1 FROM entries WHERE event_id = $1', [club.event.eventId])).toHaveLength(1);
    expect(await db.query('SELECT 1 FROM entry_crew WHERE entry_id = $1', [entryId])).toHaveLength(
      story.roles.length,
    );
    const [{ created_by: author } = { created_by: '' }] = await db.query<{ created_by: string }>(
      'SELECT created_by FROM entries WHERE id = $1',
      [entryId],
    );
    expect(author).toBe(club.director.userId);
  });

  it('is not confirmed before its papers are in order, and nothing is half done', async () => {
    const before = await written();
    const refusal = await post(`/v1/entries/${entryId}/status-changes`, club.director, { to: 'confirmed' });
    expect(refusal.status).toBe(422);
    expect(refusal.body.code).toBe('DOCUMENT_PENDING');
    expect(refusal.body.detail).toMatch(/stays registered/);
    expect(await written()).toBe(before);
  });

  it('is checked, confirmed with the next free number, and gets a wished one', async () => {
    await tickEverything(entryId, club.director);
    const check = await get(`/v1/entries/${entryId}/check`, club.director).expect(200);
    const errors = check.body.violations.filter(({ severity }: { severity: string }) => severity === 'error');
    expect(check.body.mayConfirm).toBe(false);
    expect(errors).toMatchObject([{ code: 'RACE_NUMBER_MISSING', pointer: '/entry/raceNumber' }]);
    const confirmed = await post(`/v1/entries/${entryId}/status-changes`, club.director, { to: 'confirmed' });
    expect(confirmed.body).toMatchObject({ status: 'confirmed', raceNumber: 1, changed: true, notReady: [] });
    const number = await post(`/v1/entries/${entryId}/race-numbers`, club.director, { raceNumber: 7 });
    expect(number.body).toMatchObject({ raceNumber: 7, changed: true });
    await post(`/v1/entries/${entryId}/race-numbers`, club.director, { raceNumber: 500 }).expect(422);
  });

  it('swaps its tracker; the old binding keeps its time', async () => {
    const [from, to] = club.imeis;
    const swapped = await post(`/v1/entries/${entryId}/tracker-swaps`, club.director, { from, to }).expect(
      200,
    );
    expect(swapped.body.changed).toBe(true);
    const bindings = await db.query<{ imei: string; running: boolean }>(
      `SELECT d.imei, b.valid_to IS NULL AS running FROM entry_devices b JOIN devices d ON d.id = b.device_id
        WHERE b.entry_id = $1 ORDER BY b.valid_from`,
      [entryId],
    );
    expect(bindings).toEqual([
      { imei: from, running: false },
      { imei: to, running: true },
    ]);
    const again = await post(`/v1/entries/${entryId}/tracker-swaps`, club.director, { from, to }).expect(200);
    expect(again.body.changed).toBe(false);
  });

  it('is withdrawn and comes back with its number', async () => {
    await post(`/v1/entries/${entryId}/withdrawals`, club.director).expect(422);
    const withdrawn = await post(`/v1/entries/${entryId}/withdrawals`, club.director, { reason: 'broken' });
    expect(withdrawn.body).toMatchObject({ status: 'withdrawn', changed: true });
    const back = await post(`/v1/entries/${entryId}/reinstatements`, club.director, { reason: 'repaired' });
    expect(back.body).toMatchObject({ status: 'registered', raceNumber: 7, changed: true });
  });

  it("is copied into next year's event, with a reason for everything", async () => {
    const next = await post(`/v1/events/${club.nextEvent.eventId}/entries`, club.director, {
      classId: club.nextEvent.classId,
      previousEntryId: entryId,
    }).expect(201);
    expect(next.body.name).toBe('Crew of the story');
    const copied = (what: string) =>
      next.body.copy.copied.filter((item: { what: string }) => item.what === what).length;
    expect([copied('person'), copied('vehicle')]).toEqual([
      story.roles.length,
      club.vehicleId === null ? 0 : 1,
    ]);
    expect(next.body.copy.dropped.every(({ reason }: { reason: string }) => reason.length > 10)).toBe(true);
    const again = await post(`/v1/entries/${next.body.entryId}/crew-copies`, club.director, {
      fromEntryId: entryId,
    }).expect(200);
    expect(again.body.changed).toBe(false);
  });
});

describe('a participant', () => {
  let club: SeededClub;
  let me: SeededUser;
  let entryId: string;
  const mine = () => ({
    classId: club.event.classId,
    crew: [{ personId: me.userId, role: 'runner' }],
  });

  beforeAll(async () => {
    club = await seedClub(db, { discipline: 'trail-run', vehicleKind: null });
    me = club.people[0]!;
  });

  it('registers himself while registration is open', async () => {
    const path = `/v1/events/${club.event.eventId}/entries`;
    const answer = await post(path, me, mine()).expect(201);
    expect(answer.body).toMatchObject({ name: 'Member participant', status: 'registered' });
    entryId = answer.body.entryId;
  });

  it('registers nobody else, and nobody after the closing', async () => {
    const path = `/v1/events/${club.event.eventId}/entries`;
    const other = { ...mine(), crew: [{ personId: club.people[1]!.userId, role: 'runner' }] };
    const refusal = await post(path, me, other).expect(403);
    expect(refusal.body.code).toBe('ROLE_MISSING');
    await db.query(`UPDATE events SET registration_closes_at = now() - interval '1 hour' WHERE id = $1`, [
      club.event.eventId,
    ]);
    const late = await post(path, me, mine()).expect(409);
    expect(late.body.code).toBe('REGISTRATION_CLOSED');
    await post(path, club.director, other).expect(201);
    await db.query(`UPDATE events SET registration_closes_at = NULL WHERE id = $1`, [club.event.eventId]);
  });

  it('reads the own entry whole and is refused what is for the office', async () => {
    const entry = await get(`/v1/entries/${entryId}`, me).expect(200);
    expect(entry.body.crew).toHaveLength(1);
    await post(`/v1/entries/${entryId}/status-changes`, me, { to: 'confirmed' }).expect(403);
    await post(`/v1/entries/${entryId}/checks`, me, {
      checks: [{ item: 'medical', state: 'passed' }],
    }).expect(403);
    await post(`/v1/entries/${entryId}/race-numbers`, me).expect(403);
    const list = await get(`/v1/events/${club.event.eventId}/entries`, club.people[2]!).expect(200);
    expect(list.body).toMatchObject({ total: 0, entries: [] });
  });

  it('withdraws without a reason', async () => {
    const withdrawn = await post(`/v1/entries/${entryId}/withdrawals`, me).expect(200);
    expect(withdrawn.body.status).toBe('withdrawn');
    const [log] = await db.query(
      `SELECT author_id FROM entry_status_changes WHERE entry_id = $1 AND to_status = 'withdrawn'`,
      [entryId],
    );
    expect(log).toEqual({ author_id: me.userId });
  });
});

describe('a hundred registrations at once', () => {
  let club: SeededClub;
  const register = (n: number, body: object) =>
    post(`/v1/events/${club.event.eventId}/entries`, club.director, {
      name: `Crew ${n}`,
      classId: club.event.classId,
      ...body,
    });
  const all = (body: object) => Promise.all(Array.from({ length: 100 }, (_, n) => register(n, body)));

  beforeEach(async () => {
    club = await seedClub(db, { discipline: 'rally', vehicleKind: 'moto' });
  });

  it('for one number: one has it, the others learn the next free one', async () => {
    await register(0, { raceNumber: 1 }).expect(201);
    const answers = await all({ raceNumber: 2 });
    const [won, lost] = [
      answers.filter(({ status }) => status === 201),
      answers.filter(({ status }) => status !== 201),
    ];
    expect(won).toHaveLength(1);
    expect(new Set(lost.map(({ status, body }) => `${status} ${body.code} ${body.nextFreeNumber}`))).toEqual(
      new Set(['409 RACE_NUMBER_TAKEN 3']),
    );
    expect(await db.query('SELECT 1 FROM entries WHERE event_id = $1', [club.event.eventId])).toHaveLength(2);
  }, 120_000);

  it('for the last place: one has it, the others learn that the class is full', async () => {
    await db.query('UPDATE classes SET capacity = 1 WHERE id = $1', [club.event.classId]);
    const answers = await all({});
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(
      new Set(
        answers.filter(({ status }) => status !== 201).map(({ status, body }) => `${status} ${body.code}`),
      ),
    ).toEqual(new Set(['409 CLASS_FULL']));
    expect(await db.query('SELECT 1 FROM entries WHERE event_id = $1', [club.event.eventId])).toHaveLength(1);
  }, 120_000);

  it('for the next number: nobody shares one, and the last gets none', async () => {
    const answers = await all({ raceNumber: 'next' });
    const numbers = answers
      .filter(({ status }) => status === 201)
      .map(({ body }) => body.raceNumber as number);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 99 }, (_, n) => n + 1));
    expect(answers.filter(({ status }) => status !== 201).map(({ body }) => body.code)).toEqual([
      'NO_NUMBER_LEFT',
    ]);
  }, 120_000);

  it('with one key are one registration with one answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        post(
          `/v1/events/${club.event.eventId}/entries`,
          club.director,
          { name: 'Once', classId: club.event.classId },
          'one key for all of them',
        ),
      ),
    );
    for (const { status, body } of answers) expect([status, body]).toEqual([201, answers[0]!.body]);
  }, 60_000);
});

describe('a full class', () => {
  it('keeps a waiting list: whoever waits longest moves up when a place becomes free', async () => {
    const club = await seedClub(db, { discipline: 'rally', vehicleKind: 'moto' });
    const path = `/v1/events/${club.event.eventId}/entries`;
    await db.query('UPDATE classes SET capacity = 1 WHERE id = $1', [club.event.classId]);
    const register = (name: string) =>
      post(path, club.director, { name, classId: club.event.classId, waitingList: true, raceNumber: 'next' });
    const holder = await register('First').expect(201);
    const second = await register('Second').expect(201);
    const third = await register('Third').expect(201);
    expect([holder, second, third].map(({ body }) => [body.raceNumber, body.waitingSince === null])).toEqual([
      [1, true],
      [null, false],
      [null, false],
    ]);
    const early = await post(`/v1/entries/${second.body.entryId}/status-changes`, club.director, {
      to: 'confirmed',
    });
    expect([early.status, early.body.code]).toEqual([409, 'ENTRY_IS_WAITING']);

    await post(`/v1/entries/${holder.body.entryId}/withdrawals`, club.director, { reason: 'ill' }).expect(
      200,
    );
    expect(await entryRow(second.body.entryId)).toMatchObject({ waiting_since: null });
    expect((await entryRow(third.body.entryId))?.['waiting_since']).not.toBeNull();
    const log = await db.query(
      `SELECT reason FROM entry_status_changes WHERE entry_id = $1 ORDER BY at DESC`,
      [second.body.entryId],
    );
    expect(log[0]).toEqual({ reason: 'moved up from the waiting list' });

    const back = await post(`/v1/entries/${holder.body.entryId}/reinstatements`, club.director, {
      reason: 'well again',
    }).expect(200);
    expect(back.body).toMatchObject({ status: 'registered', raceNumber: null });
    expect(back.body.waitingSince).not.toBeNull();
  });
});

describe('the office', () => {
  let club: SeededClub;
  let marshal: SeededUser;
  let entryId: string;

  beforeAll(async () => {
    club = await seedClub(db, { discipline: 'rally', vehicleKind: 'car' });
    marshal = await seedMember(db, { organizationId: club.organizationId, role: 'marshal' });
    const registered = await post(`/v1/events/${club.event.eventId}/entries`, club.director, {
      name: 'Incomplete',
      classId: club.event.classId,
      vehicleId: club.vehicleId,
      crew: [{ personId: club.people[0]!.userId, role: 'pilot' }],
    }).expect(201);
    entryId = registered.body.entryId;
  });

  it("reads who can't start, and why", async () => {
    const report = await get(`/v1/events/${club.event.eventId}/readiness`, marshal).expect(200);
    expect(report.body.counts).toEqual({ registered: 1, waiting: 0, confirmed: 0, ready: 0 });
    const codes = report.body.cannotStart[0].because.map(({ code }: { code: string }) => code);
    expect(codes).toEqual(expect.arrayContaining(['CREW_TOO_FEW', 'DEVICES_TOO_FEW', 'DOCUMENT_PENDING']));
  });

  it('refuses what can never become right', async () => {
    const wrong = await post(`/v1/events/${club.event.eventId}/entries`, club.director, {
      name: 'Runner in a car',
      classId: club.event.classId,
      crew: [{ personId: club.people[1]!.userId, role: 'runner' }],
    });
    expect([wrong.status, wrong.body.code]).toEqual([422, 'CREW_ROLE_FORBIDDEN']);
  });

  it('lets a marshal tick a check and only the direction waive one, with a reason', async () => {
    const medical = (state: string, reason?: string) => ({ checks: [{ item: 'medical', state, reason }] });
    const path = `/v1/entries/${entryId}/checks`;
    await post(path, marshal, medical('passed')).expect(200);
    await post(path, marshal, medical('waived', 'no need')).expect(403);
    const bare = await post(path, club.director, medical('waived'));
    expect([bare.status, bare.body.code]).toEqual([422, 'REASON_MISSING']);
    await post(path, club.director, medical('waived', 'doctor on site')).expect(200);
  });

  it('moves an entry to another class with a number of its range', async () => {
    await post(`/v1/entries/${entryId}/race-numbers`, club.director).expect(200);
    const moved = await post(`/v1/entries/${entryId}/class-changes`, club.director, {
      classId: club.event.otherClassId,
    });
    expect(moved.body).toMatchObject({ classCode: 'B', raceNumber: 101, changed: true });
    const nowhere = await post(`/v1/entries/${entryId}/class-changes`, club.director, {
      classId: club.nextEvent.classId,
    });
    expect([nowhere.status, nowhere.body.code]).toEqual([404, 'CLASS_NOT_FOUND']);
  });

  it('does not give a tracker to two entries', async () => {
    const [imei] = club.imeis;
    await post(`/v1/entries/${entryId}/tracker-bindings`, club.director, { imei }).expect(200);
    const other = await post(`/v1/events/${club.event.eventId}/entries`, club.director, {
      name: 'Other',
      classId: club.event.classId,
    }).expect(201);
    const taken = await post(`/v1/entries/${other.body.entryId}/tracker-bindings`, club.director, { imei });
    expect([taken.status, taken.body.code]).toEqual([409, 'TRACKER_IN_USE']);
    await post(`/v1/entries/${entryId}/tracker-releases`, club.director, { imei }).expect(200);
    await post(`/v1/entries/${other.body.entryId}/tracker-bindings`, club.director, { imei }).expect(200);
  });

  it('gives a retirement its reason code, from the marshal on the course', async () => {
    const { stageId } = await seedStage(db, { eventId: club.event.eventId, segments: 1 });
    await db.query(`UPDATE stages SET state = 'draft' WHERE id = $1`, [stageId]);
    const refusal = await post(`/v1/entries/${entryId}/status-changes`, marshal, {
      to: 'dnf',
      reason: 'mechanical: gearbox',
    });
    expect(refusal.status).toBe(422);
    expect(refusal.body.detail).toMatch(/stays registered/);
  });
});

describe('another organisation', () => {
  it('finds nothing, changes nothing, and learns nothing from the refusal', async () => {
    const club = await seedClub(db, { discipline: 'rally', vehicleKind: 'moto' });
    const stranger = (await seedClub(db, { discipline: 'rally', vehicleKind: 'moto' })).director;
    const mine = await post(`/v1/events/${club.event.eventId}/entries`, club.director, {
      name: 'Secret crew',
      classId: club.event.classId,
    }).expect(201);
    const unknown = '00000000-0000-4000-8000-000000000000';
    const before = await written();
    const routes = (id: string, eventId: string) => [
      get(`/v1/entries/${id}`, stranger),
      get(`/v1/entries/${id}/check`, stranger),
      get(`/v1/entries/${id}/crew-copy-preview`, stranger),
      get(`/v1/events/${eventId}/entries`, stranger),
      get(`/v1/events/${eventId}/readiness`, stranger),
      post(`/v1/events/${eventId}/entries`, stranger, { name: 'X' }),
      post(`/v1/entries/${id}/status-changes`, stranger, { to: 'withdrawn', reason: 'x' }),
      post(`/v1/entries/${id}/withdrawals`, stranger, { reason: 'x' }),
      post(`/v1/entries/${id}/race-numbers`, stranger),
      post(`/v1/entries/${id}/class-changes`, stranger, { classId: club.event.otherClassId }),
      post(`/v1/entries/${id}/crew-copies`, stranger),
      post(`/v1/entries/${id}/tracker-bindings`, stranger, { imei: club.imeis[0] }),
      post(`/v1/entries/${id}/tracker-swaps`, stranger, { from: club.imeis[0], to: club.imeis[1] }),
      post(`/v1/entries/${id}/tracker-releases`, stranger, { imei: club.imeis[0] }),
      post(`/v1/entries/${id}/checks`, stranger, { checks: [{ item: 'medical', state: 'passed' }] }),
    ];
    const theirs = await Promise.all(routes(mine.body.entryId, club.event.eventId));
    const nothing = await Promise.all(routes(unknown, unknown));
    const plain = (answers: typeof theirs) =>
      answers.map(({ status, body }) => [status, body.code, body.detail, body.errors]);
    expect(plain(theirs)).toEqual(plain(nothing));
    expect(new Set(theirs.map(({ status }) => status))).toEqual(new Set([404]));
    expect(await written()).toBe(before);
  });
});
