import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';
import { errorForLog } from '@trm/platform';
import type { Job } from 'bullmq';
import { CHORES, Forget } from './forget.js';

export const HOUSEKEEPING_QUEUE = 'housekeeping';

/** Runs the housekeeping jobs; each may run twice without harm. */
@Processor(HOUSEKEEPING_QUEUE)
export class HousekeepingProcessor extends WorkerHost {
  private readonly log = new Logger(HousekeepingProcessor.name);

  constructor(private readonly forget: Forget) {
    super();
  }

  /** @returns what was done, kept with the job */
  async process(job: Job): Promise<{ forgotten: number }> {
    const chore = CHORES.find((name) => name === job.name);
    if (chore === undefined) throw new Error(`there is no housekeeping job "${job.name}"`);
    const forgotten = await this.forget.run(chore);
    if (forgotten > 0) this.log.log({ message: 'done with', chore, forgotten });
    return { forgotten };
  }

  @OnWorkerEvent('failed')
  onFailed(job: Job | undefined, error: Error): void {
    this.log.error({ message: 'housekeeping failed', job: job?.name, error: errorForLog(error) });
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.log.warn({ message: 'the queue connection has a problem', error: errorForLog(error) });
  }
}
