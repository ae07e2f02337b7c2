export { DeviceSignalsModule } from './device-signals.module.js';
