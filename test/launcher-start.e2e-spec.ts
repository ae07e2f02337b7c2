import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, testEnvironment } from '@trm/testing';
import { membersOf, stopRun } from '../scripts/lib/processes.mjs';
import { commandOf, launcherEnvironment, reaperOf } from './launcher-processes.js';

const FIRST_START_MS = 180_000;

/** `npm start`, as a user has it before the eyes. */
interface Start {
  readonly launcher: ChildProcess;
  /** All that it told, progress and result. */
  readonly told: () => string;
}

const state = join(testEnvironment().dir, 'state');
const starts: Start[] = [];

function npmStart(): Start {
  const launcher = spawn(process.execPath, ['scripts/trm.mjs', 'start'], {
    env: { ...launcherEnvironment(), TRM_STATE_DIR: state },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let told = '';
  for (const stream of [launcher.stdout, launcher.stderr]) {
    stream.on('data', (chunk) => (told += String(chunk)));
  }
  const start = { launcher, told: () => told };
  starts.push(start);
  return start;
}

async function until({ launcher, told }: Start, what: () => boolean): Promise<void> {
  await eventually(async () => {
    if (launcher.exitCode !== null) throw new Error(`the launcher ended with ${launcher.exitCode}`);
    if (!what()) throw new Error('not yet');
  }, FIRST_START_MS).catch((error: unknown) => {
    throw new Error(`it only told:\n${told()}`, { cause: error });
  });
}

const isUp = (start: Start) => () => start.told().includes('Ctrl-C stops everything');

const runIdIn = (slot: string): string => JSON.parse(readFileSync(join(state, slot, 'run.json'), 'utf8')).id;

/** What the printed command asks for, and the token in it. */
function printedCommand(start: Start, end: string): { url: string; headers: Record<string, string> } {
  const line = start
    .told()
    .split('\n')
    .find((each) => each.includes('curl') && each.endsWith(end));
  const [, token = '', url = ''] = /Bearer ([^']+)'.* '?(\S+?)'?$/.exec(line ?? '') ?? [];
  return { url, headers: { authorization: `Bearer ${token}` } };
}

describe('npm start', () => {
  afterAll(async () => {
    for (const { launcher } of starts) launcher.kill('SIGKILL');
    if (!existsSync(state)) return;
    for (const slot of readdirSync(state).filter((name) => existsSync(join(state, name, 'run.json')))) {
      await stopRun(runIdIn(slot));
    }
  });

  it(
    'that was killed while it made the database, or while it applied the schema, heals at the next one',
    async () => {
      const first = npmStart();
      await until(first, () => existsSync(join(state, 'start/postgres.unfinished')));
      first.launcher.kill('SIGKILL');

      const second = npmStart();
      const log = join(state, 'start/logs/schema.log');
      await until(second, () => existsSync(log) && readFileSync(log, 'utf8').includes('db-init/pre'));
      const runId = runIdIn('start');
      process.kill(reaperOf(second.launcher), 'SIGKILL');
      second.launcher.kill('SIGKILL');
      expect(membersOf(runId)).not.toEqual([]);

      const third = npmStart();
      await until(third, isUp(third));
      expect(third.told()).toContain('cleaning up after a run that was killed');
      expect(membersOf(runId)).toEqual([]);
    },
    FIRST_START_MS * 2,
  );

  it('prints commands that open a stage and show its start list', async () => {
    const start = starts.at(-1);
    if (!start) throw new Error('nothing was started');
    const opening = printedCommand(start, '/openings');
    const opened = await fetch(opening.url, { method: 'POST', headers: opening.headers });
    expect(opened.status).toBe(200);
    const list = printedCommand(start, '/start-list');
    const shown = await fetch(list.url, { headers: list.headers });
    expect(shown.status).toBe(200);
    expect(await shown.json()).toMatchObject({ lines: expect.arrayContaining([expect.anything()]) });
  });

  it('prints commands that mark positions, and show what became of the result', async () => {
    const start = starts.at(-1);
    if (!start) throw new Error('nothing was started');
    const marking = printedCommand(start, '/v1/position-faults');
    const marked = await fetch(marking.url, {
      method: 'POST',
      headers: { ...marking.headers, 'content-type': 'application/json' },
      body: /-d '([^']+)'/.exec(start.told())?.[1] ?? '',
    });
    expect([marked.status, await marked.json()]).toEqual([
      201,
      expect.objectContaining({ stages: [expect.anything()] }),
    ]);
    const { url, headers } = printedCommand(start, "limit=1'");
    await eventually(async () => {
      expect(await (await fetch(url, { headers })).json()).toMatchObject({
        items: [
          {
            reasonText: 'The tracker fell off',
            status: 'done',
            result: { changes: expect.arrayContaining([expect.anything()]) },
          },
        ],
      });
    });
  });

  it('beside another one has data and ports of its own, and leaves the other alone when it stops', async () => {
    const first = starts.at(-1);
    if (!first) throw new Error('nothing was started');
    const second = npmStart();
    await until(second, () => second.told().includes('… database schema'));
    expect(second.told()).toContain(join(state, 'start-2'));
    const runId = runIdIn('start-2');
    const ended = once(second.launcher, 'exit');
    second.launcher.kill('SIGINT');
    await until(second, () => second.told().includes('stopping: Ctrl-C'));
    // An impatient second Ctrl-C must not leave anything behind.
    second.launcher.kill('SIGINT');
    expect((await ended)[0]).toBe(130);
    expect(membersOf(runId)).toEqual([]);

    const { url } = printedCommand(first, '/start-list');
    expect((await fetch(new URL('/health/ready', url))).status).toBe(200);
  });

  it('stops everything when Directus dies, and names its log', async () => {
    const start = starts.find(({ launcher }) => launcher.exitCode === null && !launcher.killed);
    if (!start) throw new Error('nothing runs');
    const runId = runIdIn('start');
    const ended = once(start.launcher, 'exit');
    const directus = membersOf(runId).find(({ pid }) => /directus.*\0start\0$/s.test(commandOf(pid)));
    if (!directus) throw new Error('no Directus runs');
    process.kill(directus.pid, 'SIGKILL');
    expect((await ended)[0]).toBe(1);
    expect(start.told()).toMatch(
      /directus ended unexpectedly \(ended by SIGKILL\)\. The last lines of \S+directus\.log/,
    );
    expect(membersOf(runId)).toEqual([]);
  });
});
