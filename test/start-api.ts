import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readConfig } from '@trm/platform';
import { processEnvironment } from '@trm/testing';
import supertest from 'supertest';
import { ApiConfig } from '../apps/api/src/api.config.js';
import { createApi } from '../apps/api/src/configure.js';

export interface TestApi {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly request: ReturnType<typeof supertest>;
  close(): Promise<void>;
}

/**
 * Starts the API in this process, as main.ts does.
 * @param port 0 for any
 * @param environment what differs from the configuration of this test run
 */
export async function startApi(
  databaseUrl: string,
  directusUrl: string,
  port = 0,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestApi> {
  const config = readConfig(ApiConfig, {
    ...process.env,
    ...processEnvironment(databaseUrl, directusUrl),
    DB_INIT_DIR: 'db-init',
    ...environment,
  });
  const app = await createApi(config, ['fatal']);
  await app.listen(port, '127.0.0.1');
  const url = await app.getUrl();
  return { app, url, request: supertest(url), close: () => app.close() };
}
