import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { FORGET_EXPIRED_KEYS, HOUSEKEEPING_QUEUE } from './housekeeping.processor.js';

const EVERY_MS = 10 * 60 * 1000;

/** Writes the schedule when the worker starts; every replica writes the same one. */
@Injectable()
export class HousekeepingSchedule implements OnApplicationBootstrap {
  private readonly log = new Logger(HousekeepingSchedule.name);

  constructor(@InjectQueue(HOUSEKEEPING_QUEUE) private readonly queue: Queue) {
    queue.on('error', (error: Error) =>
      this.log.warn({ message: 'the queue connection has a problem', error: error.message }),
    );
  }

  onApplicationBootstrap(): void {
    // Not awaited: with Redis down the worker still starts, answers its health checks and schedules once Redis is back.
    this.queue
      .upsertJobScheduler(
        FORGET_EXPIRED_KEYS,
        { every: EVERY_MS },
        {
          name: FORGET_EXPIRED_KEYS,
          opts: { removeOnComplete: { count: 20 }, removeOnFail: { count: 100 } },
        },
      )
      .catch((error: Error) =>
        this.log.error({ message: 'the schedule could not be written', error: error.message }),
      );
  }
}
