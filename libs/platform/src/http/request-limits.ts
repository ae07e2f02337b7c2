import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import { Problem } from './problem.js';

const MEBIBYTE = 1024 * 1024;
/** A statement of the database may take a minute; an answer that nobody waits for any more ends after that. */
const IDLE_MS = 75_000;
const HEADERS_MS = 10_000;
const KEEP_ALIVE_MS = 72_000;
/** Objects within objects; what the interface takes has three. */
const DEPTH = 32;

declare module 'fastify' {
  interface FastifyContextConfig {
    bodyLimitBytes?: number;
  }
}

/** Lets a route take larger bodies than 1 MiB, for example a list of entries to import. */
export const BodyLimit = (mebibytes: number): MethodDecorator & ClassDecorator =>
  RouteConfig({ bodyLimitBytes: mebibytes * MEBIBYTE });

export class RequestUnreadable extends Problem {
  readonly kind = 'malformed';
  readonly code = 'MALFORMED_REQUEST';

  constructor(what: string) {
    super(`The request cannot be read: ${what}.`);
  }
}

/**
 * The options of the server that say how large a request may be and how long it may take.
 * @param seconds in which a whole request must have arrived, however slowly it is sent
 */
export function serverLimits(seconds: number) {
  return {
    bodyLimit: MEBIBYTE,
    connectionTimeout: IDLE_MS,
    requestTimeout: seconds * 1_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    http: {
      headersTimeout: Math.min(HEADERS_MS, seconds * 1_000),
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 16 * 1024,
    },
    clientErrorHandler: answerUnreadable,
  } satisfies FastifyServerOptions & { http: object };
}

/** What is no HTTP at all, or stays away too long, gets the same kind of answer, though nothing else has seen it. */
function answerUnreadable({ code }: { code: string }, socket: Socket): void {
  const status = CLIENT_ERRORS[code] ?? 400;
  if (socket.writable && code !== 'ECONNRESET') {
    const title = STATUS_CODES[status];
    const body = JSON.stringify({ type: 'about:blank', title, status, ...UNREADABLE[status] });
    const head = [
      `HTTP/1.1 ${status} ${title}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'Connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroy();
}

const CLIENT_ERRORS: Readonly<Record<string, 408 | 431>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};
const UNREADABLE: Readonly<Record<number, { code: string; detail: string }>> = {
  400: { code: 'MALFORMED_REQUEST', detail: 'The request is not valid HTTP.' },
  408: { code: 'REQUEST_TOO_SLOW', detail: 'The request did not arrive in time.' },
  431: { code: 'HEADERS_TOO_LARGE', detail: 'The address and headers of the request are too long.' },
};

/**
 * Keeps out what no route can mean: other bodies than JSON and signed calls, nesting without end, and texts that the
 * database cannot hold (a NUL, half of a surrogate pair).
 */
export function limitRequests(server: FastifyInstance): void {
  // Forms and plain text are what other people's pages can send with somebody's cookie.
  server.removeContentTypeParser('text/plain');
  // Directus's Flows send their signed questions as a compact JWT.
  server.addContentTypeParser('application/jwt', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
  server.addHook('onRoute', (route) => {
    const limit = route.config?.bodyLimitBytes;
    if (limit !== undefined) route.bodyLimit = limit;
  });
  server.addHook('preValidation', async ({ params, query, body }) => {
    for (const given of [params, query, body]) requireReadable(given);
  });
}

/** Without recursion, as the nesting is what is in doubt. @throws RequestUnreadable */
function requireReadable(given: unknown): void {
  const open: { value: unknown; depth: number }[] = [{ value: given, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
      throw new RequestUnreadable('a text in it has characters that are none');
    }
    if (typeof value !== 'object' || value === null) continue;
    if (depth === DEPTH) throw new RequestUnreadable('it is nested too deeply');
    for (const pair of Object.entries(value)) {
      for (const part of pair) open.push({ value: part, depth: depth + 1 });
    }
  }
}
