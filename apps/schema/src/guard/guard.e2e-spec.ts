import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customEndpoint } from '@directus/sdk';
import { connectDirectus, describeDirectusError } from '@trm/directus';
import { cloneDatabase, type TestDatabase } from '@trm/testing';
import { bootFor } from '../../../../test/schema-boot.js';
import { bootStore } from '../boot.js';
import { installationOf } from '../boot-context.js';
import { callDirectus, type PrivateDirectus, startPrivateDirectus } from '../directus/directus-process.js';
import { findProjectFiles } from '../project-files.js';
import { type JsonObject, printSnapshot, readSnapshotFile, type Snapshot } from './snapshot-file.js';

/** The ways in which rows were lost before there was a guard, each tried against a real Directus. */
describe('ways to lose data', () => {
  let database: TestDatabase;
  let folder: string;
  const signal = new AbortController().signal;

  beforeAll(async () => {
    database = await cloneDatabase();
    folder = await mkdtemp(join(tmpdir(), 'trm-guard-'));
    await database.query(
      `INSERT INTO vehicles (id, kind, make) SELECT gen_random_uuid(), 'car', 'Make ' || n FROM generate_series(1, 7) n`,
    );
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const vehicles = async () =>
    (
      await database.query<{ rows: number; makes: number }>(
        'SELECT count(*)::int AS rows, count(make)::int AS makes FROM vehicles',
      )
    )[0];

  /** A snapshot file with a mistake in it. */
  async function fileWith(edit: (snapshot: Snapshot) => void): Promise<string> {
    const snapshot = await readSnapshotFile(findProjectFiles({}).snapshot);
    edit(snapshot);
    const file = join(folder, 'schema.yaml');
    await writeFile(file, printSnapshot(snapshot));
    return file;
  }
  const boot = (file: string, more: Readonly<Record<string, string>> = {}) =>
    bootFor({ DATABASE_URL: database.url, SNAPSHOT_FILE: file, ...more });

  /** As an old branch has it: no vehicles, no class of an entry. */
  const stale = (snapshot: Snapshot) => {
    const gone = ({ collection, field }: { collection: string; field?: string }) =>
      collection === 'vehicles' || (collection === 'entries' && field === 'team_name');
    snapshot.collections = snapshot.collections.filter((item) => !gone(item));
    snapshot.fields = snapshot.fields.filter((item) => !gone(item));
    snapshot.relations = snapshot.relations.filter(
      (item) => !gone(item) && item.related_collection !== 'vehicles',
    );
  };
  const withoutOneKey = (snapshot: Snapshot) => {
    const vehicles = snapshot.collections.find(({ collection }) => collection === 'vehicles')!;
    delete (vehicles['meta'] as JsonObject)['versioning'];
  };

  it('a stale snapshot is refused with the list of what would go, and nothing goes', async () => {
    const file = await fileWith(stale);
    const refused = bootStore(boot(file));
    await expect(refused).rejects.toThrow(
      /- destructive vehicles: is not in the snapshot; the table would be dropped; 7 rows would be lost/,
    );
    await expect(refused).rejects.toThrow(
      /- destructive entries\.team_name: is not in the snapshot; the column would be dropped; 0 values/,
    );
    await expect(refused).rejects.toThrow(/Nothing was changed\. .*ALLOW_DESTRUCTIVE=1/s);
    expect(await vehicles()).toEqual({ rows: 7, makes: 7 });
  });

  it('one missing key in the file is refused, too', async () => {
    const refused = bootStore(boot(await fileWith(withoutOneKey)));
    await expect(refused).rejects.toThrow(
      /- destructive vehicles: meta\.versioning is missing in the snapshot.*7 rows would be lost/,
    );
    expect(await vehicles()).toEqual({ rows: 7, makes: 7 });
  });

  it('outside production it is only reported, and not taken for applied', async () => {
    const state = () => database.query('SELECT * FROM control.schema_state');
    const before = await state();
    const development = boot(await fileWith(stale), { NODE_ENV: 'development' });
    await bootStore(development);
    expect(development.told()).toMatch(
      /The live schema differs from the snapshot and was left as it is:[^]*vehicles: is not in the snapshot/,
    );
    expect(await vehicles()).toEqual({ rows: 7, makes: 7 });
    expect(await state()).toEqual(before);
  });

  it('past the guard, the database itself refuses a drop, and the whole apply with it', async () => {
    const file = await fileWith((snapshot) => {
      stale(snapshot);
      const field = snapshot.fields.find(({ collection }) => collection === 'events')!;
      (field['meta'] as JsonObject)['note'] = 'changed in the same apply';
    });
    const apply = callDirectus(installationOf(boot(file)), ['schema', 'apply', '--yes', file], signal);
    await expect(apply).rejects.toThrow(/\[DROP_REFUSED\] The table.* would be dropped/);
    expect(await vehicles()).toEqual({ rows: 7, makes: 7 });
    expect(
      await database.query(`SELECT 1 FROM directus_fields WHERE note = 'changed in the same apply'`),
    ).toEqual([]);
  });

  it('a collection or a field that is deleted in the Admin UI stays', async () => {
    const directus: PrivateDirectus = await startPrivateDirectus(installationOf(boot('')), signal);
    try {
      const admin = connectDirectus(directus.url, process.env['DIRECTUS_ADMIN_TOKEN'] ?? '');
      for (const path of ['/collections/waypoints', '/fields/vehicles/make']) {
        const refusal = await admin
          .request(customEndpoint({ path, method: 'DELETE' }))
          .catch(describeDirectusError);
        expect(refusal).toMatch(/\[DROP_REFUSED\] The table.* would be dropped with all it holds/);
      }
      expect(await vehicles()).toEqual({ rows: 7, makes: 7 });
      const [kept] = await database.query(
        `SELECT (SELECT count(*)::int FROM directus_collections WHERE collection = 'waypoints') AS collections,
                (SELECT count(*)::int FROM directus_fields WHERE collection = 'vehicles' AND field = 'make') AS fields`,
      );
      expect(kept).toEqual({ collections: 1, fields: 1 });
    } finally {
      await directus.stop();
    }
  });

  it('goes only when it is allowed for this one boot, which opens the lock for this one apply', async () => {
    const file = await fileWith((snapshot) => {
      snapshot.fields = snapshot.fields.filter(
        ({ collection, field }) => collection !== 'entries' || field !== 'team_name',
      );
    });
    const allowed = boot(file, { ALLOW_DESTRUCTIVE: '1' });
    await bootStore(allowed);
    expect(allowed.told()).toContain('guard and schema apply: applied');
    expect(
      await database.query(
        `SELECT 1 FROM information_schema.columns WHERE table_name = 'entries' AND column_name = 'team_name'`,
      ),
    ).toEqual([]);
    await expect(database.query('ALTER TABLE entries DROP COLUMN seed')).rejects.toThrow(/DROP_REFUSED/);

    // And back: what a file adds is applied without asking.
    const back = boot(findProjectFiles({}).snapshot);
    await bootStore(back);
    expect(back.told()).toContain('guard and schema apply: applied');
  });
});
