import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import pg from 'pg';
import { errorForLog } from '../http/safe-log.js';

/** So often it is tried whether a notification that is sent arrives. */
const TEST_EVERY_MS = 30_000;
/** A database that answers such a trial, or LISTEN, no sooner is lost. */
const ANSWER_MS = 5_000;
const RECONNECT_AFTER_MS = 500;
const TEST_CHANNEL = 'control_listen_test';

/**
 * Hears the notifications of the database, on a connection of its own. They are only wake-ups: whoever listens must
 * look by itself every second as well, because a connection can be lost without anybody being told (a pooler that
 * passes LISTEN on is enough). For the same reason this tests itself.
 */
export class WakeUps implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger(WakeUps.name);
  private readonly listeners = new Map<string, Set<() => void>>();
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStopping = false;
  private heardAt = 0;

  constructor(
    private readonly options: {
      readonly url: string;
      readonly applicationName: string;
      /** Milliseconds */
      readonly testEveryMs?: number;
    },
  ) {}

  /** Calls `listener` with each notification, and once after every new connection, when some may have been missed. */
  on(channel: string, listener: () => void): void {
    this.listeners.set(channel, (this.listeners.get(channel) ?? new Set()).add(listener));
  }

  /** Seconds since the connection was last known to hear; null when it never was. */
  silentFor(): number | null {
    return this.heardAt === 0 ? null : (Date.now() - this.heardAt) / 1000;
  }

  /** Does not wait: without a database the process still starts, and says so in its health. */
  onApplicationBootstrap(): void {
    void this.connect();
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.options.url,
      application_name: this.options.applicationName,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
    });
    this.client = client;
    const onLost = (error?: Error) => {
      if (this.client !== client) return;
      this.client = undefined;
      client.end().catch(() => undefined);
      if (this.isStopping) return;
      this.log.warn({
        message: 'the connection that listens was lost',
        ...(error && { error: errorForLog(error) }),
      });
      this.timer = setTimeout(() => void this.connect(), RECONNECT_AFTER_MS);
    };
    client.on('error', onLost);
    client.on('end', () => onLost());
    client.on('notification', ({ channel }) => {
      this.heardAt = Date.now();
      for (const listener of this.listeners.get(channel) ?? []) listener();
    });
    try {
      await client.connect();
      for (const channel of [TEST_CHANNEL, ...this.listeners.keys()]) {
        await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
      }
      this.heardAt = Date.now();
      for (const listeners of this.listeners.values()) for (const listener of listeners) listener();
      this.testLater(client, onLost);
    } catch (error) {
      onLost(error as Error);
    }
  }

  private testLater(client: pg.Client, onLost: (error?: Error) => void): void {
    const { testEveryMs = TEST_EVERY_MS } = this.options;
    this.timer = setTimeout(() => void this.test(client, onLost), testEveryMs);
  }

  private async test(client: pg.Client, onLost: (error?: Error) => void): Promise<void> {
    const before = this.heardAt;
    try {
      await client.query(`NOTIFY ${TEST_CHANNEL}`);
      // A notification of our own comes with the answer to the statement that sent it, or right behind it.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      if (this.heardAt === before) throw new Error('a notification that was sent did not arrive');
      this.testLater(client, onLost);
    } catch (error) {
      onLost(error as Error);
    }
  }
}
