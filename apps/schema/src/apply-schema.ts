import type pg from 'pg';
import { callDirectus, type DirectusInstallation } from './directus/directus-process.js';
import { compareSnapshots, type Difference } from './guard/compare-snapshots.js';
import { countLosses } from './guard/count-losses.js';
import { type ApplyMode, decide, printDifferences } from './guard/decide.js';
import { takeLiveSnapshot } from './guard/live-snapshot.js';
import { readSnapshotFile, type Snapshot } from './guard/snapshot-file.js';
import { verifyApplied } from './guard/verify-applied.js';
import { SchemaProblem } from './schema-problem.js';

export interface SchemaOutcome {
  readonly action: 'nothing' | 'applied' | 'reported' | 'skipped';
  readonly differences: readonly Difference[];
}

/**
 * Compares the live schema with the snapshot file and applies it, when the guard lets it.
 * @throws SchemaProblem with the whole list of what would be lost, when it does not
 */
export async function applySchema(
  client: pg.Client,
  directus: DirectusInstallation,
  snapshotFile: string,
  given: {
    readonly mode: ApplyMode | undefined;
    readonly production: boolean;
    readonly allowDestructive: boolean;
  },
  signal: AbortSignal,
): Promise<SchemaOutcome> {
  if (given.mode === 'skip') return { action: 'skipped', differences: [] };
  const target = await readSnapshotFile(snapshotFile);
  const live = (await isEmpty(client)) ? emptyLike(target) : await takeLiveSnapshot(directus, signal);
  const differences = await countLosses(client, compareSnapshots(live, target));
  const decision = decide(differences, given);
  if (decision.action === 'nothing') return { action: 'nothing', differences };
  if (decision.action === 'report') return { action: 'reported', differences };
  if (decision.action === 'refuse') throw new SchemaProblem(refusal(differences));
  const extra = decision.destructive ? { PGOPTIONS: '-c control.allow_drop=on' } : {};
  await callDirectus(directus, ['schema', 'apply', '--yes', snapshotFile], signal, extra);
  await verifyApplied(client, target);
  return { action: 'applied', differences };
}

function refusal(differences: readonly Difference[]): string {
  return [
    'The snapshot was not applied: it would drop or narrow what the database has.',
    printDifferences(differences.filter(({ severity }) => severity !== 'additive')),
    'Nothing was changed. If the live schema is right, take the snapshot again (command snapshot). If the snapshot is',
    'right, make a backup and repeat this once with ALLOW_DESTRUCTIVE=1.',
  ].join('\n');
}

/** Without collections of ours there is nothing to lose and nothing to ask Directus for. */
async function isEmpty(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ empty: boolean }>(
    `SELECT NOT EXISTS (SELECT 1 FROM directus_collections)
        AND NOT EXISTS (SELECT 1 FROM directus_fields)
        AND NOT EXISTS (SELECT 1 FROM directus_relations) AS empty`,
  );
  return rows[0]?.empty === true;
}

function emptyLike({ version, directus, vendor, systemFields }: Snapshot): Snapshot {
  return { version, directus, vendor, systemFields, collections: [], fields: [], relations: [] };
}
