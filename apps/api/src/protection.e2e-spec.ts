import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import {
  cloneDatabase,
  eventually,
  freePort,
  seedEvent,
  seedMember,
  seedStage,
  startApiProcess,
  startDirectus,
  type SeededEvent,
  type SeededUser,
  type TestDatabase,
  type TestProcess,
} from '@trm/testing';
import { freezableProxy } from '../../../test/freezable-proxy.js';
import { questionAboutEntry, signAsDirectus } from '../../../test/sign-as-directus.js';
import { startApi, type TestApi } from '../../../test/start-api.js';

let db: TestDatabase;
let directus: TestProcess;
let api: TestApi;
let event: SeededEvent;
let stageId: string;
let director: SeededUser;
let viewer: SeededUser;

const LIMIT = 5;

beforeAll(async () => {
  db = await cloneDatabase();
  const port = await freePort();
  directus = await startDirectus(db.url, `http://127.0.0.1:${port}`);
  // Each test comes from an address of its own.
  api = await startApi(db.url, directus.url, port, {
    TRUST_PROXY: '1',
    RATE_LIMIT_FAILED_SIGN_INS: String(LIMIT),
    RATE_LIMIT_FAILED_HOOK_CALLS: String(LIMIT),
    RATE_LIMIT_FAILED_CALENDAR_KEYS: String(LIMIT),
    RATE_LIMIT_REQUESTS: String(10 * LIMIT),
    REQUEST_TIMEOUT_SECONDS: '1',
    DATABASE_POOL_SIZE: '2',
  });
  event = await seedEvent(db, { entries: 3 });
  ({ stageId } = await seedStage(db, { eventId: event.eventId, segments: 1 }));
  director = await seedMember(db, { organizationId: event.organizationId, role: 'race-director' });
  viewer = await seedMember(db, { organizationId: event.organizationId, role: 'viewer' });
  await api.request
    .post(`/v1/stages/${stageId}/openings`)
    .set('Authorization', `Bearer ${director.token}`)
    .expect(200);
});

afterAll(async () => {
  await api?.close();
  await directus?.stop();
  await db?.drop();
});

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: Headers;
}

async function answerOf(response: Response): Promise<Answer> {
  const body = await response.text();
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  return {
    status: response.status,
    code: isProblem ? (JSON.parse(body) as { code: string }).code : undefined,
    headers: response.headers,
  };
}

const get = async (path: string, from: string, token?: string) =>
  answerOf(
    await fetch(`${api.url}${path}`, {
      headers: { 'x-forwarded-for': from, ...(token && { authorization: `Bearer ${token}` }) },
    }),
  );

const ask = async (token: string, from: string, url = api.url) =>
  answerOf(
    await fetch(`${url}/v1/hooks/directus/guard`, {
      method: 'POST',
      headers: { 'content-type': 'application/jwt', 'x-forwarded-for': from },
      body: token,
    }),
  );

const question = (secret?: string) =>
  signAsDirectus(questionAboutEntry(event.entryIds[0]!, director.userId), secret);

/** The answers to `LIMIT` attempts and one more. */
async function attempts(attempt: () => Promise<Answer>): Promise<[tolerated: Answer[], oneMore: Answer]> {
  const tolerated = [];
  for (let n = 0; n < LIMIT; n += 1) tolerated.push(await attempt());
  return [tolerated, await attempt()];
}

describe('whoever fails again and again is slowed down, and a neighbour at the same address is not', () => {
  it('with hook calls that are not signed', async () => {
    const from = '192.0.2.1';
    const [tolerated, oneMore] = await attempts(() => ask(question('x'.repeat(40)), from));
    expect(tolerated.map(({ code }) => code)).toEqual(Array(LIMIT).fill('HOOK_NOT_SIGNED'));
    expect([oneMore.status, oneMore.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(oneMore.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask(question(), from)).status).toBe(204);
  });

  it('with tokens that Directus does not know', async () => {
    const from = '192.0.2.2';
    const path = `/v1/stages/${stageId}/start-list`;
    const [tolerated, oneMore] = await attempts(() => get(path, from, randomUUID()));
    expect(tolerated.map(({ code }) => code)).toEqual(Array(LIMIT).fill('SIGN_IN_EXPIRED'));
    expect([oneMore.status, oneMore.code]).toEqual([429, 'RATE_LIMITED']);
    expect((await get(path, from, director.token)).status).toBe(200);
  });

  it('with calendar keys', async () => {
    const from = '192.0.2.3';
    const calendar = `/v1/calendars/events/${event.eventId}.ics`;
    const [tolerated, oneMore] = await attempts(() => get(`${calendar}?key=${randomUUID()}`, from));
    expect(tolerated.map(({ code }) => code)).toEqual(Array(LIMIT).fill('CALENDAR_NOT_FOUND'));
    expect(oneMore.code).toBe('RATE_LIMITED');
    const link = await fetch(`${api.url}/v1/events/${event.eventId}/calendar-link`, {
      headers: { authorization: `Bearer ${viewer.token}`, 'x-forwarded-for': from },
    });
    const { url } = (await link.json()) as { url: string };
    expect((await get(url.slice(new URL(url).origin.length), from)).status).toBe(200);
  });

  it('with requests of any kind', async () => {
    const from = '192.0.2.4';
    const path = `/v1/stages/${stageId}/start-list`;
    expect((await get(path, from, director.token)).status).toBe(200);
    const codes = [];
    for (let n = 0; n < 10 * LIMIT + 1; n += 1) codes.push((await get(path, from)).code);
    expect([codes[0], codes.at(-1)]).toEqual(['SIGN_IN_REQUIRED', 'RATE_LIMITED']);
    expect((await get(path, from, director.token)).status).toBe(200);
    expect((await get(path, '192.0.2.5')).code).toBe('SIGN_IN_REQUIRED');
    expect((await get('/health/live', from)).status).toBe(200);
  });

  it('and where no proxy is trusted, nobody chooses an address', async () => {
    const own = await startApi(db.url, directus.url, 0, { RATE_LIMIT_FAILED_HOOK_CALLS: String(LIMIT) });
    let last = 1;
    const [, oneMore] = await attempts(() => ask('a.b.c', `198.51.100.${(last += 1)}`, own.url));
    await own.close();
    expect(oneMore.code).toBe('RATE_LIMITED');
  });
});

describe('an answer', () => {
  it('tells browsers to run, frame and keep nothing of it', async () => {
    for (const path of ['/health/live', '/nowhere', `/v1/stages/${stageId}/start-list`, '/docs-json']) {
      const { headers } = await get(path, '192.0.2.6');
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none';frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'strict-transport-security': expect.stringMatching(/max-age=\d{8}/),
        'x-content-type-options': 'nosniff',
        'x-frame-options': expect.any(String),
      });
      expect(headers.has('x-powered-by') || headers.has('server')).toBe(false);
    }
  });

  it('to an address that cannot be decoded is one like the others', async () => {
    const answer = await get('/v1/%c0%af', '192.0.2.6');
    expect([answer.status, answer.code]).toEqual([400, 'MALFORMED_REQUEST']);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
  });

  it('that may be kept says so itself', async () => {
    const { headers } = await get(`/v1/stages/${stageId}/start-list`, '192.0.2.6', director.token);
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect(headers.get('etag')).toMatch(/^"running|^"open/);
  });

  it('of the page that describes the interface lets that page work, and nothing else in it', async () => {
    const page = await fetch(`${api.url}/docs`);
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self';/);
    expect(await page.text()).not.toMatch(/<script>(?!\s*<\/script>)/);
  });
});

describe('a request', () => {
  const send = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${api.url}/v1/stages/${stageId}/closings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${director.token}`, ...headers },
      body,
    }).then(answerOf);

  it.each<[string, string, number, string]>([
    ['larger than a mebibyte', `{"reason":"${'x'.repeat(1024 * 1024)}"}`, 413, 'BODY_TOO_LARGE'],
    ['nested without end', `{"reason":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 400, 'MALFORMED_REQUEST'],
    ['that reaches for a prototype', '{"__proto__":{"reason":"x"}}', 400, 'MALFORMED_REQUEST'],
    ['that reaches for a constructor', '{"constructor":{"prototype":{"x":1}}}', 400, 'MALFORMED_REQUEST'],
    ['with half a character', '{"reason":"\\ud800"}', 400, 'MALFORMED_REQUEST'],
    ['with a NUL', '{"reason":"a\\u0000b"}', 400, 'MALFORMED_REQUEST'],
  ])('%s is refused', async (_case, body, status, code) => {
    const answer = await send(body);
    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'that a page elsewhere could send, as %s, is refused',
    async (type) => {
      expect((await send('reason=x', { 'content-type': type })).code).toBe('UNSUPPORTED_MEDIA_TYPE');
    },
  );

  it('that does not arrive in time is ended', async () => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname.replace(/[[\]]/g, ''));
    socket.write(
      `POST /v1/hooks/directus/guard HTTP/1.1\r\nHost: x\r\nContent-Type: application/jwt\r\nContent-Length: 1000\r\n\r\nsome`,
    );
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer).toMatch(/"code":"REQUEST_TOO_SLOW"/);
  });
});

describe('a question of Directus', () => {
  const askTimed = async (url?: string) => {
    const begin = performance.now();
    const answer = await ask(question(), '192.0.2.7', url);
    return { ...answer, milliseconds: performance.now() - begin };
  };
  const withLock = async <Result>(sql: string, work: () => Promise<Result>): Promise<Result> => {
    const holder = new pg.Client({ connectionString: db.url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query(sql);
    try {
      return await work();
    } finally {
      await holder.end();
    }
  };

  it('is answered once', async () => {
    const token = question();
    const answers = [await ask(token, '192.0.2.8'), await ask(token, '192.0.2.8')];
    // The last character of a signature holds two bits that mean nothing.
    const last = token.at(-1)!;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const rewritten = `${token.slice(0, -1)}${alphabet[alphabet.indexOf(last) ^ 1]}`;
    answers.push(await ask(rewritten, '192.0.2.8'));
    expect(answers.map(({ status, code }) => [status, code])).toEqual([
      [204, undefined],
      [401, 'HOOK_REPLAYED'],
      [401, 'HOOK_REPLAYED'],
    ]);
  });

  it('is asked for each row of an import, and for each of several equal writes', async () => {
    const write = (method: string, path: string, body: unknown) =>
      fetch(`${directus.url}/items/entries${path}`, {
        method,
        headers: { authorization: `Bearer ${director.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }).then(({ status }) => status);
    const rows = Array.from({ length: 300 }, (_, n) => ({
      event_id: event.eventId,
      class_id: event.classId,
      race_number: 1_000 + n,
      name: 'Imported',
    }));
    expect(await write('POST', '', rows)).toBe(200);
    const equal = await Promise.all(
      Array.from({ length: 6 }, () => write('PATCH', `/${event.entryIds[1]}`, { name: 'Renamed' })),
    );
    expect(equal).toEqual(Array(6).fill(200));
  });

  it('is answered within a second while everybody else waits for a connection', async () => {
    let waiting: Promise<number>[] = [];
    await withLock(`SELECT FROM stages WHERE id = '${stageId}' FOR UPDATE`, async () => {
      waiting = [1, 2, 3].map(() =>
        api.request
          .post(`/v1/stages/${stageId}/delays`)
          .set('Authorization', `Bearer ${director.token}`)
          .set('Idempotency-Key', randomUUID())
          .send({ seconds: 60, reason: 'fog' })
          .then(({ status }) => status),
      );
      await eventually(async () => {
        const held = await db.query(
          `SELECT FROM pg_stat_activity WHERE application_name = 'trm-api' AND wait_event_type = 'Lock' AND datname = current_database()`,
        );
        if (held.length === 0) throw new Error('nobody waits yet');
      });
      const { status, milliseconds } = await askTimed();
      expect(status).toBe(204);
      expect(milliseconds).toBeLessThan(1_000);
    });
    expect(await Promise.all(waiting)).toEqual([200, 200, 200]);
  });

  it('is refused within a second when the database takes longer', async () => {
    await withLock('LOCK TABLE stages IN ACCESS EXCLUSIVE MODE', async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => askTimed()));
      for (const { status, milliseconds } of answers) {
        expect(status).toBe(503);
        expect(milliseconds).toBeLessThan(1_000);
      }
    });
    expect((await askTimed()).status).toBe(204);
  });

  it('is refused within a second when the database is not reached any more', async () => {
    const proxy = await freezableProxy(db.url);
    const own = await startApi(proxy.url, directus.url);
    expect((await askTimed(own.url)).status).toBe(204);
    proxy.freeze();
    const { status, milliseconds, headers } = await askTimed(own.url);
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('5');
    expect(milliseconds).toBeLessThan(1_000);
    await proxy.close();
    await own.close();
  });
});

describe('the log of a process', () => {
  it('has no secret, no key, no name, no address of a person and no value of a row', async () => {
    const own = await startApiProcess(db.url, directus.url, { RATE_LIMIT_FAILED_SIGN_INS: '1' });
    const { stageId } = await seedStage(db, {
      eventId: event.eventId,
      segments: 1,
      stage: { sort_order: 2 },
    });
    await db.query(
      `UPDATE directus_users SET first_name = 'Marked', last_name = 'Marked', email = 'marked@example.org' WHERE id = $1`,
      [director.userId],
    );
    await db.query(`
      CREATE FUNCTION pg_temp_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'marked %', NEW.reason USING DETAIL = 'marked', HINT = 'marked'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON stage_changes FOR EACH ROW EXECUTE FUNCTION pg_temp_refuse();`);
    const call = (path: string, init: RequestInit = {}) =>
      fetch(`${own.url}${path}`, init).then(({ status }) => status);
    const signedIn = { authorization: `Bearer ${director.token}` };
    const statuses = [
      await call(`/v1/stages/${stageId}/openings`, {
        method: 'POST',
        headers: { ...signedIn, 'content-type': 'application/json', 'idempotency-key': 'marked-key' },
        body: '{"reason":"marked-reason"}',
      }),
      await call(`/v1/stages/${stageId}/start-list`, { headers: { authorization: 'Bearer marked-token' } }),
      await call(`/v1/stages/${stageId}/start-list`, {
        headers: { cookie: 'directus_session_token=marked-cookie' },
      }),
      await call('/v1/stages/marked-id/start-list', { headers: signedIn }),
      await call('/v1/calendars/events/marked.ics?key=marked-calendar-key'),
      await call('/v1/calendars/events/x.ics/marked-calendar-key'),
      await call('/v1/hooks/directus/guard', {
        method: 'POST',
        headers: { 'content-type': 'application/jwt' },
        body: 'marked.marked.marked',
      }),
      await call(`/v1/stages/${stageId}/closings`, {
        method: 'POST',
        headers: { ...signedIn, 'content-type': 'application/json' },
        body: '{"marked":"marked"',
      }),
    ];
    await db.query('DROP FUNCTION pg_temp_refuse() CASCADE');
    expect(statuses).toEqual([500, 401, 429, 400, 404, 404, 401, 400]);
    await own.stop();
    const output = own.output();
    expect(output).toMatch(/"message":"request failed".*"code":"P0001"/);
    expect(output.match(/"message":"request"/g)).toHaveLength(statuses.length);
    expect(output.toLowerCase()).not.toContain('marked');
    expect(output).not.toContain(director.token);
    expect(output).not.toContain(process.env['HOOK_SECRET']);
  });
});
