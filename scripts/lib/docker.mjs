// Postgres and Redis as containers, from the images of docker-compose.yml. The docker client stays in the
// foreground as our child; the container itself is removed by name when the run ends.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { findProgram } from './local-binaries.mjs';
import { CLONE, fingerprint } from './places.mjs';
import { reservePort } from './ports.mjs';
import { POSTGRES_SETTINGS, REDIS_SETTINGS, UNSAFE_SETTINGS } from './store-settings.mjs';

const PREFERRED_PORT = 54_000;

/** @returns {string} a sentence why Docker can't serve; empty when it can */
export function isDockerReady() {
  if (!findProgram('docker')) return 'not installed';
  const { status } = spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 });
  return status === 0 ? '' : 'installed, but its engine does not answer';
}

/**
 * @param {import('./run.mjs').Run} run
 * @param {import('./stores.mjs').Keeping} keeping durable data are in a volume that belongs to the directory of the run
 * @returns {Promise<string>} a superuser's URL
 */
export async function startPostgresContainer(run, { isDurable, waitsForDisk = isDurable }) {
  const password = keptPassword(run.directory);
  const port = await reservePort(PREFERRED_PORT, '127.0.0.1');
  const name = `trm-${run.id}-postgres`;
  const data = '/home/postgres/pgdata';
  const volume = `trm-${fingerprint(run.directory).slice(0, 12)}-postgres`;
  const storage = isDurable ? ['--volume', `${volume}:${data}`] : ['--tmpfs', `${data}:mode=1777`];
  const settings = Object.entries({
    ...POSTGRES_SETTINGS,
    ...(waitsForDisk ? {} : UNSAFE_SETTINGS),
  }).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  startContainer(run, 'postgres', name, [
    ...storage,
    `--publish=127.0.0.1:${port}:5432`,
    `--env=POSTGRES_PASSWORD=${password}`,
    imageOf('timescale/timescaledb-ha'),
    'postgres',
    ...settings,
  ]);
  return `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
}

/**
 * @param {import('./run.mjs').Run} run
 * @returns {Promise<string>} its URL
 */
export async function startRedisContainer(run) {
  const port = await reservePort(PREFERRED_PORT, '127.0.0.1');
  const settings = Object.entries(REDIS_SETTINGS).flatMap(([key, value]) => [`--${key}`, value]);
  startContainer(run, 'redis', `trm-${run.id}-redis`, [
    `--publish=127.0.0.1:${port}:6379`,
    imageOf('valkey/valkey'),
    'valkey-server',
    ...settings,
  ]);
  return `redis://127.0.0.1:${port}`;
}

/**
 * @param {import('./run.mjs').Run} run
 * @param {'postgres' | 'redis'} role
 * @param {string} name
 * @param {string[]} args
 */
function startContainer(run, role, name, args) {
  run.runAtEnd(['docker', 'rm', '--force', name]);
  run.start({ name: role, role, command: 'docker', args: ['run', '--rm', '--name', name, ...args] });
}

/**
 * The image sets the password only when it makes the data: it has to be kept as long as they are.
 * @param {string} directory
 */
function keptPassword(directory) {
  const path = join(directory, 'postgres-password');
  if (!existsSync(path)) writeFileSync(path, randomBytes(18).toString('base64url'), { mode: 0o600 });
  return readFileSync(path, 'utf8');
}

/** @param {string} repository the tag that production runs */
function imageOf(repository) {
  const compose = readFileSync(join(CLONE, 'docker-compose.yml'), 'utf8');
  const image = new RegExp(String.raw`image:\s*['"]?(${repository}:[^\s'"]+)`).exec(compose)?.[1];
  if (!image) throw new Failure(`docker-compose.yml names no image of ${repository}.`);
  return image;
}
