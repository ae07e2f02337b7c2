/**
 * The boot order. Everything a database needs before the first request, in one program:
 *
 *  1. wait for the database; make role and database when they are lacking and a superuser's URL is given
 *  2. take the boot lock: a second boot waits, and then finds nothing to do
 *  3. compare fingerprints: files and live schema as at the last complete boot → go on with step 10
 *  4. `directus bootstrap`: Directus's own tables and the first administrator
 *  5. db-init/pre: extensions, the schema `control`, the lock against drops
 *  6. the guard: the live schema against snapshots/schema.yaml
 *  7. `directus schema apply`, when the guard lets it
 *  8. db-init/post: constraints, triggers and indexes on the tables that now exist
 *  9. remember the fingerprints
 * 10. provision (only `up`): roles, policies, flows, settings, through a Directus that is up or a private one
 *
 * Any failure stops the boot with a sentence. Nothing is left half done: each file of db-init and the whole
 * snapshot are one transaction, and an interrupted installation of Directus is made again.
 */
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { applySchema } from './apply-schema.js';
import { bootstrapDirectus } from './bootstrap-directus.js';
import { type Boot, installationOf } from './boot-context.js';
import type { UpConfig } from './config.js';
import { adminUrlFor, underBootLock, waitForDatabase, withConnection } from './database.js';
import { withDirectus } from './directus/with-directus.js';
import { directusVersion, fingerprintFiles, isUpToDate, recordState } from './fingerprint.js';
import { printDifferences } from './guard/decide.js';
import { applyMigrations, readApplied } from './migrations/apply-migrations.js';
import { planMigrations } from './migrations/plan-migrations.js';
import { type MigrationFile, readMigrations } from './migrations/read-migrations.js';
import { provision } from './provision/provision.js';

/** Steps 1 to 9. */
export async function bootStore(boot: Boot): Promise<void> {
  await underLock(boot, (signal) => applyStore(boot, signal));
}

/** Steps 1 to 10. */
export async function bootUp(boot: Boot<UpConfig>): Promise<void> {
  await underLock(boot, async (signal) => {
    await applyStore(boot, signal);
    await withDirectus(boot, signal, (url) => provision(url, boot.config, boot.log));
  });
  boot.log.info('ready');
}

async function underLock(boot: Boot, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { config, log } = boot;
  await log.step('database', () => waitForDatabase(config, log, boot.signal));
  await underBootLock(config.DATABASE_URL, log, boot.signal, work);
}

async function applyStore(boot: Boot, signal: AbortSignal): Promise<void> {
  const { config, files } = boot;
  const migrations = await readMigrations(files.dbInit);
  const version = await directusVersion(files.directusDir);
  const wanted = fingerprintFiles(await readFile(files.snapshot).catch(() => ''), migrations, version);
  await withConnection(config.DATABASE_URL, async (client) => {
    // The rules about the files hold also when there is nothing to apply.
    const applied = await readApplied(client);
    for (const phase of ['pre', 'post'] as const) planMigrations(migrations, applied, phase);
    const same = await boot.log.step(
      'compare fingerprints',
      () => isUpToDate(client, wanted),
      (upToDate) =>
        upToDate ? 'files and live schema as at the last boot, nothing to apply' : 'something to do',
    );
    if (!same) await applyEverything(boot, signal, client, { migrations, version, wanted });
  });
}

async function applyEverything(
  boot: Boot,
  signal: AbortSignal,
  client: pg.Client,
  { migrations, version, wanted }: { migrations: readonly MigrationFile[]; version: string; wanted: string },
): Promise<void> {
  const { config, files, log } = boot;
  const directus = installationOf(boot);
  const urls = { owner: config.DATABASE_URL, admin: adminUrlFor(config) };
  const migrate = (phase: 'pre' | 'post') =>
    log.step(`db-init/${phase}`, () => applyMigrations(migrations, phase, urls), describeMigrations);

  await log.step('directus bootstrap', () => bootstrapDirectus(client, directus, version, signal), String);
  signal.throwIfAborted();
  await migrate('pre');
  signal.throwIfAborted();
  const guard = {
    mode: config.DIRECTUS_SCHEMA_APPLY_MODE,
    production: config.NODE_ENV === 'production',
    allowDestructive: config.ALLOW_DESTRUCTIVE === '1',
  };
  const outcome = await log.step(
    'guard and schema apply',
    () => applySchema(client, directus, files.snapshot, guard, signal),
    ({ action, differences }) => `${action}, ${differences.length} differences`,
  );
  signal.throwIfAborted();
  if (outcome.action === 'reported') {
    log.warn(
      `The live schema differs from the snapshot and was left as it is:\n${printDifferences(outcome.differences)}\nKeep it with the command snapshot, or apply the file with DIRECTUS_SCHEMA_APPLY_MODE=auto (and ALLOW_DESTRUCTIVE=1 where something would be lost).`,
    );
    const applied = await readApplied(client);
    const { pending } = planMigrations(migrations, applied, 'post');
    const lacks = outcome.differences.some(({ severity }) => severity !== 'destructive');
    if (pending.length > 0 && lacks) {
      const names = pending.map(({ name }) => name).join(', ');
      log.warn(`These files wait, because they may need what was not applied: ${names}.`);
      return;
    }
  }
  await migrate('post');
  // A boot that left something out says so again the next time.
  if (outcome.action === 'nothing' || outcome.action === 'applied') await recordState(client, wanted);
}

function describeMigrations(plan: {
  pending: readonly { name: string }[];
  unknown: readonly string[];
}): string {
  const applied = plan.pending.map(({ name }) => name).join(', ') || 'nothing to apply';
  const ahead =
    plan.unknown.length === 0 ? '' : `; the database is ahead of this release: ${plan.unknown.join(', ')}`;
  return applied + ahead;
}
