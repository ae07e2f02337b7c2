import {
  cloneDatabase,
  startDirectus,
  testEnvironment,
  type TestDatabase,
  type TestProcess,
} from '@trm/testing';
import { redisOptions } from '@trm/platform';
import { Redis } from 'ioredis';

let db: TestDatabase;
let redis: Redis;

beforeAll(async () => {
  db = await cloneDatabase();
  redis = new Redis({ ...redisOptions(testEnvironment().redisUrl) });
});

afterAll(async () => {
  redis.disconnect();
  await db.drop();
});

describe('a Directus that was killed while it read the schema', () => {
  it('does not keep the next one from reading it', async () => {
    const lock = `directus:${new URL(db.url).pathname.slice(1)}:lock:schemaCache--preparing`;
    await redis.set(lock, 1);

    const directus: TestProcess = await startDirectus(db.url);
    const answer = await fetch(`${directus.url}/items/events`, {
      headers: { authorization: `Bearer ${process.env['DIRECTUS_ADMIN_TOKEN']}` },
    });

    expect(answer.status).toBe(200);
    expect(directus.output()).not.toMatch(/infinite loop/);
    expect(await redis.exists(lock)).toBe(0);
    await directus.stop();
  });
});
