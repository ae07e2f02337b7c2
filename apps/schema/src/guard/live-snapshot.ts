import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callDirectus, type DirectusInstallation } from '../directus/directus-process.js';
import { readSnapshotFile, type Snapshot } from './snapshot-file.js';

/** Asks Directus for the schema of the running database. Takes about 3 s. */
export async function takeLiveSnapshot(
  directus: DirectusInstallation,
  signal: AbortSignal,
): Promise<Snapshot> {
  const file = join(tmpdir(), `trm-live-schema-${randomUUID()}.json`);
  try {
    await callDirectus(directus, ['schema', 'snapshot', '--yes', '--format', 'json', file], signal);
    return await readSnapshotFile(file);
  } finally {
    await rm(file, { force: true });
  }
}
