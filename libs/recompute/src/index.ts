export { RecomputeWorkerModule } from './recompute-worker.module.js';
export { MarkWritesModule, RecomputeModule } from './recompute.module.js';
export { PgRelayStore } from './pg-relay-store.js';
export { RecomputeQueue } from './recompute-queue.js';
export { RELAY_SETTINGS, SendTargets } from './send-targets.js';
export { MarkWrites } from './mark-writes.js';
