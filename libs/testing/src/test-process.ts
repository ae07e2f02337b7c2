import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { eventually } from './eventually.js';
import { testEnvironment } from './test-environment.js';

/** A real process of the system, started for a test. */
export interface TestProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** All that it printed. */
  output(): string;
  /** Sends a signal and waits for the end. @returns its exit code, null when the signal ended it */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the program `dist/<program>` and waits until `<url><readyPath>` answers 2xx. */
async function startProgram(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  { url, readyPath }: { url: string; readyPath: string },
): Promise<TestProcess> {
  const logFile = join(testEnvironment().dir, `${args[0] ?? 'program'}-${randomUUID().slice(0, 8)}.log`);
  const log = createWriteStream(logFile);
  await once(log, 'open');
  const child = spawn(process.execPath, ['--enable-source-maps', join('dist', program), ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
    stdio: ['ignore', log, log],
  });
  const output = () => readFileSync(logFile, 'utf8');
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    log.close();
    return child.exitCode;
  };
  try {
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
    await eventually(async () => {
      if (hasEnded()) return;
      const response = await fetch(`${url}${readyPath}`, { signal: AbortSignal.timeout(2_000) });
      if (!response.ok) throw new Error(`${program} is not ready: ${response.status}`);
    }, 60_000);
    if (hasEnded()) throw new Error(`${program} ended with ${child.exitCode ?? child.signalCode}`);
  } catch (error) {
    await stop('SIGKILL');
    const why = (error as Error).message;
    throw new Error(`${[program, ...args].join(' ')} did not start: ${why}\n${output().slice(-4_000)}`, {
      cause: error,
    });
  }
  return { url, child, output, stop };
}

/** The variables that a process needs for a database of this test run. */
export function processEnvironment(databaseUrl: string, directusUrl: string): Record<string, string> {
  return {
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    ADMIN_DATABASE_URL: databaseUrl,
    REDIS_URL: testEnvironment().redisUrl,
    // Queues of one database must not be served by the workers of another.
    QUEUE_PREFIX: `{${new URL(databaseUrl).pathname.slice(1)}}`,
    DIRECTUS_URL: directusUrl,
    LOG_FORMAT: 'json',
  };
}

/**
 * Starts a real Directus on a database of this test run.
 * @param controlPlaneUrl where its Flows ask; nobody answers there unless the test starts an API
 * @param port any that is free when left out
 */
export async function startDirectus(
  databaseUrl: string,
  controlPlaneUrl = 'http://127.0.0.1:9',
  port?: number,
): Promise<TestProcess> {
  port ??= await freePort();
  const url = `http://127.0.0.1:${port}`;
  return startProgram(
    'apps/schema/src/main.js',
    ['directus'],
    {
      ...processEnvironment(databaseUrl, url),
      DIRECTUS_PORT: String(port),
      CONTROL_PLANE_URL: controlPlaneUrl,
    },
    { url, readyPath: '/server/health' },
  );
}

/** Starts the built API as a process of its own, for tests that kill it; at `API_PORT` when that is given. */
export async function startApiProcess(
  databaseUrl: string,
  directusUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestProcess> {
  const port = environment['API_PORT'] ?? String(await freePort());
  return startProgram(
    'apps/api/src/main.js',
    [],
    { ...processEnvironment(databaseUrl, directusUrl), API_PORT: port, ...environment },
    { url: `http://127.0.0.1:${port}`, readyPath: '/health/live' },
  );
}

/** Starts the built worker as a process of its own. */
export async function startWorkerProcess(
  databaseUrl: string,
  directusUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestProcess> {
  const port = environment['WORKER_PORT'] ?? String(await freePort());
  return startProgram(
    'apps/worker/src/main.js',
    [],
    { ...processEnvironment(databaseUrl, directusUrl), WORKER_PORT: port, ...environment },
    { url: `http://127.0.0.1:${port}`, readyPath: '/health/live' },
  );
}

/** Starts the built reference processor as a process of its own. */
export async function startProcessorProcess(
  databaseUrl: string,
  directusUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestProcess> {
  const port = await freePort();
  return startProgram(
    'apps/processor/src/main.js',
    [],
    { ...processEnvironment(databaseUrl, directusUrl), PROCESSOR_PORT: String(port), ...environment },
    { url: `http://127.0.0.1:${port}`, readyPath: '/health/live' },
  );
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
