import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../http/problem.js';
import { RateLimits } from '../http/rate-limits.js';
import { type Caller, CallerDirectory, SignInRequired } from './caller-directory.js';
import { tokenOf } from './token-of.js';

const callers = new WeakMap<FastifyRequest, Caller>();

/** Lets a request through when Directus knows its caller; takes a bearer token or the Directus session cookie. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly directory: CallerDirectory,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.identify(context.switchToHttp().getRequest<FastifyRequest>());
    return true;
  }

  /** For routes that are not of a controller. @throws SignInRequired, and whatever `CallerDirectory` throws */
  async identify(request: FastifyRequest): Promise<Caller> {
    const token = tokenOf(request.headers);
    if (token === undefined) throw new SignInRequired();
    try {
      const caller = { ...(await this.directory.identify(token)), token };
      callers.set(request, caller);
      return caller;
    } catch (error) {
      if (error instanceof Problem && error.kind === 'unauthenticated') {
        await this.limits.failed('failedSignIns', request);
      }
      throw error;
    }
  }
}

/** The caller of a request that passed the CallerGuard. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (caller === undefined) throw new SignInRequired();
  return caller;
});
