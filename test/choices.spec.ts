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

/**
 * `table.column` → the values, from every CHECK of the form `column IN (…)` that bears the name of its column. A file
 * that was applied never changes, so a longer list comes in a later one: it drops the constraint and adds it again.
 * Without the drop, adding finds the old one in place and does nothing.
 */
function checkedChoices(sql: string): Map<string, string[]> {
  const pattern =
    /ALTER TABLE (?<of>\w+) DROP CONSTRAINT IF EXISTS (?<dropped>\w+);|ensure_constraint\('(?<table>\w+)', '(?<name>\k<table>_(?<column>\w+)_known)', \$\$CHECK \(\k<column> IN \((?<list>[^)]+)\)\)\$\$\)/g;
  const standing = new Map<string, { column: string; choices: string[] }>();
  for (const { groups = {} } of sql.matchAll(pattern)) {
    const { of, dropped, table, name, column, list } = groups;
    if (dropped !== undefined) {
      standing.delete(`${of}.${dropped}`);
      continue;
    }
    const key = `${table}.${name}`;
    if (standing.has(key)) continue;
    const choices = [...list!.matchAll(/'([^']*)'/g)].map(([, value]) => value!).toSorted();
    standing.set(key, { column: `${table}.${column}`, choices });
  }
  return new Map([...standing.values()].map(({ column, choices }) => [column, choices]));
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

  test('are those of the last file that replaces a list, not of one that forgets to drop it', () => {
    const first = `SELECT control.ensure_constraint('races', 'races_state_known', $$CHECK (state IN ('a'))$$);`;
    const longer = first.replace(`'a'`, `'a', 'b'`);
    const drop = 'ALTER TABLE races DROP CONSTRAINT IF EXISTS races_state_known;';
    expect(checkedChoices([first, drop, longer].join('\n'))).toEqual(new Map([['races.state', ['a', 'b']]]));
    expect(checkedChoices([first, longer].join('\n'))).toEqual(new Map([['races.state', ['a']]]));
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
      // Directus does not see the schema `control`.
      ([, , definition]) =>
        !definition!.startsWith('control.') && !definition!.includes(',') && !/\bINCLUDE\b/.test(definition!),
    );
    expect(lonely.map(([, name]) => name)).toEqual([]);
  });
});
