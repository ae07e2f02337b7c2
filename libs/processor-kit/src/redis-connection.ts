import type { ConnectionOptions } from 'bullmq';

/** BullMQ waits for jobs 10 s at most; a Redis that says nothing for longer is gone. */
const SILENT_MS = 15_000;

/**
 * A connection for a BullMQ worker: it never gives a command up, and tries again at least once a second. One that says
 * nothing any more is replaced.
 * @param url `redis://`, `rediss://` or `unix:///path`
 * @throws TypeError when the URL cannot be read
 */
export function redisConnection(url: string): ConnectionOptions {
  const { protocol, hostname, port, pathname, username, password } = new URL(url);
  const login = {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    maxRetriesPerRequest: null,
    socketTimeout: SILENT_MS,
    retryStrategy: (attempt: number) => Math.min(attempt * 100, 1_000),
  };
  if (protocol === 'unix:') return { path: decodeURIComponent(pathname), ...login };
  return {
    host: decodeURIComponent(hostname),
    port: port ? Number(port) : 6379,
    ...(pathname.length > 1 && { db: Number(pathname.slice(1)) }),
    ...(protocol === 'rediss:' && { tls: {} }),
    ...login,
  };
}
