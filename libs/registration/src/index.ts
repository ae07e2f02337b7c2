export * from './registration.module.js';
