import { createHmac } from 'node:crypto';
import { stableId } from '@trm/directus';
import {
  cloneDatabase,
  freePort,
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

/** Presses a button on a stage as the Admin UI does. */
async function press(button: string, stageId: string, who: SeededUser | undefined, fields: object = {}) {
  const response = await fetch(`${directus.url}/flows/trigger/${stableId('flow', `button-${button}`)}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(who && { authorization: `Bearer ${who.token}` }),
    },
    body: JSON.stringify({ collection: 'stages', keys: [stageId], ...fields }),
  });
  const text = await response.text();
  const body = (text === '' ? {} : JSON.parse(text)) as {
    errors?: { message: string; extensions: { code: string } }[];
  };
  return { status: response.status, error: body.errors?.[0] };
}

/** The newest answer that somebody finds under the bell. */
async function answerFor({ userId }: SeededUser) {
  const [notification] = await db.query<{ subject: string; message: string }>(
    'SELECT subject, message FROM directus_notifications WHERE recipient = $1 ORDER BY id DESC LIMIT 1',
    [userId],
  );
  return notification;
}

const tomorrow = (minute: number) => {
  const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  return new Date(Date.parse(`${day}T06:00:00Z`) + minute * 60_000).toISOString();
};
const stageOf = (name: string, sortOrder: number) =>
  seedStage(db, {
    eventId: event.eventId,
    segments: 2,
    stage: { name, sort_order: sortOrder, starts_at: tomorrow(0) },
  });
const stateOf = async (stageId: string) =>
  (await db.query<{ state: string }>('SELECT state FROM stages WHERE id = $1', [stageId]))[0]?.state;

beforeAll(async () => {
  db = await cloneDatabase();
  const apiPort = await freePort();
  directus = await startDirectus(db.url, `http://127.0.0.1:${apiPort}`);
  api = await startApi(db.url, directus.url, apiPort);
  event = await seedEvent(db, { entries: 3 });
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

describe('the buttons of a stage', () => {
  it('preview, open, delay, redraw and close it, each with an answer in words', async () => {
    const { stageId } = await stageOf('Prologue', 1);

    expect(await press('preview', stageId, director)).toEqual({ status: 200 });
    expect(await stateOf(stageId)).toBe('planned');
    expect(await answerFor(director)).toMatchObject({
      subject: 'Preview of Prologue',
      message: expect.stringMatching(/^\*\*Nothing is published yet\.\*\*[^]*\| 1 \| \*\*1\*\* \| Crew 1 \|/),
    });

    expect(await press('open', stageId, director, { reason: 'on time' })).toEqual({ status: 200 });
    expect(await stateOf(stageId)).toBe('open');
    expect((await answerFor(director))?.subject).toBe('Prologue is open');

    expect(await press('delay', stageId, director, { minutes: 20, reason: 'fog' })).toEqual({ status: 200 });
    expect((await answerFor(director))?.message).toMatch(
      /^\*\*Version 2 of the start list of Prologue is published/,
    );
    expect(await press('delay', stageId, director, { minutes: 5, from_segment: 2, reason: 'fog' })).toEqual({
      status: 200,
    });
    expect(await press('redraw', stageId, director, { reason: 'once more' })).toEqual({ status: 200 });
    const [list] = await db.query<{ version: number; lines: { startAt: string }[] }>(
      'SELECT version, lines FROM start_lists WHERE stage_id = $1 ORDER BY version DESC LIMIT 1',
      [stageId],
    );
    expect(list?.lines[0]?.startAt).toBe(tomorrow(20));

    expect(await press('close', stageId, director, { reason: 'weather' })).toEqual({ status: 200 });
    expect(await stateOf(stageId)).toBe('closed');
    expect(await answerFor(director)).toMatchObject({
      subject: 'Prologue is closed',
      message: expect.stringMatching(/Did not start: \\#1, \\#2, \\#3/),
    });
    await db.query(
      "UPDATE entries SET status = 'confirmed', status_reason = 'test ' || id WHERE event_id = $1",
      [event.eventId],
    );
  });

  it.each<[string, () => SeededUser | undefined, number, string, RegExp]>([
    ['a marshal', () => marshal, 403, 'ROLE_MISSING', /To open a stage you must be/],
    ['a stranger', () => stranger, 403, 'FORBIDDEN', /./],
    ['nobody', () => undefined, 403, 'FORBIDDEN', /./],
  ])('refuse %s', async (_who, who, status, code, words) => {
    const { stageId } = await stageOf('Leg 2', 2);
    const { status: given, error } = await press('open', stageId, who(), { reason: 'r' });
    expect([given, error?.extensions.code]).toEqual([status, code]);
    expect(error?.message).toMatch(words);
    expect(await stateOf(stageId)).toBe('planned');
  });

  it.each<[string, object, number, string]>([
    ['delay', { minutes: 20, reason: 'fog' }, 409, 'STAGE_NOT_IN_STATE'],
    ['redraw', {}, 422, 'REASON_MISSING'],
    ['delay', { reason: 'fog' }, 422, 'MINUTES_MISSING'],
    ['delay', { minutes: 'many', reason: 'fog' }, 400, 'REQUEST_INVALID'],
  ])('say why %s with %j is not possible', async (button, fields, status, code) => {
    const { stageId } = await stageOf('Leg 3', 3);
    if (code === 'MINUTES_MISSING') await press('open', stageId, director);
    const { status: given, error } = await press(button, stageId, director, fields);
    expect([given, error?.extensions.code]).toEqual([status, code]);
    await db.query("UPDATE stages SET state = 'closed' WHERE id = $1 AND state = 'open'", [stageId]);
  });

  it('say so when the control plane does not answer', async () => {
    const alone = await startDirectus(db.url);
    const { stageId } = await stageOf('Leg 4', 4);
    const response = await fetch(`${alone.url}/flows/trigger/${stableId('flow', 'button-open')}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${director.token}` },
      body: JSON.stringify({ collection: 'stages', keys: [stageId] }),
    });
    expect(response.status).toBe(503);
    expect(await response.text()).toMatch(/race control service did not answer/);
    await alone.stop();
  });
});

describe('the address behind the buttons', () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = (claims: object, secret = process.env['HOOK_SECRET'] ?? '') => {
    const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
  };
  const claims = (stageId: string, exp: number) => ({
    command: 'delay',
    body: { collection: 'stages', keys: [stageId], minutes: 10, reason: 'fog' },
    accountability: { user: director.userId, admin: false },
    iss: 'directus',
    aud: 'control-plane',
    exp,
  });
  const send = (token: string) =>
    api.request.post('/v1/hooks/directus/commands').set('Content-Type', 'application/jwt').send(token);
  const now = () => Math.floor(Date.now() / 1000);

  it('refuses unsigned and expired calls, and answers a replayed one without doing it again', async () => {
    const { stageId } = await stageOf('Leg 5', 5);
    await press('open', stageId, director);
    expect((await send(signed(claims(stageId, now() + 30), 'x'.repeat(40)))).status).toBe(401);
    expect((await send(signed(claims(stageId, now() - 60)))).status).toBe(401);
    const token = signed(claims(stageId, now() + 30));
    const [first, replayed] = [await send(token), await send(token)];
    expect([first.status, replayed.status]).toEqual([200, 200]);
    const [stage] = await db.query('SELECT delay_seconds FROM stages WHERE id = $1', [stageId]);
    expect(stage).toEqual({ delay_seconds: 600 });
  });
});
