import { readFileSync } from 'node:fs';
import { cloneDatabase, type TestDatabase } from '@trm/testing';

/** The rows of the two tables of this section, cell by cell. */
const rows = readFileSync('docs/processor-contract.md', 'utf8')
  .split('\n## What is read and written\n')[1]!
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, where, ...cells]) => ({ where: namesIn(where!)[0]!, cells }));
const read = rows.filter(({ cells }) => cells.length === 2);
const written = rows.filter(({ cells }) => cells.length === 4);

let server: TestDatabase;
beforeAll(async () => {
  server = await cloneDatabase();
});
afterAll(() => server.drop());

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
}

/** @throws when one of the columns does not exist */
const select = (columns: readonly string[], from: string) =>
  server.query(`SELECT ${columns.join(', ')} FROM ${from} LIMIT 0`);

it('has both tables', () => {
  expect(read).toHaveLength(6);
  expect(written).toHaveLength(3);
});

it.each(read)('names columns of $where that exist', async ({ where, cells }) => {
  const columns = namesIn(cells[0]!).filter((name) => name !== 'manual');
  const from = where.replace(/\((.*)\)/, (_, args: string) => `(${args.replaceAll(/\w+/g, 'NULL')})`);
  await expect(select(columns, from)).resolves.toEqual([]);
});

it.each(written)('names columns of $where that exist, and its key', async ({ where, cells }) => {
  const [key, others] = [namesIn(cells[0]!), namesIn(cells[1]!)];
  await expect(select([...key, ...others], where)).resolves.toEqual([]);
  const uniques = await server.query<{ columns: string }>(
    `SELECT (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
               JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) AS columns
       FROM pg_index i WHERE i.indrelid = $1::regclass AND i.indisunique AND NOT i.indisprimary`,
    [where],
  );
  expect(uniques.map(({ columns }) => columns)).toEqual(key.length > 0 ? [key.join(',')] : []);
});

it.each(written)('names the values that $where takes', async ({ where, cells }) => {
  const [column, ...values] = namesIn(cells[2]!);
  const [check] = await server.query<{ definition: string }>(
    `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = $1`,
    [`${where}_${column}_known`],
  );
  expect([...check!.definition.matchAll(/'([^']+)'/g)].map(([, value]) => value)).toEqual(values);
});
