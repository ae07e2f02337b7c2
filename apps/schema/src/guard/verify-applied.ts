import type pg from 'pg';
import { SchemaProblem } from '../schema-problem.js';
import type { Snapshot } from './snapshot-file.js';

/**
 * Looks into the database whether everything in the snapshot is there: `schema apply` also ends with code 0 when
 * it did nothing.
 * @throws SchemaProblem that names what is lacking
 */
export async function verifyApplied(client: pg.Client, snapshot: Snapshot): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT collection AS name FROM directus_collections
     UNION ALL SELECT collection || '.' || field FROM directus_fields
     UNION ALL SELECT 'column ' || table_name || '.' || column_name FROM information_schema.columns
                WHERE table_schema = 'public'`,
  );
  const found = new Set(rows.map(({ name }) => name));
  const wanted = [
    ...snapshot.collections.map(({ collection }) => collection),
    ...snapshot.fields.map(({ collection, field }) => `${collection}.${field}`),
    ...snapshot.fields
      .filter(({ type }) => type !== 'alias')
      .map(({ collection, field }) => `column ${collection}.${field}`),
  ];
  const lacking = wanted.filter((name) => !found.has(name));
  if (lacking.length === 0) return;
  throw new SchemaProblem(
    `Directus said that it applied the snapshot, but the database lacks ${lacking.slice(0, 10).join(', ')}${
      lacking.length > 10 ? ` and ${lacking.length - 10} more` : ''
    }.`,
  );
}
