import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { errorForLog } from '../http/safe-log.js';
import { Database } from '../store/database.js';
import { RedisProbe } from '../store/redis-probe.js';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Without this the service cannot do its work and takes no requests. */
  readonly essential: boolean;
  readonly detail?: string;
}

export interface Readiness {
  readonly status: 'ready' | 'degraded' | 'not-ready';
  readonly checks: readonly Check[];
}

const TIMEOUT_MS = 2_000;
/** Anybody may ask, as often as they like; the stores are asked this often. */
const KEPT_MS = 1_000;

/** What a check itself has found out, in words that anybody may read. */
class NotReady extends Error {}

/**
 * Whether this process can do its work. Postgres and the migrations are essential. Without Redis requests are
 * still accepted and nothing is lost; without Directus a caller is told so in a sentence: both only degrade.
 */
@Injectable()
export class HealthService {
  private readonly log = new Logger(HealthService.name);
  private latest: { until: number; readiness: Promise<Readiness> } | undefined;

  constructor(
    private readonly db: Database,
    private readonly redis: RedisProbe,
    private readonly options: { readonly directusUrl: string; readonly dbInitDir: string },
  ) {}

  async readiness(): Promise<Readiness> {
    if (this.latest === undefined || this.latest.until < Date.now()) {
      this.latest = { until: Date.now() + KEPT_MS, readiness: this.ask() };
    }
    return this.latest.readiness;
  }

  private async ask(): Promise<Readiness> {
    const checks = await Promise.all([
      this.check('postgres', true, async () => void (await this.db.query('SELECT 1'))),
      this.check('migrations', true, () => this.requireMigrations()),
      this.check('redis', false, () => this.redis.ping()),
      this.check('directus', false, () => this.requireDirectus()),
    ]);
    const failed = checks.filter(({ ok }) => !ok);
    const status =
      failed.length === 0 ? 'ready' : failed.some(({ essential }) => essential) ? 'not-ready' : 'degraded';
    return { status, checks };
  }

  /** Every file that this release ships must be applied; more are fine, so that a rollback can still serve. */
  private async requireMigrations(): Promise<void> {
    const shipped = (
      await Promise.all(['pre', 'post'].map((phase) => readdir(join(this.options.dbInitDir, phase))))
    )
      .flat()
      .filter((name) => name.endsWith('.sql'));
    const applied = await this.db.query<{ name: string }>('SELECT name FROM control.migrations_applied');
    const names = new Set(applied.map(({ name }) => name));
    const missing = shipped.filter((name) => !names.has(name));
    if (missing.length > 0) throw new NotReady(`not applied: ${missing.join(', ')}. Run the schema program.`);
  }

  private async requireDirectus(): Promise<void> {
    const response = await fetch(
      new URL('server/health', `${this.options.directusUrl.replace(/\/$/, '')}/`),
      {
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
    );
    await response.arrayBuffer();
    if (!response.ok) throw new NotReady(`Directus answered ${response.status}`);
  }

  private async check(name: string, essential: boolean, ask: () => Promise<void>): Promise<Check> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await Promise.race([
        ask(),
        new Promise<never>((_, reject) => {
          const seconds = TIMEOUT_MS / 1000;
          timer = setTimeout(() => reject(new NotReady(`no answer within ${seconds} s`)), TIMEOUT_MS);
        }),
      ]);
      return { name, ok: true, essential };
    } catch (error) {
      this.log.warn({ message: 'a check failed', check: name, error: errorForLog(error) });
      // Hosts, ports and account names of the stores are for the log.
      return {
        name,
        ok: false,
        essential,
        detail: error instanceof NotReady ? error.message : 'does not answer',
      };
    } finally {
      clearTimeout(timer);
    }
  }
}
