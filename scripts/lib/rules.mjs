// `npm run rules`: the rulebook without a database. stdout belongs to the answer alone.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isPrepared, MINIMUM_NODE, prepareClone } from './install.mjs';
import { program, programFile } from './programs.mjs';

const RULES = 'apps/rules/src/main.js';

/**
 * The rules program needs neither Directus nor stores.
 * @param {import('./run.mjs').Run} run
 */
export async function prepareRules(run) {
  await prepareClone(run, { directus: false });
  return 0;
}

/**
 * Runs the rules program in this process where its Node will do, else as a child that has this process' streams.
 * @param {string[]} args
 * @param {() => Promise<number>} prepare called only when something is to be installed or built
 */
export async function runRules(args, prepare) {
  if (!isPrepared()) {
    const exitCode = await prepare();
    if (exitCode !== 0) process.exit(exitCode);
  }
  if (Number(process.versions.node.split('.')[0]) >= MINIMUM_NODE) {
    process.argv = [process.execPath, programFile(RULES), ...args];
    await import(programFile(RULES));
    return;
  }
  const { command, args: all } = program(RULES, ...args);
  const child = spawn(command, all, { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  process.exitCode = code ?? 1;
}
