import type pg from 'pg';
import { callDirectus, type DirectusInstallation } from './directus/directus-process.js';
import { SchemaProblem } from './schema-problem.js';

/**
 * Installs Directus's own tables and its first administrator, or brings them to the installed version.
 *
 * The installation is not one transaction, so a boot that is killed in it leaves tables that Directus takes for
 * complete. Our own record tells: a version in it was installed to the end. Without one nobody has worked with this
 * database yet, and what was made of the installation is removed and made again.
 *
 * @param version of the Directus that is installed beside this program
 * @throws SchemaProblem when Directus fails, or says that it is done and the database shows otherwise
 */
export async function bootstrapDirectus(
  client: pg.Client,
  directus: DirectusInstallation,
  version: string,
  signal: AbortSignal,
): Promise<'installed' | 'migrated' | 'nothing to do'> {
  await client.query(RECORD_TABLE);
  const record = await readRecord(client);
  if (record?.version === version) return 'nothing to do';
  const begun = record !== undefined && record.version === null;
  const fresh = begun || !(await hasSystemTables(client));
  if (fresh) {
    await client.query('INSERT INTO control.directus_installation DEFAULT VALUES ON CONFLICT DO NOTHING');
    await removeSystemTables(client);
  }
  await callDirectus(directus, ['bootstrap'], signal);
  await verifyInstalled(client);
  await client.query(
    `INSERT INTO control.directus_installation (version) VALUES ($1)
     ON CONFLICT (id) DO UPDATE SET version = excluded.version, at = now()`,
    [version],
  );
  return fresh ? 'installed' : 'migrated';
}

/** Made here and not by db-init, because it is needed before the first file of db-init may run. */
const RECORD_TABLE = `
  CREATE SCHEMA IF NOT EXISTS control;
  CREATE TABLE IF NOT EXISTS control.directus_installation (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    version text,
    at timestamptz NOT NULL DEFAULT now()
  )`;

async function readRecord(client: pg.Client): Promise<{ version: string | null } | undefined> {
  const { rows } = await client.query<{ version: string | null }>(
    'SELECT version FROM control.directus_installation',
  );
  return rows[0];
}

async function hasSystemTables(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('public.directus_collections') IS NOT NULL AS found`,
  );
  return rows[0]?.found === true;
}

/** Refuses when there is anything of ours beside them: then the record is wrong, and a person has to look. */
async function removeSystemTables(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string; own: boolean }>(
    `SELECT c.relname AS name, left(c.relname, 9) = 'directus_' AS own
       FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT EXISTS (SELECT 1 FROM pg_depend d
                         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
  );
  const system = rows.filter(({ own }) => own).map(({ name }) => `public.${name}`);
  if (system.length === 0) return;
  const others = rows.filter(({ own }) => !own).map(({ name }) => name);
  if (others.length > 0) {
    throw new SchemaProblem(
      `An installation of Directus was interrupted in this database, but it also has the tables ${others.join(', ')}. Use an empty database, or restore a backup.`,
    );
  }
  await client.query(`DROP TABLE ${system.join(', ')} CASCADE`);
}

async function verifyInstalled(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ ready: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM directus_migrations)
        AND EXISTS (SELECT 1 FROM directus_users u
                      JOIN directus_access a ON a.role = u.role OR a."user" = u.id
                      JOIN directus_policies p ON p.id = a.policy
                     WHERE p.admin_access) AS ready`,
  );
  if (rows[0]?.ready !== true) {
    throw new SchemaProblem('Directus said that it is installed, but the database has no administrator.');
  }
}
