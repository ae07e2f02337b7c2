import type { ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { parentOf } from '../scripts/lib/processes.mjs';

/**
 * The environment for a launcher that is started by a test: that of this process without what the outer
 * launcher handed to the tests, which would point the inner one at the stack of the tests.
 */
export function launcherEnvironment(): NodeJS.ProcessEnv {
  const handed =
    /^(DATABASE_URL|ADMIN_DATABASE_URL|REDIS_URL|DIRECTUS_|HOOK_SECRET|DEMO_|API_|WORKER_|TRM_RUN|TRM_ROLE|TRM_TEST_|NODE_ENV|NODE_OPTIONS|npm_|CI$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !handed.test(name)));
}

/** The command line of a process; its arguments end in zero bytes. */
export const commandOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8');

/** The process that cleans up after a launcher. */
export function reaperOf(launcher: ChildProcess): number {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const reaper = pids.find(
    (pid) => parentOf(pid)?.parent === launcher.pid && commandOf(pid).includes('reaper.mjs'),
  );
  if (!reaper) throw new Error('the launcher has no reaper');
  return reaper;
}
