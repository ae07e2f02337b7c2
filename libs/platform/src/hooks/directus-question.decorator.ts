import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RateLimits } from '../http/rate-limits.js';
import { AnsweredCalls } from './answered-calls.js';
import {
  commandOf,
  type DirectusCommand,
  type DirectusQuestion,
  HookNotSigned,
  questionOf,
  type SignedCall,
  verifySignature,
} from './hook-signature.js';

const calls = new WeakMap<FastifyRequest, SignedCall>();

/** The key that the Flows of Directus sign with. A class of its own, so that Nest can inject it. */
export class HookSecret {
  constructor(readonly value: string) {}
}

/** Lets a call through that Directus signed. */
@Injectable()
export class HookSignatureGuard implements CanActivate {
  constructor(
    private readonly secret: HookSecret,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    try {
      calls.set(request, verifySignature(request.body, this.secret.value, Date.now() / 1000));
    } catch (error) {
      await this.limits.failed('failedHookCalls', request);
      throw error;
    }
    return true;
  }
}

/**
 * Lets a signed call through once, for what has no other way of knowing a call again. A command needs none of this:
 * repeated, it gets the answer that it had.
 */
@Injectable()
export class AnsweredOnceGuard implements CanActivate {
  constructor(
    private readonly answered: AnsweredCalls,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { callId, endsAt } = signedCall(context);
    try {
      this.answered.answerOnce(callId, endsAt, Date.now() / 1000);
    } catch (error) {
      await this.limits.failed('failedHookCalls', context.switchToHttp().getRequest<FastifyRequest>());
      throw error;
    }
    return true;
  }
}

/** The question of a call that passed the HookSignatureGuard. @throws HookNotSigned when it is none */
export const Question = createParamDecorator((_: unknown, context: ExecutionContext): DirectusQuestion =>
  questionOf(signedCall(context)),
);

/** The command of a call that passed the HookSignatureGuard. @throws HookNotSigned when it is none */
export const Command = createParamDecorator((_: unknown, context: ExecutionContext): DirectusCommand =>
  commandOf(signedCall(context)),
);

function signedCall(context: ExecutionContext): SignedCall {
  const call = calls.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (call === undefined) throw new HookNotSigned();
  return call;
}
