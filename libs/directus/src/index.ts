export * from './collections.js';
export * from './connect-directus.js';
export * from './directus-env.js';
export * from './directus-error.js';
export * from './stable-id.js';
