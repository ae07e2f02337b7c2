import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { redisOptions } from './redis-options.js';

/** A connection that only asks whether Redis answers and which one it is; it never queues a command and never waits over a second. */
@Injectable()
export class RedisProbe implements OnApplicationShutdown {
  private readonly log = new Logger(RedisProbe.name);
  private readonly redis: Redis;

  constructor(url: string) {
    this.redis = new Redis({
      ...redisOptions(url),
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: 1_000,
      socketTimeout: 3_000,
      connectTimeout: 1_000,
      retryStrategy: (attempt) => Math.min(attempt * 200, 2_000),
    });
    this.redis.on('error', (error: Error) => this.log.debug({ message: 'redis', error: error.message }));
  }

  /** @throws when Redis does not answer within a second */
  async ping(): Promise<void> {
    if (this.redis.status === 'wait') await this.redis.connect();
    await this.redis.ping();
  }

  /**
   * A name for what is in this Redis, which changes when that may be gone: the server gives itself another one when it
   * starts, or when another server takes over, and the mark under `key` goes with everything else when it is emptied.
   * @throws when Redis does not answer within a second
   */
  async identity(key: string): Promise<string> {
    if (this.redis.status === 'wait') await this.redis.connect();
    await this.redis.set(key, randomUUID(), 'NX');
    const [mark, info] = await Promise.all([this.redis.get(key), this.redis.info('server')]);
    return `${/run_id:(\S+)/.exec(info)?.[1] ?? ''} ${mark ?? ''}`;
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
