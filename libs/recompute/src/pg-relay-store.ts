import { Injectable } from '@nestjs/common';
import type { RecomputeJob } from '@trm/contracts';
import { Database } from '@trm/platform';
import { layersOf, reasonsOf } from './bit-masks.js';

/** Targets that were claimed together, under a lease of their own. */
export interface Claim {
  readonly lease: string;
  readonly targets: readonly ClaimedTarget[];
}

/** A target that is leased. */
export interface ClaimedTarget {
  readonly id: string;
  readonly entryId: string;
  readonly stageId: string;
  readonly generation: number;
  /** Generation of a job that was sent and not heard of; null when none is under way. */
  readonly sentGeneration: number | null;
  readonly queueAttempt: number;
  readonly priority: number;
  readonly layers: RecomputeJob['layers'];
  readonly reasons: RecomputeJob['reasons'];
  /** ISO 8601. */
  readonly requestedAt: string;
}

export interface SentJob {
  readonly id: string;
  readonly generation: number;
  readonly attempt: number;
  readonly job: RecomputeJob;
}

/** The relay's side of `control.recompute_targets`; what each statement holds to stands in db-init/post/022, 029, 032 and 033. */
@Injectable()
export class PgRelayStore {
  constructor(private readonly db: Database) {}

  /**
   * Leases what is due. Its commit does not wait for the disk.
   * @param lease a new UUID
   */
  async claim(
    lease: string,
    {
      batch,
      mostLive,
      mostOther,
      leaseMs,
    }: { batch: number; mostLive: number; mostOther: number; leaseMs: number },
  ): Promise<Claim> {
    const rows = await this.db.prepared<{
      id: string;
      entryId: string;
      stageId: string;
      generation: string;
      sentGeneration: string | null;
      queueAttempt: number;
      priority: number;
      layers: number;
      reasons: number;
      requestedAt: Date;
    }>(
      'recompute.claim',
      `SELECT id::text, entry_id AS "entryId", stage_id AS "stageId", generation, sent_generation AS "sentGeneration",
              queue_attempt AS "queueAttempt", priority, layers, reasons, first_requested_at AS "requestedAt"
         FROM control.claim_recompute($1, $2, $3, $4, make_interval(secs => $5::float8 / 1000))`,
      [lease, batch, mostLive, mostOther, leaseMs],
    );
    const targets = rows.map((row) => ({
      ...row,
      generation: Number(row.generation),
      sentGeneration: row.sentGeneration === null ? null : Number(row.sentGeneration),
      layers: layersOf(row.layers),
      reasons: reasonsOf(row.reasons),
      requestedAt: row.requestedAt.toISOString(),
    }));
    return { lease, targets };
  }

  /** @returns the ids that need no further marking */
  async markQueued(lease: string, jobs: readonly SentJob[], visibleMs: number): Promise<string[]> {
    const rows = await this.db.prepared<{ id: string }>(
      'recompute.mark',
      `SELECT m::text AS id FROM control.mark_recompute_queued($1, $2::bigint[], $3::bigint[], $4::int[], make_interval(secs => $5::float8 / 1000)) m`,
      [
        lease,
        jobs.map(({ id }) => id),
        jobs.map(({ generation }) => generation),
        jobs.map(({ attempt }) => attempt),
        visibleMs,
      ],
    );
    return rows.map(({ id }) => id);
  }

  /** Gives back what is still leased by it, so that another claim need not wait for its end. */
  async release({ lease, targets }: Claim): Promise<void> {
    await this.db.query(`SELECT control.release_recompute($1, $2::bigint[])`, [
      lease,
      targets.map(({ id }) => id),
    ]);
  }

  /** @returns how many targets are due again because their jobs are gone */
  async noteTransport(epoch: string): Promise<number> {
    const [row] = await this.db.prepared<{ again: number }>(
      'recompute.transport',
      `SELECT control.note_recompute_transport($1) AS again`,
      [epoch],
    );
    return row!.again;
  }

  /** @returns how many lines of the log were carried over into the requests */
  async settle(batch: number): Promise<number> {
    const [row] = await this.db.prepared<{ settled: number }>(
      'recompute.settle',
      `SELECT control.settle_recompute($1) AS settled`,
      [batch],
    );
    return row!.settled;
  }
}
