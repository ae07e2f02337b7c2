import { Logger } from '@nestjs/common';
import { errorForLog } from './http/safe-log.js';

export interface RoundsOptions {
  /** Completes "… failed" in the log. */
  readonly name: string;
  /** So long at most passes between the end of a round and the next. */
  readonly everyMs: number;
  /** @returns true when there is more to do at once */
  readonly work: () => Promise<boolean>;
}

/**
 * Does a piece of work again and again: after a while, at once when it is woken, and on while there is more to do.
 * Never twice at a time. A round that fails is logged and tried again after the while, so work must bear repetition.
 */
export class Rounds {
  private readonly log = new Logger(Rounds.name);
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> | undefined;
  private isWoken = false;
  private isStopping = false;

  constructor(private readonly options: RoundsOptions) {}

  start(): void {
    this.begin();
  }

  /** Whatever was committed before this call is seen by a round that begins after it. */
  wake(): void {
    if (this.isStopping) return;
    if (this.round !== undefined) {
      this.isWoken = true;
      return;
    }
    clearTimeout(this.timer);
    this.begin();
  }

  /** Waits for the round that is under way: the connections close behind this. */
  async stop(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.round;
  }

  private begin(): void {
    this.isWoken = false;
    this.round = this.options
      .work()
      .catch((error: Error) => {
        this.log.warn({ message: `${this.options.name} failed`, error: errorForLog(error) });
        this.isWoken = false;
        return false;
      })
      .then((isMore) => {
        this.round = undefined;
        if (this.isStopping) return;
        if (isMore || this.isWoken) setImmediate(() => this.wake());
        else this.timer = setTimeout(() => this.begin(), this.options.everyMs);
      });
  }
}
