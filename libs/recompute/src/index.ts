export { RecomputeWorkerModule } from './recompute-worker.module.js';
export { RecomputeModule } from './recompute.module.js';
