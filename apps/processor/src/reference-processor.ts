import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { errorForLog } from '@trm/platform';
import {
  CannotCompute,
  type ProcessorEvent,
  processorPool,
  RecomputeProcessor,
  redisConnection,
} from '@trm/processor-kit';
import type pg from 'pg';
import { computeStage, type StageOutcome } from './compute-stage.js';
import type { ProcessorConfig } from './processor.config.js';
import { readStageFacts, type StageFacts } from './stage-facts.js';
import { writeStage } from './write-stage.js';

/** Takes targets from the queue and computes them: facts, times, crossings, places. */
@Injectable()
export class ReferenceProcessor implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly log = new Logger(ReferenceProcessor.name);
  private readonly pool: pg.Pool;
  private readonly processor: RecomputeProcessor<StageFacts, StageOutcome>;

  constructor(config: ProcessorConfig) {
    this.pool = processorPool(config.DATABASE_URL, config.PROCESSOR_CONCURRENCY, (error) =>
      this.log.warn({ message: 'an idle database connection was lost', error: errorForLog(error) }),
    );
    this.processor = new RecomputeProcessor(
      {
        read: async (sql, target) => {
          const facts = await readStageFacts(sql, target);
          if (facts === null)
            throw new CannotCompute('The entry and the stage are not of one event any more.');
          return facts;
        },
        compute: computeStage,
        write: writeStage,
      },
      {
        pool: this.pool,
        connection: redisConnection(config.REDIS_URL),
        prefix: config.QUEUE_PREFIX,
        concurrency: config.PROCESSOR_CONCURRENCY,
        lockMs: config.PROCESSOR_LOCK_SECONDS * 1_000,
        visibleMs: config.RECOMPUTE_VISIBLE_SECONDS * 1_000,
        onEvent: (event) => this.tell(event),
      },
    );
  }

  onApplicationBootstrap(): void {
    this.processor.start();
  }

  /** Jobs under way end before any connection closes. */
  async onModuleDestroy(): Promise<void> {
    await this.processor.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }

  private tell({ error, milliseconds, ...event }: ProcessorEvent): void {
    const line = { message: 'target', ...event, milliseconds: Math.round(milliseconds) };
    if (error === undefined) this.log.debug(line);
    else this.log.warn({ ...line, error: errorForLog(error) });
  }
}
