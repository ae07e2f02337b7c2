export { CheckStartList } from './check-start-list.js';
export { OpenStage } from './open-stage.js';
export type { OpenStageCommand, StartListPreview } from './open-stage.js';
export { Clock } from './stage-command.js';
export type { StageAnswer, StageCommand } from './stage-command.js';
export { StageCheckModule, StageOpeningModule } from './stage-opening.module.js';
export { stageUseCases } from './use-cases.js';
