/** What other programs may import: names and payloads, no behaviour. */
export * from './stage-opened.contract.js';
