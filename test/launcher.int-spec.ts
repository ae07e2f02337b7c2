import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { eventually, testEnvironment } from '@trm/testing';
import { reservePort } from '../scripts/lib/ports.mjs';
import { membersOf, stopRun } from '../scripts/lib/processes.mjs';
import { query } from '../scripts/lib/stores.mjs';
import { launcherEnvironment, reaperOf } from './launcher-processes.js';

/** A run of the launcher that is up. */
interface Probe {
  readonly launcher: ChildProcess;
  readonly runId: string;
  readonly child: number;
  readonly childLog: string;
  readonly temporary: string;
  readonly adminUrl: string;
  readonly redisUrl: string;
  /** What it told the reader. */
  readonly told: () => string;
}

/** Postgres, Redis, the child and its own child. */
const MEMBERS = 4;

const probes: Probe[] = [];

async function startProbe(directory: string): Promise<Probe> {
  const launcher = spawn(process.execPath, ['test/launcher-probe.mjs', directory], {
    env: launcherEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let told = '';
  launcher.stderr.on('data', (chunk) => (told += String(chunk)));
  let line = '';
  launcher.stdout.on('data', (chunk) => (line += String(chunk)));
  await eventually(async () => {
    if (!line.endsWith('\n')) throw new Error(`the run is not up: ${told}`);
  }, 60_000);
  const probe: Probe = { launcher, ...JSON.parse(line), told: () => told };
  probes.push(probe);
  await eventually(async () => expect(membersOf(probe.runId).length).toBeGreaterThanOrEqual(MEMBERS));
  return probe;
}

async function stop({ launcher }: Probe): Promise<void> {
  const ended = once(launcher, 'exit');
  launcher.kill('SIGTERM');
  await ended;
}

async function untilNothingIsLeftOf({ runId, temporary }: Probe): Promise<void> {
  await eventually(async () => {
    expect(membersOf(runId)).toEqual([]);
    expect(existsSync(temporary)).toBe(false);
  }, 20_000);
}

const newDirectory = () => join(testEnvironment().dir, `probe-${randomUUID().slice(0, 8)}`);

describe('a run of the launcher', () => {
  // Where a test failed half way.
  afterAll(async () => {
    for (const { launcher, runId } of probes) {
      launcher.kill('SIGKILL');
      await stopRun(runId);
    }
  });

  it('is stopped and removed by its reaper when the launcher is killed, and its data outlive that', async () => {
    const directory = newDirectory();
    const first = await startProbe(directory);
    await query(first.adminUrl, 'create table kept (id int)');

    first.launcher.kill('SIGKILL');
    await untilNothingIsLeftOf(first);

    const second = await startProbe(directory);
    expect(await query(second.adminUrl, 'select * from kept')).toEqual([]);
    await stop(second);
    expect(membersOf(second.runId)).toEqual([]);
    expect(existsSync(second.temporary)).toBe(false);
  });

  it('heals at the next start when its reaper was killed too', async () => {
    const directory = newDirectory();
    const first = await startProbe(directory);
    const reaper = reaperOf(first.launcher);
    process.kill(reaper, 'SIGSTOP');
    first.launcher.kill('SIGKILL');
    await once(first.launcher, 'exit');
    process.kill(reaper, 'SIGKILL');
    expect(membersOf(first.runId).length).toBeGreaterThanOrEqual(MEMBERS);

    const second = await startProbe(directory);
    await untilNothingIsLeftOf(first);
    expect(second.told()).toContain('cleaning up after a run that was killed');
    await stop(second);
  });

  it('shares nothing with another run beside it, and stopping one leaves the other untouched', async () => {
    const [one, other] = await Promise.all([startProbe(newDirectory()), startProbe(newDirectory())]);
    const dataDirectory = async ({ adminUrl }: Probe) => (await query(adminUrl, 'show data_directory'))[0];
    expect(await dataDirectory(one)).not.toEqual(await dataDirectory(other));
    expect(one.redisUrl).not.toBe(other.redisUrl);

    await stop(one);

    expect(membersOf(one.runId)).toEqual([]);
    expect(other.launcher.exitCode).toBeNull();
    expect(membersOf(other.runId).map(({ role }) => role)).toEqual(
      expect.arrayContaining(['postgres', 'redis', 'program']),
    );
    expect(await dataDirectory(other)).toBeDefined();
    await stop(other);
  });

  it('stops when a child dies, and names the child, how it ended, its log and the last lines of it', async () => {
    const probe = await startProbe(newDirectory());
    const ended = once(probe.launcher, 'exit');
    await eventually(async () => {
      if (!readFileSync(probe.childLog, 'utf8').includes('waiting')) throw new Error('it has not spoken yet');
    });
    process.kill(probe.child, 'SIGKILL');
    await ended;
    expect(probe.told()).toContain('patient ended unexpectedly (ended by SIGKILL)');
    expect(probe.told()).toMatch(/The last lines of \S+patient\.log:\n\s+\| waiting for an order/);
    expect(membersOf(probe.runId)).toEqual([]);
  });

  it('replaces a half-made cluster, stale sockets and the pid file of a server that was killed', async () => {
    const directory = newDirectory();
    mkdirSync(join(directory, 'postgres.unfinished'), { recursive: true });
    writeFileSync(join(directory, 'postgres.unfinished/PG_VERSION'), '15\n');
    mkdirSync(join(directory, 's'));
    writeFileSync(join(directory, 's/redis.sock'), '');
    const first = await startProbe(directory);
    await stop(first);

    // The pid of the killed server now belongs to somebody else.
    writeFileSync(join(directory, 'postgres/postmaster.pid'), `${process.pid}\n${directory}/postgres\n`);
    const second = await startProbe(directory);
    await stop(second);
  });
});

describe('the launcher', () => {
  it('keeps its sockets elsewhere when the path of its state is too long or odd for them', async () => {
    for (const odd of ['d'.repeat(90), 'with a space']) {
      const probe = await startProbe(join(newDirectory(), odd));
      expect(probe.redisUrl).not.toContain(odd);
      expect(await query(probe.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
      const sockets = new URL(probe.adminUrl).searchParams.get('host') ?? '';
      expect(existsSync(sockets)).toBe(true);
      await stop(probe);
      expect(existsSync(sockets)).toBe(false);
    }
  });

  it('names the ways out when there is no way to get Postgres', async () => {
    const launcher = spawn(process.execPath, ['scripts/trm.mjs', 'test'], {
      env: {
        ...launcherEnvironment(),
        TRM_STATE_DIR: newDirectory(),
        TRM_STACK: 'docker',
        DOCKER_HOST: 'tcp://127.0.0.1:9',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let told = '';
    launcher.stderr.on('data', (chunk) => (told += String(chunk)));
    const [code] = await once(launcher, 'exit');
    expect(code).toBe(1);
    expect(told).toMatch(/docker: (not installed|installed, but its engine does not answer)/);
    expect(told).toContain('DATABASE_URL=');
    expect(told).toContain('PostGIS');
    expect(told).toContain('Debian or Ubuntu');
    expect(told).toContain('start Docker');
  });

  it('takes another port when the preferred one is taken', async () => {
    const stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const address = stranger.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const ports = await Promise.all([
      reservePort(address.port, '127.0.0.1'),
      reservePort(address.port, '127.0.0.1'),
    ]);
    expect(new Set([address.port, ...ports]).size).toBe(3);
    stranger.close();
  });
});
