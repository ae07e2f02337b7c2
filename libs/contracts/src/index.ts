/** What other programs may import: names and payloads, no behaviour. */
export * from './stage-events.contract.js';
export * from './stage-opened.contract.js';
export * from './start-list-changed.contract.js';
export * from './recompute-job.contract.js';
export * from './row-changed.contract.js';
export * from './patterns.js';
