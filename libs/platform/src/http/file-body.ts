import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  PayloadTooLargeException,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    fileTypes?: readonly string[];
  }
}

export class FileExpected extends Problem {
  readonly kind = 'malformed';
  readonly code = 'FILE_EXPECTED';

  constructor(types: readonly string[]) {
    super(`Send the file itself as the body of the request, with the Content-Type ${types.join(' or ')}.`);
  }
}

export class FileNotReceived extends Problem {
  readonly kind = 'malformed';
  readonly code = 'FILE_NOT_RECEIVED';

  constructor(cause: unknown) {
    super('The file did not arrive as a whole. Send it again.', { cause });
  }
}

export const CSV = 'text/csv';
export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** A file that is the body of a request, not yet read. */
export interface Upload {
  /**
   * Reads it, once; whoever calls knows by then that the caller may send it.
   * @throws FileExpected when there is none of a type that the route takes, FileNotReceived, and
   *   PayloadTooLargeException as soon as it turns out larger than `maxBytes`
   */
  read(maxBytes: number): Promise<ReceivedFile>;
}

export interface ReceivedFile {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** Lets a route take a file of these media types as its body, and says so in the description of the interface. */
export const TakesFile = (...types: readonly (typeof CSV | typeof XLSX)[]): MethodDecorator =>
  applyDecorators(
    RouteConfig({ fileTypes: types }),
    ApiConsumes(...types),
    ApiBody({ required: true, schema: { type: 'string', format: 'binary' } }),
  );

/** The file that a route of `TakesFile` was sent. */
export const FileBody = createParamDecorator((_: unknown, context: ExecutionContext): Upload => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return {
    read: async (maxBytes) => {
      const types = request.routeOptions.config.fileTypes ?? [];
      const mediaType = mediaTypeOf(request);
      if (!types.includes(mediaType)) throw new FileExpected(types);
      return { mediaType, bytes: await read(request, maxBytes) };
    },
  };
});

/**
 * Makes the server leave files unread until a route asks for them, so that nobody's megabytes are kept before it is
 * known who sends them. Other routes than those of `TakesFile` refuse them.
 */
export function acceptFiles(server: FastifyInstance): void {
  server.addContentTypeParser([CSV, XLSX], (request, _payload, done) => {
    const isTaken = request.routeOptions.config.fileTypes?.includes(mediaTypeOf(request)) === true;
    done(isTaken ? null : Object.assign(new Error('no file is taken here'), { statusCode: 415 }), undefined);
  });
}

function mediaTypeOf({ headers }: FastifyRequest): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

async function read({ raw }: FastifyRequest, maxBytes: number): Promise<Buffer> {
  if (Number(raw.headers['content-length'] ?? 0) > maxBytes) throw new PayloadTooLargeException();
  const chunks: Buffer[] = [];
  let size = 0;
  // Not destroyed: the connection still has to carry the answer.
  const incoming = raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  try {
    for await (const chunk of incoming) {
      size += chunk.length;
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new FileNotReceived(error);
  }
  if (size > maxBytes) throw new PayloadTooLargeException();
  return Buffer.concat(chunks);
}
