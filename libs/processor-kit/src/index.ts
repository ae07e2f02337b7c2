export * from './payload.js';
export * from './processor-pool.js';
export * from './recompute-processor.js';
export * from './redis-connection.js';
export * from './run-processor.js';
