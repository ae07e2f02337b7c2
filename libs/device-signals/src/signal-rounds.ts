import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Rounds } from '@trm/platform';
import { NoteSignals } from './note-signals.js';

/** So old at most is the last signal that the race office sees, beside how long the tracker itself waits. */
const EVERY_MS = 30_000;

/** Notes the last signals, again and again. Every replica does, and needs nothing of the others. */
@Injectable()
export class SignalRounds implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly rounds: Rounds;

  constructor(signals: NoteSignals) {
    this.rounds = new Rounds({
      name: 'noting last signals',
      everyMs: EVERY_MS,
      work: async () => {
        await signals.note();
        return false;
      },
    });
  }

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.rounds.stop();
  }
}
