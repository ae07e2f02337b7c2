import { type DynamicModule, Module } from '@nestjs/common';
import { HookSecret } from '@trm/platform';
import { DirectusWritesHook } from './directus-writes.hook.js';
import { DirectusWrites } from './directus-writes.js';
import { OpenStage } from './open-stage.js';
import { PgStageStore } from './pg-stage-store.js';
import { StageButtonsHook } from './stage-buttons.hook.js';
import { StageButtons } from './stage-buttons.js';
import { StageOpeningsController } from './stage-openings.controller.js';
import { StageStore } from './stage-store.js';

@Module({})
export class StageOpeningModule {
  /** @param hookSecret shared with the Flows of Directus, which sign their questions with it */
  static withHooks(hookSecret: string): DynamicModule {
    return {
      module: StageOpeningModule,
      controllers: [StageOpeningsController, DirectusWritesHook, StageButtonsHook],
      providers: [
        OpenStage,
        DirectusWrites,
        StageButtons,
        { provide: StageStore, useClass: PgStageStore },
        { provide: HookSecret, useFactory: () => new HookSecret(hookSecret) },
      ],
      exports: [OpenStage],
    };
  }
}
