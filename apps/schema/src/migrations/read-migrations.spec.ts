import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMigrations } from './read-migrations.js';

const folders: string[] = [];
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trm-db-init-'));
  folders.push(folder);
  return folder;
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await temporaryFolder();
  await Promise.all([mkdir(join(root, 'pre')), mkdir(join(root, 'post'))]);
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(root, name), text)));
  return root;
}

describe('reading db-init', () => {
  it('sorts by number over both phases and ignores what is no SQL', async () => {
    const files = await readMigrations(
      await folder({ 'post/002_b.sql': '', 'pre/001_a.sql': '', 'pre/003_c.sql': '', 'pre/README.md': 'x' }),
    );
    expect(files.map(({ phase, name }) => `${phase}/${name}`)).toEqual([
      'pre/001_a.sql',
      'post/002_b.sql',
      'pre/003_c.sql',
    ]);
  });

  it('hashes the bytes, so that other line ends are another file', async () => {
    const [unix, dos] = await readMigrations(
      await folder({
        'pre/001_a.sql': '-- @role admin\nSELECT 1;\n',
        'pre/002_b.sql': '-- @role admin\r\nSELECT 1;\r\n',
      }),
    );
    expect(unix?.sha256).not.toBe(dos?.sha256);
    expect([unix?.asAdmin, dos?.asAdmin]).toEqual([true, true]);
  });

  it('reads the role from the header only, and no byte order mark as SQL', async () => {
    const [late, marked] = await readMigrations(
      await folder({
        'pre/001_a.sql': 'SELECT 1;\n-- @role admin\n',
        'pre/002_b.sql': '\uFEFF-- @role admin\nSELECT 1;',
      }),
    );
    expect(late?.asAdmin).toBe(false);
    expect(marked?.asAdmin).toBe(true);
    expect(marked?.sql.startsWith('--')).toBe(true);
  });

  it.each(['1_a.sql', '001-a.sql', '001_A.sql', 'a.sql'])('refuses the name %s', async (name) => {
    await expect(readMigrations(await folder({ [`pre/${name}`]: '' }))).rejects.toThrow(/has no proper name/);
  });

  it('says which folder is missing', async () => {
    await expect(readMigrations('/does/not/exist')).rejects.toThrow(
      /\/does\/not\/exist\/pre cannot be read \(ENOENT\)/,
    );
  });
});
