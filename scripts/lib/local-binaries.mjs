// PostgreSQL with PostGIS, and Redis or Valkey, that are installed on the machine.

import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { spawnSync } from 'node:child_process';

export const MINIMUM_MAJOR = 15;
const POSTGRES_PLACES = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
];
const OTHER_PLACES = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/**
 * @typedef {import('./services-provider.mjs').Binaries} Binaries
 * @typedef {{ bin: string, major: number, share: string, lib: string }} Server
 */

/**
 * The newest complete set.
 * @param {import('./services-provider.mjs').Needs} needs
 * @returns {Binaries | string} a sentence when something lacks
 */
export function findLocalBinaries(needs) {
  const redisServer = needs.redis ? (findProgram('valkey-server') ?? findProgram('redis-server')) : '';
  const servers = needs.postgres ? findServers() : [];
  const complete = servers.find(({ share }) => existsSync(join(share, 'extension/postgis.control')));
  const missing = [
    needs.postgres && servers.length === 0 && `PostgreSQL ${MINIMUM_MAJOR} or later is not installed`,
    servers[0] && !complete && `PostgreSQL ${servers[0].major} is installed without PostGIS`,
    redisServer === undefined && 'neither valkey-server nor redis-server is installed',
  ].filter(Boolean);
  if (missing.length > 0 || redisServer === undefined) return missing.join(', ');
  return {
    describe: ['installed', complete && `PostgreSQL ${complete.major} with PostGIS`, redisServer]
      .filter(Boolean)
      .join(' '),
    major: complete?.major ?? 0,
    postgresBin: complete?.bin ?? '',
    redisServer,
    timescale: complete !== undefined && existsSync(join(complete.lib, 'timescaledb.so')),
    env: {},
  };
}

/**
 * @param {string} name
 * @returns {string | undefined} the path of a program of the machine
 */
export function findProgram(name) {
  return [...(process.env['PATH'] ?? '').split(delimiter), ...OTHER_PLACES]
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
    .find(existsSync);
}

/** @returns {Server[]} newest first */
function findServers() {
  const places = [...POSTGRES_PLACES.flatMap(expand), ...(process.env['PATH'] ?? '').split(delimiter)];
  return [...new Set(places)]
    .filter((bin) => existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'pg_config')))
    .map((bin) => {
      const [version, share, lib] = ['--version', '--sharedir', '--pkglibdir'].map((option) =>
        spawnSync(join(bin, 'pg_config'), [option], { encoding: 'utf8' }).stdout.trim(),
      );
      return { bin, major: Number(/\d+/.exec(version ?? '')?.[0]), share: share ?? '', lib: lib ?? '' };
    })
    .filter(({ major }) => major >= MINIMUM_MAJOR)
    .toSorted((one, other) => other.major - one.major);
}

/**
 * @param {string} pattern a path with one `*`
 * @returns {string[]}
 */
function expand(pattern) {
  const parts = pattern.split('/');
  const at = parts.findIndex((part) => part.includes('*'));
  const parent = parts.slice(0, at).join('/');
  const [before = '', after = ''] = parts[at]?.split('*') ?? [];
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .map((name) => [parent, name, ...parts.slice(at + 1)].join('/'));
}
