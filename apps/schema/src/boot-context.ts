import type { StoreConfig } from './config.js';
import { CLI_APPLICATION_NAME } from './database.js';
import { environmentOfDirectus } from './directus/directus-environment.js';
import type { DirectusInstallation } from './directus/directus-process.js';
import type { ProjectFiles } from './project-files.js';
import type { StepLog } from './step-log.js';

/** What a command works with. */
export interface Boot<Config extends StoreConfig = StoreConfig> {
  readonly config: Config;
  readonly files: ProjectFiles;
  readonly log: StepLog;
  /** Fires when the program is asked to stop. */
  readonly signal: AbortSignal;
  /** The environment of this program, for its Directus calls. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
}

/** The Directus that a boot calls, under a name that a later boot recognises. */
export function installationOf({ config, files, inherited }: Boot): DirectusInstallation {
  const environment = environmentOfDirectus(config, CLI_APPLICATION_NAME, inherited);
  return { dir: files.directusDir, environment: { ...environment, LOG_LEVEL: 'info' } };
}
