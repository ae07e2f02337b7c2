import { type DynamicModule, Module } from '@nestjs/common';
import { DisciplinesModule } from '@trm/disciplines';
import { PlatformModule } from '@trm/platform';
import { PublicationsModule } from '@trm/publications';
import { RecomputeModule } from '@trm/recompute';
import { RegistrationModule } from '@trm/registration';
import { StageOpeningModule } from '@trm/stage-opening';
import type { ApiConfig } from './api.config.js';

/** What the API does: read this as a table of contents. */
@Module({})
export class ApiModule {
  static with(config: ApiConfig): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        PlatformModule.forProcess('api', config),
        RegistrationModule.with(config.DIRECTUS_URL, config.HOOK_SECRET),
        StageOpeningModule.withHooks(config.HOOK_SECRET),
        DisciplinesModule.withHooks(config.HOOK_SECRET),
        RecomputeModule.with(config.HOOK_SECRET, { redisUrl: config.REDIS_URL, prefix: config.QUEUE_PREFIX }),
        PublicationsModule.withCalendars(config.HOOK_SECRET),
      ],
    };
  }
}
