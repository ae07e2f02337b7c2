import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { NoteSignals } from './note-signals.js';

/** So old at most is the last signal that the race office sees, beside how long the tracker itself waits. */
const EVERY_MS = 30_000;

/** Notes the last signals, again and again. Every replica does, and needs nothing of the others. */
@Injectable()
export class SignalRounds implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger(SignalRounds.name);
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<unknown> | undefined;
  private isStopping = false;

  constructor(private readonly signals: NoteSignals) {}

  onApplicationBootstrap(): void {
    this.begin();
  }

  /** Waits for the round that is under way: the connections close behind this. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.round;
  }

  private begin(): void {
    this.round = this.signals
      .note()
      .catch((error: Error) =>
        this.log.warn({ message: 'last signals were not noted', error: error.message }),
      )
      .finally(() => {
        if (!this.isStopping) this.timer = setTimeout(() => this.begin(), EVERY_MS);
      });
  }
}
