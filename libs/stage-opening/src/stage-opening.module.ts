import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { HookDatabase, HookSecret } from '@trm/platform';
import { AddLateEntry } from './add-late-entry.js';
import { AmendStartList } from './amend-start-list.js';
import { CheckStartList } from './check-start-list.js';
import { CloseStage, DeclareResults, ReopenStage } from './close-stage.js';
import { DelayStage } from './delay-stage.js';
import { DirectusWrites } from './directus-writes.js';
import { OpenStage } from './open-stage.js';
import { PgStageStore } from './pg-stage-store.js';
import { PinStart } from './pin-start.js';
import { PublishVersion } from './publish-version.js';
import { RecordStart } from './record-start.js';
import { RedrawStartList } from './redraw-start-list.js';
import { RemoveEntry } from './remove-entry.js';
import { Clock, StageCommands } from './stage-command.js';
import { StageCommandsController } from './stage-commands.controller.js';
import { StageButtonsHook } from './stage-buttons.hook.js';
import { StageButtons } from './stage-buttons.js';
import { StageOpeningsController } from './stage-openings.controller.js';
import { StageStore } from './stage-store.js';
import { StartListChecks } from './start-list-checks.js';

/** What every command on a stage stands on. */
const SHARED: Provider[] = [
  { provide: StageStore, useClass: PgStageStore },
  Clock,
  StageCommands,
  PublishVersion,
  AmendStartList,
];

/** Stages and their start lists, as staff and Directus use them. */
@Module({})
export class StageOpeningModule {
  /** @param hookSecret shared with the Flows of Directus, which sign their questions with it */
  static withHooks(hookSecret: string): DynamicModule {
    return {
      module: StageOpeningModule,
      controllers: [StageOpeningsController, StageCommandsController, StageButtonsHook],
      providers: [
        ...SHARED,
        OpenStage,
        RedrawStartList,
        AddLateEntry,
        RemoveEntry,
        PinStart,
        DelayStage,
        RecordStart,
        CloseStage,
        ReopenStage,
        DeclareResults,
        StageButtons,
        { provide: HookSecret, useFactory: () => new HookSecret(hookSecret) },
      ],
      exports: [OpenStage],
    };
  }
}

/** Brings published lists in line with what changed around them; for the worker. */
@Module({ providers: [...SHARED, CheckStartList, StartListChecks] })
export class StageCheckModule {}

/** Judges what is written in Directus, for the gate. */
@Module({
  providers: [
    {
      provide: DirectusWrites,
      inject: [HookDatabase],
      useFactory: (db: HookDatabase) => new DirectusWrites(new PgStageStore(db)),
    },
  ],
  exports: [DirectusWrites],
})
export class StageWritesModule {}
