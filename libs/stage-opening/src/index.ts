export { DirectusWrites } from './directus-writes.js';
export { StageCheckModule, StageOpeningModule, StageWritesModule } from './stage-opening.module.js';
export { stageUseCases } from './use-cases.js';
