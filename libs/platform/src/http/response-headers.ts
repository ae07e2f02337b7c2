import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** The page that describes the interface; it brings scripts, styles and pictures of its own. */
const DOCS = /^\/docs(\/|$|\?)/;

/** Answers are data: nothing in them may run, load anything or be framed. */
const FOR_DATA = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };
/** Swagger UI styles its elements in place and shows icons as data addresses; its scripts are files of ours. */
const FOR_DOCS = {
  ...FOR_DATA,
  baseUri: ["'none'"],
  connectSrc: ["'self'"],
  fontSrc: ["'self'", 'data:'],
  formAction: ["'none'"],
  imgSrc: ["'self'", 'data:'],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
};

/**
 * What every answer tells browsers and caches: to run, frame and sniff nothing, to tell nobody where the reader came
 * from, and to keep nothing of it. A route that may be kept, such as a start list with its ETag, says so itself.
 */
export async function addResponseHeaders(server: FastifyInstance): Promise<void> {
  await server.register(helmet, {
    global: false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: DOCS.test(request.url) ? FOR_DOCS : FOR_DATA,
      },
    });
  });
  server.addHook('onSend', async (_request, reply, payload) => {
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    return payload;
  });
}
