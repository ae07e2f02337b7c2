import { randomUUID } from 'node:crypto';
import {
  cloneDatabase,
  eventually,
  seedClub,
  type SeededClub,
  type SeededUser,
  seedMember,
  startApiProcess,
  startDirectus,
  type TestDatabase,
  type TestProcess,
} from '@trm/testing';
import { startApi, type TestApi } from '../../../test/start-api.js';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const ROWS = 2_000;

let db: TestDatabase;
let directus: TestProcess;
let api: TestApi;
let club: SeededClub;
let stranger: SeededUser;

beforeAll(async () => {
  db = await cloneDatabase();
  directus = await startDirectus(db.url);
  api = await startApi(db.url, directus.url);
  club = await seedClub(db, { discipline: 'rally', vehicleKind: 'moto' });
  const other = await seedClub(db, { discipline: 'rally', vehicleKind: 'moto' });
  stranger = other.director;
  // Room for a large field.
  await db.query(`UPDATE classes SET number_to = 9999 WHERE event_id = $1`, [club.nextEvent.eventId]);
});

afterAll(async () => {
  await api?.close();
  await directus?.stop();
  await db?.drop();
});

const path = (eventId: string) => `/v1/events/${eventId}/entry-imports`;
const send = (body: string | Buffer, query = 'mode=apply', by = club.director, type = 'text/csv') =>
  api.request
    .post(`${path(club.event.eventId)}?${query}`)
    .set('Authorization', `Bearer ${by.token}`)
    .set('Content-Type', type)
    .send(body);
const get = (route: string, by = club.director) =>
  api.request.get(`/v1/events/${club.event.eventId}/${route}`).set('Authorization', `Bearer ${by.token}`);
const entries = async (eventId: string) =>
  (await db.query<{ n: number }>('SELECT count(*)::int AS n FROM entries WHERE event_id = $1', [eventId]))[0]!
    .n;

function file(count: number, change: (n: number) => string = () => ''): string {
  const rows = Array.from(
    { length: count },
    (_, index) =>
      `${index + 1},A,Entry ${index + 1},moto,Make,P ${index + 1},rider,Rider,Number ${index + 1},rider-${index + 1}@example.org,1990-01-01${change(index + 1)}`,
  );
  return `race_number;class;name;kind;make;plate;crew_1_role;crew_1_first_name;crew_1_last_name;crew_1_email;crew_1_birth_date\n`
    .replaceAll(';', ',')
    .concat(rows.join('\n'));
}

describe('a file of entries', () => {
  it('is previewed, imported with just that report, found unchanged, and taken away as CSV and XLSX', async () => {
    const text = file(3);
    const preview = await send(text, 'mode=preview').expect(200);
    expect(preview.body).toMatchObject({
      importId: null,
      applied: false,
      summary: 'Preview: 3 new, 0 unchanged. Nothing was written.',
    });
    expect(await entries(club.event.eventId)).toBe(0);

    const applied = await send(text).expect(200);
    expect(applied.body.report).toEqual(preview.body.report);
    expect(await entries(club.event.eventId)).toBe(3);
    const again = await send(text).expect(200);
    expect(again.body.summary).toBe('Imported: 0 new, 3 unchanged.');
    expect((await get(`entry-imports/${applied.body.importId}`).expect(200)).body).toMatchObject({
      state: 'done',
      rowsTotal: 3,
      rowsDone: 3,
      report: applied.body.report,
    });

    const csv = await get('entries.csv').expect(200);
    expect(csv.headers['cache-control']).toBe('no-store');
    expect(csv.headers['content-disposition']).toMatch(
      /^attachment; filename="club-[0-9a-f]+-2027-entries\.csv"$/,
    );
    const xlsx = await get('entries.xlsx').buffer(true).parse(binary).expect(200);
    expect(xlsx.headers['content-type']).toBe(XLSX);
    expect((await send(csv.text).expect(200)).body.summary).toBe('Imported: 0 new, 3 unchanged.');
    expect(
      (await send(xlsx.body as Buffer, 'mode=apply', club.director, XLSX).expect(200)).body.summary,
    ).toBe('Imported: 0 new, 3 unchanged.');
    // And into the event of the next year.
    const next = await api.request
      .post(`${path(club.nextEvent.eventId)}?mode=preview`)
      .set('Authorization', `Bearer ${club.director.token}`)
      .set('Content-Type', XLSX)
      .send(xlsx.body as Buffer)
      .expect(200);
    expect(next.body.report.totals).toMatchObject({ new: 3, refused: 0 });
  });

  it('is refused as a whole for one row, with the report of every row', async () => {
    const importId = randomUUID();
    const before = await entries(club.event.eventId);
    const text = `${file(3)}\n50,A,Fine\n51,X,No such class`;
    const refused = await send(text, `mode=apply&importId=${importId}`).expect(422);
    expect(refused.body).toMatchObject({
      code: 'ENTRY_IMPORT_REFUSED',
      importId,
      report: { totals: { rows: 5, new: 1, unchanged: 3, refused: 1 } },
    });
    expect(refused.body.detail).toMatch(
      /^Nothing was imported: one row cannot be taken\. Row 6, class: club-\w+-2027 has no class "X"\. Its classes are A, B\.$/,
    );
    expect(await entries(club.event.eventId)).toBe(before);
    expect((await get(`entry-imports/${importId}`).expect(200)).body).toMatchObject({ state: 'refused' });
    const preview = await send(text, 'mode=preview').expect(200);
    expect(preview.body.report).toEqual(refused.body.report);
  });

  it('is for the direction alone; of another organisation nothing is said', async () => {
    const marshal = await seedMember(db, { organizationId: club.organizationId, role: 'marshal' });
    const viewer = await seedMember(db, { organizationId: club.organizationId, role: 'viewer' });
    await send(file(1), 'mode=apply', marshal).expect(403);
    await get('entries.csv', marshal).expect(200);
    await get('entries.csv', viewer).expect(403);
    const done = await send(file(1)).expect(200);
    for (const answer of [
      await send(file(1), 'mode=preview', stranger),
      await send('{}', 'mode=apply', stranger, 'application/json'),
      await get('entries.csv', stranger),
      await get('entries.xlsx', stranger),
      await get(`entry-imports/${done.body.importId}`, stranger),
    ])
      expect([answer.status, answer.body.code]).toEqual([404, 'EVENT_NOT_FOUND']);
    await api.request
      .get(`${path(club.nextEvent.eventId)}/${done.body.importId}`)
      .set('Authorization', `Bearer ${club.director.token}`)
      .expect(404);
    await api.request
      .post(path(club.event.eventId))
      .set('Content-Type', 'text/csv')
      .send(file(1))
      .expect(401);
  });

  it.each([
    ['no table', 'text/csv', Buffer.from([0xff, 0xfe, 0x00]), 400, 'ENTRY_FILE_UNREADABLE'],
    ['NUL bytes', 'text/csv', Buffer.from('class,name\nA,\0'), 400, 'ENTRY_FILE_UNREADABLE'],
    ['10,000 columns', 'text/csv', Buffer.from('x,'.repeat(10_000)), 400, 'ENTRY_FILE_TOO_LONG'],
    ['a header of something else', 'text/csv', Buffer.from('a,b\n1,2'), 422, 'ENTRY_FILE_HEADER'],
    ['a formula', 'text/csv', Buffer.from('class,name\nA,=HYPERLINK(1)'), 422, 'ENTRY_IMPORT_REFUSED'],
    ['no archive', XLSX, Buffer.from('class,name'), 400, 'ENTRY_FILE_UNREADABLE'],
    ['more than 5 MiB', 'text/csv', Buffer.alloc(5 * 1024 * 1024 + 1, 'a'), 413, 'BODY_TOO_LARGE'],
    ['JSON', 'application/json', Buffer.from('{}'), 400, 'FILE_EXPECTED'],
    ['an unknown type', 'image/png', Buffer.from('x'), 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('with %s is refused in a sentence', async (_, type, body, status, code) => {
    const answer = await send(body, 'mode=apply', club.director, type);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.detail).toMatch(/^[A-Z].*\.$/);
  });

  it('is not what other routes take', async () => {
    const answer = await api.request
      .post(`/v1/events/${club.event.eventId}/entries`)
      .set('Authorization', `Bearer ${club.director.token}`)
      .set('Content-Type', 'text/csv')
      .send('class,name');
    expect(answer.status).toBe(415);
  });
});

describe(`an import of ${ROWS} rows`, () => {
  it('leaves nothing when its process is killed; another process does it, and tells how far it has come', async () => {
    const { eventId } = club.nextEvent;
    const importId = randomUUID();
    const start = (process: TestProcess) =>
      fetch(`${process.url}${path(eventId)}?mode=apply&importId=${importId}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${club.director.token}`, 'content-type': 'text/csv' },
        body: file(ROWS),
      });
    const stateOf = async () => {
      const answer = await api.request
        .get(`${path(eventId)}/${importId}`)
        .set('Authorization', `Bearer ${club.director.token}`);
      return answer.body as { state: string; rowsDone: number; rowsTotal: number };
    };
    const underWay = () =>
      eventually(async () => {
        const { state, rowsDone } = await stateOf();
        if (state !== 'running' || rowsDone === 0) throw new Error(`${state}, ${rowsDone} rows`);
        return rowsDone;
      });

    const first = await startApiProcess(db.url, directus.url);
    const lost = start(first).then(
      () => 'answered',
      () => 'connection lost',
    );
    await underWay();
    await first.stop('SIGKILL');
    expect(await lost).toBe('connection lost');
    await eventually(async () => {
      if ((await entries(eventId)) > 0) throw new Error('entries of a dead process');
      const left = await db.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%INSERT INTO entr%' AND state = 'active' AND pid <> pg_backend_pid()`,
      );
      if (left.length > 0) throw new Error('the database still works for the dead process');
    });
    await db.query(`UPDATE control.entry_imports SET seen_at = seen_at - interval '1 minute' WHERE id = $1`, [
      importId,
    ]);
    expect(await stateOf()).toMatchObject({ state: 'failed', rowsDone: 0 });

    const second = await startApiProcess(db.url, directus.url);
    const began = performance.now();
    const answer = start(second);
    const seen = await underWay();
    expect(seen).toBeLessThanOrEqual(ROWS);
    const report = (await (await answer).json()) as { summary: string };
    process.stdout.write(`${ROWS} rows imported in ${Math.round(performance.now() - began)} ms\n`);
    expect(report.summary).toBe(`Imported: ${ROWS} new, 0 unchanged.`);
    expect(await stateOf()).toMatchObject({ state: 'done', rowsDone: ROWS, rowsTotal: ROWS });
    expect(await entries(eventId)).toBe(ROWS);
    await second.stop();
  });
});

function binary(response: unknown, done: (error: Error | null, body: Buffer) => void): void {
  const stream = response as NodeJS.ReadableStream;
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(null, Buffer.concat(chunks)));
}
