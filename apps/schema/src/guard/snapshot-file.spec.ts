import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printSnapshot, readSnapshotFile, type Snapshot } from './snapshot-file.js';

const folders: string[] = [];
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trm-snapshot-'));
  folders.push(folder);
  return folder;
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

const snapshot: Snapshot = {
  version: 1,
  directus: '11.17.4',
  vendor: 'postgres',
  collections: [
    { collection: 'b', meta: { z: 1, a: 'yes' } },
    { collection: 'a', meta: { since: '2026-06-06', at: '12:30:45', n: '007' } },
  ],
  fields: [
    { collection: 'b', field: 'y', type: 'string' },
    { collection: 'b', field: 'x', type: 'string' },
  ],
  systemFields: [],
  relations: [],
};

async function file(name: string, text: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, text);
  return path;
}

describe('a snapshot file', () => {
  it('is the same text whatever the order in the database', () => {
    const other = {
      ...snapshot,
      collections: snapshot.collections.toReversed(),
      fields: snapshot.fields.toReversed(),
    };
    expect(printSnapshot(other)).toBe(printSnapshot(snapshot));
    expect(printSnapshot(snapshot)).toMatch(/collection: a[^]*collection: b[^]*a: "yes"\n\s+z: 1/);
  });

  it('keeps texts that look like something else', async () => {
    const read = await readSnapshotFile(await file('schema.yaml', printSnapshot(snapshot)));
    expect(printSnapshot(read)).toBe(printSnapshot(snapshot));
    expect(read.collections[0]?.['meta']).toEqual({ since: '2026-06-06', at: '12:30:45', n: '007' });
    // The reader in Directus takes an unquoted date for a date.
    expect(printSnapshot(snapshot)).toContain('since: "2026-06-06"');
  });

  it.each([
    [
      'an empty file',
      'schema.yaml',
      '',
      /is not a Directus snapshot. It has no list of collections, fields, relations/,
    ],
    [
      'a file without relations',
      'schema.yaml',
      'directus: 1.2.3\nvendor: postgres\ncollections: []\nfields: []\n',
      /no list of relations/,
    ],
    ['text that is no YAML', 'schema.yaml', 'a: [', /cannot be parsed/],
    ['text that is no JSON', 'schema.json', '{', /cannot be parsed/],
  ])('is refused when it is %s', async (_case, name, text, message) => {
    await expect(readSnapshotFile(await file(name, text))).rejects.toThrow(message);
  });

  it('is refused when it is not there', async () => {
    await expect(readSnapshotFile('/does/not/exist.yaml')).rejects.toThrow(
      /exist\.yaml cannot be read \(ENOENT\)/,
    );
  });
});
