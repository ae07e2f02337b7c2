import { join } from 'node:path';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { CallerDirectory } from './access/caller-directory.js';
import { CallerGuard } from './access/caller.guard.js';
import { OrganisationAccess } from './access/organisation-access.js';
import type { ServiceConfig } from './config/service-config.js';
import { HealthController } from './health/health.controller.js';
import { MetricsController } from './health/metrics.controller.js';
import { HealthService } from './health/health.service.js';
import { AnsweredCalls } from './hooks/answered-calls.js';
import { RateLimits } from './http/rate-limits.js';
import { Database } from './store/database.js';
import { HookDatabase } from './store/hook-database.js';
import { IdempotencyKeys } from './store/idempotency-keys.js';
import { RedisProbe } from './store/redis-probe.js';

/** The stores, the caller's identity and the health of a process, for every feature in it. */
@Global()
@Module({})
export class PlatformModule {
  static forProcess(name: 'api' | 'worker' | 'processor', config: ServiceConfig): DynamicModule {
    return {
      module: PlatformModule,
      // The API has a public address.
      controllers: name === 'api' ? [HealthController] : [HealthController, MetricsController],
      providers: [
        {
          provide: Database,
          useFactory: () =>
            new Database({
              url: config.DATABASE_URL,
              poolSize: config.DATABASE_POOL_SIZE,
              applicationName: `trm-${name}`,
            }),
        },
        { provide: RedisProbe, useFactory: () => new RedisProbe(config.REDIS_URL) },
        {
          provide: HookDatabase,
          useFactory: () =>
            new HookDatabase({ url: config.DATABASE_URL, applicationName: `trm-${name}-hooks` }),
        },
        {
          provide: RateLimits,
          inject: [CallerDirectory],
          useFactory: (callers: CallerDirectory) =>
            new RateLimits(
              {
                requests: config.RATE_LIMIT_REQUESTS,
                hookCalls: config.RATE_LIMIT_HOOK_CALLS,
                failedSignIns: config.RATE_LIMIT_FAILED_SIGN_INS,
                failedHookCalls: config.RATE_LIMIT_FAILED_HOOK_CALLS,
                failedCalendarKeys: config.RATE_LIMIT_FAILED_CALENDAR_KEYS,
              },
              callers,
            ),
        },
        { provide: CallerDirectory, useFactory: () => new CallerDirectory(config.DIRECTUS_URL) },
        {
          provide: HealthService,
          inject: [Database, RedisProbe],
          useFactory: (db: Database, redis: RedisProbe) =>
            new HealthService(db, redis, {
              directusUrl: config.DIRECTUS_URL,
              dbInitDir: config.DB_INIT_DIR ?? join(process.cwd(), 'db-init'),
            }),
        },
        CallerGuard,
        OrganisationAccess,
        IdempotencyKeys,
        AnsweredCalls,
      ],
      exports: [
        Database,
        HookDatabase,
        RedisProbe,
        CallerDirectory,
        CallerGuard,
        OrganisationAccess,
        IdempotencyKeys,
        RateLimits,
        AnsweredCalls,
      ],
    };
  }
}
