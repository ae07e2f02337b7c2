// Cleans up after one run, however the run ends. Started beside the launcher, in a session of its own.
//
// 1. Its standard input is a pipe from the launcher. Lines on it name what must go at the end:
//    {"remove": "/a/temporary/directory"} or {"run": ["docker", "rm", "--force", "name"]}.
// 2. The pipe ends when the launcher ends: by itself, by a signal, by SIGKILL.
// 3. Then it stops every process that carries the run's mark, programs first, stores last,
// 4. runs and removes what was named, and ends. The launcher waits for that when it can.
//
// Signals of the terminal are not for it: there is one way to end a run, and this is it.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { messageOf } from './failure.mjs';
import { stopRun } from './processes.mjs';

const runId = process.argv[2];
if (!runId) throw new Error('usage: reaper.mjs <run id>');

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])) {
  process.on(signal, () =>
    process.stderr.write(`${signal} ignored: run ${runId} is still being cleaned up\n`),
  );
}

/** @type {string[]} */
const directories = [];
/** @type {string[][]} */
const commands = [];

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const order = /** @type {{ remove?: string, run?: string[] }} */ (JSON.parse(line));
    if (order.remove) directories.push(order.remove);
    if (order.run) commands.push(order.run);
  } catch (error) {
    // A launcher that died in the middle of a line; everything before it still counts.
    process.stderr.write(`unreadable order ${line}: ${messageOf(error)}\n`);
  }
}

await stopRun(runId);
for (const [command, ...args] of commands.toReversed()) {
  if (command) spawnSync(command, args, { stdio: 'inherit', timeout: 30_000 });
}
for (const path of directories.toReversed()) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
