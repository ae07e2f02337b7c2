export * from './cases.js';
export * from './run-conformance.js';
