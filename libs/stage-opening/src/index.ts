export { StageCheckModule, StageOpeningModule } from './stage-opening.module.js';
export { stageUseCases } from './use-cases.js';
