// PostgreSQL, PostGIS and Redis from the distribution's own packages, downloaded by apt and unpacked into a
// private directory: nothing is installed, nothing is started by the system, no rights are needed.
//
// 1. apt reads the machine's own sources, with its state and cache in our directory.
// 2. The newest PostgreSQL that has PostGIS is taken, TimescaleDB with it where it exists.
// 3. The packages are unpacked under a temporary name and renamed: a half-made tree is never used.

import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { findProgram, MINIMUM_MAJOR } from './local-binaries.mjs';
import { withLock } from './locks.mjs';
import { binariesDirectory } from './places.mjs';

const TRIPLETS = /** @type {Record<string, string>} */ ({
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
});
const CANDIDATES = String.raw`^(postgresql-[0-9]+-(postgis-3|timescaledb)|valkey-server|redis-server)$`;

/** @typedef {{ major: number, redis: string, timescale: boolean }} Contents what was unpacked */

/** @returns {string} a sentence why apt can't serve; empty when it can */
export function canUnpack() {
  const missing = ['apt-get', 'apt-cache', 'dpkg'].filter((name) => !findProgram(name));
  if (missing.length > 0) return `${missing.join(', ')} not found (this is not Debian or Ubuntu)`;
  return TRIPLETS[process.arch] ? '' : `not tried on ${process.arch}`;
}

/**
 * @param {import('./run.mjs').Run} run
 * @returns {Promise<import('./services-provider.mjs').Binaries>}
 */
export async function unpackBinaries(run) {
  const directory = binariesDirectory();
  const root = join(directory, 'root');
  await withLock(
    `binaries:${directory}`,
    'unpacking PostgreSQL and Redis',
    (holder) => run.progress.say(`waiting for process ${holder.pid}, which is ${holder.doing}`),
    async () => {
      if (!existsSync(root)) {
        await run.progress.step('PostgreSQL, PostGIS and Redis, unpacked privately', () =>
          unpack(run, directory, root),
        );
      }
    },
  );
  const { major, redis, timescale } = /** @type {Contents} */ (
    JSON.parse(readFileSync(join(root, 'contents.json'), 'utf8'))
  );
  const triplet = TRIPLETS[process.arch];
  return {
    describe: `PostgreSQL ${major}, PostGIS${timescale ? ', TimescaleDB' : ''} and ${redis}, unpacked in ${directory}`,
    major,
    postgresBin: join(root, `usr/lib/postgresql/${major}/bin`),
    redisServer: join(root, 'usr/bin', redis),
    timescale,
    env: {
      LD_LIBRARY_PATH: `${root}/usr/lib/${triplet}:${root}/lib/${triplet}`,
      PROJ_LIB: `${root}/usr/share/proj`,
      PROJ_DATA: `${root}/usr/share/proj`,
      GDAL_DATA: `${root}/usr/share/gdal`,
    },
  };
}

/**
 * @param {import('./run.mjs').Run} run
 * @param {string} directory
 * @param {string} root
 */
async function unpack(run, directory, root) {
  const apt = join(directory, 'apt');
  const unfinished = join(directory, 'root.unfinished');
  for (const path of [apt, unfinished]) rmSync(path, { recursive: true, force: true });
  for (const path of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, path), { recursive: true });
  mkdirSync(unfinished, { recursive: true });
  const options = [
    `Dir::State=${apt}/state`,
    `Dir::Cache=${apt}/cache`,
    'Dir::State::status=/var/lib/dpkg/status',
    'Debug::NoLocking=1',
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

  await run.finish({ name: 'apt-update', command: 'apt-get', args: [...options, 'update', '-qq'], env });
  // The log of the search is its answer.
  const search = join(run.logs, 'apt-search.log');
  rmSync(search, { force: true });
  await run.finish({
    name: 'apt-search',
    command: 'apt-cache',
    args: [...options, 'search', '--names-only', CANDIDATES],
    env,
  });
  const { packages, contents } = choosePackages(readFileSync(search, 'utf8'));
  await run.finish({
    name: 'apt-download',
    command: 'apt-get',
    // Reinstalled: a package that the machine has must be unpacked too, PostGIS sits beside its server.
    args: [
      ...options,
      'install',
      '-y',
      '-qq',
      '--no-install-recommends',
      '--reinstall',
      '--download-only',
      ...packages,
    ],
    env,
  });
  const archives = join(apt, 'cache/archives');
  for (const archive of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    await run.finish({ name: 'dpkg', command: 'dpkg', args: ['-x', join(archives, archive), unfinished] });
  }
  // The package's own installation would choose this by update-alternatives.
  const control = join(unfinished, `usr/share/postgresql/${contents.major}/extension/postgis.control`);
  if (!existsSync(control)) symlinkSync('postgis-3.control', control);
  writeFileSync(join(unfinished, 'contents.json'), JSON.stringify(contents));
  renameSync(unfinished, root);
  rmSync(apt, { recursive: true, force: true });
}

/**
 * @param {string} found lines of `apt-cache search`
 * @returns {{ packages: string[], contents: Contents }}
 */
export function choosePackages(found) {
  const names = found.split('\n').map((line) => line.split(' ')[0] ?? '');
  const majors = names
    .flatMap((name) => /^postgresql-(\d+)-postgis-3$/.exec(name)?.[1] ?? [])
    .map(Number)
    .filter((each) => each >= MINIMUM_MAJOR);
  const redis = ['valkey', 'redis'].find((name) => names.includes(`${name}-server`));
  if (majors.length === 0 || !redis) {
    throw new Failure(
      `The apt sources of this machine offer ${majors.length === 0 ? `no PostGIS for PostgreSQL ${MINIMUM_MAJOR} or later` : 'neither valkey-server nor redis-server'}. ` +
        'Add the main section of the distribution to them, or name servers with DATABASE_URL and REDIS_URL.',
    );
  }
  const major = Math.max(...majors);
  const timescale = names.includes(`postgresql-${major}-timescaledb`);
  return {
    packages: [
      `postgresql-${major}`,
      `postgresql-client-${major}`,
      `postgresql-${major}-postgis-3`,
      `postgresql-${major}-postgis-3-scripts`,
      ...(timescale ? [`postgresql-${major}-timescaledb`] : []),
      // The server's program is a link into the tools package.
      `${redis}-server`,
      `${redis}-tools`,
    ],
    contents: { major, redis: `${redis}-server`, timescale },
  };
}
