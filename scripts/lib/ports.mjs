// Free ports of the loopback interface, and the proof that who listens on one is ours.

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { codeOf, Failure } from './failure.mjs';
import { tryLock } from './locks.mjs';
import { membersOf } from './processes.mjs';

const TRIES = 200;

/**
 * The preferred port, or the next free one. Other launchers leave it alone for as long as this process
 * lives; a program that is no launcher may still take it before our child binds it.
 * @param {number} preferred
 * @param {string} host the address to bind
 * @returns {Promise<number>}
 */
export async function reservePort(preferred, host) {
  for (let port = preferred; port < preferred + TRIES && port < 65_536; port += 1) {
    if (!(await isFree(port, host))) continue;
    if (await tryLock(`port:${port}`, () => ({ doing: `using port ${port}` }))) return port;
  }
  throw new Failure(`no free port from ${preferred} to ${preferred + TRIES - 1}.`);
}

/**
 * Whether a process of the run listens on the port. Without it, a stranger that took the port first could
 * be taken for our child.
 * @param {number} port
 * @param {string} runId
 */
export function isListening(port, runId) {
  if (process.platform !== 'linux') return true;
  const inodes = new Set(
    listeners()
      .filter((each) => each.port === port)
      .map(({ inode }) => inode),
  );
  return membersOf(runId).some(({ pid }) => socketsOf(pid).some((inode) => inodes.has(inode)));
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<boolean>}
 */
function isFree(port, host) {
  return new Promise((answer, reject) => {
    const server = createServer();
    server.once('error', (error) =>
      ['EADDRINUSE', 'EACCES'].includes(codeOf(error) ?? '') ? answer(false) : reject(error),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => answer(true)));
  });
}

function listeners() {
  const found = [];
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readTable(table)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === '0A' && local && inode)
        found.push({ port: parseInt(local.split(':')[1] ?? '', 16), inode });
    }
  }
  return found;
}

/** @param {string} table */
function readTable(table) {
  try {
    return readFileSync(table, 'utf8').split('\n').slice(1);
  } catch (error) {
    // A kernel without IPv6 has no tcp6.
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** @param {number} pid */
function socketsOf(pid) {
  const directory = `/proc/${pid}/fd`;
  return unlessGone(() => readdirSync(directory), [])
    .map((fd) => unlessGone(() => readlinkSync(`${directory}/${fd}`), ''))
    .filter((target) => target.startsWith('socket:['))
    .map((target) => target.slice('socket:['.length, -1));
}

/**
 * @template T
 * @param {() => T} read something of another process
 * @param {T} otherwise when it ended, or closed the descriptor, while we looked
 * @returns {T}
 */
function unlessGone(read, otherwise) {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(codeOf(error) ?? '')) return otherwise;
    throw error;
  }
}
