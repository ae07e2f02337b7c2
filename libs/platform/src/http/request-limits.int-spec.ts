import { Body, Controller, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CallerDirectory } from '../access/caller-directory.js';
import { createService } from './create-service.js';
import { RateLimits } from './rate-limits.js';
import { BodyLimit } from './request-limits.js';

const UNLIMITED = {
  requests: 1_000,
  hookCalls: 1_000,
  failedSignIns: 1_000,
  failedHookCalls: 1_000,
  failedCalendarKeys: 1_000,
};

@Controller()
class Bodies {
  @Post('usual')
  usual(@Body() body: unknown): { bytes: number } {
    return { bytes: JSON.stringify(body).length };
  }

  @Post('import')
  @BodyLimit(5)
  import(@Body() body: unknown): { bytes: number } {
    return this.usual(body);
  }
}

@Module({
  controllers: [Bodies],
  providers: [
    { provide: RateLimits, useFactory: () => new RateLimits(UNLIMITED, new CallerDirectory('http://none')) },
  ],
})
class BodiesModule {}

let app: NestFastifyApplication;

beforeAll(async () => {
  app = await createService(BodiesModule, { logFormat: 'json', logLevels: ['fatal'] });
  await app.listen(0, '127.0.0.1');
});
afterAll(() => app.close());

describe('a body', () => {
  it.each([
    ['usual', 1, 201],
    ['usual', 1.1, 413],
    ['import', 1.1, 201],
    ['import', 5, 201],
    ['import', 5.1, 413],
  ])('to the %s route of %d MiB is answered with %d', async (route, mebibytes, status) => {
    const body = `["${'x'.repeat(Math.floor(mebibytes * 1024 * 1024) - 4)}"]`;
    const response = await fetch(`${await app.getUrl()}/${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await response.arrayBuffer();
    expect(response.status).toBe(status);
  });
});
