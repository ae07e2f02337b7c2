import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import {
  freePort,
  startApiProcess,
  startDirectus,
  startProcessorProcess,
  startWorkerProcess,
} from '@trm/testing';

/** So short that a run sees them pass often; the same for all processes. */
export const TIMES = { leaseMs: 1_000, visibleMs: 4_000, lockMs: 2_000 } as const;

export interface SystemOptions {
  /** Of node, for the workers: how a mutant that is no SQL gets in. */
  readonly workerOptions: string;
  /** After this a job that was not heard of is looked for. */
  readonly visibleMs: number;
}

/**
 * A process that is started again whenever it has ended, as a supervisor does in production.
 */
export class KeptProcess {
  private child: ChildProcess | undefined;
  private isEnding = false;
  private life: Promise<void> | undefined;
  /** How often it was started. */
  starts = 0;
  /** From its end, or the first try to start it, until it answered. */
  longestAwayMs = 0;
  /** What it said when it did not start. */
  readonly failedStarts: string[] = [];

  /** @param begin starts it and waits until it answers */
  constructor(
    readonly name: string,
    private readonly begin: () => Promise<{ readonly child: ChildProcess }>,
  ) {}

  keep(): void {
    this.life = (async () => {
      let awaySince = performance.now();
      while (!this.isEnding) {
        try {
          const { child } = await this.begin();
          this.starts += 1;
          this.longestAwayMs = Math.max(this.longestAwayMs, performance.now() - awaySince);
          this.child = child;
          if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
          awaySince = performance.now();
        } catch (error) {
          // What it needs is away too: again in a moment, as long as somebody wants it.
          this.failedStarts.push((error as Error).message);
          await pause(200);
        }
        this.child = undefined;
      }
    })();
  }

  get isUp(): boolean {
    return this.child !== undefined;
  }

  async untilUp(): Promise<void> {
    while (!this.isUp) await pause(20);
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  async end(): Promise<void> {
    this.isEnding = true;
    while (this.life !== undefined) {
      // A start that is under way comes up first.
      this.child?.kill('SIGKILL');
      if (await Promise.race([this.life.then(() => true), pause(100).then(() => false)])) return;
    }
  }
}

/** The way from Directus to the API, which can be cut. */
export class CutableWay {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly port: number,
    private readonly toPort: number,
  ) {}

  static async to(toPort: number): Promise<CutableWay> {
    const way = new CutableWay(await freePort(), toPort);
    await way.open();
    return way;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async open(): Promise<void> {
    this.server = createServer((near) => {
      const far = connect(this.toPort, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => this.sockets.delete(from) && to.destroy());
        from.pipe(to);
      }
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** From now on connections are refused, and those that are open are gone. */
  async cut(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (server === undefined) return;
    server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(server, 'close');
  }
}

/** How a store is started: what the launcher hands over. */
interface StoreProgram {
  readonly name: string;
  readonly role: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly account?: { readonly uid: number; readonly gid: number };
}

/** Postgres and Redis of this run alone; nobody else minds when they die. */
export function keepStores(isAnswering: {
  postgres: () => Promise<unknown>;
  redis: () => Promise<unknown>;
}): Record<'postgres' | 'redis', KeptProcess> {
  const programs = JSON.parse(process.env['TRM_TEST_STORES'] ?? '{}') as Record<string, StoreProgram>;
  const keep = (name: 'postgres' | 'redis') => {
    const program = programs[name];
    if (program === undefined) throw new Error('Run this with "npm run test:faults".');
    const kept = new KeptProcess(name, async () => {
      const child = spawn(program.command, [...program.args], {
        cwd: program.cwd,
        env: { ...process.env, ...program.env, TRM_ROLE: program.role },
        stdio: 'ignore',
        ...program.account,
      });
      // After a kill of the postmaster the new one refuses until the last backend of the old one is gone.
      for (;;) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${name} did not start`);
        if (
          await isAnswering[name]().then(
            () => true,
            () => false,
          )
        )
          return { child };
        await pause(50);
      }
    });
    kept.keep();
    return kept;
  };
  return { postgres: keep('postgres'), redis: keep('redis') };
}

/** All programs of the system on one database, each at the same address for as long as the run lasts. */
export interface System {
  readonly apiUrl: string;
  readonly directusUrl: string;
  readonly api: KeptProcess;
  readonly directus: KeptProcess;
  readonly workers: readonly KeptProcess[];
  readonly processors: readonly KeptProcess[];
  readonly way: CutableWay;
  end(): Promise<void>;
}

/** Starts the API, three workers, two processors and Directus. */
export async function startSystem(
  databaseUrl: string,
  { workerOptions, visibleMs }: SystemOptions,
): Promise<System> {
  const [apiPort, directusPort] = [await freePort(), await freePort()];
  const way = await CutableWay.to(apiPort);
  const directusUrl = `http://127.0.0.1:${directusPort}`;
  const times = {
    RECOMPUTE_LEASE_SECONDS: String(TIMES.leaseMs / 1_000),
    RECOMPUTE_VISIBLE_SECONDS: String(visibleMs / 1_000),
    PROCESSOR_LOCK_SECONDS: String(TIMES.lockMs / 1_000),
  };
  const numbered = (count: number, name: string, begin: () => Promise<{ child: ChildProcess }>) =>
    Array.from({ length: count }, (_, index) => new KeptProcess(`${name} ${index + 1}`, begin));
  const system = {
    apiUrl: `http://127.0.0.1:${apiPort}`,
    directusUrl,
    api: new KeptProcess('the API', () =>
      startApiProcess(databaseUrl, directusUrl, { API_PORT: String(apiPort) }),
    ),
    directus: new KeptProcess('Directus', () => startDirectus(databaseUrl, way.url, directusPort)),
    workers: numbered(3, 'worker', () =>
      startWorkerProcess(databaseUrl, directusUrl, { ...times, NODE_OPTIONS: workerOptions }),
    ),
    processors: numbered(2, 'processor', () => startProcessorProcess(databaseUrl, directusUrl, times)),
    way,
  };
  const all = [system.directus, system.api, ...system.workers, ...system.processors];
  for (const each of all) each.keep();
  await Promise.all(all.map((each) => each.untilUp()));
  return {
    ...system,
    end: async () => {
      await Promise.all(all.map((each) => each.end()));
      await way.cut();
    },
  };
}
