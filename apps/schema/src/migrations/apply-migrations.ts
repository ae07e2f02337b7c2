import type pg from 'pg';
import { connect } from '../database.js';
import { SchemaProblem } from '../schema-problem.js';
import { type AppliedMigration, type MigrationPlan, planMigrations } from './plan-migrations.js';
import type { MigrationFile, Phase } from './read-migrations.js';

const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Applies what a phase lacks, each file in one transaction together with its row in `control.migrations_applied`.
 *
 * @param urls files with `-- @role admin` run on the admin connection, all others as the owner
 * @returns what was applied
 * @throws SchemaProblem when the files contradict what was applied, or one of them fails: its transaction leaves
 *   nothing behind, files before it stay
 */
export async function applyMigrations(
  files: readonly MigrationFile[],
  phase: Phase,
  urls: { readonly owner: string; readonly admin: string },
): Promise<MigrationPlan> {
  const connections = new Connections(urls);
  try {
    const owner = await connections.get('owner');
    await owner.query(BOOKKEEPING);
    const plan = planMigrations(files, await readApplied(owner), phase);
    for (const file of plan.pending) {
      await applyOne(await connections.get(file.asAdmin ? 'admin' : 'owner'), file);
    }
    return plan;
  } finally {
    await connections.end();
  }
}

/** The rows of a database; none when it was never booted. */
export async function readApplied(client: pg.Client): Promise<AppliedMigration[]> {
  const { rows: found } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('control.migrations_applied') IS NOT NULL AS found`,
  );
  if (found[0]?.found !== true) return [];
  return (await client.query<AppliedMigration>('SELECT name, sha256 FROM control.migrations_applied')).rows;
}

const BOOKKEEPING = `
  CREATE SCHEMA IF NOT EXISTS control;
  CREATE TABLE IF NOT EXISTS control.migrations_applied (
    name text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`;

async function applyOne(client: pg.Client, file: MigrationFile): Promise<void> {
  try {
    await client.query('BEGIN');
    // Two boots exclude each other by the boot lock; this row lock holds even where that one does not.
    await client.query('LOCK TABLE control.migrations_applied IN SHARE ROW EXCLUSIVE MODE');
    const { rowCount } = await client.query('SELECT 1 FROM control.migrations_applied WHERE name = $1', [
      file.name,
    ]);
    if (rowCount === 0) {
      await client.query(file.sql);
      await client.query('INSERT INTO control.migrations_applied (name, sha256) VALUES ($1, $2)', [
        file.name,
        file.sha256,
      ]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new SchemaProblem(`db-init/${file.phase}/${file.name} failed: ${explain(error, file)}`, {
      cause: error,
    });
  }
}

function explain(error: unknown, file: MigrationFile): string {
  const { message, code, position, hint } = error as {
    message: string;
    code?: string;
    position?: string;
    hint?: string;
  };
  const line =
    position === undefined ? '' : ` (line ${file.sql.slice(0, Number(position)).split('\n').length})`;
  const advice =
    code === INSUFFICIENT_PRIVILEGE && file.asAdmin
      ? ' Give a superuser of this server as ADMIN_DATABASE_URL.'
      : hint === undefined
        ? ''
        : ` ${hint}`;
  return `${message}${line}. Nothing of this file was kept.${advice}`;
}

/** Opens a connection when it is first needed. */
class Connections {
  private readonly opened = new Map<'owner' | 'admin', pg.Client>();

  constructor(private readonly urls: { readonly owner: string; readonly admin: string }) {}

  async get(role: 'owner' | 'admin'): Promise<pg.Client> {
    const open = this.opened.get(role) ?? (await connect(this.urls[role]));
    this.opened.set(role, open);
    return open;
  }

  async end(): Promise<void> {
    await Promise.all([...this.opened.values()].map((client) => client.end()));
  }
}
