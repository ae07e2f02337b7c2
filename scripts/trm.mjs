// The launcher behind `npm start`, `npm test` and the other npm scripts. Needs Node 20 and npm, nothing else.
//
// `rules` answers documents and is asked often: when nothing is to be installed or built it becomes the program
// right away. All other commands are a run:
// 1. Begins a run: a locked directory, and a reaper that cleans up however this process ends.
// 2. Does what the command says; each brings along what it needs (packages, build, stores).
// 3. Ends when the command is done, when a child dies, on Ctrl-C or SIGTERM, or when npm is gone: always by
//    telling why and waiting for the reaper.

import { audit } from './lib/audit.mjs';
import { claimSlot } from './lib/slots.mjs';
import { check } from './lib/check.mjs';
import { bench, contract, faults, model, openapi, permissions, schema, types } from './lib/commands.mjs';
import { Failure, Interrupted } from './lib/failure.mjs';
import { birthOf, parentOf } from './lib/processes.mjs';
import { Progress } from './lib/progress.mjs';
import { prepareRules, runRules } from './lib/rules.mjs';
import { Run } from './lib/run.mjs';
import { start } from './lib/start.mjs';
import { test } from './lib/test.mjs';

const USAGE = `usage: node scripts/trm.mjs <command>
  start            the real system, with example events
  test [args]      check, then the tests on a throw-away stack; with arguments, which go to Jest, only those
  faults [--faults N] [--seed S] [--mutants]
                   kills and stops real processes at random, and looks for anything lost or done twice
  model            every order of steps that the protocol of recomputing allows, for small bounds
  contract [folder]
                   the package for authors of processors
  check            types, lint, format, generated files
  audit            known weaknesses of the packages, as far as the registry tells
  schema <args>    the schema program on the database of "start"
  bench <name>     a measurement on a throw-away stack
  types, openapi, permissions
                   write the generated files anew
  rules <command>  asks the rulebook: one JSON document on stdin, one on stdout
`;

/** @type {Record<string, (run: Run, args: string[]) => Promise<number>>} */
const COMMANDS = {
  start,
  test,
  faults,
  model,
  contract,
  check,
  audit,
  schema,
  bench,
  types,
  openapi,
  permissions,
};

const SIGNALS = /** @type {const} */ ({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 });
const NPM_POLL_MS = 100;

const [name = '', ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (name === 'rules') {
  await runRules(args, () => launch(prepareRules));
} else if (command) {
  process.exit(await launch(command));
} else {
  process.stderr.write(USAGE);
  process.exit(2);
}

/**
 * @param {(run: Run, args: string[]) => Promise<number>} work
 * @returns {Promise<number>} exit code
 */
async function launch(work) {
  const progress = new Progress();
  /** @type {Run | undefined} */
  let run;
  let exitCode = 1;
  /** @param {string} reason @param {number} code */
  const interrupt = (reason, code) => {
    if (!run) process.exit(code);
    if (run.isEnding) progress.say('still stopping…');
    else run.fail(new Interrupted(reason, code));
  };
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => interrupt(signal === 'SIGINT' ? 'Ctrl-C' : signal, 128 + number));
  }
  watchNpm(() => interrupt('the npm that started this is gone', 1));
  try {
    run =
      name === 'start' ? await claimSlot(progress, 'running the system') : await Run.beginTemporary(progress);
    exitCode = await Promise.race([work(run, args), run.failed]);
  } catch (error) {
    progress.quiet();
    if (error instanceof Interrupted) {
      exitCode = error.exitCode;
      progress.say(`stopping: ${error.message}`);
    } else {
      process.stderr.write(
        `\n${error instanceof Failure ? error.message : String(error instanceof Error ? error.stack : error)}\n\n`,
      );
    }
  }
  await run?.end();
  progress.quiet();
  if (name === 'start') progress.say('stopped');
  // What goes on in this process from here is ended by signals as any program is.
  for (const signal of Object.keys(SIGNALS)) process.removeAllListeners(signal);
  return exitCode;
}

/**
 * npm passes signals on, but not SIGKILL: without this, a system whose npm was killed would run on unseen.
 * @param {() => void} onGone
 */
function watchNpm(onGone) {
  if (!process.env['npm_lifecycle_event'] || process.platform !== 'linux') return;
  const watched = [process.ppid];
  const parent = parentOf(process.ppid);
  // npm runs scripts by a shell, which may or may not have replaced itself by this process.
  if (parent && /^(sh|dash|bash)$/.test(parent.name)) watched.push(parent.parent);
  const births = watched.map(birthOf);
  const timer = setInterval(() => {
    if (watched.every((pid, index) => birthOf(pid) === births[index])) return;
    clearInterval(timer);
    onGone();
  }, NPM_POLL_MS);
  timer.unref();
}
