import { existsSync, readFileSync } from 'node:fs';

const DOCUMENTS = ['README.md', 'docs/where-things-happen.md'];
const TOP_FOLDERS = /^(apps|libs|db-init|docs|scripts|bench|fixtures|snapshots|deploy|test|openapi)\//;

describe.each(DOCUMENTS)('%s', (document) => {
  it('names only files and folders that exist', () => {
    const named = [...readFileSync(document, 'utf8').matchAll(/[`(]([\w./-]+)[`)]/g)]
      .map(([, path]) => path ?? '')
      .filter((path) => TOP_FOLDERS.test(path));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });
});
