export * from './eventually.js';
export * from './failing-database.js';
export * from './seed-club.js';
export * from './seed.js';
export * from './seed-race.js';
export * from './test-database.js';
export * from './test-environment.js';
export * from './test-process.js';
