import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type DirectusQuestion, HookNotSigned, verifyQuestion } from './hook-signature.js';

const questions = new WeakMap<FastifyRequest, DirectusQuestion>();

/** The key that the Flows of Directus sign with. A class of its own, so that Nest can inject it. */
export class HookSecret {
  constructor(readonly value: string) {}
}

/** Lets a call through that Directus signed. */
@Injectable()
export class HookSignatureGuard implements CanActivate {
  constructor(private readonly secret: HookSecret) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    questions.set(request, verifyQuestion(request.body, this.secret.value, Date.now() / 1000));
    return true;
  }
}

/** The verified question of a call that passed the HookSignatureGuard. */
export const Question = createParamDecorator((_: unknown, context: ExecutionContext): DirectusQuestion => {
  const question = questions.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (question === undefined) throw new HookNotSigned();
  return question;
});
