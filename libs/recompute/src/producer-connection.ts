import { redisOptions } from '@trm/platform';
import type { ConnectionOptions } from 'bullmq';

/**
 * How somebody connects who puts jobs into the queue or looks at it: Redis that is away is an error at once, Redis that
 * hangs is one within a second. Nothing waits for it, because what is to be sent stands in Postgres.
 */
export function producerConnection(redisUrl: string): ConnectionOptions {
  return {
    ...redisOptions(redisUrl),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 1_000,
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
  };
}
