import { randomUUID } from 'node:crypto';
import { type Caller, CSV, Database, IdempotencyKeys, OrganisationAccess } from '@trm/platform';
import { cloneDatabase, FailingDatabase, seedClub, type SeededClub, type TestDatabase } from '@trm/testing';
import { PgRegistrationStore } from '../pg-registration-store.js';
import { EntryTransferStore } from './entry-transfer-store.js';
import { entriesCsv } from './export-entries.js';
import { ImportEntries, type ImportOrder } from './import-entries.js';
import { ImportProgress } from './import-progress.js';

let server: TestDatabase;
let db: Database;
let broken: FailingDatabase;
let club: SeededClub;
let caller: Caller;

const importsOf = (database: Database) =>
  new ImportEntries(
    database,
    new OrganisationAccess(database),
    new IdempotencyKeys(database),
    new PgRegistrationStore(database),
    new EntryTransferStore(database, new PgRegistrationStore(database)),
    new ImportProgress(database),
  );
const order = (csv: string, more: Partial<ImportOrder> = {}): ImportOrder => ({
  eventId: club.event.eventId,
  caller,
  file: async () => ({ mediaType: CSV, bytes: Buffer.from(csv) }),
  mode: 'apply',
  importId: null,
  fileName: 'entries.csv',
  idempotencyKey: undefined,
  ...more,
});
const exported = async () =>
  entriesCsv(await new EntryTransferStore(db, new PgRegistrationStore(db)).entries(club.event.eventId));

/** Everything that an import may write. */
const state = async () => {
  const rows = await server.query<{ all: string }>(
    `SELECT (SELECT json_agg(n ORDER BY n.id) FROM entries n)::text || (SELECT json_agg(m ORDER BY m.id) FROM entry_crew m)::text
         || (SELECT json_agg(b ORDER BY b.id) FROM entry_devices b)::text || (SELECT json_agg(h ORDER BY h.id) FROM entry_status_changes h)::text
         || (SELECT json_agg(u.id ORDER BY u.id) FROM directus_users u)::text || (SELECT json_agg(o ORDER BY o.id) FROM organization_users o)::text
         || (SELECT json_agg(v ORDER BY v.id) FROM vehicles v)::text || (SELECT json_agg(o ORDER BY o.id) FROM organization_vehicles o)::text
         || (SELECT count(*) FROM control.idempotency_keys)::text AS all`,
  );
  return rows[0]!.all;
};

beforeAll(async () => {
  server = await cloneDatabase();
  db = new Database({ url: server.url, poolSize: 4, applicationName: 'trm-api' });
  broken = new FailingDatabase(server.url);
  club = await seedClub(server, { discipline: 'rally', vehicleKind: 'moto' });
  caller = { userId: club.director.userId, displayName: 'Director', isAdmin: false };
  await importsOf(db).execute(order(file(1, 1)));
});

afterAll(async () => {
  await broken?.onApplicationShutdown();
  await db?.onApplicationShutdown();
  await server?.drop();
});

/** Entries with new people and vehicles and, the first of them, a tracker. */
function file(from: number, count: number, imei = ''): string {
  const rows = Array.from({ length: count }, (_, index) => {
    const n = from + index;
    return `${n},A,Entry ${n},moto,Make,P ${n},rider,Rider,Number ${n},rider-${n}@example.org,1990-01-01,${index === 0 ? imei : ''}`;
  });
  return `race_number,class,name,kind,make,plate,crew_1_role,crew_1_first_name,crew_1_last_name,crew_1_email,crew_1_birth_date,trackers\n${rows.join('\n')}`;
}

describe('an import of entries', () => {
  it('that breaks at any statement leaves nothing, and reads as failed', async () => {
    const importId = randomUUID();
    const imports = importsOf(broken);
    const text = file(10, 3, club.imeis[0]);
    const times = await broken.breakAtEachStatement(
      () => imports.execute(order(text, { importId, idempotencyKey: 'import-number-1' })),
      async () => {
        const states = await server.query<{ state: string }>(
          'SELECT state FROM control.entry_imports WHERE id = $1',
          [importId],
        );
        expect(states.map((one) => one.state)).not.toContain('running');
        return state();
      },
    );
    expect(times).toBeGreaterThan(10);
    expect(await importsOf(db).state(caller, club.event.eventId, importId)).toMatchObject({
      state: 'done',
      rowsDone: 3,
      summary: 'Imported: 3 new, 0 unchanged.',
    });
  });

  it('writes who did it, people as participants without a password, and crews in their order', async () => {
    const text =
      'class,name,pilot,crew_1_role,crew_1_first_name,crew_1_last_name,crew_1_birth_date\nA,In order,,rider,Zoe,Last,1980-02-03';
    await importsOf(db).execute(order(text));
    const [written] = await server.query(
      `SELECT n.created_by = $1 AS entry, m.created_by = $1 AS crew, h.author_id = $1 AS author, u.status, u.password,
              r.name AS role, array(SELECT o.role FROM organization_users o WHERE o.user_id = u.id) AS memberships
         FROM entries n JOIN entry_crew m ON m.entry_id = n.id JOIN entry_status_changes h ON h.entry_id = n.id
         JOIN directus_users u ON u.id = m.user_id JOIN directus_roles r ON r.id = u.role WHERE n.name = 'In order'`,
      [caller.userId],
    );
    expect(written).toEqual({
      entry: true,
      crew: true,
      author: true,
      status: 'active',
      password: null,
      role: 'Participant',
      memberships: ['participant'],
    });
  });

  it('finds what an export of the same event says unchanged, and writes nothing', async () => {
    const before = await state();
    const { report, summary } = await importsOf(db).execute(order(await exported()));
    expect(report.rows.filter(({ result }) => result !== 'unchanged')).toEqual([]);
    expect(summary).toBe('Imported: 0 new, 5 unchanged.');
    expect(await state()).toBe(before);
  });

  it('plans again when somebody takes a number while it writes', async () => {
    const once = new (class extends Database {
      raced = false;
      override async transaction<Result>(work: Parameters<Database['transaction']>[0]): Promise<Result> {
        return super.transaction(async (tx) =>
          work({
            query: async (sql, values) => {
              if (sql.includes('INSERT INTO entries') && !this.raced) {
                this.raced = true;
                await server.query(
                  `INSERT INTO entries (event_id, class_id, race_number, name) VALUES ($1, $2, 60, 'Faster')`,
                  [club.event.eventId, club.event.classId],
                );
              }
              return tx.query(sql, values);
            },
          }),
        ) as Promise<Result>;
      }
    })({ url: server.url, poolSize: 4, applicationName: 'trm-api' });
    try {
      await expect(importsOf(once).execute(order(file(60, 1)))).rejects.toMatchObject({
        code: 'ENTRY_IMPORT_REFUSED',
        details: { report: { rows: [{ violations: [{ code: 'ENTRY_EXISTS' }] }] } },
      });
    } finally {
      await once.onApplicationShutdown();
    }
  });

  it('goes on when two come at once: the second finds everything there', async () => {
    const text = file(70, 5);
    const answers = await Promise.all([1, 2].map(() => importsOf(db).execute(order(text))));
    expect(answers.map(({ report }) => report.totals.new).toSorted((a, b) => a - b)).toEqual([0, 5]);
  });

  it('answers a repeat with the same key as the first time, and refuses an id that is used', async () => {
    const importId = randomUUID();
    const repeated = order(file(80, 1), { importId, idempotencyKey: 'import-number-2' });
    const first = await importsOf(db).execute(repeated);
    expect(await importsOf(db).execute(repeated)).toEqual(first);
    await expect(importsOf(db).execute(order(file(81, 1), { importId }))).rejects.toMatchObject({
      code: 'IMPORT_ID_USED',
    });
  });

  it('of a process that has died reads as failed, and may be sent again with its id', async () => {
    const importId = randomUUID();
    await server.query(
      `INSERT INTO control.entry_imports (id, event_id, file_sha256, rows_total, rows_done, seen_at)
       VALUES ($1, $2, 'x', 1, 1, now() - interval '61 seconds')`,
      [importId, club.event.eventId],
    );
    const imports = importsOf(db);
    expect(await imports.state(caller, club.event.eventId, importId)).toMatchObject({
      state: 'failed',
      rowsDone: 0,
      summary: 'The import ended before it was done: nothing was written. Send the file again.',
    });
    await imports.execute(order(file(85, 1), { importId }));
    expect(await imports.state(caller, club.event.eventId, importId)).toMatchObject({ state: 'done' });
  });
});
