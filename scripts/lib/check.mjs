// `npm run check`, and what `npm test` begins with: everything that can be said without running the system.

import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { prepareClone, programNode } from './install.mjs';
import { CLONE } from './places.mjs';
import { program, schemaProgram } from './programs.mjs';

/**
 * @typedef {import('./run.mjs').Run} Run
 * @typedef {{ command: string, args: string[] }} Step
 */

/** What `npm run check` does, in this order; the first that fails is reported after all have run. */
const CHECKS = /** @type {(() => Step & { title: string })[]} */ ([
  () => ({ title: 'types', ...tool('typescript/bin/tsc', '--noEmit') }),
  () => ({ title: 'lint', ...tool('oxlint/bin/oxlint', '--type-aware', '--deny-warnings', ...LINTED) }),
  () => ({ title: 'format', ...tool('prettier/bin/prettier.cjs', '--check', '.') }),
  () => ({ title: 'types of the collections', ...TYPES('--check') }),
  () => ({ title: 'OpenAPI document', ...OPENAPI('--check') }),
  () => ({ title: 'document of the permissions', ...PERMISSIONS('--check') }),
]);

const LINTED = ['apps', 'libs', 'test', 'fixtures', 'bench', 'scripts'];
/** @type {(...args: string[]) => Step} */
export const TYPES = (...args) => schemaProgram('types', ...args);
/** @type {(...args: string[]) => Step} */
export const PERMISSIONS = (...args) => schemaProgram('permissions', ...args);
/** @type {(...args: string[]) => Step} */
export const OPENAPI = (...args) => program('apps/api/src/openapi.js', ...args);

/** @param {Run} run */
export async function check(run) {
  await prepareClone(run);
  const failed = [];
  for (const each of CHECKS) {
    const { title, ...step } = each();
    run.progress.say(`── ${title}`);
    if ((await run.foreground({ name: 'check', ...step })) !== 0) failed.push(title);
  }
  if (failed.length > 0) throw new Failure(`These checks failed: ${failed.join(', ')}.`);
  run.progress.say('All checks passed.');
  return 0;
}

/**
 * @param {string} path of a program in node_modules
 * @param {string[]} args
 * @returns {Step}
 */
function tool(path, ...args) {
  return { command: programNode(), args: [join(CLONE, 'node_modules', path), ...args] };
}
