import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface SnapshotField {
  readonly collection: string;
  readonly field: string;
  readonly meta: {
    readonly hidden: boolean;
    readonly interface: string | null;
    readonly note: string | null;
    readonly options: { readonly choices?: readonly { readonly value: string }[] } | null;
    readonly special: readonly string[] | null;
  };
}

const root = join(import.meta.dirname, '..');
const snapshot = parse(readFileSync(join(root, 'snapshots/schema.yaml'), 'utf8')) as {
  readonly fields: readonly SnapshotField[];
};
const postFolder = join(root, 'db-init/post');
const post = readdirSync(postFolder)
  .toSorted()
  .map((name) => readFileSync(join(postFolder, name), 'utf8'))
  .join('\n');

/** `table.column` → the values, from every CHECK of the form `column IN (…)` that bears the name of its column. */
function checkedChoices(sql: string): Map<string, string[]> {
  const pattern = /ensure_constraint\('(\w+)', '\1_(\w+)_known', \$\$CHECK \(\2 IN \(([^)]+)\)\)\$\$\)/g;
  return new Map(
    [...sql.matchAll(pattern)].map(([, table, column, list]) => [
      `${table}.${column}`,
      [...list!.matchAll(/'([^']*)'/g)].map(([, value]) => value!).toSorted(),
    ]),
  );
}

/** `collection.field` → the values of its dropdown. */
function offeredChoices(fields: readonly SnapshotField[]): Map<string, string[]> {
  return new Map(
    fields
      .filter(({ meta }) => meta.interface === 'select-dropdown')
      .map(({ collection, field, meta }) => [
        `${collection}.${field}`,
        (meta.options?.choices ?? []).map(({ value }) => value).toSorted(),
      ]),
  );
}

describe('The choices in the Admin UI and in the database', () => {
  test('are the same', () => {
    const offered = offeredChoices(snapshot.fields);
    expect(offered.size).toBeGreaterThan(30);
    expect(Object.fromEntries(checkedChoices(post))).toEqual(Object.fromEntries(offered));
  });

  test('are explained: every field that staff see has a note', () => {
    const unexplained = snapshot.fields
      .filter(({ meta }) => !meta.hidden && !(meta.special ?? []).includes('group') && !meta.note)
      .map(({ collection, field }) => `${collection}.${field}`);
    expect(unexplained).toEqual([]);
  });
});

describe('An index made in SQL', () => {
  test('has a second column or INCLUDEs one, or Directus would take it for its own and drop it', () => {
    const indexes = [...post.matchAll(/CREATE (?:UNIQUE )?INDEX IF NOT EXISTS (\w+)\s+ON ([^;]+);/g)];
    expect(indexes.length).toBeGreaterThan(30);
    const lonely = indexes.filter(
      ([, , definition]) => !definition!.includes(',') && !/\bINCLUDE\b/.test(definition!),
    );
    expect(lonely.map(([, name]) => name)).toEqual([]);
  });
});
