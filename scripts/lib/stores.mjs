// Starts Postgres and Redis for a run, as the plan says, and hands out their URLs once they answer.
//
// Our own listen on unix sockets in a directory that only their account (and root) can enter: the filesystem
// is the authentication, and two runs can't meet on a port.

import { chownSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startPostgresContainer, startRedisContainer } from './docker.mjs';
import { Failure, messageOf } from './failure.mjs';
import { makePrivateDirectory, storeAccount } from './places.mjs';
import { birthOf } from './processes.mjs';
import { POSTGRES_SETTINGS, REDIS_SETTINGS, UNSAFE_SETTINGS } from './store-settings.mjs';

const READY_WITHIN_MS = 60_000;
const MAX_SOCKET_PATH = 107;
const PLAIN_PATH = /^[\w./-]+$/;
const POSTGRES_SOCKET = '.s.PGSQL.5432';

/**
 * @typedef {import('./run.mjs').Run} Run
 * @typedef {import('./services-provider.mjs').Plan} Plan
 * @typedef {import('./services-provider.mjs').Binaries} Binaries
 *
 * @typedef {object} Stores
 * @property {string} databaseUrl of the application's role and database
 * @property {string} adminUrl of a superuser (external: of whoever DATABASE_URL or ADMIN_DATABASE_URL names)
 * @property {string} redisUrl
 */

/**
 * @typedef {object} Keeping
 * @property {boolean} isDurable whether the data outlive the run
 * @property {boolean} [waitsForDisk] whether a commit does; as `isDurable` when it is not said
 */

/**
 * @param {Run} run
 * @param {Plan} plan
 * @param {{ dataDirectory: string } & Keeping} options
 * @returns {Promise<Stores>}
 */
export async function startStores(run, plan, { dataDirectory, ...keeping }) {
  return run.progress.step('Postgres and Redis', async () => {
    const sockets = plan.embedded && plan.embedded !== 'docker' ? makeSocketDirectory(run) : '';
    const [postgres, redisUrl] = await Promise.all([
      startPostgres(run, plan, { dataDirectory, sockets, ...keeping }),
      startRedis(run, plan, sockets),
    ]);
    return { ...postgres, redisUrl };
  });
}

/**
 * Makes a database cluster. It appears under its name only when it is complete.
 * @param {Run} run
 * @param {Binaries} binaries
 * @param {string} dataDirectory
 */
export async function makeCluster(run, binaries, dataDirectory) {
  const account = storeAccount();
  const unfinished = `${dataDirectory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  makePrivateDirectory(unfinished, account);
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  await run.finish({
    name: 'initdb',
    command: join(binaries.postgresBin, 'initdb'),
    args: [
      '-D',
      unfinished,
      '-U',
      'postgres',
      '--auth=trust',
      '-E',
      'UTF8',
      `--locale=${locale}`,
      '--no-sync',
    ],
    env: { ...binaries.env, ...WITHOUT_CLIENT_SETTINGS },
    cwd: '/',
    account,
  });
  renameSync(unfinished, dataDirectory);
}

/**
 * Starts our own Postgres on a cluster that exists.
 * @param {Run} run
 * @param {Binaries} binaries
 * @param {{ dataDirectory: string, sockets: string } & Keeping} options
 * @returns {Promise<string>} a superuser's URL
 */
export async function startServer(run, binaries, options) {
  removeStalePid(options.dataDirectory);
  run.start(postgresProgram(binaries, options));
  const url = socketUrl(options.sockets, 'postgres', 'postgres');
  await waitForPostgres(run, url, READY_WITHIN_MS);
  return url;
}

/**
 * How our own Postgres is started.
 * @param {Binaries} binaries
 * @param {{ dataDirectory: string, sockets: string } & Keeping} options
 */
export function postgresProgram(binaries, { dataDirectory, sockets, isDurable, waitsForDisk = isDurable }) {
  const settings = {
    ...POSTGRES_SETTINGS,
    ...(waitsForDisk ? {} : UNSAFE_SETTINGS),
    ...(binaries.timescale
      ? {
          shared_preload_libraries: 'timescaledb',
          'timescaledb.telemetry_level': 'off',
          // Its scheduler holds connections to databases that tests use as templates.
          ...(isDurable ? {} : { 'timescaledb.max_background_workers': '0' }),
        }
      : {}),
    listen_addresses: '',
    unix_socket_directories: sockets,
    unix_socket_permissions: '0700',
  };
  return {
    name: 'postgres',
    role: /** @type {const} */ ('postgres'),
    command: join(binaries.postgresBin, 'postgres'),
    args: [
      '-D',
      dataDirectory,
      ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    env: { ...binaries.env, ...WITHOUT_CLIENT_SETTINGS },
    cwd: '/',
    account: storeAccount(),
  };
}

/**
 * A directory for sockets that only the stores' account can enter; short enough for a socket address, and plain
 * enough for every program that reads it from a URL.
 * @param {Run} run
 */
export function makeSocketDirectory(run) {
  const account = storeAccount();
  const inside = join(run.directory, 's');
  if (PLAIN_PATH.test(inside) && join(inside, `${POSTGRES_SOCKET}.lock`).length <= MAX_SOCKET_PATH) {
    rmSync(inside, { recursive: true, force: true });
    makePrivateDirectory(inside, account);
    return inside;
  }
  const outside = mkdtempSync(join(tmpdir(), 'trm-'));
  run.removeAtEnd(outside);
  if (account) chownSync(outside, account.uid, account.gid);
  return outside;
}

/**
 * @param {string} sockets directory
 * @param {string} user
 * @param {string} database
 */
export function socketUrl(sockets, user, database) {
  // A slash needs no escape there, and the reader copies it more easily without.
  return `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(sockets).replaceAll('%2F', '/')}`;
}

/**
 * Runs one statement.
 * @template {Record<string, unknown>} [Row=Record<string, unknown>]
 * @param {string} url
 * @param {string} text
 * @param {unknown[]} [values]
 * @returns {Promise<Row[]>} its rows
 */
export async function query(url, text, values = []) {
  // Loaded here because the launcher must start before anything is installed.
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5000,
    application_name: 'trm launcher',
  });
  // A server that stops while the connection idles reports here; the statement itself has its own error.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** What a developer set for psql must not reach servers that are ours. */
export const WITHOUT_CLIENT_SETTINGS = Object.fromEntries(
  [
    'PGHOST',
    'PGPORT',
    'PGUSER',
    'PGDATABASE',
    'PGPASSWORD',
    'PGSSLMODE',
    'PGOPTIONS',
    'PGDATA',
    'PGSERVICE',
  ].map((name) => [name, undefined]),
);

/**
 * @param {Run} run
 * @param {Plan} plan
 * @param {{ dataDirectory: string, sockets: string } & Keeping} options
 */
async function startPostgres(run, { databaseUrl, embedded }, { dataDirectory, sockets, ...keeping }) {
  if (databaseUrl) {
    await checkExternalDatabase(databaseUrl);
    return { databaseUrl, adminUrl: process.env['ADMIN_DATABASE_URL'] || databaseUrl };
  }
  if (embedded === 'docker') {
    const adminUrl = await startPostgresContainer(run, keeping);
    await waitForPostgres(run, adminUrl, READY_WITHIN_MS * 5);
    const password = new URL(adminUrl).password;
    const own = new URL(adminUrl);
    Object.assign(own, { username: 'trm', password, pathname: '/trm' });
    return { adminUrl, databaseUrl: own.href };
  }
  if (!embedded) throw new Failure('DATABASE_URL is needed.');
  if (!existsSync(join(dataDirectory, 'PG_VERSION'))) await makeCluster(run, embedded, dataDirectory);
  const major = Number(readFileSync(join(dataDirectory, 'PG_VERSION'), 'utf8'));
  if (major !== embedded.major) {
    throw new Failure(
      `The data in ${dataDirectory} is of PostgreSQL ${major}, and the server is ${embedded.major}. ` +
        'Move the directory away to start with empty data, or bring the older server back.',
    );
  }
  const adminUrl = await startServer(run, embedded, { dataDirectory, sockets, ...keeping });
  return { adminUrl, databaseUrl: socketUrl(sockets, 'trm', 'trm') };
}

/**
 * @param {Run} run
 * @param {Plan} plan
 * @param {string} sockets
 * @returns {Promise<string>}
 */
async function startRedis(run, { redisUrl, embedded }, sockets) {
  const url = redisUrl ?? (embedded === 'docker' ? await startRedisContainer(run) : redisSocketUrl(sockets));
  if (!redisUrl && embedded && embedded !== 'docker') run.start(redisProgram(embedded, sockets));
  await waitFor(run, 'Redis', redisUrl ? 5000 : READY_WITHIN_MS * 5, () => pingRedis(url));
  return url;
}

/** @param {string} sockets directory */
export function redisSocketUrl(sockets) {
  return `unix://${sockets}/redis.sock`;
}

/**
 * How our own Redis is started.
 * @param {Binaries} binaries
 * @param {string} sockets
 */
export function redisProgram(binaries, sockets) {
  const settings = {
    ...REDIS_SETTINGS,
    port: '0',
    unixsocket: join(sockets, 'redis.sock'),
    unixsocketperm: '700',
    dir: sockets,
    // A process title would be written over the environment that marks the process as ours.
    'set-proc-title': 'no',
  };
  return {
    name: 'redis',
    role: /** @type {const} */ ('redis'),
    command: binaries.redisServer,
    args: Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]),
    env: binaries.env,
    cwd: '/',
    account: storeAccount(),
  };
}

/** @param {string} url */
async function pingRedis(url) {
  const { Redis } = await import('ioredis');
  const options = { lazyConnect: true, retryStrategy: () => null, connectTimeout: 5000 };
  const redis = new Redis(url.replace(/^unix:\/\//, ''), options);
  // The rejected promise carries the same error.
  redis.on('error', () => {});
  try {
    await redis.connect();
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}

/** @param {string} url */
async function checkExternalDatabase(url) {
  try {
    const sql = `select 1 from pg_available_extensions where name = 'postgis'`;
    if ((await query(process.env['ADMIN_DATABASE_URL'] || url, sql)).length > 0) return;
  } catch (error) {
    throw new Failure(`The database named by DATABASE_URL does not answer: ${messageOf(error)}`);
  }
  throw new Failure('The server named by DATABASE_URL has no PostGIS. Install it there and start again.');
}

/**
 * @param {Run} run
 * @param {string} url
 * @param {number} withinMs
 */
async function waitForPostgres(run, url, withinMs) {
  await waitFor(run, 'Postgres', withinMs, () => query(url, 'select 1'));
}

/**
 * @param {Run} run
 * @param {string} what
 * @param {number} withinMs
 * @param {() => Promise<unknown>} attempt
 */
async function waitFor(run, what, withinMs, attempt) {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) {
        throw new Failure(`${what} did not answer within ${withinMs / 1000} s: ${messageOf(error)}`);
      }
      await Promise.race([delay(50), run.failed]);
    }
  }
}

/**
 * Removes the pid file of a server that was killed. Postgres does it too, unless its pid now belongs to
 * another process of the same account; the run's lock tells us that no server of ours has this directory.
 * @param {string} dataDirectory
 */
function removeStalePid(dataDirectory) {
  const path = join(dataDirectory, 'postmaster.pid');
  if (!existsSync(path)) return;
  const pid = Number(readFileSync(path, 'utf8').split('\n')[0]);
  if (birthOf(pid) && process.platform !== 'linux') return;
  if (birthOf(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dataDirectory)) {
    throw new Failure(`process ${pid} is a Postgres that uses ${dataDirectory}. Stop it and start again.`);
  }
  rmSync(path, { force: true });
}
