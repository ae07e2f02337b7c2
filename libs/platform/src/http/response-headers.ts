import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** The pages that describe the interface and show the queue; they bring scripts, styles and pictures of their own. */
const PAGES = /^\/(docs|queues)(\/|$|\?)/;

/** Answers are data: nothing in them may run, load anything or be framed. */
const FOR_DATA = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };
/** They style their elements in place and show icons as data addresses; their scripts are files of ours. */
const FOR_PAGES = {
  ...FOR_DATA,
  baseUri: ["'self'"],
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
        directives: PAGES.test(request.url) ? FOR_PAGES : FOR_DATA,
      },
    });
  });
  server.addHook('onSend', async (_request, reply, payload) => {
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    return payload;
  });
}
