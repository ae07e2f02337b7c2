import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where the files are that the boot reads. */
export interface ProjectFiles {
  readonly snapshot: string;
  readonly dbInit: string;
  readonly directusDir: string;
  readonly types: string;
  readonly permissions: string;
}

/**
 * Finds them from this program upwards: it runs from the sources, from `dist/` and from an image.
 * @throws Error when no folder above holds both `db-init` and `snapshots`
 */
export function findProjectFiles(given: {
  SNAPSHOT_FILE?: string;
  DB_INIT_DIR?: string;
  DIRECTUS_DIR?: string;
}): ProjectFiles {
  const root = findRoot(import.meta.dirname);
  return {
    snapshot: resolve(given.SNAPSHOT_FILE ?? join(root, 'snapshots/schema.yaml')),
    dbInit: resolve(given.DB_INIT_DIR ?? join(root, 'db-init')),
    directusDir: resolve(given.DIRECTUS_DIR ?? join(root, 'apps/directus')),
    types: join(root, 'libs/directus/src/collections.ts'),
    permissions: join(root, 'docs/permissions.md'),
  };
}

function findRoot(from: string): string {
  if (existsSync(join(from, 'db-init')) && existsSync(join(from, 'snapshots'))) return from;
  const above = dirname(from);
  if (above === from) throw new Error(`No folder above ${import.meta.dirname} holds db-init and snapshots.`);
  return findRoot(above);
}
