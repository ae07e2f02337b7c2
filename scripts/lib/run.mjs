// One run of the launcher: a locked directory, the children that were started in it, and the reaper that
// ends them.
//
// 1. `Run.begin` takes the lock of the directory. Where the last run in it was killed together with its
//    reaper, what is left of that run is stopped and removed first.
// 2. Children start in sessions of their own (Ctrl-C reaches the launcher only), write to a log file each,
//    and carry the mark that the reaper looks for.
// 3. A child that should live and ends, or a signal, makes `failed` reject: whoever awaits it goes to 4.
// 4. `end` closes the pipe to the reaper and waits for it. A launcher that is killed does the same by dying.

import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf, Failure } from './failure.mjs';
import { tryLock } from './locks.mjs';
import { CLONE, NODE, randomName, stateDirectory } from './places.mjs';
import { stopRun } from './processes.mjs';

const REAPER = fileURLToPath(new URL('reaper.mjs', import.meta.url));
const KEPT_LOGS = 10;
const TAIL_LINES = 15;
const STOP_PATIENCE_MS = 10_000;

/**
 * @typedef {object} ChildOptions
 * @property {string} name of the child and of its log file
 * @property {string} command
 * @property {string[]} args
 * @property {Record<string, string | undefined>} [env] added to the launcher's own; undefined removes
 * @property {string} [cwd] default: the clone
 * @property {import('./processes.mjs').Role} [role] default: task where the launcher waits for it, else program
 * @property {import('./places.mjs').Account} [account] to run under
 * @property {boolean} [foreground] gives it the terminal in place of a log file
 *
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Exit
 * @typedef {object} Child
 * @property {string} name
 * @property {number} pid also of its process group
 * @property {string} log
 * @property {number} logStart where its own output begins in the log
 * @property {Promise<Exit>} exited
 * @property {boolean} stopping set when its end is expected
 *
 * What the next run of the directory, and other commands, may need to know about this one.
 * @typedef {object} RunRecord
 * @property {string} id
 * @property {string[]} remove
 * @property {string[][]} commands
 * @property {Record<string, string>} environment where the programs of the run find each other
 */

export class Run {
  /** @type {import('node:child_process').ChildProcess} */
  #reaper;
  /** @type {Promise<Exit>} */
  #reaperExit;
  /** @type {import('./locks.mjs').Lock} */
  #lock;
  /** @type {(error: Error) => void} */
  #fail = () => {};
  #ending = false;
  /** @type {Run[]} */
  #parts = [];
  /** @type {RunRecord} */
  #record;

  /**
   * @param {string} directory
   * @param {string} logs
   * @param {import('./locks.mjs').Lock} lock
   * @param {import('./progress.mjs').Progress} progress
   */
  constructor(directory, logs, lock, progress) {
    this.directory = directory;
    this.progress = progress;
    this.logs = logs;
    this.id = `${basename(directory)}-${randomName()}`;
    this.#lock = lock;
    this.#record = { id: this.id, remove: [], commands: [], environment: {} };
    /** Rejects when the run can't go on. @type {Promise<never>} */
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.failed.catch(() => {});

    // The logs of the run before are kept for whoever wonders how it ended.
    const previous = `${this.logs}.previous`;
    rmSync(previous, { recursive: true, force: true });
    if (existsSync(this.logs)) renameSync(this.logs, previous);
    for (const path of [directory, join(logs, '..')]) mkdirSync(path, { recursive: true });
    mkdirSync(logs, { mode: 0o700 });
    this.#writeRecord();
    const log = openSync(join(this.logs, 'reaper.log'), 'a');
    this.#reaper = spawn(process.execPath, [REAPER, this.id], {
      detached: true,
      stdio: ['pipe', log, log],
      cwd: '/',
      // The reaper of a run inside a run must survive the outer one's reaper until it is done.
      env: { ...process.env, TRM_RUN: undefined, TRM_ROLE: undefined },
    });
    closeSync(log);
    this.#reaperExit = exitOf(this.#reaper, 'the program that cleans up');
    // Writing to a reaper that was killed fails; its exit is what gets reported.
    this.#reaper.stdin?.on('error', () => {});
    void this.#reaperExit.then(
      () => this.#ending || this.fail(new Failure('the program that cleans up after this run was killed.')),
      (error) => this.fail(error),
    );
  }

  /**
   * A run in a directory of its own that is removed at the end; its logs stay for a while. Directories of
   * killed runs go first.
   * @param {import('./progress.mjs').Progress} progress
   */
  static async beginTemporary(progress) {
    const runs = join(stateDirectory(), 'runs');
    mkdirSync(runs, { recursive: true });
    for (const name of readdirSync(runs)) {
      const directory = join(runs, name);
      const lock = await tryLock(lockNameOf(directory), () => ({ doing: 'removing a run that was killed' }));
      if (!lock) continue;
      await healRun(directory, () => progress.say('cleaning up after a run that was killed'));
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
      await lock.release();
    }
    const name = randomName();
    const directory = join(runs, name);
    const run = await Run.begin(directory, progress, 'working', makeRoomForLogs(name));
    if (!run) throw new Failure(`${directory} is in use.`);
    run.removeAtEnd(directory);
    return run;
  }

  /**
   * @param {string} directory
   * @param {import('./progress.mjs').Progress} progress
   * @param {string} doing told to others that find the directory in use
   * @param {string} [logs] directory for the log files
   * @returns {Promise<Run | undefined>} undefined when another run has the directory
   */
  static async begin(directory, progress, doing, logs = join(directory, 'logs')) {
    /** @type {Run | undefined} */
    let run;
    const describe = () => ({ doing, stopping: run?.isEnding ?? false });
    const lock = await tryLock(lockNameOf(directory), describe);
    if (!lock) return undefined;
    await healRun(directory, () => progress.say('cleaning up after a run that was killed'));
    run = new Run(directory, logs, lock, progress);
    return run;
  }

  /**
   * A run inside this one, that can end before it and ends with it at the latest.
   * @param {string} directory
   * @param {string} doing
   */
  async beginPart(directory, doing) {
    mkdirSync(directory, { recursive: true });
    const part = await Run.begin(directory, this.progress, doing);
    if (!part) throw new Failure(`${directory} is in use by another process.`);
    this.addPart(part);
    return part;
  }

  /** @param {Run} part ends with this run at the latest */
  addPart(part) {
    this.#parts.push(part);
  }

  get isEnding() {
    return this.#ending;
  }

  /** What other commands may read while this run lives: see `readRecord`. */
  get environment() {
    return this.#record.environment;
  }

  /** @param {Record<string, string>} environment */
  publishEnvironment(environment) {
    this.#record.environment = environment;
    this.#writeRecord();
  }

  /** @param {string} path a file or directory that goes when the run ends, in whatever way */
  removeAtEnd(path) {
    this.#record.remove.push(path);
    this.#writeRecord();
    this.#order({ remove: path });
  }

  /** @param {string[]} command a program and its arguments, run when the run has ended */
  runAtEnd(command) {
    this.#record.commands.push(command);
    this.#writeRecord();
    this.#order({ run: command });
  }

  /** @param {Error} error what `failed` rejects with; the first one counts */
  fail(error) {
    this.#fail(error);
  }

  /**
   * Starts a child that is expected to live until `stop` or the end of the run.
   * @param {ChildOptions} options
   * @returns {Child}
   */
  start(options) {
    const child = this.launch(options);
    this.watch(child);
    return child;
  }

  /**
   * Starts a child that may still end by itself: see `watch`.
   * @param {ChildOptions} options
   * @returns {Child}
   */
  launch(options) {
    return this.#spawn(options);
  }

  /**
   * From now on the run fails when the child ends.
   * @param {Child} child
   */
  watch(child) {
    child.exited.then(
      (exit) => this.#ending || child.stopping || this.fail(deathOf(child, 'ended unexpectedly', exit)),
      (error) => this.fail(error),
    );
  }

  /**
   * Runs a child to its end.
   * @param {ChildOptions} options
   * @returns {Promise<void>}
   * @throws Failure naming its log, with the last lines, when it doesn't exit with 0
   */
  async finish(options) {
    const child = this.#spawn({ role: 'task', ...options });
    const exit = await child.exited;
    if (exit.code === 0) return;
    throw deathOf(child, 'failed', exit);
  }

  /**
   * Runs a child that has the terminal, to its end.
   * @param {Omit<ChildOptions, 'foreground'>} options
   * @returns {Promise<number>} its exit code
   */
  async foreground(options) {
    this.progress.quiet();
    const { code } = await this.#spawn({ ...options, foreground: true }).exited;
    return code ?? 1;
  }

  /**
   * Ends one child before the run ends.
   * @param {Child} child
   */
  async stop(child) {
    child.stopping = true;
    signalGroup(child.pid, 'SIGTERM');
    const impatience = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), STOP_PATIENCE_MS);
    await child.exited;
    clearTimeout(impatience);
  }

  /** Ends the run: stops all children, removes what is temporary. */
  async end() {
    if (this.#ending) return;
    this.#ending = true;
    await Promise.all(this.#parts.map((part) => part.end()));
    this.#reaper.stdin?.end();
    const exit = await this.#reaperExit.catch(() => ({ code: 1 }));
    if (exit.code !== 0) await cleanUp(this.#record);
    rmSync(join(this.directory, 'run.json'), { force: true });
    await this.#lock.release();
  }

  /**
   * @param {ChildOptions} options
   * @returns {Child}
   */
  #spawn({ name, command, args, env, cwd = CLONE, role = 'program', account, foreground = false }) {
    if (this.#ending) throw new Failure('the run is being stopped.');
    const log = join(this.logs, `${name}.log`);
    const output = foreground ? undefined : openSync(log, 'a');
    const logStart = output === undefined ? 0 : fstatSync(output).size;
    const child = spawn(command, args, {
      cwd,
      detached: true,
      stdio: output === undefined ? 'inherit' : ['ignore', output, output],
      env: { ...cleanEnvironment(), ...env, TRM_RUN: this.id, TRM_ROLE: role },
      ...account,
    });
    if (output !== undefined) closeSync(output);
    return { name, pid: child.pid ?? 0, log, logStart, exited: exitOf(child, command), stopping: false };
  }

  /** @param {{ remove?: string, run?: string[] }} order */
  #order(order) {
    this.#reaper.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  #writeRecord() {
    const path = join(this.directory, 'run.json');
    writeFileSync(`${path}.new`, JSON.stringify(this.#record, undefined, 2), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

/**
 * @param {string} name of a run whose directory will not last
 * @returns {string} where its logs go; those of the latest runs are kept
 */
function makeRoomForLogs(name) {
  const all = join(stateDirectory(), 'logs');
  mkdirSync(all, { recursive: true });
  const oldestLast = readdirSync(all)
    .map((each) => ({ path: join(all, each), usedAt: statSync(join(all, each)).mtimeMs }))
    .toSorted((one, other) => other.usedAt - one.usedAt);
  for (const { path } of oldestLast.slice(KEPT_LOGS - 1)) rmSync(path, { recursive: true, force: true });
  return join(all, name);
}

/**
 * The record of the last run in a directory.
 * @param {string} directory
 * @returns {RunRecord | undefined} undefined when it ended in order
 */
export function readRecord(directory) {
  const path = join(directory, 'run.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** @param {string} directory the name of the lock that a run in it holds */
export function lockNameOf(directory) {
  return `run:${directory}`;
}

/**
 * What a child has printed.
 * @param {Child} child
 */
export function outputOf({ log, logStart }) {
  return existsSync(log) ? readFileSync(log).subarray(logStart).toString() : '';
}

/**
 * Names the child, how it ended, its log and the last lines of it.
 * @param {Child} child
 * @param {string} what
 * @param {Exit} exit
 */
export function deathOf(child, what, exit) {
  const lines = outputOf(child).trimEnd().split('\n').slice(-TAIL_LINES);
  return new Failure(
    [
      `${child.name} ${what} (${describeExit(exit)}). The last lines of ${child.log}:`,
      ...lines.map((line) => `  | ${line}`),
    ].join('\n'),
  );
}

/**
 * Stops and removes what a killed run left. The lock of the directory must be held.
 * @param {string} directory
 * @param {() => void} onFound called first when there was such a run
 */
async function healRun(directory, onFound) {
  const record = readRecord(directory);
  if (!record) return;
  onFound();
  await cleanUp({ ...record, remove: record.remove.filter((path) => path !== directory) });
  rmSync(join(directory, 'run.json'), { force: true });
}

/** @param {RunRecord} record */
async function cleanUp({ id, remove, commands }) {
  await stopRun(id);
  for (const [command, ...args] of commands.toReversed()) {
    if (command) await exitOf(spawn(command, args, { stdio: 'ignore' }), command);
  }
  for (const path of remove.toReversed()) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} command
 * @returns {Promise<Exit>}
 */
function exitOf(child, command) {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Failure(`${command} could not be started: ${error.message}`)));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/**
 * @param {number} leader
 * @param {NodeJS.Signals} signal
 */
function signalGroup(leader, signal) {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

/** @param {Exit} exit */
function describeExit({ code, signal }) {
  return signal ? `ended by ${signal}` : `exit code ${code}`;
}

/** The launcher's environment without what npm adds for its own use, and with the clone's programs first. */
function cleanEnvironment() {
  /** @type {Record<string, string | undefined>} */
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^npm_(package|lifecycle|command|config_local_prefix|node_execpath|execpath)/.test(name))
      env[name] = value;
  }
  const own = join(NODE, '..');
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((each) => each !== own);
  env['PATH'] = [own, ...path].join(delimiter);
  return env;
}
