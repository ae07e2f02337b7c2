import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ConfigError, createService, readConfig, stopOnSignal } from '@trm/platform';
import { WorkerConfig } from './worker.config.js';
import { WorkerModule } from './worker.module.js';

try {
  const config = readConfig(WorkerConfig);
  const app = await createService(WorkerModule.with(config), { logFormat: config.LOG_FORMAT });
  stopOnSignal(app, 10);
  await app.listen(config.WORKER_PORT, config.WORKER_HOST);
  new Logger('Worker').log({ message: 'listening', url: await app.getUrl() });
} catch (error) {
  process.stderr.write(
    `The worker cannot start. ${error instanceof ConfigError ? error.message : String((error as Error).stack)}\n`,
  );
  process.exit(1);
}
