import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { errorForLog } from '@trm/platform';
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
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private isStopping = false;

  constructor(private readonly lists: CheckStartList) {}

  onApplicationBootstrap(): void {
    this.look();
  }

  /** Waits for the look that is under way: the connections close behind this. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  private look(): void {
    this.looking = this.lists
      .checkAll()
      .then((checked) => {
        if (checked > 0) this.log.log({ message: 'start lists checked', checked });
      })
      .catch((error: Error) =>
        this.log.warn({ message: 'start lists were not checked', error: errorForLog(error) }),
      )
      .finally(() => {
        if (!this.isStopping) this.timer = setTimeout(() => this.look(), EVERY_MS);
      });
  }
}
