export { OpenStage } from './open-stage.js';
export type { OpenStageCommand, StartListPreview } from './open-stage.js';
export { PgStageStore } from './pg-stage-store.js';
export { StageOpeningModule } from './stage-opening.module.js';
