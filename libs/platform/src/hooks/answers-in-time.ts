import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Observable, throwError, timeout } from 'rxjs';
import { Problem } from '../http/problem.js';

/** Directus must have its answer within a second; the rest is for the way back. */
const DEADLINE_MS = 900;

export class NotAnsweredInTime extends Problem {
  readonly kind = 'unavailable';
  readonly code = 'NOT_ANSWERED_IN_TIME';
  override readonly retryAfterSeconds = 5;

  constructor() {
    super('Not saved: race control could not look this up within a second. Try again in a moment.');
  }
}

/** Answers a question of Directus by the deadline, with a refusal if it has to: a guard that cannot look says no. */
@Injectable()
export class AnswersInTime implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { elapsedTime } = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      timeout({
        first: Math.max(0, DEADLINE_MS - elapsedTime),
        with: () => throwError(() => new NotAnsweredInTime()),
      }),
    );
  }
}
