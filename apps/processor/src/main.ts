import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ConfigError, createService, readConfig, stopOnSignal } from '@trm/platform';
import { ProcessorConfig } from './processor.config.js';
import { ProcessorModule } from './processor.module.js';

try {
  const config = readConfig(ProcessorConfig);
  const app = await createService(ProcessorModule.with(config), { logFormat: config.LOG_FORMAT });
  stopOnSignal(app, 10);
  await app.listen(config.PROCESSOR_PORT, config.PROCESSOR_HOST);
  new Logger('Processor').log({ message: 'listening', url: await app.getUrl() });
} catch (error) {
  process.stderr.write(
    `The processor cannot start. ${error instanceof ConfigError ? error.message : String((error as Error).stack)}\n`,
  );
  process.exit(1);
}
