import { type DynamicModule, Module } from '@nestjs/common';
import { DeviceSignalsModule } from '@trm/device-signals';
import { HousekeepingModule } from '@trm/housekeeping';
import { PlatformModule } from '@trm/platform';
import { RecomputeWorkerModule } from '@trm/recompute';
import { StageCheckModule } from '@trm/stage-opening';
import type { WorkerConfig } from './worker.config.js';

/** What the worker does: read this as a table of contents. */
@Module({})
export class WorkerModule {
  static with(config: WorkerConfig): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        PlatformModule.forProcess('worker', config),
        HousekeepingModule.on(config.REDIS_URL, config.QUEUE_PREFIX),
        StageCheckModule,
        RecomputeWorkerModule.on({
          databaseUrl: config.DATABASE_URL,
          redisUrl: config.REDIS_URL,
          prefix: config.QUEUE_PREFIX,
          settings: {
            leaseMs: config.RECOMPUTE_LEASE_SECONDS * 1_000,
            visibleMs: config.RECOMPUTE_VISIBLE_SECONDS * 1_000,
          },
        }),
        DeviceSignalsModule,
      ],
    };
  }
}
