import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/**
 * A door in front of PostgreSQL or Redis that only the processor goes through. Whatever client and language it is, its
 * connections, and no others, can be cut here, or made to wait.
 */
export class Gate {
  private readonly pairs = new Map<Socket, Socket>();
  private readonly server: Server;
  private isShut = false;
  private isHeld = false;

  private constructor(
    private readonly dial: () => Socket,
    /** What the processor is told in place of an address. */
    private readonly urlAt: (port: number) => string,
  ) {
    this.server = createServer((inside) => this.join(inside));
  }

  /** @param redisUrl `redis://`, `rediss://` or `unix:///path` */
  static async toRedis(redisUrl: string): Promise<Gate> {
    const { protocol, hostname, port, pathname, username, password } = new URL(redisUrl);
    const address = { host: decodeURIComponent(hostname), port: port ? Number(port) : 6379 };
    const login = username || password ? `${username}:${password}@` : '';
    return new Gate(
      () => {
        if (protocol === 'unix:') return connect(decodeURIComponent(pathname));
        return protocol === 'rediss:'
          ? connectTls({ ...address, servername: address.host })
          : connect(address);
      },
      (at) => `redis://${login}127.0.0.1:${at}${protocol === 'unix:' ? '' : pathname}`,
    ).open();
  }

  /** @param databaseUrl with a host, or with `?host=` and the folder of a socket */
  static async toPostgres(databaseUrl: string): Promise<Gate> {
    const url = new URL(databaseUrl);
    const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
    const port = Number(url.searchParams.get('port') ?? (url.port || 5432));
    return new Gate(
      () => (host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect({ host, port })),
      (at) => {
        const through = new URL(databaseUrl);
        through.searchParams.delete('host');
        through.searchParams.delete('port');
        through.hostname = '127.0.0.1';
        through.port = String(at);
        return through.href;
      },
    ).open();
  }

  get url(): string {
    return this.urlAt((this.server.address() as AddressInfo).port);
  }

  /** Cuts all connections, and takes none for so long. */
  async cut(milliseconds: number): Promise<void> {
    this.isShut = true;
    this.dropAll();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    this.isShut = false;
  }

  /** From here on the processor hears what it is answered, and what it says waits. */
  hold(): void {
    this.isHeld = true;
    for (const [inside, outside] of this.pairs) inside.unpipe(outside).pause();
  }

  letGo(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    for (const [inside, outside] of this.pairs) inside.pipe(outside);
  }

  async close(): Promise<void> {
    this.server.close();
    this.dropAll();
    await once(this.server, 'close');
  }

  private async open(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  private dropAll(): void {
    for (const [inside, outside] of this.pairs) {
      inside.destroy();
      outside.destroy();
    }
  }

  private join(inside: Socket): void {
    if (this.isShut) {
      inside.destroy();
      return;
    }
    const outside = this.dial();
    this.pairs.set(inside, outside);
    for (const [from, to] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      from.setNoDelay();
      from.on('error', () => undefined);
      from.on('close', () => {
        this.pairs.delete(inside);
        to.destroy();
      });
    }
    outside.pipe(inside);
    if (!this.isHeld) inside.pipe(outside);
  }
}
