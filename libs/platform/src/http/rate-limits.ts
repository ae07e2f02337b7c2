import { Injectable } from '@nestjs/common';
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CallerDirectory } from '../access/caller-directory.js';
import { tokenOf } from '../access/token-of.js';
import { Problem } from './problem.js';

/** How many calls a minute are answered; `ServiceConfig` has the defaults and the names of the variables. */
export interface RateLimitSettings {
  /** Of a caller; of all of an address together who have not signed in lately. */
  readonly requests: number;
  /** Of an address to the hooks; Directus asks for each row of an import. */
  readonly hookCalls: number;
  /** Of an address. */
  readonly failedSignIns: number;
  readonly failedHookCalls: number;
  readonly failedCalendarKeys: number;
}

/** What can fail in a way that looks like guessing. */
export type Failure = 'failedSignIns' | 'failedHookCalls' | 'failedCalendarKeys';

export class TooManyRequests extends Problem {
  readonly kind = 'too-often';
  readonly code = 'RATE_LIMITED';

  constructor(override readonly retryAfterSeconds: number) {
    super(
      `Too many requests came from here within a minute. Try again in ${retryAfterSeconds} ${retryAfterSeconds === 1 ? 'second' : 'seconds'}.`,
    );
  }
}

const WINDOW_MS = 60_000;
/** Addresses or callers that one limit remembers; the longest unseen is forgotten first. */
const REMEMBERED = 10_000;
const HOOKS = '/v1/hooks/';
const HEALTH = '/health/';

type Count = (request: FastifyRequest) => Promise<void>;

/**
 * Slows down whoever asks too often, in the memory of this process.
 *   1. A request counts for its caller when the caller has signed in within the last hour, else for its address: a
 *      race office behind one public address is many callers, and a stranger there cannot use up their allowance.
 *   2. Hooks have an allowance of their own, since all of Directus is one address.
 *   3. What fails like a guess is counted once more, strictly, and answered with 429 when it is too much. What is
 *      right always passes: keys and tokens are too long to be guessed, so nobody is locked out by a neighbour.
 */
@Injectable()
export class RateLimits {
  private count: Readonly<Record<keyof RateLimitSettings, Count>> | undefined;

  constructor(
    private readonly settings: RateLimitSettings,
    private readonly callers: CallerDirectory,
  ) {}

  /** Begins to count the requests of a server. To be called once, before its routes are made. */
  async watch(server: FastifyInstance): Promise<void> {
    await server.register(rateLimit, { global: false, cache: REMEMBERED, timeWindow: WINDOW_MS });
    const limit = (name: keyof RateLimitSettings, keyOf = addressOf): Count => {
      const check = server.createRateLimit({ max: this.settings[name], keyGenerator: keyOf });
      return async (request) => {
        const counted = await check(request);
        if (!counted.isAllowed && counted.isExceeded) throw new TooManyRequests(counted.ttlInSeconds);
      };
    };
    this.count = {
      requests: limit('requests', (request) => this.callerOf(request) ?? addressOf(request)),
      hookCalls: limit('hookCalls'),
      failedSignIns: limit('failedSignIns'),
      failedHookCalls: limit('failedHookCalls'),
      failedCalendarKeys: limit('failedCalendarKeys'),
    };
    server.addHook('onRequest', async (request) => {
      if (request.url.startsWith(HEALTH)) return;
      await this.count?.[request.url.startsWith(HOOKS) ? 'hookCalls' : 'requests'](request);
    });
  }

  /**
   * Counts a failure before it is answered.
   * @throws TooManyRequests instead of that answer, when the address has failed too often
   */
  async failed(what: Failure, request: FastifyRequest): Promise<void> {
    await this.count?.[what](request);
  }

  private callerOf(request: FastifyRequest): string | undefined {
    const token = tokenOf(request.headers);
    return token === undefined ? undefined : this.callers.lately(token);
  }
}

/** One network of a subscriber counts as one address: 64 bits of an IPv6 address. */
function addressOf(request: FastifyRequest): string {
  return normalizeIP(request.ip);
}
