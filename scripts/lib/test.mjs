// `npm test`: everything the tests need, thrown away afterwards.
//
// 0. Without arguments first what `npm run check` checks: whoever says "npm test" means "is it right?".
// 1. Packages and build ‖ programs of the stores.
// 2. A golden cluster that holds the template database, made by the real `schema up`, once per version of
//    what it is made from.
// 3. Every run copies it and starts servers of its own on the copy, on sockets in its own directory.
//    (On servers that are not ours, and in containers, the template is made on the server instead.)
// 4. Jest, with the environment that libs/testing reads. Its exit code is ours.
//
// Unit tests need neither 2 nor 3.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { check } from './check.mjs';
import { Failure } from './failure.mjs';
import { fingerprintOfFiles, prepareClone, programNode } from './install.mjs';
import { tryLock, withLock } from './locks.mjs';
import { binariesDirectory, CLONE, fingerprint, stateDirectory } from './places.mjs';
import { OWN_STORES_ONLY, programEnvironment, schemaProgram, secretsOf } from './programs.mjs';
import { choosePlan } from './services-provider.mjs';
import {
  makeSocketDirectory,
  postgresProgram,
  query,
  redisProgram,
  redisSocketUrl,
  socketUrl,
  startStores,
} from './stores.mjs';

const KEPT_GOLDEN = 2;
const TEMPLATE = 'trm_template';
const GOLDEN_NAME = /^golden-[0-9a-f]+$/;

/**
 * @typedef {import('./run.mjs').Run} Run
 * @typedef {import('./services-provider.mjs').Plan} Plan
 * @typedef {import('./services-provider.mjs').Binaries} Binaries
 * @typedef {Record<string, string | undefined>} Environment
 */

/**
 * @param {Run} run
 * @param {string[]} args for Jest
 * @returns {Promise<number>} exit code
 */
export async function test(run, args) {
  if (args.length === 0) await check(run);
  if (isUnitOnly(args)) {
    await prepareClone(run, { build: false });
    return runJest(run, args, {});
  }
  return runJest(run, args, await startTestStack(run));
}

/**
 * A throw-away stack with the template database, as tests and measurements use it.
 * @param {Run} run
 * @param {{ waitsForDisk?: boolean }} [options] whether commits wait for the disk, as they do in production
 * @returns {Promise<Environment>} the environment for them
 */
export async function startTestStack(run, { waitsForDisk = false } = {}) {
  const [plan] = await Promise.all([choosePlan(run), prepareClone(run)]);
  const dataDirectory = join(run.directory, 'postgres');
  const isPrepared = !plan.databaseUrl && plan.embedded !== 'docker' && plan.embedded !== undefined;
  const secrets = isPrepared
    ? await copyGolden(run, plan, dataDirectory)
    : secretsOf(stateDirectory(), plan.databaseUrl ?? 'docker');
  const stores = await startStores(run, plan, { dataDirectory, isDurable: false, waitsForDisk });
  const shared = { ...(plan.databaseUrl ? {} : OWN_STORES_ONLY), ...programEnvironment(stores, secrets) };
  const template = isPrepared ? TEMPLATE : `${TEMPLATE}_${goldenKey(JSON.stringify(secrets))}`;
  if (!isPrepared) await ensureTemplate(run, shared, stores, template);
  return environmentOfTests(run, stores, shared, template);
}

/**
 * As `startTestStack`, but nothing is started: for a program that starts and kills Postgres and Redis itself.
 * @param {Run} run
 * @returns {Promise<Environment>}
 */
export async function prepareKillableStack(run) {
  const [{ databaseUrl, redisUrl, embedded }] = await Promise.all([choosePlan(run), prepareClone(run)]);
  if (databaseUrl || redisUrl || !embedded || embedded === 'docker') {
    throw new Failure(
      'This kills Postgres and Redis, so it needs programs of its own: try TRM_STACK=unpack.',
    );
  }
  const dataDirectory = join(run.directory, 'postgres');
  const secrets = await copyGolden(run, { databaseUrl, redisUrl, embedded }, dataDirectory);
  const sockets = makeSocketDirectory(run);
  const stores = {
    databaseUrl: socketUrl(sockets, 'trm', 'trm'),
    adminUrl: socketUrl(sockets, 'postgres', 'postgres'),
    redisUrl: redisSocketUrl(sockets),
  };
  return {
    ...environmentOfTests(
      run,
      stores,
      { ...OWN_STORES_ONLY, ...programEnvironment(stores, secrets) },
      TEMPLATE,
    ),
    TRM_TEST_STORES: JSON.stringify({
      postgres: postgresProgram(embedded, { dataDirectory, sockets, isDurable: true }),
      redis: redisProgram(embedded, sockets),
    }),
  };
}

/**
 * What libs/testing reads.
 * @param {Run} run
 * @param {import('./stores.mjs').Stores} stores
 * @param {Environment} shared
 * @param {string} template
 * @returns {Environment}
 */
function environmentOfTests(run, stores, shared, template) {
  const tests = join(run.directory, 'tests');
  mkdirSync(tests);
  return {
    ...shared,
    // Tests ask for databases of their own; whoever forgets must not reach one that is somebody's.
    DATABASE_URL: undefined,
    ADMIN_DATABASE_URL: undefined,
    REDIS_URL: undefined,
    DIRECTUS_URL: undefined,
    TRM_BINARIES_DIR: binariesDirectory(),
    TRM_TEST_ADMIN_URL: databaseIn(stores.adminUrl, 'postgres'),
    TRM_TEST_TEMPLATE: template,
    TRM_TEST_REDIS_URL: stores.redisUrl,
    TRM_TEST_DIR: tests,
    NODE_ENV: 'test',
  };
}

/**
 * Copies the golden cluster, which is made first when it lacks.
 * @param {Run} run
 * @param {Plan} plan with binaries
 * @param {string} dataDirectory to copy to
 * @returns {Promise<import('./programs.mjs').Secrets>} those that its database was provisioned with
 */
async function copyGolden(run, plan, dataDirectory) {
  const { major, timescale, postgresBin } = /** @type {Binaries} */ (plan.embedded);
  const name = `golden-${goldenKey(`${major} ${timescale} ${postgresBin}`)}`;
  const golden = join(stateDirectory(), name);
  return withLock(
    `golden:${golden}`,
    'preparing a database cluster for tests',
    (holder) => run.progress.say(`waiting for process ${holder.pid}, which is ${holder.doing}`),
    async () => {
      if (!existsSync(golden)) {
        await run.progress.step('database cluster for tests (kept for the next runs)', () =>
          makeGolden(run, plan, golden),
        );
      }
      const now = new Date();
      utimesSync(golden, now, now);
      await pruneGolden(name);
      await run.progress.step('copy of the prepared database cluster', () =>
        // `cp` keeps owners and, where the filesystem can, shares the blocks.
        run.finish({
          name: 'copy',
          command: 'cp',
          args: [
            '-a',
            ...(process.platform === 'linux' ? ['--reflink=auto'] : []),
            join(golden, 'postgres'),
            dataDirectory,
          ],
        }),
      );
      return secretsOf(golden, undefined);
    },
  );
}

/**
 * Makes the cluster in a run of its own, so that its servers are stopped in order before it is used.
 * @param {Run} run
 * @param {Plan} plan
 * @param {string} golden
 */
async function makeGolden(run, plan, golden) {
  const unfinished = `${golden}.unfinished`;
  rmSync(join(unfinished, 'postgres'), { recursive: true, force: true });
  const part = await run.beginPart(unfinished, 'preparing a database cluster for tests');
  const stores = await startStores(part, plan, {
    dataDirectory: join(unfinished, 'postgres'),
    isDurable: false,
  });
  const environment = {
    ...OWN_STORES_ONLY,
    ...programEnvironment(stores, secretsOf(unfinished, undefined)),
    DATABASE_URL: databaseIn(stores.databaseUrl, TEMPLATE),
    DIRECTUS_URL: undefined,
    NODE_ENV: 'test',
  };
  await part.finish({ name: 'schema', ...schemaProgram('up'), env: environment });
  await part.end();
  renameSync(unfinished, golden);
}

/**
 * Removes golden clusters that were not used lately; leaves those that somebody works with.
 * @param {string} current
 */
async function pruneGolden(current) {
  const state = stateDirectory();
  const others = readdirSync(state)
    .filter((name) => GOLDEN_NAME.test(name.replace(/\.unfinished$/, '')) && name !== current)
    .map((name) => ({ path: join(state, name), usedAt: statSync(join(state, name)).mtimeMs }))
    .toSorted((one, other) => other.usedAt - one.usedAt);
  for (const { path } of others.slice(KEPT_GOLDEN - 1)) {
    const lock = await tryLock(`golden:${path.replace(/\.unfinished$/, '')}`, () => ({
      doing: 'removing it',
    }));
    if (!lock) continue;
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    await lock.release();
  }
}

/**
 * Makes the template database on a server, under a temporary name until it is complete.
 * @param {Run} run
 * @param {Environment} shared
 * @param {import('./stores.mjs').Stores} stores
 * @param {string} template
 */
async function ensureTemplate(run, shared, stores, template) {
  const unfinished = `${template}_unfinished`;
  await withLock(
    `template:${stores.adminUrl}`,
    'preparing the template database',
    (holder) => run.progress.say(`waiting for process ${holder.pid}, which is ${holder.doing}`),
    async () => {
      const found = await query(stores.adminUrl, 'select 1 from pg_database where datname = $1', [template]);
      if (found.length > 0) return;
      await run.progress.step('template database (kept for the next runs)', async () => {
        await query(stores.adminUrl, `drop database if exists ${unfinished} with (force)`);
        const env = {
          ...shared,
          DATABASE_URL: databaseIn(stores.databaseUrl, unfinished),
          DIRECTUS_URL: undefined,
        };
        await run.finish({ name: 'schema', ...schemaProgram('up'), env });
        await query(stores.adminUrl, `alter database ${unfinished} rename to ${template}`);
      });
    },
  );
}

/**
 * @param {Run} run
 * @param {string[]} args
 * @param {Environment} env
 */
function runJest(run, args, env) {
  return run.foreground({
    name: 'jest',
    command: programNode(),
    args: [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(CLONE, 'node_modules/jest/bin/jest.js'),
      ...args,
    ],
    env,
  });
}

/**
 * Whether only unit tests are asked for: by project, or by naming their files.
 * @param {string[]} args of Jest
 */
export function isUnitOnly(args) {
  const at = args.indexOf('--selectProjects');
  if (at >= 0) {
    const rest = args.slice(at + 1);
    const end = rest.findIndex((arg) => arg.startsWith('-'));
    return (end < 0 ? rest : rest.slice(0, end)).every((project) => project === 'unit');
  }
  const files = args.filter((arg) => !arg.startsWith('-'));
  return files.length > 0 && files.every((file) => file.endsWith('.spec.ts'));
}

/** @param {string} servers what else the cluster depends on */
function goldenKey(servers) {
  const sources = fingerprintOfFiles(
    ['db-init', 'snapshots', 'apps/directus/package-lock.json', 'apps/schema/src', 'libs/directus/src'],
    (path) => !/[.-]spec\.ts$/.test(path),
  );
  return fingerprint(`${sources} ${servers}`).slice(0, 12);
}

/**
 * The same server and role, another database.
 * @param {string} url
 * @param {string} database
 */
function databaseIn(url, database) {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}
