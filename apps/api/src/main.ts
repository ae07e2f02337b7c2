import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ConfigError, readConfig, stopOnSignal } from '@trm/platform';
import { ApiConfig } from './api.config.js';
import { createApi } from './configure.js';

try {
  const config = readConfig(ApiConfig);
  const app = await createApi(config);
  stopOnSignal(app, 30);
  await app.listen(config.API_PORT, config.API_HOST);
  new Logger('Api').log({ message: 'listening', url: await app.getUrl() });
} catch (error) {
  process.stderr.write(
    `The API cannot start. ${error instanceof ConfigError ? error.message : String((error as Error).stack)}\n`,
  );
  process.exit(1);
}
