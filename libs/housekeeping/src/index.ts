export { HousekeepingModule } from './housekeeping.module.js';
export { FORGET_EXPIRED_KEYS, HOUSEKEEPING_QUEUE } from './housekeeping.processor.js';
