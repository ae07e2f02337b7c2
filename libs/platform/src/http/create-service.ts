import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ConsoleLogger, Logger, type LogLevel, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { acceptFiles } from './file-body.js';
import { ProblemFilter, sendProblem } from './problem.filter.js';
import { RateLimits } from './rate-limits.js';
import { limitRequests, serverLimits } from './request-limits.js';
import { requestValidation } from './request-validation.js';
import { addResponseHeaders } from './response-headers.js';
import { pathForLog } from './safe-log.js';

export interface ServiceOptions {
  readonly logFormat: string;
  /** As `ServiceConfig.TRUST_PROXY`; nobody is trusted when left out. */
  readonly trustProxy?: string;
  /** In which a whole request must have arrived; 30 when left out. */
  readonly requestSeconds?: number;
  readonly logLevels?: readonly LogLevel[];
}

/**
 * Creates an HTTP service of the control plane; main.ts and every test use it, so that they cannot drift:
 * request ids, one log line a request, limits, headers for browsers, request validation, problem documents.
 */
export async function createService(
  module: Type | object,
  options: ServiceOptions,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    ...serverLimits(options.requestSeconds ?? 30),
    trustProxy: trustedProxies(options.trustProxy),
    frameworkErrors: refuseAddress,
    routerOptions: { ignoreTrailingSlash: true },
    genReqId: (request: Pick<IncomingMessage, 'headers'>) => requestId(request.headers['x-request-id']),
  });
  const app = await NestFactory.create<NestFastifyApplication>(module as Type, adapter, {
    logger: new ConsoleLogger({
      json: options.logFormat === 'json',
      logLevels: [...(options.logLevels ?? (['log', 'warn', 'error', 'fatal'] as const))],
    }),
    abortOnError: false,
    // Fastify's own parser of JSON; the one of Nest would bring one for forms.
    bodyParser: false,
  });
  const log = new Logger('Http');
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  await addResponseHeaders(fastify);
  await app.get(RateLimits).watch(fastify);
  limitRequests(fastify);
  acceptFiles(fastify);
  // A request that is answered while the process stops is the last one of its connection; else an idle
  // keep-alive connection would hold the process up.
  let closing = false;
  fastify.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) void reply.header('connection', 'close');
    done(null, payload);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    if (!request.url.startsWith('/health/')) {
      log.log({
        message: 'request',
        method: request.method,
        path: pathForLog(request),
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime),
        requestId: request.id,
      });
    }
    done();
  });
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(requestValidation);
  return app;
}

/**
 * Ends the process on SIGTERM or SIGINT: no new requests, those under way are answered, jobs are finished, stores are
 * closed. What hangs (a queue that waits for a Redis that is gone) does not keep the process past the deadline.
 */
export function stopOnSignal(app: NestFastifyApplication, withinSeconds: number): void {
  const log = new Logger('Shutdown');
  const stop = async (signal: string): Promise<void> => {
    log.log({ message: 'stopping', signal });
    const deadline = setTimeout(() => {
      log.warn({ message: 'not stopped in time, ending', withinSeconds });
      process.exit(1);
    }, withinSeconds * 1000);
    await app.close();
    clearTimeout(deadline);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => {
      stop(signal).catch((error: unknown) => {
        log.error({ message: 'stopping failed', error: String(error) });
        process.exit(1);
      });
    });
  }
}

/** An address that cannot be decoded has no route, and so neither hooks nor a filter. */
function refuseAddress(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers({
    'x-request-id': request.id,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  sendProblem(error, request, reply);
}

/** `off`, a number of proxies, or their addresses, in the words of Fastify. */
function trustedProxies(setting = 'off'): FastifyServerOptions['trustProxy'] & {} {
  if (setting === 'off') return false;
  return /^\d+$/.test(setting) ? (_address, hop) => hop < Number(setting) : setting;
}

/** A caller's own request id is kept when it is harmless to log. */
function requestId(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w.-]{8,64}$/.test(header) ? header : randomUUID();
}
