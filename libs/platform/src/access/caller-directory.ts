import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DirectusUnavailable, Problem } from '../http/problem.js';

/** The person or program behind a request, as Directus knows them. */
export interface Caller {
  readonly userId: string;
  /** For logs and audit rows that people read; never an e-mail address. */
  readonly displayName: string;
  /** A Directus administrator: sees every organisation. */
  readonly isAdmin: boolean;
  /** What the caller signed in with, for what is written in Directus in the caller's name; never logged. */
  readonly token?: string;
}

export class SignInRequired extends Problem {
  readonly kind = 'unauthenticated';
  readonly code = 'SIGN_IN_REQUIRED';

  constructor() {
    super('Sign in first: send your Directus access token as "Authorization: Bearer …".');
  }
}

export class SignInExpired extends Problem {
  readonly kind = 'unauthenticated';
  readonly code = 'SIGN_IN_EXPIRED';

  constructor() {
    super('Your sign-in is not valid or has expired. Sign in again.');
  }
}

export class AccountNotActive extends Problem {
  readonly kind = 'unauthenticated';
  readonly code = 'ACCOUNT_NOT_ACTIVE';

  constructor() {
    super('This account is not active. Ask the administrator.');
  }
}

/** After this long, a revoked token or a suspended account is noticed. */
const CACHE_MS = 15_000;
const CACHE_ENTRIES = 5_000;
/** How long a token that was good once has an allowance of its own. */
const LATELY_MS = 3_600_000;
const TIMEOUT_MS = 3_000;
const MAX_TOKEN_LENGTH = 4_096;

interface Me {
  id: string;
  status: string;
  first_name: string | null;
  last_name: string | null;
}

/**
 * Asks Directus who a token belongs to. Directus's signing secret is never shared with the control plane, so a
 * token is worth here just what it is worth there. Answers are kept for 15 seconds, refusals are not.
 */
@Injectable()
export class CallerDirectory {
  private readonly known = new Map<string, { until: number; caller: Promise<Caller> }>();
  private readonly welcomed = new Map<string, { until: number; userId: string }>();

  constructor(
    private readonly directusUrl: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws SignInExpired, AccountNotActive, DirectusUnavailable */
  async identify(token: string): Promise<Caller> {
    if (token.length > MAX_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token)) throw new SignInExpired();
    const key = hashOf(token);
    const cached = this.known.get(key);
    if (cached !== undefined && cached.until > this.now()) return cached.caller;
    const caller = this.ask(token);
    this.known.delete(key);
    this.known.set(key, { until: this.now() + CACHE_MS, caller });
    forgetOldest(this.known);
    try {
      const { userId } = await caller;
      this.welcomed.delete(key);
      this.welcomed.set(key, { until: this.now() + LATELY_MS, userId });
      forgetOldest(this.welcomed);
      return await caller;
    } catch (error) {
      if (this.known.get(key)?.caller === caller) this.known.delete(key);
      throw error;
    }
  }

  /**
   * Whose token this was when it was good, within the last hour. Says nothing about what it is worth now: only for
   * telling callers apart.
   */
  lately(token: string): string | undefined {
    const welcomed = this.welcomed.get(hashOf(token));
    return welcomed !== undefined && welcomed.until > this.now() ? welcomed.userId : undefined;
  }

  private async ask(token: string): Promise<Caller> {
    const [me, globals] = await Promise.all([
      this.get<Me>('/users/me?fields=id,status,first_name,last_name', token),
      this.get<{ admin_access: boolean }>('/policies/me/globals', token),
    ]);
    if (me.status !== 'active') throw new AccountNotActive();
    return {
      userId: me.id,
      displayName: [me.first_name, me.last_name].filter(Boolean).join(' ') || me.id,
      isAdmin: globals.admin_access,
    };
  }

  private async get<T>(path: string, token: string): Promise<T> {
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(new URL(path.slice(1), withSlash(this.directusUrl)), {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      body = await response.json();
    } catch (cause) {
      throw new DirectusUnavailable(cause);
    }
    if (response.status === 401 || response.status === 403) throw new SignInExpired();
    const data = (body as { data?: T } | null)?.data;
    if (!response.ok || data === undefined) {
      throw new DirectusUnavailable(new Error(`Directus answered ${response.status} to ${path}`));
    }
    return data;
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

function forgetOldest(cache: Map<string, unknown>): void {
  if (cache.size <= CACHE_ENTRIES) return;
  const oldest = cache.keys().next().value;
  if (oldest !== undefined) cache.delete(oldest);
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
