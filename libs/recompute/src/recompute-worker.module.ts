import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { RECOMPUTE_QUEUE } from '@trm/contracts';
import { WakeUps } from '@trm/platform';
import { PgMetricsStore } from './pg-metrics-store.js';
import { PgPlanStore } from './pg-plan-store.js';
import { PgRelayStore } from './pg-relay-store.js';
import { PlanChanges } from './plan-changes.js';
import { queueOptions } from './queue-options.js';
import { RecomputeMetrics } from './recompute-metrics.js';
import { RecomputeQueue } from './recompute-queue.js';
import { RecomputeRounds } from './recompute-rounds.js';
import { RELAY_SETTINGS, type RelaySettings, SendTargets } from './send-targets.js';

export interface RecomputeWorkerOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Prefix of all queue keys in Redis. */
  readonly prefix: string;
  readonly settings?: Partial<RelaySettings>;
}

/** The worker's part of recomputing: changes become targets, targets become jobs, and requests are told. */
@Module({})
export class RecomputeWorkerModule {
  static on({ databaseUrl, redisUrl, prefix, settings }: RecomputeWorkerOptions): DynamicModule {
    return {
      module: RecomputeWorkerModule,
      imports: [BullModule.registerQueue({ name: RECOMPUTE_QUEUE, ...queueOptions(redisUrl, prefix) })],
      providers: [
        PgPlanStore,
        PgRelayStore,
        PlanChanges,
        RecomputeQueue,
        {
          provide: SendTargets,
          inject: [PgRelayStore, RecomputeQueue],
          useFactory: (store: PgRelayStore, queue: RecomputeQueue) =>
            new SendTargets(store, queue, { ...RELAY_SETTINGS, ...settings }),
        },
        {
          provide: WakeUps,
          useFactory: () => new WakeUps({ url: databaseUrl, applicationName: 'trm-worker-listen' }),
        },
        RecomputeRounds,
        PgMetricsStore,
        RecomputeMetrics,
      ],
      exports: [SendTargets, PgRelayStore, WakeUps],
    };
  }
}
