import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { redisOptions } from '@trm/platform';
import { Forget } from './forget.js';
import { HOUSEKEEPING_QUEUE, HousekeepingProcessor } from './housekeeping.processor.js';
import { HousekeepingSchedule } from './housekeeping-schedule.js';

/** What is done by the clock, once for all replicas: the schedule lives in Redis, the facts in Postgres. */
@Module({})
export class HousekeepingModule {
  /** @param prefix of all queue keys in Redis */
  static on(redisUrl: string, prefix: string): DynamicModule {
    return {
      module: HousekeepingModule,
      imports: [
        BullModule.forRoot({
          // A worker waits for Redis for as long as it takes; BullMQ demands it to be said.
          connection: {
            ...redisOptions(redisUrl),
            maxRetriesPerRequest: null,
            // BullMQ waits for jobs 10 s at most; a connection that is silent for longer is lost.
            socketTimeout: 15_000,
            retryStrategy: (n) => Math.min(n * 100, 1_000),
          },
          prefix,
        }),
        BullModule.registerQueue({ name: HOUSEKEEPING_QUEUE }),
      ],
      providers: [Forget, HousekeepingProcessor, HousekeepingSchedule],
    };
  }
}
