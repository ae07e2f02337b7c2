import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

export class IdempotencyKeyMalformed extends Problem {
  readonly kind = 'malformed';
  readonly code = 'IDEMPOTENCY_KEY_MALFORMED';

  constructor() {
    super('The Idempotency-Key header must be 8 to 200 printable characters, for example a UUID.');
  }
}

/** The `Idempotency-Key` header, or undefined when the caller sent none. @throws IdempotencyKeyMalformed */
export const IdempotencyKey = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined => {
    const header = context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key'];
    if (header === undefined) return undefined;
    if (typeof header !== 'string' || !/^[\x20-\x7e]{8,200}$/.test(header))
      throw new IdempotencyKeyMalformed();
    return header;
  },
);
