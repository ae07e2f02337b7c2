import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RECOMPUTE_QUEUE } from '@trm/contracts';
import { CallerGuard, Problem, sendProblem } from '@trm/platform';
import { Queue } from 'bullmq';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { queueOptions } from './queue-options.js';
import { QueueDoesNotAnswer, QueueIsForAdministrators } from './recompute.problems.js';

const ADDRESS = '/queues';

/**
 * The queue as a page, for administrators who are signed in in Directus in the same browser. It only shows: what is
 * wanted stands in the database, so a job that somebody adds or takes away here would change nothing for good.
 */
@Injectable()
export class QueueBoard implements OnModuleInit, OnApplicationShutdown {
  private queue: Queue | undefined;

  constructor(
    private readonly http: HttpAdapterHost,
    private readonly callers: CallerGuard,
    private readonly options: { readonly redisUrl: string; readonly prefix: string },
  ) {}

  onModuleInit(): void {
    const { redisUrl, prefix } = this.options;
    // Somebody looks at the page now: a Redis that was never there is an answer as well.
    this.queue = new Queue(RECOMPUTE_QUEUE, { ...queueOptions(redisUrl, prefix), skipWaitingForReady: true });
    // Whoever looks at the page meets the same error.
    this.queue.on('error', () => undefined);
    const page = new FastifyAdapter().setBasePath(ADDRESS);
    createBullBoard({
      queues: [new BullMQAdapter(this.queue, { readOnlyMode: true })],
      serverAdapter: page,
      options: { uiConfig: { boardTitle: 'Recompute queue' } },
    });
    // Thrown on to the handler around the page: the page itself knows no status for a service that is away.
    page.setErrorHandler((error) => {
      throw error instanceof Problem ? error : new QueueDoesNotAnswer(error);
    });
    const server: FastifyInstance = this.http.httpAdapter.getInstance();
    // Not awaited: that would load everything now, before the framework has set how failures are answered.
    void server.register(
      async (routes) => {
        routes.addHook('onRequest', (request) => this.letAdministratorsIn(request));
        routes.setErrorHandler(sendProblem);
        await routes.register(async (board) => {
          page.registerPlugin()(board, { basePath: ADDRESS }, () => undefined);
        });
      },
      { prefix: ADDRESS },
    );
  }

  onApplicationShutdown(): void {
    // Not awaited: nobody is told the end of a connection that has never been there.
    void this.queue?.disconnect().catch(() => undefined);
  }

  private async letAdministratorsIn(request: FastifyRequest): Promise<void> {
    const { isAdmin } = await this.callers.identify(request);
    if (!isAdmin) throw new QueueIsForAdministrators();
  }
}
