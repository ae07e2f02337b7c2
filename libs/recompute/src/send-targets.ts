import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { RecomputeJob } from '@trm/contracts';
import { errorForLog } from '@trm/platform';
import { jobForTarget } from './job-for-target.js';
import { type Claim, type ClaimedTarget, PgRelayStore, type SentJob } from './pg-relay-store.js';
import { RecomputeQueue } from './recompute-queue.js';

/** Live targets, which somebody waits for, and the others are sent by themselves: neither waits for the other. */
export type Lane = 'live' | 'other';

export interface RelaySettings {
  /**
   * Targets in one claim at most. With more, each costs a smaller share of the round trips; with fewer, two relays stand
   * less in each other's way at Redis, less is left to wait for the end of a lease when a relay dies, and less can be
   * under way above the most, which counts what is noted and not what others lease.
   */
  readonly batch: number;
  /**
   * Jobs under way at most: what waits in Postgres can still be overtaken, what waits in the queue can't. Few others, so
   * that a mass of them leaves the processors and the database to the live ones in between.
   */
  readonly mostLive: number;
  readonly mostOther: number;
  /** For so long are the targets of a claim its own; longer than Redis may take. Milliseconds. */
  readonly leaseMs: number;
  /** After this a job that was not heard of is looked for; one that is still worked on takes no harm. Milliseconds. */
  readonly visibleMs: number;
}

export const RELAY_SETTINGS: RelaySettings = {
  batch: 60,
  mostLive: 2_000,
  mostOther: 60,
  leaseMs: 15_000,
  visibleMs: 30_000,
};

/** So long at most does a claim wait for rows that somebody else is writing; milliseconds. */
const MARK_WITHIN_MS = 1_000;

/**
 * Sends what is wanted into the queue, and sends it again when it was lost.
 *
 *  1. Say which Redis this is. When it is not the one of before, or came back empty, all that was under way is due.
 *  2. Lease targets that are due, one job for each at a time; live ones and others apart. Each claim is a lease of its
 *     own: one that slept can't speak for a later one, not even of the same process.
 *  3. A target whose job was not heard of in time: while that job is still in the queue it only gets more time.
 *  4. Put the jobs into the queue, each under the id of its target, generation and attempt: sent twice is one job.
 *  5. Note that they are there, for what is still leased. Cut off between 4 and 5, the next one does 4 again.
 *
 * Redis away: the leases are given back, everything waits in Postgres, nothing is lost.
 */
@Injectable()
export class SendTargets {
  private readonly log = new Logger(SendTargets.name);
  /** What went wrong since the process began, for the metrics. */
  failures = 0;

  constructor(
    private readonly store: PgRelayStore,
    private readonly queue: RecomputeQueue,
    private readonly settings: RelaySettings,
  ) {}

  /**
   * Sends what is due, a batch after the other.
   * @param most of one call; all that is due when left out
   */
  async sendDue(lane: Lane, most = Number.POSITIVE_INFINITY): Promise<void> {
    for (let left = most; left > 0; left -= this.settings.batch) {
      const batch = Math.min(this.settings.batch, left);
      const claim = await this.claim(lane, batch);
      if (claim.targets.length === 0 || !(await this.send(claim)) || claim.targets.length < batch) return;
    }
  }

  private claim(lane: Lane, batch: number): Promise<Claim> {
    const { mostLive, mostOther, leaseMs } = this.settings;
    return this.store.claim(randomUUID(), {
      batch,
      leaseMs,
      mostLive: lane === 'live' ? mostLive : 0,
      mostOther: lane === 'other' ? mostOther : 0,
    });
  }

  /** @returns whether they are in the queue and noted; if not, they are given back */
  private async send(claim: Claim): Promise<boolean> {
    const { lease, targets } = claim;
    try {
      const jobs = await Promise.all(targets.map((target) => this.jobFor(target)));
      await this.queue.add(jobs.filter(({ isThere }) => !isThere).map(({ job }) => job));
      await this.mark(lease, jobs);
      return true;
    } catch (error) {
      this.failures += 1;
      this.log.warn({
        message: 'jobs could not be sent',
        targets: targets.length,
        error: errorForLog(error),
      });
      await this.release(claim);
      return false;
    }
  }

  /** Without a database the lease ends by itself. */
  private async release(claim: Claim): Promise<void> {
    await this.store.release(claim).catch((error: unknown) => {
      this.log.warn({ message: 'a lease could not be given back', error: errorForLog(error) });
    });
  }

  /** Compares the Redis of the queue with the one that the jobs were sent to. @returns how many are due again */
  async watchTransport(): Promise<number> {
    const again = await this.store.noteTransport(await this.queue.epoch());
    if (again > 0) this.log.warn({ message: 'the queue was emptied; jobs are sent again', targets: again });
    return again;
  }

  private async jobFor(target: ClaimedTarget): Promise<SentJob & { isThere: boolean }> {
    const { sentGeneration, queueAttempt } = target;
    const isSentJobThere =
      sentGeneration !== null &&
      (await this.queue.has({ ...target, generation: sentGeneration, attempt: queueAttempt }));
    const { generation, attempt, isThere } = jobForTarget(target, isSentJobThere);
    const job: RecomputeJob = {
      v: 1,
      entryId: target.entryId,
      stageId: target.stageId,
      generation,
      attempt,
      layers: target.layers,
      reasons: target.reasons,
      priority: target.priority,
      requestedAt: target.requestedAt,
    };
    return { id: target.id, generation, attempt, job, isThere };
  }

  private async mark(lease: string, jobs: readonly SentJob[]): Promise<void> {
    let open = jobs;
    const until = Date.now() + MARK_WITHIN_MS;
    // A row that somebody is just writing is skipped, so that nobody waits in a circle; it is free in a moment. When it
    // is not, all that waits behind this claim goes first: behind the lease the job is sent again, under the same id.
    for (let pause = 1; open.length > 0 && Date.now() < until; pause = Math.min(pause * 2, 200)) {
      const settled = new Set(await this.store.markQueued(lease, open, this.settings.visibleMs));
      open = open.filter(({ id }) => !settled.has(id));
      if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
