import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Rounds } from '@trm/platform';
import { CheckStartList } from './check-start-list.js';

/** So long at most does a published list stay behind what changed around it. */
const EVERY_MS = 2_000;

/**
 * Looks for start lists that have to be checked, again and again. Every replica does; the lock on the stage keeps
 * them apart, and the list of what to check is in the database, so nothing is lost while no worker runs.
 */
@Injectable()
export class StartListChecks implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger(StartListChecks.name);
  private readonly rounds: Rounds;

  constructor(lists: CheckStartList) {
    this.rounds = new Rounds({
      name: 'checking start lists',
      everyMs: EVERY_MS,
      work: async () => {
        const checked = await lists.checkAll();
        if (checked > 0) this.log.log({ message: 'start lists checked', checked });
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
