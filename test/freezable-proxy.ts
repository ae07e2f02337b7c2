import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { redisOptions } from '@trm/platform';

/** A way to a store that a test can block. */
export interface FreezableProxy {
  /** The URL of the store, through this way. */
  readonly url: string;
  /** From now on nothing passes in either direction, and no connection is closed: as if a cable were pulled. */
  freeze(): void;
  /** From now on every connection is closed at once, as when the store restarts. */
  cut(): void;
  /** Connections that are made from now on pass; one that was frozen stays so. */
  restore(): void;
  close(): Promise<void>;
}

/** @param databaseUrl with a host and a port, or a folder of sockets as `?host=` */
export async function freezableProxy(databaseUrl: string): Promise<FreezableProxy> {
  const target = new URL(databaseUrl);
  const folder = target.searchParams.get('host');
  const port = target.searchParams.get('port') ?? (target.port || '5432');
  const { port: near, ...way } = await freezableWay(() =>
    folder?.startsWith('/')
      ? connect(`${folder}/.s.PGSQL.${port}`)
      : connect(Number(port), folder ?? target.hostname),
  );
  target.searchParams.delete('host');
  target.searchParams.delete('port');
  target.host = `127.0.0.1:${near}`;
  return { url: target.href, ...way };
}

/** @param redisUrl `redis://` or `unix:///path` */
export async function freezableRedis(redisUrl: string): Promise<FreezableProxy> {
  const { path, host, port } = redisOptions(redisUrl);
  const { port: near, ...way } = await freezableWay(() =>
    path === undefined ? connect(port!, host) : connect(path),
  );
  return { url: `redis://127.0.0.1:${near}`, ...way };
}

async function freezableWay(
  open: () => Socket,
): Promise<Omit<FreezableProxy, 'url'> & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const frozen = new WeakSet<Socket>();
  let way: 'open' | 'frozen' | 'cut' = 'open';
  const server = createServer((near) => {
    if (way === 'cut') {
      near.destroy();
      return;
    }
    const far = open();
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      if (way === 'frozen') frozen.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.on('data', (data) => frozen.has(from) || to.write(data));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const closeAll = () => sockets.forEach((socket) => socket.destroy());
  return {
    port: address.port,
    freeze: () => {
      way = 'frozen';
      sockets.forEach((socket) => frozen.add(socket));
    },
    cut: () => {
      way = 'cut';
      closeAll();
    },
    restore: () => (way = 'open'),
    close: async () => {
      closeAll();
      server.close();
      await once(server, 'close');
    },
  };
}
