import { Injectable } from '@nestjs/common';
import { Database } from '@trm/platform';

/** Ages in seconds; 0 when there is nothing. */
export interface RecomputeFigures {
  readonly outboxWaiting: number;
  readonly outboxLag: number;
  readonly outboxSetAside: number;
  readonly oldestDirty: number;
  readonly oldestLive: number;
  readonly inFlight: number;
  readonly failed: number;
  readonly openRequests: number;
  readonly dirty: readonly { readonly priority: number; readonly targets: number }[];
  /** Of what was applied in the last five minutes. */
  readonly times: readonly {
    readonly until: 'started' | 'applied';
    readonly quantile: string;
    readonly seconds: number;
  }[];
}

@Injectable()
export class PgMetricsStore {
  constructor(private readonly db: Database) {}

  async read(): Promise<RecomputeFigures> {
    const [row] = await this.db.prepared<{ figures: RecomputeFigures }>(
      'recompute.figures',
      `WITH waiting AS (
         SELECT count(*) AS n, extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE attempts = 0)) AS lag, count(*) FILTER (WHERE attempts > 0) AS aside
           FROM control.outbox WHERE done_at IS NULL
       ), behind AS (
         SELECT t.*, t.state IN ('failed', 'cancelled') AS is_stuck
           FROM control.recompute_targets t WHERE t.applied_generation < t.generation
       ), recent AS (
         SELECT extract(epoch FROM since_request) AS until_applied, extract(epoch FROM since_request - since_start) AS until_started
           FROM control.recompute_log
          WHERE outcome = 'applied' AND at > clock_timestamp() - interval '5 minutes'
            AND id > (SELECT max(id) - 20000 FROM control.recompute_log)
       )
       SELECT json_build_object(
         'outboxWaiting', (SELECT n FROM waiting), 'outboxLag', (SELECT coalesce(lag, 0) FROM waiting), 'outboxSetAside', (SELECT aside FROM waiting),
         'oldestDirty', (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(first_requested_at)), 0) FROM behind WHERE NOT is_stuck),
         'oldestLive', (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(first_requested_at)), 0) FROM behind WHERE NOT is_stuck AND priority <= 4),
         'inFlight', (SELECT live + other FROM control.recompute_in_flight()),
         'failed', (SELECT count(*) FROM behind WHERE state = 'failed'),
         'openRequests', (SELECT count(*) FROM recompute_requests WHERE status IN ('queued', 'running')),
         'dirty', (SELECT coalesce(json_agg(p), '[]') FROM (SELECT priority, count(*) AS targets FROM behind WHERE NOT is_stuck GROUP BY priority ORDER BY priority) p),
         'times', (SELECT coalesce(json_agg(json_build_object('until', until, 'quantile', q::text, 'seconds', seconds)), '[]') FROM (
           SELECT 'applied' AS until, q, percentile_cont(q) WITHIN GROUP (ORDER BY until_applied) AS seconds FROM recent, unnest(ARRAY[0.5, 0.99]) q GROUP BY q
           UNION ALL
           SELECT 'started', q, percentile_cont(q) WITHIN GROUP (ORDER BY until_started) FROM recent, unnest(ARRAY[0.5, 0.99]) q WHERE until_started IS NOT NULL GROUP BY q) z)
       ) AS figures`,
      [],
    );
    return row!.figures;
  }
}
