// How the programs of this repository are started: where they are, and the environment they share.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { programNode } from './install.mjs';
import { CLONE, DIRECTUS_DIR, fingerprint, stateDirectory } from './places.mjs';
import { WITHOUT_CLIENT_SETTINGS } from './stores.mjs';

const DIST = join(CLONE, 'dist');

/** Directus lets nobody sign in with an address below a top-level domain that does not exist. */
const ACCOUNTS = { DIRECTUS_ADMIN_EMAIL: 'admin@example.com' };

/** What only one installation knows. @typedef {Record<(typeof SECRET_NAMES)[number] | keyof typeof ACCOUNTS, string>} Secrets */

const SECRET_NAMES = /** @type {const} */ ([
  'DIRECTUS_SECRET',
  'DIRECTUS_ADMIN_PASSWORD',
  'DIRECTUS_ADMIN_TOKEN',
  'DIRECTUS_SERVICE_TOKEN',
  'HOOK_SECRET',
  'DEMO_PASSWORD',
  'DEMO_TOKEN',
]);

/** @param {string} path of a program in dist */
export function programFile(path) {
  return join(DIST, path);
}

/**
 * The command and arguments that run a program of dist.
 * @param {string} path in dist
 * @param {string[]} args
 */
export function program(path, ...args) {
  return { command: programNode(), args: ['--enable-source-maps', programFile(path), ...args] };
}

/** @param {string[]} args of the schema program */
export function schemaProgram(...args) {
  return program('apps/schema/src/main.js', ...args);
}

/**
 * The environment that all programs of one installation share.
 * @param {import('./stores.mjs').Stores} stores
 * @param {Secrets} secrets
 * @returns {Record<string, string>}
 */
export function programEnvironment(stores, secrets) {
  return {
    DATABASE_URL: stores.databaseUrl,
    ADMIN_DATABASE_URL: stores.adminUrl,
    REDIS_URL: stores.redisUrl,
    DIRECTUS_DIR,
    // Directus starts in half the time when its compiled code is kept.
    NODE_COMPILE_CACHE: join(stateDirectory(), 'compile-cache'),
    ...secrets,
  };
}

/** What a developer set for other programs and ours must not see when the stores are embedded. */
export const OWN_STORES_ONLY = {
  ...WITHOUT_CLIENT_SETTINGS,
  DB_CONNECTION_STRING: undefined,
  REDIS: undefined,
};

/**
 * The secrets of an installation: made once and kept; whatever the environment names wins.
 * @param {string} directory
 * @param {string | undefined} databaseUrl of an external database, which has secrets of its own
 * @returns {Secrets}
 */
export function secretsOf(directory, databaseUrl) {
  const name = databaseUrl ? `secrets-${fingerprint(databaseUrl).slice(0, 8)}.json` : 'secrets.json';
  const path = join(directory, name);
  /** @type {Partial<Secrets>} */
  const kept = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  /** @type {Partial<Secrets>} */
  const secrets = { ...ACCOUNTS, ...kept };
  for (const each of SECRET_NAMES)
    secrets[each] ??= randomBytes(each.endsWith('PASSWORD') ? 9 : 32).toString('base64url');
  if (Object.keys(secrets).some((each) => !(each in kept))) {
    writeFileSync(`${path}.new`, JSON.stringify(secrets, undefined, 2), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  const complete = /** @type {Secrets} */ (secrets);
  return /** @type {Secrets} */ (
    Object.fromEntries(
      Object.entries(complete).map(([each, value]) => [each, fromEnvironment(each) ?? value]),
    )
  );
}

/** @param {string} name */
function fromEnvironment(name) {
  const file = process.env[`${name}_FILE`];
  return file ? readFileSync(file, 'utf8').trim() : process.env[name] || undefined;
}
