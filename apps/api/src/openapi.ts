/**
 * Writes openapi/control-plane.json, or with --check exits 1 when the committed file differs from the code.
 * Needs no database: nothing is connected before the first request.
 */
import 'reflect-metadata';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ApiConfig } from './api.config.js';
import { createApi, openApiDocument } from './configure.js';

const FILE = 'openapi/control-plane.json';

const config = Object.assign(new ApiConfig(), {
  DATABASE_URL: 'postgresql://localhost/none',
  REDIS_URL: 'redis://localhost',
  DIRECTUS_URL: 'http://localhost',
  HOOK_SECRET: '-',
  LOG_FORMAT: 'text',
});
const app = await createApi(config, ['error']);
const generated = `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
await app.close();

if (process.argv.includes('--check')) {
  const committed = await readFile(FILE, 'utf8').catch(() => '');
  if (committed !== generated) {
    process.stderr.write(`${FILE} differs from the code. Run "npm run openapi" and commit the result.\n`);
    process.exitCode = 1;
  }
} else {
  await mkdir(dirname(FILE), { recursive: true });
  await writeFile(FILE, generated);
}
