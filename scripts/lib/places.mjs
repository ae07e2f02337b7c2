// Where things are: the clone, its state directory, and the account that the stores run under.
//
// The state directory of an ordinary user is `.runtime` in the clone. Root keeps it in /var/tmp instead:
// Postgres refuses to run as root, and the account it runs under may not be able to enter root's clone.

import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from './failure.mjs';

/** The root of the clone that this launcher belongs to. */
export const CLONE = realpathSync(fileURLToPath(new URL('../..', import.meta.url)));

/** Where the pinned Directus is installed. */
export const DIRECTUS_DIR = join(CLONE, 'apps/directus');

const asRoot = process.getuid?.() === 0;

/** The Node that the programs run under: the one from node_modules, else the launcher's own. */
export const NODE = join(CLONE, 'node_modules/.bin/node');

/**
 * The directory for everything that the launcher keeps between runs; made when lacking.
 * @throws Failure when it belongs to somebody else
 */
export function stateDirectory() {
  const given = process.env['TRM_STATE_DIR'];
  const path = given
    ? resolve(given)
    : asRoot
      ? `/var/tmp/trm-${fingerprint(CLONE).slice(0, 12)}`
      : join(CLONE, '.runtime');
  mkdirSync(path, { recursive: true });
  const found = lstatSync(path);
  // The name in /var/tmp can be guessed: never run what another account may have put there.
  if (!found.isDirectory() || (process.getuid && found.uid !== process.getuid())) {
    throw new Failure(
      `${path} is not a directory of yours. Remove it, or name another one with TRM_STATE_DIR=<directory>.`,
    );
  }
  chmodSync(path, 0o755);
  return path;
}

/** Where the unpacked PostgreSQL and Redis are kept: shared by all runs of a clone. */
export function binariesDirectory() {
  return resolve(process.env['TRM_BINARIES_DIR'] ?? join(stateDirectory(), 'binaries'));
}

/**
 * The account for Postgres and Redis: undefined means the caller's own.
 * @typedef {{ uid: number, gid: number } | undefined} Account
 * @returns {Account}
 * @throws Failure when root has nobody to hand over to
 */
export function storeAccount() {
  if (!asRoot) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Failure('Postgres refuses to run as root and there is neither a user postgres nor nobody.');
}

/**
 * Makes a directory that only the account of the stores can enter.
 * @param {string} path
 * @param {Account} account
 */
export function makePrivateDirectory(path, account) {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o700);
  if (account) chownSync(path, account.uid, account.gid);
}

/** @param {string} text */
export function fingerprint(text) {
  return createHash('sha256').update(text).digest('hex');
}

/** A short random name. */
export function randomName() {
  return randomBytes(5).toString('hex');
}
