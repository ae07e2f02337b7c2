export { RecomputeWorkerModule } from './recompute-worker.module.js';
