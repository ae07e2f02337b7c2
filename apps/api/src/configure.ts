import type { LogLevel } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { createService } from '@trm/platform';
import type { ApiConfig } from './api.config.js';
import { ApiModule } from './api.module.js';

/** Creates the API as it runs in production; main.ts, the OpenAPI generator and every end-to-end test use it. */
export async function createApi(
  config: ApiConfig,
  logLevels?: readonly LogLevel[],
): Promise<NestFastifyApplication> {
  const app = await createService(ApiModule.with(config), {
    logFormat: config.LOG_FORMAT,
    trustProxy: config.TRUST_PROXY,
    requestSeconds: config.REQUEST_TIMEOUT_SECONDS,
    ...(logLevels && { logLevels }),
  });
  SwaggerModule.setup('docs', app, () => openApiDocument(app), { jsonDocumentUrl: 'docs-json' });
  return app;
}

/** The description of the HTTP interface, generated from the controllers and their classes. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  return SwaggerModule.createDocument(
    app,
    new DocumentBuilder()
      .setTitle('TRM race control')
      .setDescription(
        'Registers entries, checks and confirms them and moves their status; opens stages, steers them while they are open; and serves start lists, control times and calendars. Sign in with a Directus access token, static token or session cookie. Every failure is an application/problem+json document with a code for programs and a sentence for people.',
      )
      .setVersion('1')
      .addBearerAuth()
      .build(),
  );
}
