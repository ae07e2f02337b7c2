import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloneDatabase, type TestDatabase } from '@trm/testing';
import { applyMigrations } from './apply-migrations.js';
import { readMigrations } from './read-migrations.js';

const TABLE = 'CREATE TABLE IF NOT EXISTS marks (name text);\n';

describe('db-init on a real database', () => {
  let database: TestDatabase;
  let folder: string;

  beforeEach(async () => {
    database = await cloneDatabase(null);
    folder = await mkdtemp(join(tmpdir(), 'trm-db-init-'));
    await Promise.all([mkdir(join(folder, 'pre')), mkdir(join(folder, 'post'))]);
    await write('pre/001_table.sql', TABLE);
    await write('post/002_first.sql', "INSERT INTO marks VALUES ('first');");
  });
  afterEach(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const write = (name: string, sql: string) => writeFile(join(folder, name), sql);
  const apply = async (phase: 'pre' | 'post') => {
    const urls = { owner: database.url, admin: database.url };
    return applyMigrations(await readMigrations(folder), phase, urls);
  };
  const both = async () => {
    await apply('pre');
    return apply('post');
  };
  const marks = async () =>
    (await database.query<{ name: string }>('SELECT name FROM marks ORDER BY name')).map(({ name }) => name);
  const recorded = async () =>
    (await database.query<{ name: string }>('SELECT name FROM control.migrations_applied ORDER BY name')).map(
      ({ name }) => name,
    );

  it('applies each file once and remembers its hash', async () => {
    await both();
    expect((await both()).pending).toEqual([]);
    expect(await marks()).toEqual(['first']);
    expect(
      await database.query('SELECT name, length(sha256) AS hash FROM control.migrations_applied'),
    ).toEqual(expect.arrayContaining([{ name: '002_first.sql', hash: 64 }]));
  });

  it('applies a file once when two run at the same time', async () => {
    await apply('pre');
    await Promise.all([apply('post'), apply('post'), apply('post')]);
    expect(await marks()).toEqual(['first']);
  });

  it('refuses a changed file, names it and applies nothing', async () => {
    await both();
    await write('pre/001_table.sql', TABLE.replace('\n', '\r\n'));
    await write('post/003_next.sql', "INSERT INTO marks VALUES ('next');");
    await expect(both()).rejects.toThrow(/db-init\/pre\/001_table\.sql was changed after it was applied/);
    expect(await recorded()).toEqual(['001_table.sql', '002_first.sql']);
  });

  it('refuses a file that comes too late and applies nothing', async () => {
    await write('post/003_next.sql', "INSERT INTO marks VALUES ('next');");
    await both();
    await write('post/004_last.sql', "INSERT INTO marks VALUES ('last');");
    await both();
    await rm(join(folder, 'post/003_next.sql'));
    await write('post/003_other.sql', "INSERT INTO marks VALUES ('other');");
    await expect(both()).rejects.toThrow(
      /003_next\.sql was applied to this database, but db-init has no such file/,
    );
    await database.query("DELETE FROM control.migrations_applied WHERE name = '003_next.sql'");
    await expect(both()).rejects.toThrow(/003_other\.sql is out of order: 004_last\.sql is applied already/);
    expect(await marks()).toEqual(['first', 'last', 'next']);
  });

  it('keeps nothing of a file that fails, says where, and keeps the files before it', async () => {
    await write('post/003_broken.sql', "INSERT INTO marks VALUES ('half');\nSELECT 1;\nSELEC 2;\n");
    await expect(both()).rejects.toThrow(
      /db-init\/post\/003_broken\.sql failed: syntax error .*\(line 3\)\. Nothing of this file was kept/,
    );
    expect(await marks()).toEqual(['first']);
    expect(await recorded()).toEqual(['001_table.sql', '002_first.sql']);
    await write('post/003_broken.sql', "INSERT INTO marks VALUES ('whole');");
    await both();
    expect(await marks()).toEqual(['first', 'whole']);
  });
});
