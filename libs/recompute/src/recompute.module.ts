import { Module } from '@nestjs/common';
import { MarkPositions } from './mark-positions.js';
import { PgMarkStore } from './pg-mark-store.js';
import { PgRequestStore } from './pg-request-store.js';
import { PositionFaultsController } from './position-faults.controller.js';
import { RecomputeProgress } from './recompute-progress.js';
import { RecomputeRequestsController } from './recompute-requests.controller.js';
import { RecomputeRequests } from './recompute-requests.js';

/** What staff do about positions and recomputing; the worker's part is in recompute-worker.module.ts. */
@Module({
  controllers: [PositionFaultsController, RecomputeRequestsController],
  providers: [MarkPositions, PgMarkStore, PgRequestStore, RecomputeProgress, RecomputeRequests],
})
export class RecomputeModule {}
