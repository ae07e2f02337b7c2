import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorForLog } from './safe-log.js';
import { Problem, type ProblemKind } from './problem.js';
import type { FieldProblem, ProblemDocument } from './problem-document.js';

const STATUS = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  rule: 422,
  'too-often': 429,
  unavailable: 503,
} satisfies Record<ProblemKind, number>;

/** Failures that the framework finds before a controller runs. */
const FRAMEWORK_PROBLEMS: Readonly<Record<number, { code: string; detail: string }>> = {
  400: { code: 'MALFORMED_REQUEST', detail: 'The request cannot be read. Check its body and parameters.' },
  404: { code: 'ROUTE_NOT_FOUND', detail: 'There is nothing at this address.' },
  405: { code: 'METHOD_NOT_ALLOWED', detail: 'This address does not take that method.' },
  413: { code: 'BODY_TOO_LARGE', detail: 'The request is too large.' },
  414: { code: 'ADDRESS_TOO_LONG', detail: 'The address is too long.' },
  415: { code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'Send the body as application/json.' },
};

/** A request body that breaks the rules of its class; made by the validation pipe. */
export class RequestInvalid extends Problem {
  readonly kind = 'malformed';
  readonly code = 'REQUEST_INVALID';
  override readonly details: { readonly errors: readonly FieldProblem[] };

  constructor(errors: readonly FieldProblem[]) {
    super(
      `The request has ${errors.length === 1 ? 'a field' : 'fields'} that cannot be accepted: ${errors.map(({ message }) => message).join('; ')}.`,
    );
    this.details = { errors };
  }
}

/**
 * Turns every failure into `application/problem+json`: the one place that knows status numbers. What was
 * not expected becomes a 500 that tells an outsider nothing but the request id, under which the log has it all.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

const log = new Logger(ProblemFilter.name);

/** Answers with a failure, also before there is a route and so no filter. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent) return;
  const { status, code, detail, details, retryAfterSeconds } = describe(error);
  const expected = status < 500 || error instanceof Problem;
  if (!expected) log.error({ message: 'request failed', requestId: request.id, error: errorForLog(error) });
  else if (status >= 500)
    log.warn({
      message: detail,
      code,
      requestId: request.id,
      cause: errorForLog((error as Error).cause),
    });
  const document: ProblemDocument = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail,
    instance: request.url.split('?')[0] ?? request.url,
    requestId: request.id,
    ...details,
  };
  void reply
    .status(status)
    .headers({
      'content-type': 'application/problem+json; charset=utf-8',
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    })
    .send(JSON.stringify(document));
}

function describe(error: unknown): {
  status: number;
  code: string;
  detail: string;
  details?: Readonly<Record<string, unknown>> | undefined;
  retryAfterSeconds?: number | undefined;
} {
  if (error instanceof Problem) {
    const { kind, code, message, details, retryAfterSeconds } = error;
    return { status: STATUS[kind], code, detail: message, details, retryAfterSeconds };
  }
  const status = frameworkStatus(error);
  const known = status === undefined ? undefined : FRAMEWORK_PROBLEMS[status];
  if (status !== undefined && known !== undefined) return { status, ...known };
  return {
    status: 500,
    code: 'UNEXPECTED',
    detail: 'Something unexpected happened and nothing was changed. Tell the operator the request id.',
  };
}

/** Fastify marks its own refusals (body too large, wrong media type, bad JSON) with a status below 500. */
function frameworkStatus(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
