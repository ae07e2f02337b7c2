import { schemaDiff, type SchemaSnapshotOutput, schemaSnapshot } from '@directus/sdk';
import { connectDirectus, describeDirectusError, type DirectusClient } from '@trm/directus';
import type { UpConfig } from './config.js';
import type { Boot } from './boot-context.js';
import { withConnection } from './database.js';
import { withDirectus } from './directus/with-directus.js';
import { compareSnapshots } from './guard/compare-snapshots.js';
import { printDifferences } from './guard/decide.js';
import { asSnapshot, printSnapshot, readSnapshotFile, type Snapshot } from './guard/snapshot-file.js';
import { readApplied } from './migrations/apply-migrations.js';
import { planMigrations } from './migrations/plan-migrations.js';
import { readMigrations } from './migrations/read-migrations.js';
import { planProvisioning, type ProvisionSettings } from './provision/provision.js';
import { SchemaProblem } from './schema-problem.js';

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * Looks whether database, files and Directus agree, and changes nothing.
 * @returns whether they do; prints one line for each of the four questions
 */
export async function check(
  boot: Boot<UpConfig>,
  print: (line: string) => void = console.log,
): Promise<boolean> {
  const findings = [
    await checkMigrations(boot),
    ...(await withDirectus(boot, boot.signal, (url) => checkDirectus(boot, url))),
  ];
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { what, ok, detail } of findings)
    print(`${ok ? 'ok   ' : 'DRIFT'}  ${what.padEnd(width)}  ${detail}`);
  return findings.every(({ ok }) => ok);
}

async function checkMigrations({ config, files }: Boot): Promise<Finding> {
  const what = 'db-init';
  const migrations = await readMigrations(files.dbInit);
  const applied = await withConnection(config.DATABASE_URL, readApplied);
  try {
    const waiting = (['pre', 'post'] as const).flatMap(
      (phase) => planMigrations(migrations, applied, phase).pending,
    );
    if (waiting.length === 0)
      return { what, ok: true, detail: `${migrations.length} files applied, unchanged` };
    return { what, ok: false, detail: `not applied: ${waiting.map(({ name }) => name).join(', ')}` };
  } catch (error) {
    if (error instanceof SchemaProblem) return { what, ok: false, detail: error.message };
    throw error;
  }
}

async function checkDirectus({ config, files }: Boot<UpConfig>, url: string): Promise<Finding[]> {
  const client = connectDirectus(url, config.DIRECTUS_ADMIN_TOKEN, 60_000);
  const target = await readSnapshotFile(files.snapshot);
  return [
    await compareLive(client, target),
    await dryRun(client, target),
    await checkProvisioning(url, config),
  ];
}

async function compareLive(client: DirectusClient, target: Snapshot): Promise<Finding> {
  const what = 'live schema = snapshot';
  const live = asSnapshot(await ask(client.request(schemaSnapshot())), 'What Directus answered');
  const differences = compareSnapshots(live, target);
  if (differences.length === 0 && printSnapshot(live) === printSnapshot(target)) {
    const { collections, fields, relations } = target;
    const detail = `${collections.length} collections, ${fields.length} fields, ${relations.length} relations`;
    return { what, ok: true, detail };
  }
  const list = printDifferences(differences) || '  - in keys that Directus does not apply';
  return { what, ok: false, detail: `differs\n${list}` };
}

/** The same comparison that `directus schema apply --dry-run` makes, by Directus itself. */
async function dryRun(client: DirectusClient, target: Snapshot): Promise<Finding> {
  const what = 'directus schema diff';
  const diff = await ask(client.request(schemaDiff(target as unknown as SchemaSnapshotOutput)));
  // 204 without a body when there is nothing to apply.
  const nothing = diff === null || diff === undefined || Object.keys(diff).length === 0;
  return { what, ok: nothing, detail: nothing ? 'no changes to apply' : 'an apply would change the schema' };
}

async function checkProvisioning(url: string, settings: ProvisionSettings): Promise<Finding> {
  const writes = await planProvisioning(url, settings);
  const detail = writes.length === 0 ? 'nothing to write' : writes.map(({ why }) => `\n  - ${why}`).join('');
  return { what: 'roles, policies, flows, settings', ok: writes.length === 0, detail };
}

async function ask<Answer>(request: Promise<Answer>): Promise<Answer> {
  try {
    return await request;
  } catch (error) {
    throw new SchemaProblem(`Directus cannot be asked for its schema: ${describeDirectusError(error)}`);
  }
}
