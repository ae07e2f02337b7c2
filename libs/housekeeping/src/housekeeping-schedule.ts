import { InjectQueue } from '@nestjs/bullmq';
import { errorForLog } from '@trm/platform';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { CHORES } from './forget.js';
import { HOUSEKEEPING_QUEUE } from './housekeeping.processor.js';

const EVERY_MS = 10 * 60 * 1000;
/** So long at most does a Redis that came back empty stay without the schedule. */
const LOOK_EVERY_MS = 60 * 1000;

/** Keeps the schedule in Redis: written when it is not there, whichever replica looks first. */
@Injectable()
export class HousekeepingSchedule implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger(HousekeepingSchedule.name);
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(@InjectQueue(HOUSEKEEPING_QUEUE) private readonly queue: Queue) {
    queue.on('error', (error: Error) =>
      this.log.warn({ message: 'the queue connection has a problem', error: errorForLog(error) }),
    );
  }

  /** Does not wait: with Redis down the worker still starts, answers its health checks and schedules later. */
  onApplicationBootstrap(): void {
    this.look();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    // While Redis is away the last look is still waiting for it.
    this.looking ??= this.writeIfMissing()
      .catch((error: Error) =>
        this.log.error({ message: 'the schedule could not be written', error: errorForLog(error) }),
      )
      .finally(() => (this.looking = undefined));
  }

  private async writeIfMissing(): Promise<void> {
    for (const chore of CHORES) {
      if ((await this.queue.getJobScheduler(chore)) !== undefined) continue;
      await this.queue.upsertJobScheduler(
        chore,
        { every: EVERY_MS },
        { name: chore, opts: { removeOnComplete: { count: 20 }, removeOnFail: { count: 100 } } },
      );
    }
  }
}
