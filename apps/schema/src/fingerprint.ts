import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { MigrationFile } from './migrations/read-migrations.js';
import { SchemaProblem } from './schema-problem.js';

/** What a boot would apply, and what the database has: equal to the last boot in both, there is nothing to do. */
export interface Fingerprints {
  readonly files: string;
  readonly live: string;
}

/** The version of the Directus in `directusDir`. @throws SchemaProblem when it is not installed there */
export async function directusVersion(directusDir: string): Promise<string> {
  const file = join(directusDir, 'node_modules/directus/package.json');
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
  } catch {
    throw new SchemaProblem(
      `Directus is not installed in ${directusDir}. Run "npm ci" there, or set DIRECTUS_DIR.`,
    );
  }
}

/** Of the snapshot, the db-init files and the Directus that applies them. */
export function fingerprintFiles(
  snapshot: string | Buffer,
  migrations: readonly MigrationFile[],
  version: string,
): string {
  const hash = createHash('sha256').update(`directus ${version}\n`);
  for (const { phase, name, sha256 } of migrations) hash.update(`${phase}/${name} ${sha256}\n`);
  return hash.update(snapshot).digest('hex');
}

/**
 * Of everything a snapshot or a db-init file can set: Directus's own description of the collections, and tables,
 * columns, constraints, indexes, triggers and functions, but nothing that belongs to an extension. One statement.
 */
export async function fingerprintLive(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ part: string }>(LIVE_SCHEMA);
  return createHash('sha256')
    .update(rows.map(({ part }) => part).join('\n'))
    .digest('hex');
}

const LIVE_SCHEMA = `
  WITH ours AS (
    SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relkind
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname IN ('public', 'control') AND c.relkind IN ('r', 'p', 'v', 'm')
       AND NOT EXISTS (SELECT 1 FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  )
  SELECT part FROM (
    SELECT concat_ws(' ', 'column', o.name, o.relkind, a.attname, format_type(a.atttypid, a.atttypmod),
                     a.attnotnull, a.attgenerated, a.attidentity, pg_get_expr(d.adbin, d.adrelid)) AS part
      FROM ours o
      JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    UNION ALL
    SELECT concat_ws(' ', 'constraint', o.name, k.conname, pg_get_constraintdef(k.oid))
      FROM ours o JOIN pg_constraint k ON k.conrelid = o.oid
    UNION ALL
    SELECT concat_ws(' ', 'index', o.name, pg_get_indexdef(i.indexrelid))
      FROM ours o JOIN pg_index i ON i.indrelid = o.oid
    UNION ALL
    SELECT concat_ws(' ', 'trigger', o.name, t.tgenabled, pg_get_triggerdef(t.oid))
      FROM ours o JOIN pg_trigger t ON t.tgrelid = o.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT concat_ws(' ', 'event trigger', evtname, evtevent, evtenabled) FROM pg_event_trigger
    UNION ALL
    SELECT concat_ws(' ', 'function', p.oid::regprocedure, md5(p.prosrc))
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname IN ('public', 'control')
       AND NOT EXISTS (SELECT 1 FROM pg_depend d
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'migration ' || name || ' ' || sha256 FROM control.migrations_applied
    UNION ALL
    SELECT 'collection ' || to_jsonb(c)::text FROM directus_collections c
    UNION ALL
    SELECT 'field ' || (to_jsonb(f) - 'id')::text FROM directus_fields f
    UNION ALL
    SELECT 'relation ' || (to_jsonb(r) - 'id')::text FROM directus_relations r
  ) parts ORDER BY part COLLATE "C"`;

/** Whether the last complete boot saw exactly these. False on a database that was never booted. */
export async function isUpToDate(client: pg.Client, filesFingerprint: string): Promise<boolean> {
  const { rows: found } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('control.schema_state') IS NOT NULL AND to_regclass('directus_relations') IS NOT NULL AS found`,
  );
  if (found[0]?.found !== true) return false;
  const { rows } = await client.query<{ files_fingerprint: string; live_fingerprint: string }>(
    'SELECT files_fingerprint, live_fingerprint FROM control.schema_state',
  );
  const [last] = rows;
  if (last === undefined || last.files_fingerprint !== filesFingerprint) return false;
  return last.live_fingerprint === (await fingerprintLive(client));
}

/** Remembers what a complete boot applied. */
export async function recordState(client: pg.Client, filesFingerprint: string): Promise<void> {
  await client.query(
    `INSERT INTO control.schema_state (files_fingerprint, live_fingerprint) VALUES ($1, $2)
     ON CONFLICT (id) DO UPDATE
       SET files_fingerprint = excluded.files_fingerprint, live_fingerprint = excluded.live_fingerprint, applied_at = now()
     WHERE (schema_state.files_fingerprint, schema_state.live_fingerprint)
           IS DISTINCT FROM (excluded.files_fingerprint, excluded.live_fingerprint)`,
    [filesFingerprint, await fingerprintLive(client)],
  );
}
