import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Caller, CallerDirectory, SignInRequired } from './caller-directory.js';

const SESSION_COOKIE = 'directus_session_token';
const callers = new WeakMap<FastifyRequest, Caller>();

/** Lets a request through when Directus knows its caller; takes a bearer token or the Directus session cookie. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(private readonly directory: CallerDirectory) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearer(request.headers.authorization) ?? sessionCookie(request.headers.cookie);
    if (token === undefined) throw new SignInRequired();
    callers.set(request, await this.directory.identify(token));
    return true;
  }
}

/** The caller of a request that passed the CallerGuard. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (caller === undefined) throw new SignInRequired();
  return caller;
});

function bearer(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1];
}

function sessionCookie(header: string | undefined): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, value] = pair.split('=', 2);
    if (name?.trim() === SESSION_COOKIE && value) return value.trim();
  }
  return undefined;
}
