import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { RECOMPUTE_QUEUE, type RecomputeJob } from '@trm/contracts';
import { redisOptions, RedisProbe } from '@trm/platform';
import { eventually, testEnvironment } from '@trm/testing';
import { Queue } from 'bullmq';
import { freezableRedis } from '../../../test/freezable-proxy.js';
import { queueOptions } from './queue-options.js';
import { RecomputeQueue } from './recompute-queue.js';

const { redisUrl } = testEnvironment();
const prefix = `{test-${randomUUID()}}`;
const job: RecomputeJob = {
  v: 1,
  entryId: randomUUID(),
  stageId: randomUUID(),
  generation: 1,
  attempt: 0,
  layers: ['results'],
  reasons: ['replay'],
  priority: 2,
  requestedAt: new Date().toISOString(),
};

/** A way to Redis that hangs for a while at the second question for its version: behind the first a connection is ready. */
const hangingWay = async (): Promise<{ server: Server; url: string }> => {
  const { path, host, port } = redisOptions(redisUrl);
  let questions = 0;
  const server = createServer((near) => {
    const far = path === undefined ? connect(port!, host) : connect(path);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    far.on('data', (data) => near.write(data));
    near.on('data', (data) => {
      if (/\binfo\b/i.test(data.toString()) && ++questions === 2) {
        near.pause();
        setTimeout(() => near.resume() && far.write(data), 1_500);
      } else far.write(data);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

it('works as soon as Redis is there again, although it hung just behind the first connection', async () => {
  const { server, url } = await hangingWay();
  const queue = new Queue(RECOMPUTE_QUEUE, queueOptions(url, prefix));
  const probe = new RedisProbe(redisUrl);
  const transport = new RecomputeQueue(queue, probe);
  try {
    await eventually(() => transport.add([job]));
    await expect(transport.has(job)).resolves.toBe(true);
  } finally {
    probe.onApplicationShutdown();
    await queue.obliterate({ force: true }).catch(() => undefined);
    await queue.close();
    server.close();
  }
});

it('works as soon as Redis is there again, although nobody told that the connection was lost', async () => {
  const way = await freezableRedis(redisUrl);
  const queue = new Queue(RECOMPUTE_QUEUE, queueOptions(way.url, prefix));
  const probe = new RedisProbe(way.url);
  const transport = new RecomputeQueue(queue, probe);
  try {
    await transport.add([job]);
    const epoch = await transport.epoch();
    way.freeze();
    await expect(transport.has(job)).rejects.toThrow();
    await expect(probe.ping()).rejects.toThrow();
    way.restore();
    await eventually(async () => expect(await transport.has(job)).toBe(true), 10_000);
    await eventually(async () => expect(await transport.epoch()).toBe(epoch), 10_000);
  } finally {
    probe.onApplicationShutdown();
    await queue.obliterate({ force: true }).catch(() => undefined);
    await queue.close();
    await way.close();
  }
});
