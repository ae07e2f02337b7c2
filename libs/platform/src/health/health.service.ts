import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
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

/**
 * Whether this process can do its work. Postgres and the migrations are essential. Without Redis requests are
 * still accepted and nothing is lost; without Directus a caller is told so in a sentence: both only degrade.
 */
@Injectable()
export class HealthService {
  constructor(
    private readonly db: Database,
    private readonly redis: RedisProbe,
    private readonly options: { readonly directusUrl: string; readonly dbInitDir: string },
  ) {}

  async readiness(): Promise<Readiness> {
    const checks = await Promise.all([
      check('postgres', true, async () => void (await this.db.query('SELECT 1'))),
      check('migrations', true, () => this.requireMigrations()),
      check('redis', false, () => this.redis.ping()),
      check('directus', false, () => this.requireDirectus()),
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
    if (missing.length > 0) throw new Error(`not applied: ${missing.join(', ')}. Run the schema program.`);
  }

  private async requireDirectus(): Promise<void> {
    const response = await fetch(
      new URL('server/health', `${this.options.directusUrl.replace(/\/$/, '')}/`),
      {
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
    );
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`Directus answered ${response.status}`);
  }
}

async function check(name: string, essential: boolean, ask: () => Promise<void>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      ask(),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
      }),
    ]);
    return { name, ok: true, essential };
  } catch (error) {
    return { name, ok: false, essential, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
