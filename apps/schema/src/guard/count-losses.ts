import pg from 'pg';
import type { Difference } from './compare-snapshots.js';

/** Adds to each difference that drops a table or a column how many rows hold something there now. */
export async function countLosses(
  client: pg.Client,
  differences: readonly Difference[],
): Promise<Difference[]> {
  const counted: Difference[] = [];
  for (const difference of differences) {
    const { collection, field, loses, change } = difference;
    if (loses === undefined) {
      counted.push(difference);
      continue;
    }
    const table = loses === 'table' || field === null;
    const { rows } = await client.query<{ count: string }>(
      `SELECT count(${table ? '*' : pg.escapeIdentifier(field)}) FROM public.${pg.escapeIdentifier(collection)}`,
    );
    const count = rows[0]?.count ?? '0';
    const lost = `${count} ${table ? 'row' : 'value'}${count === '1' ? '' : 's'}`;
    counted.push({ ...difference, change: `${change}; ${lost} would be lost` });
  }
  return counted;
}
