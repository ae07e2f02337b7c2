// One lock per thing that two runs must not do at once. The lock is a listening socket, so the kernel drops
// it the instant its holder dies, however it dies: there are no stale locks. Whoever finds it taken can ask
// the holder who it is.

import { createServer, connect } from 'node:net';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from './failure.mjs';
import { fingerprint } from './places.mjs';

/** Abstract names fill the whole address: older Node versions pad them with zeros, newer ones do not. */
const ABSTRACT_NAME_LENGTH = 107;

/**
 * @typedef {{ pid: number, doing: string, stopping?: boolean }} Holder
 * @typedef {{ release: () => Promise<void> }} Lock
 */

/**
 * Takes the lock when it is free.
 * @param {string} name unique on this machine
 * @param {() => Omit<Holder, 'pid'>} describe told to whoever asks while we hold it
 * @returns {Promise<Lock | undefined>} undefined when somebody else holds it
 */
export async function tryLock(name, describe) {
  const address = addressOf(name);
  for (;;) {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(JSON.stringify({ pid: process.pid, ...describe() }));
    });
    const error = await new Promise((settle) => {
      server.once('error', settle);
      server.listen(address, () => settle(undefined));
    });
    if (!error) {
      server.unref();
      return { release: () => new Promise((done) => server.close(() => done())) };
    }
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    // Only where sockets are files: one that nobody listens on was left by a holder that died.
    if (address.startsWith('\0') || (await askHolder(name))) return undefined;
    rmSync(address, { force: true });
  }
}

/**
 * Does the work while holding the lock; waits for it as long as somebody else has it.
 * @template T
 * @param {string} name
 * @param {string} doing what we do, for others that wait
 * @param {(holder: Holder) => void} onWait called once when the lock is taken
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, doing, onWait, work) {
  let told = false;
  for (;;) {
    const lock = await tryLock(name, () => ({ doing }));
    if (lock) {
      try {
        return await work();
      } finally {
        await lock.release();
      }
    }
    const holder = told ? undefined : await askHolder(name);
    if (holder) {
      told = true;
      onWait(holder);
    }
    await delay(100);
  }
}

/**
 * Asks the holder of a lock what it is doing.
 * @param {string} name
 * @returns {Promise<Holder | undefined>} undefined when nobody holds it
 */
export function askHolder(name) {
  return new Promise((answer) => {
    const socket = connect(addressOf(name));
    let text = '';
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('error', (error) =>
      // A holder too busy to take the call is still a holder.
      answer(codeOf(error) === 'EAGAIN' ? { pid: 0, doing: 'working' } : undefined),
    );
    socket.on('close', () => answer(text ? JSON.parse(text) : { pid: 0, doing: 'working' }));
  });
}

/** @param {string} name */
function addressOf(name) {
  const short = `trm-${fingerprint(name).slice(0, 24)}`;
  if (process.platform !== 'linux') return join(tmpdir(), `${short}.lock`);
  return `\0${short.padEnd(ABSTRACT_NAME_LENGTH, '-')}`;
}
