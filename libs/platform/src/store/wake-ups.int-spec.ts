import { cloneDatabase, eventually, type TestDatabase } from '@trm/testing';
import { type FreezableProxy, freezableProxy } from '../../../../test/freezable-proxy.js';
import { WakeUps } from './wake-ups.js';

let server: TestDatabase;
let proxy: FreezableProxy;
let wakeUps: WakeUps;
let heard: number;

const isHeard = (times: number) => eventually(async () => expect(heard).toBe(times));

beforeAll(async () => {
  server = await cloneDatabase();
});
afterAll(async () => {
  await server.drop();
});
beforeEach(async () => {
  heard = 0;
  proxy = await freezableProxy(server.url);
  wakeUps = new WakeUps({ url: proxy.url, applicationName: 'trm-test-listen', testEveryMs: 100 });
  wakeUps.on('bell', () => (heard += 1));
  wakeUps.onApplicationBootstrap();
  // Every new connection rings once.
  await isHeard(1);
});
afterEach(async () => {
  await proxy.close();
  await wakeUps.onModuleDestroy();
});

it('hears a notification', async () => {
  await server.query('NOTIFY bell');
  await isHeard(2);
});

it.each([
  ['closed', () => proxy.cut()],
  ['silent for good, with nobody telling it', () => proxy.freeze()],
])('listens anew when its connection is %s', async (_case, lose) => {
  lose();
  await new Promise((resolve) => setTimeout(resolve, 300));
  proxy.restore();
  await isHeard(2);
  await server.query('NOTIFY bell');
  await isHeard(3);
});
