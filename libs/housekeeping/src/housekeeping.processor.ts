import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';
import { errorForLog, IdempotencyKeys } from '@trm/platform';
import type { Job } from 'bullmq';

export const HOUSEKEEPING_QUEUE = 'housekeeping';
export const FORGET_EXPIRED_KEYS = 'forget-expired-idempotency-keys';

/** Runs the housekeeping jobs; each may run twice without harm. */
@Processor(HOUSEKEEPING_QUEUE)
export class HousekeepingProcessor extends WorkerHost {
  private readonly log = new Logger(HousekeepingProcessor.name);

  constructor(private readonly requests: IdempotencyKeys) {
    super();
  }

  /** @returns what was done, kept with the job */
  async process(job: Job): Promise<{ forgotten: number }> {
    if (job.name !== FORGET_EXPIRED_KEYS) throw new Error(`there is no housekeeping job "${job.name}"`);
    const forgotten = await this.requests.forgetExpired();
    if (forgotten > 0) this.log.log({ message: 'expired idempotency keys forgotten', forgotten });
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
