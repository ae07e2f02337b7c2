export { DisciplinesModule } from './disciplines.module.js';
