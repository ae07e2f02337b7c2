import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { RECOMPUTE_QUEUE, type RecomputeJob, recomputeJobId } from '@trm/contracts';
import { RedisProbe } from '@trm/platform';
import type { JobsOptions, Queue } from 'bullmq';

/** A queue that does not answer for so long is away; the jobs may be there or not, and are sent again under the same id. */
const PATIENCE_MS = 5_000;
/** Attempts that BullMQ makes by itself, further apart each time, before the job has failed. */
const ATTEMPTS = 5;

/** The BullMQ queue as a transport: it may lose everything at any time. */
@Injectable()
export class RecomputeQueue {
  constructor(
    @InjectQueue(RECOMPUTE_QUEUE) private readonly queue: Queue,
    private readonly probe: RedisProbe,
  ) {
    // Whoever uses the queue meets the same error; without a listener it would end the process.
    queue.on('error', () => undefined);
  }

  /** Adds jobs in one round trip. A job whose id is in the queue already stays as it is. */
  async add(jobs: readonly RecomputeJob[]): Promise<void> {
    const [first] = jobs;
    if (first === undefined) return;
    // A live mark is mostly alone; one job takes half the time that a transaction for several takes.
    if (jobs.length === 1) await inTime(this.queue.add(RECOMPUTE_QUEUE, first, optionsOf(first)));
    else
      await inTime(
        this.queue.addBulk(jobs.map((job) => ({ name: RECOMPUTE_QUEUE, data: job, opts: optionsOf(job) }))),
      );
  }

  /** Whether a job waits or is being worked on; a finished or unknown one is not there. */
  async has(job: Pick<RecomputeJob, 'entryId' | 'stageId' | 'generation' | 'attempt'>): Promise<boolean> {
    const state = await inTime(this.queue.getJobState(recomputeJobId(job)));
    return !['completed', 'failed', 'unknown'].includes(state);
  }

  /** Names the Redis that the jobs are in; another name: none of them is there any more. */
  async epoch(): Promise<string> {
    return this.probe.identity(this.queue.toKey('epoch'));
  }
}

function optionsOf(job: RecomputeJob): JobsOptions {
  return {
    jobId: recomputeJobId(job),
    // Never without one: a job without a priority would overtake all that have one.
    priority: job.priority,
    attempts: ATTEMPTS,
    backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
    removeOnComplete: { age: 3_600, count: 2_000 },
    removeOnFail: { age: 7 * 24 * 3_600, count: 2_000 },
  };
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      answer,
      new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`Redis did not answer within ${PATIENCE_MS / 1_000} s`)),
          PATIENCE_MS,
        );
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
