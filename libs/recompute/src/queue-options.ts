import { redisOptions } from '@trm/platform';
import type { QueueOptions } from 'bullmq';

/**
 * How somebody opens the queue who puts jobs into it or looks at it: Redis that goes away is an error at once, Redis that
 * hangs is one within a second. Nothing waits for it, because what is to be sent stands in Postgres.
 * @param prefix of all queue keys in Redis
 */
export function queueOptions(redisUrl: string, prefix: string): QueueOptions {
  return {
    prefix,
    connection: {
      ...redisOptions(redisUrl),
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: 1_000,
      // The end of a command leaves the connection; one that says nothing any more is to be replaced.
      socketTimeout: 3_000,
      connectTimeout: 1_000,
      disconnectTimeout: 500,
      retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
    },
    // It is asked once: a Redis that hung just then would leave a queue that answers nothing until the next start.
    skipVersionCheck: true,
  };
}
