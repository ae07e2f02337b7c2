import type { Boot } from '../apps/schema/src/boot-context.js';
import { UpConfig } from '../apps/schema/src/config.js';
import { CLI_APPLICATION_NAME } from '../apps/schema/src/database.js';
import { findProjectFiles } from '../apps/schema/src/project-files.js';
import { createStepLog } from '../apps/schema/src/step-log.js';
import { readConfig } from '../libs/platform/src/config/read-config.js';
import { testEnvironment } from '@trm/testing';

/** A boot of the schema program inside the test, with what it told. */
export interface ToldBoot extends Boot<UpConfig> {
  told(): string;
}

/** @param overrides variables of the environment, over those of the test run */
export function bootFor(
  overrides: Readonly<Record<string, string>>,
  signal: AbortSignal = new AbortController().signal,
): ToldBoot {
  const { DIRECTUS_URL: _running, ...environment } = process.env;
  const config = readConfig(UpConfig, {
    ...environment,
    NODE_ENV: 'production',
    REDIS_URL: testEnvironment().redisUrl,
    ...overrides,
  });
  const lines: string[] = [];
  return {
    config,
    files: findProjectFiles(config),
    log: createStepLog('text', (line) => lines.push(line)),
    signal,
    directusSessions: CLI_APPLICATION_NAME,
    inherited: process.env,
    told: () => lines.join('\n'),
  };
}
