/** Where Redis is and how to sign in, in the option names of ioredis. */
export interface RedisAddress {
  readonly path?: string;
  readonly host?: string;
  readonly port?: number;
  readonly db?: number;
  readonly tls?: Record<string, never>;
  readonly username?: string;
  readonly password?: string;
}

/**
 * `redis://`, `rediss://` or `unix:///path` as options, the one form that ioredis and BullMQ both take.
 * @throws TypeError when the URL cannot be read
 */
export function redisOptions(url: string): RedisAddress {
  const { protocol, hostname, port, pathname, username, password } = new URL(url);
  const login = {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
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
