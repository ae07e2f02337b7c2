/**
 * Walks every route of the OpenAPI document, so that a new route is walked without being named here:
 *   1. whoever may not, and whatever cannot be meant: no route fails, hangs, tells something or writes;
 *   2. bodies of the right shape with strange values from somebody who may: no route fails or hangs;
 *   3. an id of another organisation and an id of nothing: the same answer, byte for byte;
 *   4. what is hardly HTTP.
 * The values are drawn from one seed.
 */
import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
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
import {
  type ApiRoute,
  type Document,
  routesOf,
  type Schema,
  shaped,
  type Values,
} from '../../../test/openapi-routes.js';
import { signAsDirectus } from '../../../test/sign-as-directus.js';
import { startApi, type TestApi } from '../../../test/start-api.js';

const SEED = 20260606;
const WITHIN_MS = 5_000;
const AT_ONCE = 8;
/** Bodies for each route and caller in the second part. */
const BODIES = 25;

let db: TestDatabase;
let directus: TestProcess;
let api: TestApi;
let routes: ApiRoute[];
let event: SeededEvent;
let director: SeededUser;
let stranger: SeededUser;
/** What stands in for a parameter of a path, by its name. */
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  db = await cloneDatabase();
  // The guard of Directus asks this API.
  const apiPort = await freePort();
  directus = await startDirectus(db.url, `http://127.0.0.1:${apiPort}`);
  const unlimited = {
    RATE_LIMIT_REQUESTS: '1000000',
    RATE_LIMIT_FAILED_SIGN_INS: '1000000',
    RATE_LIMIT_FAILED_HOOK_CALLS: '1000000',
    RATE_LIMIT_FAILED_CALENDAR_KEYS: '1000000',
  };
  api = await startApi(db.url, directus.url, apiPort, unlimited);
  routes = routesOf((await api.request.get('/docs-json').expect(200)).body as Document);
  event = await seedEvent(db, { entries: 3 });
  const { stageId, segmentIds } = await seedStage(db, { eventId: event.eventId, segments: 2 });
  ids = {
    stageId,
    segmentId: segmentIds[0]!,
    eventId: event.eventId,
    entryId: event.entryIds[0]!,
    classId: event.classId,
    organizationId: event.organizationId,
    organisationId: event.organizationId,
    importId: await anImport(event.eventId),
    positionFaultId: await aMark(event.entryIds[0]!),
    requestId: await aRequest(event.eventId),
  };
  director = await seedMember(db, { organizationId: event.organizationId, role: 'race-director' });
  const elsewhere = await seedEvent(db, { entries: 1 });
  stranger = await seedMember(db, { organizationId: elsewhere.organizationId, role: 'race-director' });
});

afterAll(async () => {
  await api?.close();
  await directus?.stop();
  await db?.drop();
});

/** One of a process that has died. */
async function anImport(eventId: string): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    `INSERT INTO control.entry_imports (event_id, file_sha256, seen_at) VALUES ($1, '', now() - interval '1 hour') RETURNING id`,
    [eventId],
  );
  return row!.id;
}

async function aMark(entryId: string): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    `INSERT INTO position_faults (entry_id, ts_from, ts_to, reason) VALUES ($1, now(), now(), 'test') RETURNING id`,
    [entryId],
  );
  return row!.id;
}

async function aRequest(eventId: string): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    `INSERT INTO recompute_requests (event_id, reason, status) VALUES ($1, 'replay', 'done') RETURNING id`,
    [eventId],
  );
  return row!.id;
}

interface Attempt {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn, so that a name can come twice. */
  readonly headers: readonly string[];
  readonly body?: string | Buffer;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const bearer = (token: string) => ['authorization', `Bearer ${token}`];
const JSON_BODY = ['content-type', 'application/json'];

/** Sends it as it is: fetch would tidy up the path and the headers. */
function send({ method, path, headers, body }: Attempt): Promise<Answer> {
  const { hostname, port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const all = ['host', `${hostname}:${port}`, 'connection', 'close', ...headers];
    if (body !== undefined) all.push('content-length', String(Buffer.byteLength(body)));
    const sent = httpRequest({
      hostname: hostname.replace(/[[\]]/g, ''),
      port,
      method,
      path,
      headers: all,
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      text(response).then(
        (answered) =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            body: answered,
          }),
        reject,
      );
    });
    sent.end(body);
  });
}

/** What is wrong with an answer; undefined when nothing is. */
function fault({ status, type, body }: Answer): string | undefined {
  if (status >= 500) return `${status} ${body}`;
  if (status >= 400 && !type.startsWith('application/problem+json')) return `${status} as ${type}`;
  if (status >= 400 && /node_modules|\.[jt]s:\d+:\d+|SELECT |syntax error|violates/.test(body)) return body;
  return undefined;
}

/** Sends all, a few at once. @returns what went wrong, each with what was sent */
async function faultsOf(
  attempts: readonly Attempt[],
  mayAnswer = (_status: number) => true,
): Promise<string[]> {
  const faults: string[] = [];
  const queue = attempts.values();
  const work = async () => {
    for (const attempt of queue) {
      const answer = await send(attempt).catch((error: Error) => error);
      const wrong =
        answer instanceof Error
          ? `no answer: ${answer.message}`
          : (fault(answer) ?? (mayAnswer(answer.status) ? undefined : `${answer.status} ${answer.body}`));
      if (wrong === undefined) continue;
      const shown = JSON.stringify(attempt.body?.toString('utf8').slice(0, 200));
      faults.push(`${attempt.method} ${attempt.path.slice(0, 200)} ${shown} → ${wrong.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return faults;
}

function fill({ path, parameters, query }: ApiRoute, idOf: (name: string) => string, extra = ''): string {
  const filled = parameters.reduce((before, name) => before.replace(`{${name}}`, () => idOf(name)), path);
  const asked = new URLSearchParams(
    Object.fromEntries(query.map(({ name, schema }) => [name, String(sampleOf(schema, plain()))])),
  );
  return `${filled}${extra === '' && asked.size > 0 ? `?${asked.toString()}` : extra}`;
}

/** An id that there is. @throws Error for a parameter that nobody has told this test about */
function known(name: string): string {
  const id = ids[name];
  if (id === undefined) throw new Error(`Tell the fuzz run an id for the path parameter {${name}}.`);
  return id;
}

const takesBody = ({ method }: ApiRoute) => method !== 'GET' && method !== 'DELETE';

const STRANGE_TEXTS = [
  '',
  ' ',
  "'; DROP TABLE stages; --",
  '<script>alert(1)</script>',
  '{{7*7}}${7*7}',
  '../../../../etc/passwd',
  '\u202e',
  '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🏁',
  '\ufeff',
  'x'.repeat(10_000),
  '%00',
  '=cmd()',
];
const STRANGE_NUMBERS = [0, -1, 1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e21, 1e308, 5e-324];
const STRANGE_INSTANTS = [
  '2026-06-06T06:00:00Z',
  '2026-06-06T06:00:00+02:00',
  '2026-02-29T06:00:00Z',
  '9999-12-31T23:59:59Z',
  '0001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '2026-06-06T06:00:00',
  '2026-06-06',
  '2026-W23-6',
  '2026-06-06T24:00:00Z',
  'now',
];

const strange = (): Values => ({
  text: fc.oneof(
    fc.constantFrom(...STRANGE_TEXTS),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
  ),
  integer: fc.oneof(fc.constantFrom(...STRANGE_NUMBERS), fc.integer(), fc.double({ noNaN: true })),
  uuid: fc.oneof(
    fc.constantFrom(...Object.values(ids), ...event.entryIds),
    fc.uuid(),
    fc.constantFrom(...STRANGE_TEXTS),
  ),
  instant: fc.oneof(fc.constantFrom(...STRANGE_INSTANTS), fc.constantFrom(...STRANGE_TEXTS)),
});

/** What a well-behaved program might send. */
const plain = (): Values => ({
  text: fc.constant('as agreed'),
  integer: fc.constant(1),
  uuid: fc.constant(randomUUID()),
  instant: fc.constant('2026-06-06T06:00:00Z'),
});

const sampleOf = (schema: Schema, values: Values): unknown =>
  fc.sample(shaped(schema, values), { seed: SEED, numRuns: 1 })[0];
const bodyOf = (route: ApiRoute): string => JSON.stringify(sampleOf(route.body?.schema ?? {}, plain()));

/** Whatever cannot be meant; none of these can be carried out. */
function meaningless(route: ApiRoute): Attempt[] {
  const { method } = route;
  const path = fill(route, known);
  const signedIn = bearer(director.token);
  const withBody = (body: string | Buffer, headers: readonly string[] = JSON_BODY): Attempt => ({
    method,
    path,
    headers: [...signedIn, ...headers],
    body,
  });
  const body = bodyOf(route);
  const paths = [
    '..%2f..%2f..%2fetc%2fpasswd',
    '%00',
    '%',
    '%c0%af',
    '00000000-0000-0000-0000-00000000000g',
    "'%20OR%201=1--",
    '%F0%9F%8F%81',
    'x'.repeat(200),
    'x'.repeat(8_000),
    '__proto__',
  ].map((id) => ({ method, path: fill(route, () => id), headers: [...signedIn, ...JSON_BODY], body: '{}' }));
  if (!takesBody(route)) return paths.map(({ method, path, headers }) => ({ method, path, headers }));
  const keys = ['', 'short', 'ä'.repeat(9), 'x'.repeat(201), 'tab\tin\tit'].map((key) =>
    withBody(body, [...JSON_BODY, 'idempotency-key', Buffer.from(key).toString('latin1')]),
  );
  return [
    ...paths,
    ...keys,
    ...[
      '{',
      '[',
      'null garbage',
      '{"reason":}',
      '{"a":1}}',
      '\ufeff{}x',
      '[]',
      '[{}]',
      '"text"',
      '17',
      'true',
      '{"nobody":"knows me"}',
      '{"__proto__":{"isAdmin":true}}',
      '{"constructor":{"prototype":{"isAdmin":true}}}',
      '{"reason":"\\u0000"}',
      '{"reason":"\\ud800"}',
      '{"reason":{"$ne":null}}',
      '{"reason":["a","b"]}',
      `{"reason":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
      '['.repeat(100_000),
      `{"reason":"${'x'.repeat(600)}"}`,
    ].map((hostile) => withBody(hostile)),
    withBody(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
    withBody(Buffer.alloc(6 * 1024 * 1024, 0x20)),
    ...[
      'text/plain',
      'text/html',
      'application/xml',
      'application/x-www-form-urlencoded',
      'x',
      'application/jwt',
    ].map((type) => withBody(body, ['content-type', type])),
  ];
}

/** Those who may not: nobody, a wrong token, and the race director of another organisation. */
function forbidden(route: ApiRoute): Attempt[] {
  const callers = [
    [],
    bearer(randomUUID()),
    bearer('x'.repeat(5_000)),
    ['authorization', 'Basic eDp5'],
    ['cookie', 'directus_session_token=x; directus_session_token=y'],
    bearer(stranger.token),
  ];
  return callers.flatMap((caller) =>
    [known, () => randomUUID()].map((idOf) => ({
      method: route.method,
      path: fill(route, idOf),
      headers: [...caller, ...(takesBody(route) ? [...JSON_BODY, 'idempotency-key', randomUUID()] : [])],
      ...(takesBody(route) && { body: bodyOf(route) }),
    })),
  );
}

/** All rows of all tables, but for keys of requests: the text changes with any of them. */
async function everything(): Promise<Record<string, string>> {
  const tables = await db.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_type = 'BASE TABLE' AND table_schema IN ('public', 'control')
        AND table_name NOT IN ('idempotency_keys', 'spatial_ref_sys')`,
  );
  const sums: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await db.query<{ sum: string }>(
      `SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS sum FROM ${name} t`,
    );
    sums[name] = row!.sum;
  }
  return sums;
}

describe(`every route (seed ${SEED})`, () => {
  it('is in the walk', () => {
    expect(routes.length).toBeGreaterThan(20);
    expect(routes.some(({ body }) => body !== undefined)).toBe(true);
  });

  it('answers those who may not with a refusal, and writes nothing', async () => {
    const before = await everything();
    expect(await faultsOf(routes.flatMap(forbidden), (status) => status >= 400)).toEqual([]);
    expect(await everything()).toEqual(before);
  });

  it('answers what cannot be meant, and writes nothing', async () => {
    const before = await everything();
    const attempts = routes.flatMap(meaningless);
    expect(await faultsOf(attempts, (status) => status >= 400)).toEqual([]);
    expect(await everything()).toEqual(before);
  });

  it('answers strange values in the right places', async () => {
    const attempts = routes.flatMap((route, index): Attempt[] => {
      const seed = SEED + index;
      const headers = [...bearer(director.token), ...JSON_BODY];
      if (!takesBody(route)) {
        const queries = fc.sample(
          fc.record({
            name: fc.constantFrom('', ...route.query.map(({ name }) => name)),
            value: strange().text,
          }),
          { seed, numRuns: BODIES },
        );
        return queries.map(({ name, value }) => ({
          method: route.method,
          path: fill(
            route,
            known,
            `?${name}=${encodeURIComponent(value.toWellFormed()).slice(0, 4_000)}&${name}=2&a[b]=c`,
          ),
          headers: bearer(director.token),
        }));
      }
      const bodies = fc.sample(shaped(route.body?.schema ?? {}, strange()), { seed, numRuns: BODIES });
      return [
        ...bodies.map((body) => ({ body, twice: [] })),
        ...[
          'authorization',
          'content-type',
          'idempotency-key',
          'if-none-match',
          'cookie',
          'x-request-id',
        ].map((name) => ({ body: bodies[0], twice: [name, 'Bearer 1', name, 'application/json'] })),
      ].map(({ body, twice }) => ({
        method: route.method,
        path: fill(route, known),
        headers: [...headers, 'idempotency-key', randomUUID(), ...twice],
        body: JSON.stringify(body),
      }));
    });
    expect(await faultsOf(attempts)).toEqual([]);
  });

  it('answers a stranger the same for what is of others and for what is not there', async () => {
    const comparable = ({ status, body }: Answer) => {
      const { instance: _, requestId: __, ...rest } = JSON.parse(body) as Record<string, unknown>;
      return JSON.stringify({ status, ...rest });
    };
    const compared = routes.filter(({ parameters }) => parameters.length > 0);
    for (const route of compared) {
      const body = bodyOf(route);
      const [ofOthers, ofNothing] = await Promise.all(
        [known, () => randomUUID()].map((idOf) =>
          send({
            method: route.method,
            path: fill(route, idOf),
            headers: [...bearer(stranger.token), ...JSON_BODY, 'idempotency-key', randomUUID()],
            ...(takesBody(route) && { body }),
          }),
        ),
      );
      const where = `${route.method} ${route.path}`;
      expect(`${where} ${comparable(ofOthers!)}`).toBe(`${where} ${comparable(ofNothing!)}`);
      expect(`${where} ${ofOthers!.status} ${ofOthers!.body}`).toContain(`${where} 404 `);
    }
  });
});

describe('the hooks', () => {
  const call = (hook: string, body: string, type = 'application/jwt'): Attempt => ({
    method: 'POST',
    path: `/v1/hooks/directus/${hook}`,
    headers: ['content-type', type],
    body,
  });

  it('answer calls that are not signed, and write nothing', async () => {
    const before = await everything();
    const bodies = [
      '',
      '.',
      '..',
      '...',
      'a.b.c',
      '{}',
      'x'.repeat(1024 * 1024),
      '\0',
      signAsDirectus({}, 'x'.repeat(32)),
    ];
    const attempts = ['guard', 'commands'].flatMap((hook) =>
      bodies.flatMap((body) => [call(hook, body), call(hook, body, 'application/json')]),
    );
    expect(await faultsOf(attempts, (status) => status >= 400)).toEqual([]);
    expect(await everything()).toEqual(before);
  });

  it('answer signed calls with anything in them', async () => {
    const claims = fc.sample(
      fc.record({
        trigger: fc.oneof(
          fc.jsonValue(),
          fc.record({
            event: fc.constantFrom('entries.items.create', 'entries.items.update', 'stages.items.update', ''),
            collection: fc.constantFrom('entries', 'stages', '__proto__', ''),
            payload: fc.oneof(
              fc.jsonValue(),
              fc.record({
                status: fc.oneof(fc.constant('confirmed'), fc.jsonValue()),
                state: fc.oneof(fc.constant('open'), fc.jsonValue()),
                event_id: fc.oneof(fc.constant(event.eventId), fc.jsonValue()),
              }),
            ),
            keys: fc.oneof(
              fc.array(fc.oneof(fc.constant(event.entryIds[0]), fc.jsonValue())),
              fc.jsonValue(),
            ),
          }),
        ),
        command: fc.oneof(fc.constantFrom('preview', 'close', '__proto__', 'constructor'), fc.jsonValue()),
        body: fc.oneof(
          fc.jsonValue(),
          fc.record({ collection: fc.constant('stages'), keys: fc.jsonValue(), minutes: fc.jsonValue() }),
        ),
        accountability: fc.oneof(
          fc.jsonValue(),
          fc.record({
            user: fc.oneof(fc.constant(director.userId), fc.string({ unit: 'binary' })),
            admin: fc.jsonValue(),
          }),
        ),
      }),
      { seed: SEED, numRuns: 200 },
    );
    const attempts = claims.flatMap((one) =>
      ['guard', 'commands'].map((hook) => call(hook, signAsDirectus(one))),
    );
    expect(await faultsOf(attempts)).toEqual([]);
  });
});

describe('what is hardly HTTP', () => {
  it.each<[string, string]>([
    ['no HTTP', 'hello\r\n\r\n'],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n'],
    ['another method', 'BREW /v1/stages HTTP/1.1\r\nHost: x\r\n\r\n'],
    [
      'two lengths',
      'POST /v1/hooks/directus/guard HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['an address without end', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a broken escape', 'GET /v1/stages/%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    [
      'an address of somebody else',
      'GET http://other.example/v1/stages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ],
  ])('%s is refused in the words of the interface', async (_case, raw) => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname.replace(/[[\]]/g, ''));
    socket.write(Buffer.from(raw, 'latin1'));
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).toMatch(/content-type: application\/problem\+json/i);
  });
});
