// Finds and stops the processes of one run. Every process of a run carries TRM_RUN=<id> and TRM_ROLE=<role>
// in its environment, and so do its descendants: no list of pids has to be kept, and none can be stale.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from './failure.mjs';

/**
 * `postgres` and `redis` outlive what uses them: the `program`s, which finish what they have begun when they
 * are asked to end, and the `task`s, which can be repeated from the start.
 * @typedef {'program' | 'task' | 'postgres' | 'redis'} Role
 * @typedef {{ pid: number, parent: number, role: Role }} Member
 */

const POLL_MS = 50;

/** How each role is asked to end: signal after signal, each with the patience that follows it. */
const STOPS = /** @type {const} */ ({
  task: [
    ['SIGTERM', 2_000],
    ['SIGKILL', 5_000],
  ],
  program: [
    ['SIGTERM', 10_000],
    ['SIGKILL', 5_000],
  ],
  redis: [
    ['SIGTERM', 5_000],
    ['SIGKILL', 5_000],
  ],
  // Fast shutdown (rolls back, writes a checkpoint), then immediate shutdown (recovers at the next start).
  postgres: [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ],
});

/**
 * Stops every process of a run: tasks and programs first, then the stores that they use.
 * @param {string} runId
 * @returns {Promise<void>} resolves when none is left
 */
export async function stopRun(runId) {
  await Promise.all([stopRole(runId, 'task'), stopRole(runId, 'program')]);
  await Promise.all([stopRole(runId, 'redis'), stopRole(runId, 'postgres')]);
}

/**
 * @param {string} runId
 * @param {Role} role
 */
async function stopRole(runId, role) {
  for (const [signal, patienceMs] of STOPS[role]) {
    const deadline = performance.now() + patienceMs;
    const told = new Set();
    for (;;) {
      const members = membersOf(runId).filter((member) => member.role === role);
      if (members.length === 0) return;
      // A postmaster ends its own children; signalling them as well would look like a crash to it.
      const pids = new Set(members.map(({ pid }) => pid));
      const heads = role === 'postgres' ? members.filter(({ parent }) => !pids.has(parent)) : members;
      for (const { pid } of heads.filter(({ pid: each }) => !told.has(each))) {
        told.add(pid);
        send(pid, signal);
      }
      if (performance.now() > deadline) break;
      await delay(POLL_MS);
    }
  }
}

/**
 * The living processes of a run.
 * @param {string} runId
 * @returns {Member[]}
 */
export function membersOf(runId) {
  const mark = `TRM_RUN=${runId}`;
  const listed = process.platform === 'linux' ? fromProc() : fromPs();
  return listed
    .filter(({ pid, environment }) => pid !== process.pid && environment.includes(mark))
    .map(({ pid, parent, environment }) => ({ pid, parent, role: roleIn(environment) }));
}

/**
 * What identifies a process for as long as it lives; undefined once it is gone or waits to be buried.
 * @param {number} pid
 * @returns {string | undefined}
 */
export function birthOf(pid) {
  if (process.platform !== 'linux') return isAlive(pid) ? 'alive' : undefined;
  const fields = statOf(pid);
  return fields && fields[0] !== 'Z' ? fields[19] : undefined;
}

/**
 * The parent of a process and the name of its program.
 * @param {number} pid
 * @returns {{ parent: number, name: string } | undefined}
 */
export function parentOf(pid) {
  const fields = statOf(pid);
  if (!fields) return undefined;
  return { parent: Number(fields[1]), name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() };
}

/** @param {string[]} environment */
function roleIn(environment) {
  const value = environment.find((entry) => entry.startsWith('TRM_ROLE='))?.slice('TRM_ROLE='.length);
  return value === 'task' || value === 'postgres' || value === 'redis' ? value : 'program';
}

function fromProc() {
  const found = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const text = readFileSync(`/proc/${pid}/environ`, 'latin1');
      if (!text.includes('TRM_RUN=')) continue;
      const fields = statOf(pid);
      if (!fields || fields[0] === 'Z') continue;
      found.push({ pid, parent: Number(fields[1]), environment: text.split('\0') });
    } catch (error) {
      // Somebody else's process, or one that ended while we looked.
      if (!['EACCES', 'EPERM', 'ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) throw error;
    }
  }
  return found;
}

function fromPs() {
  const text = execFileSync('ps', ['axEww', '-o', 'pid=,ppid=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return text
    .split('\n')
    .filter((line) => line.includes('TRM_RUN='))
    .map((line) => {
      const words = line.trim().split(/\s+/);
      return { pid: Number(words[0]), parent: Number(words[1]), environment: words.slice(2) };
    });
}

/**
 * The fields of /proc/<pid>/stat after the program's name: state, parent, …, start time at index 19.
 * @param {number} pid
 */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
