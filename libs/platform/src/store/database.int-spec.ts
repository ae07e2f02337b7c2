import { cloneDatabase, type TestDatabase } from '@trm/testing';
import { type FreezableProxy, freezableProxy } from '../../../../test/freezable-proxy.js';
import { DatabaseUnavailable, TookTooLong } from '../http/problem.js';
import { Database, type Tx } from './database.js';

let server: TestDatabase;
let proxy: FreezableProxy;
let db: Database;
const ANSWER_MS = 600;

beforeAll(async () => {
  server = await cloneDatabase();
});
afterAll(async () => {
  await server.drop();
});
beforeEach(async () => {
  proxy = await freezableProxy(server.url);
  db = new Database({
    url: proxy.url,
    poolSize: 1,
    applicationName: 'trm-test',
    patience: { lock: 200, statement: 300, connect: 2_000, answer: ANSWER_MS },
  });
});
afterEach(async () => {
  await proxy.close();
  await db.onApplicationShutdown();
});

const ways: readonly (readonly [string, (sql: string) => Promise<unknown>])[] = [
  ['a query', (sql) => db.query(sql)],
  ['a prepared query', (sql) => db.prepared('one', sql, [])],
  ['a transaction', (sql) => db.transaction((tx: Tx) => tx.query(sql))],
];

describe.each(ways)('%s', (_way, ask) => {
  it('ends when the database is gone without a word, once, and leaves its place to the next', async () => {
    await ask('SELECT 1');
    proxy.freeze();
    const startedAt = Date.now();
    await expect(ask('SELECT 1')).rejects.toThrow(DatabaseUnavailable);
    // Not a second time for a ROLLBACK on the same connection.
    expect(Date.now() - startedAt).toBeLessThan(2 * ANSWER_MS);
    proxy.restore();
    await expect(ask('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it('says that the database took too long for it, and nothing else is lost', async () => {
    await expect(ask('SELECT pg_sleep(2)')).rejects.toThrow(TookTooLong);
    await expect(ask('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });
});

it('gives a transaction the time that it asks for, and the next one no more than ever', async () => {
  const sleep = (tx: Tx) => tx.query('SELECT 1 AS one FROM pg_sleep(0.8)');
  await expect(db.transaction(sleep, { statement: 5_000 })).resolves.toEqual([{ one: 1 }]);
  await expect(db.transaction(sleep)).rejects.toThrow(TookTooLong);
});
