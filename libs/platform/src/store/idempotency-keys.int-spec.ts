import { cloneDatabase, type TestDatabase } from '@trm/testing';
import { Database } from './database.js';
import { IdempotencyKeys } from './idempotency-keys.js';

let server: TestDatabase;
let db: Database;
let keys: IdempotencyKeys;

beforeAll(async () => {
  server = await cloneDatabase();
  db = new Database({ url: server.url, poolSize: 2, applicationName: 'trm-api' });
  keys = new IdempotencyKeys(db);
});
afterAll(async () => {
  await db.onApplicationShutdown();
  await server.drop();
});

describe.each([
  ['in one transaction', 'once'],
  ['by another program', 'leased'],
] as const)('a request that is done %s', (_, how) => {
  it('gets the first answer to the letter when it is repeated', async () => {
    let done = 0;
    const answer = () => ({ positions: (done += 1), alreadyFaulty: 0, a: [{ z: 1, y: null }], 10: 'ten' });
    const ask = () => keys[how]({ scope: how, key: 'one', body: { z: 1 } }, async () => answer());
    const [first, ...again] = [await ask(), await ask(), await ask()].map((each) => JSON.stringify(each));
    expect(again).toEqual([first, first]);
    expect(done).toBe(1);
  });
});
