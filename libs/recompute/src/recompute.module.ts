import { type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CallerGuard, HookDatabase, HookSecret } from '@trm/platform';
import { JudgeMark } from './judge-mark.js';
import { MarkPositions } from './mark-positions.js';
import { MarkWrites } from './mark-writes.js';
import { PgMarkStore } from './pg-mark-store.js';
import { PgRequestStore } from './pg-request-store.js';
import { PositionButtonsHook } from './position-buttons.hook.js';
import { PositionButtons } from './position-buttons.js';
import { PositionFaultsController } from './position-faults.controller.js';
import { QueueBoard } from './queue-board.js';
import { RecomputeProgress } from './recompute-progress.js';
import { RecomputeRequestsController } from './recompute-requests.controller.js';
import { RecomputeRequests } from './recompute-requests.js';

/** What staff do about positions and recomputing; the worker's part is in recompute-worker.module.ts. */
@Module({})
export class RecomputeModule {
  /**
   * @param hookSecret shared with the Flows of Directus, which sign what they tell
   * @param queue where the jobs are, for administrators to look at
   */
  static with(
    hookSecret: string,
    queue: { readonly redisUrl: string; readonly prefix: string },
  ): DynamicModule {
    return {
      module: RecomputeModule,
      controllers: [PositionFaultsController, RecomputeRequestsController, PositionButtonsHook],
      providers: [
        { provide: HookSecret, useFactory: () => new HookSecret(hookSecret) },
        JudgeMark,
        MarkPositions,
        PositionButtons,
        PgMarkStore,
        PgRequestStore,
        RecomputeProgress,
        RecomputeRequests,
        {
          provide: QueueBoard,
          inject: [HttpAdapterHost, CallerGuard],
          useFactory: (http: HttpAdapterHost, callers: CallerGuard) => new QueueBoard(http, callers, queue),
        },
      ],
    };
  }
}

/** Judges marks that are written in Directus, for the gate. */
@Module({
  providers: [
    {
      provide: MarkWrites,
      inject: [HookDatabase],
      useFactory: (db: HookDatabase) => new MarkWrites(db),
    },
  ],
  exports: [MarkWrites],
})
export class MarkWritesModule {}
