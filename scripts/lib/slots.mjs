// The places where `npm start` keeps its data: `start` in the state directory, and `start-2`, `start-3`, …
// for whoever starts the same clone while it already runs.

import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { askHolder } from './locks.mjs';
import { stateDirectory } from './places.mjs';
import { lockNameOf, readRecord, Run } from './run.mjs';

const SLOTS = 9;
const STOPPING_PATIENCE_MS = 30_000;

/**
 * Begins a run in the first slot that nobody uses. A slot that is just being stopped is waited for.
 * @param {import('./progress.mjs').Progress} progress
 * @param {string} doing
 * @param {number} [count] how many slots come into question
 * @throws Failure when all are in use
 */
export async function claimSlot(progress, doing, count = SLOTS) {
  for (const directory of slots().slice(0, count)) {
    mkdirSync(directory, { recursive: true });
    const deadline = performance.now() + STOPPING_PATIENCE_MS;
    let told = false;
    for (;;) {
      const run = await Run.begin(directory, progress, doing);
      if (run) {
        if (basename(directory) !== 'start')
          progress.say(`This one has data and ports of its own, in ${directory}.`);
        return run;
      }
      const holder = await askHolder(lockNameOf(directory));
      if (holder && (!holder.stopping || performance.now() > deadline)) {
        progress.say(`Process ${holder.pid} is ${holder.doing} in ${directory}.`);
        break;
      }
      if (holder && !told) progress.say(`waiting for process ${holder.pid}, which is being stopped`);
      told ||= holder !== undefined;
      await delay(100);
    }
  }
  throw new Failure(
    count === 1
      ? 'The database of this clone is in use. Wait until the other command is done, or the system is up.'
      : `${count} systems are running in this clone already. Stop one of them.`,
  );
}

/**
 * The environment of the first system that runs in this clone.
 * @returns {Promise<Record<string, string> | undefined>} undefined when none is up
 */
export async function findRunningSystem() {
  for (const directory of slots()) {
    if (!(await askHolder(lockNameOf(directory)))) continue;
    const environment = readRecord(directory)?.environment;
    if (environment?.['DATABASE_URL']) return environment;
  }
  return undefined;
}

function slots() {
  return Array.from({ length: SLOTS }, (_, index) =>
    join(stateDirectory(), index === 0 ? 'start' : `start-${index + 1}`),
  );
}
