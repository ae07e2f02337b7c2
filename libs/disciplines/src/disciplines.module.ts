import { type DynamicModule, Module } from '@nestjs/common';
import { HookDatabase, HookSecret } from '@trm/platform';
import { MarkWritesModule } from '@trm/recompute';
import { StageWritesModule } from '@trm/stage-opening';
import { DirectusGateHook } from './directus-gate.hook.js';
import { DirectusGate } from './directus-gate.js';
import { GateStore } from './gate-store.js';
import { PgGateStore } from './pg-gate-store.js';

/** The gate that every write in Directus passes. */
@Module({})
export class DisciplinesModule {
  /** @param hookSecret shared with the Flows of Directus, which sign their questions with it */
  static withHooks(hookSecret: string): DynamicModule {
    return {
      module: DisciplinesModule,
      imports: [StageWritesModule, MarkWritesModule],
      controllers: [DirectusGateHook],
      providers: [
        DirectusGate,
        {
          provide: GateStore,
          inject: [HookDatabase],
          useFactory: (db: HookDatabase) => new PgGateStore(db),
        },
        { provide: HookSecret, useFactory: () => new HookSecret(hookSecret) },
      ],
    };
  }
}
