export * from './recompute-processor.js';
