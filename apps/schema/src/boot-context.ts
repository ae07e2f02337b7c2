import type { StoreConfig } from './config.js';
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
  /** `application_name` of the database sessions of the Directus that this command calls. */
  readonly directusSessions: string;
  /** The environment of this program, for its Directus calls. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
}

/** The Directus that a command calls, its own or a private one. */
export function installationOf({ config, files, inherited, directusSessions }: Boot): DirectusInstallation {
  const environment = environmentOfDirectus(config, directusSessions, inherited);
  return { dir: files.directusDir, environment: { ...environment, LOG_LEVEL: 'info' } };
}
