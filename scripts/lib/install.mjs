// Brings node_modules and dist up to date with the sources; does nothing when they are.
//
// npm writes node_modules/.package-lock.json last: it tells what is installed, also when somebody ran npm
// by hand. dist carries a fingerprint of what it was built from. One lock per clone: two runs at once never
// install or build into each other.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { Failure } from './failure.mjs';
import { withLock } from './locks.mjs';
import { CLONE, DIRECTUS_DIR, NODE } from './places.mjs';

const DIST = join(CLONE, 'dist');
const BUILT_FROM = join(DIST, '.built-from');
const SOURCES = /\.(ts|json)$/;
const NOT_BUILT = /^apps\/directus\/|^libs\/testing\/|[.-]spec\.ts$/;
export const MINIMUM_NODE = 24;

/**
 * @typedef {import('./run.mjs').Run} Run
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} Package
 */

/**
 * Installs the control plane and Directus, each from its lockfile, where they differ from it, and builds dist
 * when the sources are not those that it was built from.
 * @param {Run} run
 * @param {{ build?: boolean, directus?: boolean }} [options]
 */
export async function prepareClone(run, { build = true, directus = true } = {}) {
  const own = async () => {
    await installPackages(run, CLONE, 'packages of the control plane');
    requireNode();
    if (build) await ensureBuilt(run);
  };
  await withLock(
    `clone:${CLONE}`,
    'installing and building',
    (holder) => run.progress.say(`waiting for process ${holder.pid}, which is ${holder.doing} in this clone`),
    async () => {
      await Promise.all([own(), directus && installPackages(run, DIRECTUS_DIR, 'packages of Directus')]);
    },
  );
}

/** Whether the programs of dist can run as they are: nothing is to be installed or built for them. */
export function isPrepared() {
  return isInstalled(CLONE) && isBuiltFrom(fingerprintOfSources());
}

/** @throws Failure when neither npm nor the machine has a Node that our programs can run on */
function requireNode() {
  if (existsSync(NODE) || Number(process.versions.node.split('.')[0]) >= MINIMUM_NODE) return;
  throw new Failure(
    `Node ${MINIMUM_NODE} is needed and npm has none for ${process.platform}-${process.arch}. Install it (the ` +
      'version is in .nvmrc) and start again.',
  );
}

/** The Node to run programs with. */
export function programNode() {
  return existsSync(NODE) ? NODE : process.execPath;
}

/**
 * A fingerprint of files and whole directories of the clone.
 * @param {string[]} paths relative to the clone
 * @param {(path: string) => boolean} [isWanted] decides by the path relative to the clone
 */
export function fingerprintOfFiles(paths, isWanted = () => true) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesBelow).toSorted()) {
    if (isWanted(path))
      hash
        .update(`${path}\0`)
        .update(readFileSync(join(CLONE, path)))
        .update('\0');
  }
  return hash.digest('hex');
}

/**
 * Whether node_modules holds what the lockfile says, apart from packages for other platforms.
 * @param {string} directory
 */
export function isInstalled(directory) {
  const installed = join(directory, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const present = packagesIn(installed);
  const wanted = packagesIn(join(directory, 'package-lock.json'));
  return (
    Object.entries(present).every(
      ([path, { version, integrity }]) =>
        wanted[path]?.version === version &&
        wanted[path]?.integrity === integrity &&
        existsSync(join(directory, path)),
    ) &&
    Object.entries(wanted).every(
      ([path, { optional, devOptional }]) => path === '' || path in present || optional || devOptional,
    )
  );
}

/**
 * @param {Run} run
 * @param {string} directory
 * @param {string} name
 */
async function installPackages(run, directory, name) {
  if (isInstalled(directory)) return;
  await run.progress.step(name, () =>
    run.finish({
      name: `npm-ci-${relative(CLONE, directory).replaceAll('/', '-') || 'root'}`,
      command: 'npm',
      args: ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--include=optional'],
      cwd: directory,
      env: {
        // Not the Node inside the node_modules that npm is about to replace.
        PATH: (process.env['PATH'] ?? '')
          .split(delimiter)
          .filter((each) => !each.endsWith('node_modules/.bin'))
          .join(delimiter),
        NODE_ENV: undefined,
      },
    }),
  );
}

/** @param {Run} run */
async function ensureBuilt(run) {
  const wanted = fingerprintOfSources();
  if (isBuiltFrom(wanted)) return;
  await run.progress.step('build', () => build(run, wanted));
}

/** @param {string} sources their fingerprint */
function isBuiltFrom(sources) {
  return existsSync(BUILT_FROM) && readFileSync(BUILT_FROM, 'utf8') === sources;
}

/**
 * Builds beside the present dist and swaps, so that a program that is starting never reads half of one.
 * @param {Run} run
 * @param {string} builtFrom
 */
async function build(run, builtFrom) {
  const next = join(DIST, '.next');
  const old = join(CLONE, 'node_modules/.cache/trm/old-dist');
  const config = join(CLONE, 'node_modules/.cache/trm/tsconfig.json');
  rmSync(next, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
  mkdirSync(join(config, '..'), { recursive: true });
  mkdirSync(DIST, { recursive: true });
  const compilerOptions = { outDir: next, sourceRoot: CLONE };
  writeFileSync(config, JSON.stringify({ extends: join(CLONE, 'tsconfig.build.json'), compilerOptions }));
  await run.finish({
    name: 'build',
    command: programNode(),
    args: [
      join(CLONE, 'node_modules/@nestjs/cli/bin/nest.js'),
      'build',
      'api',
      '--path',
      relative(CLONE, config),
    ],
  });
  writeFileSync(join(next, '.built-from'), builtFrom);
  renameSync(DIST, old);
  renameSync(join(old, '.next'), DIST);
  rmSync(old, { recursive: true, force: true });
}

function fingerprintOfSources() {
  return fingerprintOfFiles(
    [
      'apps',
      'libs',
      'fixtures',
      'bench',
      'test/faults',
      'test/model-check',
      'tsconfig.json',
      'tsconfig.build.json',
      'nest-cli.json',
      'package-lock.json',
    ],
    (path) => SOURCES.test(path) && !NOT_BUILT.test(path),
  );
}

/**
 * @param {string} path relative to the clone
 * @returns {string[]}
 */
function filesBelow(path) {
  const absolute = join(CLONE, path);
  if (!existsSync(absolute)) return [];
  if (/\.[a-z]+$/.test(path)) return [path];
  return readdirSync(absolute, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return [];
    const child = join(path, entry.name);
    return entry.isDirectory() ? filesBelow(child) : [child];
  });
}

/**
 * @param {string} path of a lockfile
 * @returns {Record<string, Package>}
 */
function packagesIn(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}
