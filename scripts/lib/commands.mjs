// The commands of the launcher besides `start`, `test` and `check`.

import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { OPENAPI, PERMISSIONS, TYPES } from './check.mjs';
import { prepareClone, programNode } from './install.mjs';
import { CLONE } from './places.mjs';
import { OWN_STORES_ONLY, program, programEnvironment, schemaProgram, secretsOf } from './programs.mjs';
import { choosePlan } from './services-provider.mjs';
import { claimSlot, findRunningSystem } from './slots.mjs';
import { startStores } from './stores.mjs';
import { prepareKillableStack, startTestStack } from './test.mjs';

/**
 * @typedef {import('./run.mjs').Run} Run
 */

/**
 * @param {Run} run
 * @param {string[]} args
 */
export async function types(run, args) {
  await prepareClone(run);
  return run.foreground({ name: 'types', ...TYPES(...args) });
}

/**
 * @param {Run} run
 * @param {string[]} args
 */
export async function openapi(run, args) {
  await prepareClone(run);
  return run.foreground({ name: 'openapi', ...OPENAPI(...args) });
}

/**
 * @param {Run} run
 * @param {string[]} args
 */
export async function permissions(run, args) {
  await prepareClone(run);
  return run.foreground({ name: 'permissions', ...PERMISSIONS(...args) });
}

/** Measurements that need no stores. */
const PURE = new Set(['rules']);

/**
 * Runs a measurement of bench/, on a throw-away stack unless it needs none.
 * @param {Run} run
 * @param {string[]} args name and arguments
 */
export async function bench(run, [name, ...args]) {
  if (!name)
    throw new Failure('Which measurement? npm run bench -- <name>; the names are the files in bench/.');
  if (PURE.has(name)) await prepareClone(run);
  const env = PURE.has(name) ? {} : await startTestStack(run, { waitsForDisk: true });
  return run.foreground({ name: 'bench', ...program(`bench/${name}.js`, ...args), env });
}

/**
 * Kills and stops real processes, on stores of its own that it kills too.
 * @param {Run} run
 * @param {string[]} args
 */
export async function faults(run, args) {
  const env = await prepareKillableStack(run);
  return run.foreground({ name: 'faults', ...program('test/faults/main.js', ...args), env });
}

/**
 * Every order of steps of the recompute protocol, for small bounds; needs no stores.
 * @param {Run} run
 * @param {string[]} args
 */
export async function model(run, args) {
  await prepareClone(run);
  return run.foreground({ name: 'model', ...program('test/model-check/main.js', ...args) });
}

/**
 * Makes the package of the processor's contract; compiles by itself, so the build is not needed.
 * @param {Run} run
 * @param {string[]} args the folder that it goes into
 */
export async function contract(run, args) {
  await prepareClone(run, { build: false });
  const pack = join(CLONE, 'scripts/pack-contract.mjs');
  return run.foreground({ name: 'contract', command: programNode(), args: [pack, ...args] });
}

/**
 * Runs the schema program: against the system that runs in this clone when one does, against DATABASE_URL
 * when it is set, else against the data of `npm start`, whose stores are up for as long as it takes.
 * @param {Run} run
 * @param {string[]} args
 */
export async function schema(run, args) {
  await prepareClone(run);
  const running = process.env['DATABASE_URL'] ? undefined : await findRunningSystem();
  if (running) {
    run.progress.say(`database of the system that runs here: ${running['DATABASE_URL']}`);
    return run.foreground({ name: 'schema', ...schemaProgram(...args), env: running });
  }
  const slot = await claimSlot(run.progress, 'working on the schema', 1);
  run.addPart(slot);
  const plan = await choosePlan(slot);
  const data = join(slot.directory, 'postgres');
  const stores = await startStores(slot, plan, { dataDirectory: data, isDurable: true });
  const env = {
    ...(plan.databaseUrl ? {} : { ...OWN_STORES_ONLY, DIRECTUS_URL: undefined }),
    ...programEnvironment(stores, secretsOf(slot.directory, plan.databaseUrl)),
  };
  return Promise.race([slot.foreground({ name: 'schema', ...schemaProgram(...args), env }), slot.failed]);
}
