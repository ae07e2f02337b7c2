import { randomUUID } from 'node:crypto';
import { RECOMPUTE_QUEUE, type RecomputeJob, recomputeJobId } from '@trm/contracts';
import type { Sql } from '@trm/processor-kit';
import { type ConnectionOptions, Queue } from 'bullmq';
import { within } from './eventually.js';

/** As the control plane's worker sends them, only that the pauses between attempts are short. */
const ATTEMPTS = 5;
const BACKOFF_MS = 250;
const CLAIM_WITHIN_MS = 10_000;

/** The data of a job, as it lies in the queue. */
export type JobData = { readonly [Field in keyof RecomputeJob]: RecomputeJob[Field] };

/** A target that is leased, and what its job says. */
interface Lease {
  readonly id: string;
  readonly job: JobData;
}

/** The part of the control plane that sends jobs, one step at a time. */
export class Relay {
  readonly queue: Queue;
  private readonly relay = randomUUID();
  /** Leased, and not sent yet. */
  private readonly held = new Map<string, Lease>();

  constructor(
    private readonly sql: Sql,
    connection: ConnectionOptions,
    private readonly prefix: string,
    private readonly visibleSeconds: number,
  ) {
    this.queue = new Queue(RECOMPUTE_QUEUE, { connection, prefix });
    this.queue.on('error', () => undefined);
  }

  /**
   * Leases the target of this entry, as soon as it is due: wishes that follow one another closely wait a little. Others that
   * are due are leased with it and stay so: they are of cases that are over.
   * @returns its job, which is not sent yet
   */
  async claim(entryId: string): Promise<JobData> {
    const { job } = await within(
      CLAIM_WITHIN_MS,
      () => this.tryClaim(entryId),
      () => 'The suite itself could not lease a target: is a control plane running on this database?',
    );
    return job;
  }

  /** Puts a claimed job into the queue and notes that it is there. @returns its id */
  async send(job: JobData): Promise<string> {
    const lease = [...this.held.values()].find(({ job: { entryId } }) => entryId === job.entryId);
    const [id] = await this.add([job]);
    if (lease !== undefined) {
      await this.mark(lease.id, job);
      this.held.delete(job.entryId);
    }
    return id!;
  }

  /** Sends what is wanted of this entry. @returns the id of the job */
  async sendWanted(entryId: string): Promise<string> {
    return this.send(await this.claim(entryId));
  }

  /** Puts jobs into the queue, whatever they say. @returns their ids */
  async add(jobs: readonly object[]): Promise<string[]> {
    const added = await this.queue.addBulk(
      jobs.map((data) => ({
        name: RECOMPUTE_QUEUE,
        data,
        opts: {
          jobId: idOf(data),
          priority: 1,
          attempts: ATTEMPTS,
          backoff: { type: 'exponential', delay: BACKOFF_MS },
        },
      })),
    );
    return added.map(({ id }) => id!);
  }

  /** Sends again what was lost, as the control plane does when a job was not heard of in time. */
  async sweep(entryId: string): Promise<void> {
    const lease = await this.tryClaim(entryId);
    if (lease === undefined) return;
    const state = await this.queue.getJobState(recomputeJobId(lease.job));
    if (['completed', 'failed'].includes(state)) {
      await this.send({ ...lease.job, attempt: lease.job.attempt + 1 });
    } else if (state === 'unknown') {
      await this.send(lease.job);
    } else {
      await this.mark(lease.id, lease.job);
      this.held.delete(entryId);
    }
  }

  /** How a job stands: how often it was tried to an end, and how often a processor has begun it. */
  async look(jobId: string): Promise<{ state: string; attempts: number; starts: number; reason: string }> {
    const [job, state] = await Promise.all([this.queue.getJob(jobId), this.queue.getJobState(jobId)]);
    return {
      state,
      attempts: job?.attemptsMade ?? 0,
      starts: job?.attemptsStarted ?? 0,
      reason: job?.failedReason ?? '',
    };
  }

  /** Removes every key of the queue, as a Redis does that starts again without its data. */
  async empty(): Promise<void> {
    const redis = await this.queue.backend.client;
    const ofQueue = `${this.prefix}:${RECOMPUTE_QUEUE}:`.replace(/[[\]*?\\]/g, '\\$&');
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, { MATCH: `${ofQueue}*`, COUNT: 1_000 });
      if (keys.length > 0) await redis.del(...keys);
      cursor = next;
    } while (cursor !== '0');
  }

  async close(): Promise<void> {
    await this.queue.obliterate({ force: true }).catch(() => undefined);
    await this.queue.close();
  }

  private async tryClaim(entryId: string): Promise<Lease | undefined> {
    const rows = await this.sql.query<{
      id: string;
      entryId: string;
      stageId: string;
      generation: string;
      attempt: number;
      priority: number;
      layers: RecomputeJob['layers'];
      reasons: RecomputeJob['reasons'];
      at: Date;
    }>(
      `SELECT id::text, entry_id AS "entryId", stage_id AS "stageId", generation, queue_attempt AS attempt, priority,
              control.layer_names(layers) AS layers, control.reason_names(reasons) AS reasons, first_requested_at AS at
         FROM control.claim_recompute($1, 100, 100, 100, interval '1 hour')`,
      [this.relay],
    );
    for (const { id, at, generation, ...row } of rows) {
      const job = { v: 1 as const, ...row, generation: Number(generation), requestedAt: at.toISOString() };
      this.held.set(row.entryId, { id, job });
    }
    return this.held.get(entryId);
  }

  private async mark(id: string, { generation, attempt }: JobData): Promise<void> {
    await within(
      10_000,
      async () => {
        const rows = await this.sql.query(
          `SELECT control.mark_recompute_queued($1, $2::bigint[], $3::bigint[], $4::int[], make_interval(secs => $5::float8))`,
          [this.relay, [id], [generation], [attempt], this.visibleSeconds],
        );
        return rows.length > 0 ? true : undefined;
      },
      () => 'The row of the target stayed locked for 10 s: a transaction of the processor is left open.',
    );
  }
}

function idOf(data: object): string {
  const { entryId, stageId, generation, attempt } = data as Partial<RecomputeJob>;
  return typeof entryId === 'string' && typeof stageId === 'string' && typeof generation === 'number'
    ? `${recomputeJobId({ entryId, stageId, generation, attempt: attempt ?? 0 })}${(data as { v?: unknown }).v === 1 ? '' : '-other'}`
    : `odd-${randomUUID()}`;
}
