/** What other programs may import: names and payloads, no behaviour. */
export * from './stage-events.contract.js';
export * from './stage-opened.contract.js';
export * from './start-list-changed.contract.js';
