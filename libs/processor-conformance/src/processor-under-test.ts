import { type ChildProcess, spawn } from 'node:child_process';
import { Unmet } from './eventually.js';

/** So much of what a processor printed is kept, for whoever looks for the reason of a failure. */
const KEPT_OUTPUT = 64_000;
/** As long as a supervisor waits before it kills. */
export const STOP_WITHIN_MS = 15_000;

/** A processor as a child process. */
export class ProcessorUnderTest {
  private printed = '';
  private readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', (error) => {
        // There is no such program, or it can't be run.
        this.printed += error.message;
        resolve();
      });
    });
    // Nothing of it outlives the suite, however that ends.
    const leaveNothing = () => this.signal('SIGKILL');
    process.once('exit', leaveNothing);
    void this.ended.then(() => process.off('exit', leaveNothing));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => {
        this.printed = (this.printed + text).slice(-KEPT_OUTPUT);
      });
    }
  }

  static start(
    [program, ...args]: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): ProcessorUnderTest {
    if (program === undefined) throw new TypeError('There is no command that starts the processor.');
    const child = spawn(program, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: what is killed is the program, also when a shell or a package manager stands before it.
      detached: true,
    });
    return new ProcessorUnderTest(child);
  }

  get output(): string {
    return this.printed;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined;
  }

  /** @throws Unmet when the process has ended though nobody asked it to */
  expectAlive(): void {
    if (!this.hasEnded) return;
    const lines = this.printed.trim().split('\n');
    const last = lines.findLast((line) => line.includes('Error')) ?? lines.slice(-3).join(' ⏎ ');
    throw new Unmet(
      `The processor's process ended by itself (${this.child.exitCode ?? this.child.signalCode ?? 'it could not be started'}). It printed last: ${last || 'nothing'}`,
    );
  }

  /** It stands still, as on a machine that is suspended; its connections stay open. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return;
    this.signal('SIGKILL');
    await this.ended;
  }

  /** SIGTERM. @returns whether it ended in time; it is killed when it did not */
  async stop(): Promise<boolean> {
    if (this.hasEnded) return true;
    this.signal('SIGTERM');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), STOP_WITHIN_MS);
    });
    const inTime = await Promise.race([this.ended.then(() => true), late]);
    clearTimeout(timer);
    await this.kill();
    return inTime;
  }

  private signal(name: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, name);
    } catch {
      // It has ended in the meantime.
    }
  }
}
