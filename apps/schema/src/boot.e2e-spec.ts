import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  cloneDatabase,
  databaseUrl,
  eventually,
  processEnvironment,
  type TestDatabase,
  testEnvironment,
} from '@trm/testing';
import { bootStore, bootUp } from './boot.js';
import { check } from './check.js';
import { bootFor } from '../../../test/schema-boot.js';
import { BOOT_APPLICATION_NAME, CLI_APPLICATION_NAME, withConnection } from './database.js';

describe('the boot of an empty server', () => {
  const { adminUrl } = testEnvironment();
  const name = `trm_boot_${randomUUID().slice(0, 8)}`;
  const url = databaseUrl(adminUrl, name).replace(/\/\/[^@/]*@/, `//${name}@`);

  afterAll(async () => {
    await withConnection(adminUrl, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await client.query(`DROP ROLE IF EXISTS ${name}`);
    });
  });

  it('makes role, database and everything in it once, also when two boots start together', async () => {
    const first = bootFor({ DATABASE_URL: url, ADMIN_DATABASE_URL: adminUrl });
    const second = bootFor({ DATABASE_URL: url, ADMIN_DATABASE_URL: adminUrl });
    await Promise.all([bootUp(first), bootUp(second)]);
    const told = [first, second].map((boot) => boot.told());
    expect(told.filter((text) => text.includes('directus bootstrap: installed'))).toHaveLength(1);
    expect(told.filter((text) => text.includes('another boot of this database is at work'))).toHaveLength(1);
    expect(told.filter((text) => /provision: \d+ writes/.test(text))).toHaveLength(1);
    expect(told.filter((text) => text.includes('provision: nothing to write'))).toHaveLength(1);

    await withConnection(url, async (client) => {
      const { rows } = await client.query<{ owner: string; superuser: boolean }>(
        `SELECT tableowner AS owner, rolsuper AS superuser FROM pg_tables JOIN pg_roles ON rolname = tableowner
          WHERE tablename = 'entries'`,
      );
      expect(rows).toEqual([{ owner: name, superuser: false }]);
    });
  }, 240_000);

  it('applies and writes nothing the second time, and finds no drift', async () => {
    const written = () =>
      withConnection(url, async (client) => {
        const { rows } = await client.query<{ activity: string; applied: string }>(
          `SELECT (SELECT count(*) FROM directus_activity) AS activity,
                  (SELECT string_agg(xmin::text || applied_at, ',' ORDER BY name) FROM control.migrations_applied)
                  || (SELECT xmin::text FROM control.schema_state) AS applied`,
        );
        return rows;
      });
    const before = await written();
    const boot = bootFor({ DATABASE_URL: url });
    await bootUp(boot);
    expect(boot.told()).toMatch(/nothing to apply[^]*provision: nothing to write[^]*ready/);
    expect(boot.told()).not.toContain('directus bootstrap');
    expect(await written()).toEqual(before);

    const lines: string[] = [];
    expect(await check(bootFor({ DATABASE_URL: url }), (line) => lines.push(line))).toBe(true);
    expect(lines.map((line) => line.slice(0, 2))).toEqual(['ok', 'ok', 'ok', 'ok']);
  }, 120_000);
});

describe('a boot that is interrupted', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await cloneDatabase(null);
  });
  afterEach(() => database.drop());

  it('is made again from where it was, when it stopped while Directus was being installed', async () => {
    const stop = new AbortController();
    const interrupted = bootStore(bootFor({ DATABASE_URL: database.url }, stop.signal));
    await eventually(async () => {
      const [row] = await database.query<{ half: boolean }>(
        `SELECT to_regclass('directus_collections') IS NOT NULL AND to_regclass('directus_fields') IS NOT NULL AS half`,
      );
      if (row?.half !== true) throw new Error('not begun yet');
    }, 60_000);
    stop.abort(new Error('pulled the plug'));
    await expect(interrupted).rejects.toThrow('pulled the plug');

    const again = bootFor({ DATABASE_URL: database.url });
    await bootStore(again);
    expect(again.told()).toContain('directus bootstrap: installed');
    const [admin] = await database.query<{ admins: string }>('SELECT count(*) AS admins FROM directus_users');
    expect(admin).toEqual({ admins: '1' });
  }, 240_000);
});

describe('a boot that is killed', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await cloneDatabase();
  });
  afterAll(() => database.drop());

  it('takes its Directus along, and lets go of the lock', async () => {
    const boot = spawn(process.execPath, [join('dist', 'apps/schema/src/main.js'), 'up'], {
      env: { ...process.env, ...processEnvironment(database.url, 'http://127.0.0.1:9'), NODE_OPTIONS: '' },
      stdio: 'ignore',
    });
    const sessions = async () => {
      const [row] = await database.query<{ directus: number; boot: number }>(
        `SELECT count(*) FILTER (WHERE application_name = $1)::int AS directus,
                count(*) FILTER (WHERE application_name = $2)::int AS boot
           FROM pg_stat_activity WHERE datname = current_database()`,
        [CLI_APPLICATION_NAME, BOOT_APPLICATION_NAME],
      );
      return row;
    };
    await eventually(async () => {
      if ((await sessions())?.directus === 0) throw new Error('no Directus yet');
    });
    boot.kill('SIGKILL');
    await eventually(async () => expect(await sessions()).toEqual({ directus: 0, boot: 0 }));
  });
});

describe('a boot that cannot work', () => {
  it('says so when nobody answers', async () => {
    const boot = bootFor({ DATABASE_URL: 'postgresql://trm@127.0.0.1:9/trm', DATABASE_WAIT_SECONDS: '1' });
    await expect(bootStore(boot)).rejects.toThrow(
      /The database did not answer within 1 s: .*Start Postgres, or correct DATABASE_URL\./,
    );
    expect(boot.told()).toContain('waiting for the database');
  });

  it('stops at once when it is asked to, also while it waits', async () => {
    const stop = new AbortController();
    const waiting = bootStore(bootFor({ DATABASE_URL: 'postgresql://trm@127.0.0.1:9/trm' }, stop.signal));
    stop.abort(new Error('asked to stop'));
    await expect(waiting).rejects.toThrow('asked to stop');
  });

  it('says what to do when the database is not there and no superuser was given', async () => {
    const missing = databaseUrl(testEnvironment().adminUrl, 'trm_that_is_not_there');
    await expect(bootStore(bootFor({ DATABASE_URL: missing }))).rejects.toThrow(
      /database "trm_that_is_not_there" does not exist\. Create the role and the database, or give ADMIN_DATABASE_URL/,
    );
  });
});
