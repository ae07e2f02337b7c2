import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SchemaProblem } from '../schema-problem.js';

/** How to start the Directus in `dir`. */
export interface DirectusInstallation {
  readonly dir: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A call of Directus's own command line, or the private server, takes no longer than this. */
const CALL_TIMEOUT_MS = 180_000;
const START_TIMEOUT_MS = 90_000;
const STOP_GRACE_MS = 10_000;
/** What is kept of the output, for the message when a call fails. */
const KEPT_CHARACTERS = 64_000;

/** Loaded into the child: when this program is gone, also by SIGKILL, the pipe to the child's stdin ends. */
const END_WITH_US = `data:text/javascript,${encodeURIComponent(
  "process.stdin.on('end', () => process.exit(1)).resume().unref();",
)}`;

/** Arguments for node: `run.js` is the command line of Directus without its check for a newer release. */
export function directusArguments(dir: string, args: readonly string[]): string[] {
  // isolated-vm, which Directus loads, does not work with the snapshot that node starts from by default.
  return ['--no-node-snapshot', join(dir, 'node_modules/@directus/api/dist/cli/run.js'), ...args];
}

/**
 * Runs `directus <args>` to its end.
 * @param extra further environment variables for this call
 * @returns what it printed
 * @throws SchemaProblem with Directus's own words when it ends with an error
 */
export async function callDirectus(
  installation: DirectusInstallation,
  args: readonly string[],
  signal: AbortSignal,
  extra: Readonly<Record<string, string>> = {},
): Promise<string> {
  const what = `directus ${args.filter((arg) => !arg.startsWith('/')).join(' ')}`;
  const process = start(installation, args, extra);
  const stop = AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
  const kill = () => process.child.kill('SIGKILL');
  stop.addEventListener('abort', kill);
  if (stop.aborted) kill();
  try {
    const [code] = (await once(process.child, 'close')) as [number | null];
    signal.throwIfAborted();
    if (stop.aborted) throw new SchemaProblem(`"${what}" did not end within ${CALL_TIMEOUT_MS / 1000} s.`);
    const errors = errorsIn(process.output());
    // It also ends with code 0 after logging an error, for example when Directus is not installed.
    if (code !== 0 || errors.length > 0) {
      const reason = errors.join(' | ') || lastWords(process.output());
      throw new SchemaProblem(`"${what}" failed (code ${code}): ${reason}`);
    }
    return process.output();
  } finally {
    stop.removeEventListener('abort', kill);
  }
}

/** A Directus that only this program talks to. */
export interface PrivateDirectus {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts Directus on a free port of the loopback interface and waits until it answers.
 * @throws SchemaProblem with Directus's own words when it does not come up
 */
export async function startPrivateDirectus(
  installation: DirectusInstallation,
  signal: AbortSignal,
): Promise<PrivateDirectus> {
  // Between finding a free port and binding it another program may take it: then once more with another one.
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const process = start(installation, ['start'], {
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: url,
      WEBSOCKETS_ENABLED: 'false',
    });
    const kill = () => process.child.kill('SIGKILL');
    signal.addEventListener('abort', kill);
    const stop = async () => {
      signal.removeEventListener('abort', kill);
      await stopProcess(process.child);
    };
    if (await comesUp(process.child, url, signal)) return { url, stop };
    await stop();
    signal.throwIfAborted();
    if (!process.output().includes('EADDRINUSE') || attempt === 5) {
      const reason = errorsIn(process.output()).join(' | ') || lastWords(process.output());
      throw new SchemaProblem(`Directus did not come up: ${reason}`);
    }
  }
}

/** Whether a Directus answers at this address. */
export async function answers(url: string): Promise<boolean> {
  try {
    const address = new URL('server/health', `${url.replace(/\/+$/, '')}/`);
    const response = await fetch(address, { signal: AbortSignal.timeout(3_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

interface Started {
  readonly child: ChildProcess;
  output(): string;
}

function start(
  { dir, environment }: DirectusInstallation,
  args: readonly string[],
  extra: Readonly<Record<string, string>>,
): Started {
  const child = spawn(process.execPath, ['--import', END_WITH_US, ...directusArguments(dir, args)], {
    cwd: dir,
    env: { ...environment, ...extra },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-KEPT_CHARACTERS);
    });
  }
  child.on('error', (error) => {
    output += `\n${JSON.stringify({ level: 60, msg: error.message })}`;
  });
  return { child, output: () => output };
}

async function comesUp(child: ChildProcess, url: string, signal: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && !signal.aborted) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    if (await answers(url)) return child.exitCode === null;
    await pause(100);
  }
  return false;
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  await ended;
  clearTimeout(hard);
}

/** The messages of level error and above in a log of JSON lines. */
function errorsIn(output: string): string[] {
  const messages = output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    try {
      const { level, msg, err } = JSON.parse(line) as {
        level?: number;
        msg?: string;
        err?: { message?: string };
      };
      return level !== undefined && level >= 50 ? [err?.message ?? msg ?? line] : [];
    } catch {
      return [];
    }
  });
  return [...new Set(messages)];
}

/** The end of a crash, from its message on: the stack alone would say nothing. */
function lastWords(output: string): string {
  if (output.includes('MaxRetriesPerRequestError')) {
    return 'Redis does not answer. Start it, or correct REDIS_URL.';
  }
  const crash = output.search(/^\w*Error\b/m);
  const words = crash === -1 ? output.slice(-1_000) : output.slice(crash);
  return words.trim().slice(0, 1_000) || 'it said nothing';
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return address.port;
}
