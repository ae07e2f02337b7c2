import { Injectable } from '@nestjs/common';
import { type Caller, Database, type Tx } from '@trm/platform';
import type { RecomputeOrder } from './recompute-requests.js';
import { layerBits } from './bit-masks.js';
import { RecomputeRequestNotFound } from './recompute.problems.js';

/** A request as staff see it. Instants are ISO 8601, UTC. */
export interface RecomputeRequestRow {
  readonly id: string;
  readonly eventId: string;
  readonly reason: string;
  readonly reasonText: string | null;
  /** Null when a program changed something without saying for whom. */
  readonly requestedBy: { readonly id: string; readonly name: string } | null;
  readonly scope: Readonly<Record<string, unknown>> | null;
  readonly layers: readonly string[];
  readonly windowFrom: string | null;
  readonly windowTo: string | null;
  readonly status: string;
  readonly targetsTotal: number;
  readonly targetsApplied: number;
  readonly targetsFailed: number;
  /** Since when the oldest target that is not done has waited. */
  readonly oldestWaitingSince: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
  readonly error: string | null;
  readonly result: { readonly official?: readonly string[]; readonly resultsChanged?: number } | null;
}

const REQUEST = `
  SELECT json_build_object(
    'id', r.id, 'eventId', r.event_id, 'reason', r.reason, 'reasonText', r.reason_text,
    'requestedBy', CASE WHEN u.id IS NOT NULL THEN json_build_object('id', u.id, 'name', concat_ws(' ', u.first_name, u.last_name)) END,
    'scope', r.scope, 'layers', string_to_array(r.layers, ','), 'windowFrom', r.window_from, 'windowTo', r.window_to,
    'status', r.status, 'targetsTotal', r.targets_total, 'targetsApplied', r.targets_applied,
    'targetsFailed', r.targets_failed,
    'oldestWaitingSince', CASE WHEN r.status IN ('queued', 'running') THEN (
      SELECT min(t.first_requested_at) FROM control.recompute_request_targets k JOIN control.recompute_targets t ON t.id = k.target_id
       WHERE k.request_id = r.id AND k.state = 'waiting') END,
    'createdAt', r.created_at, 'updatedAt', r.updated_at, 'finishedAt', r.finished_at, 'error', r.error, 'result', r.result) AS request
   FROM recompute_requests r LEFT JOIN directus_users u ON u.id = r.requested_by`;

/** Requests to recompute, as staff make and follow them. */
@Injectable()
export class PgRequestStore {
  constructor(private readonly db: Database) {}

  /** Stages and entries of an order that are not of its event. */
  async strangers(
    tx: Tx,
    { eventId, stageIds = [], entryIds = [] }: RecomputeOrder,
  ): Promise<{ stageIds: string[]; entryIds: string[] }> {
    const [row] = await tx.query<{ stageIds: string[]; entryIds: string[] }>(
      `SELECT array(SELECT unnest($2::uuid[]) EXCEPT SELECT id FROM stages WHERE event_id = $1) AS "stageIds",
              array(SELECT unnest($3::uuid[]) EXCEPT SELECT id FROM entries WHERE event_id = $1) AS "entryIds"`,
      [eventId, stageIds, entryIds],
    );
    return row!;
  }

  /** @returns the request; null when nothing of it has ever opened */
  async ask(
    tx: Tx,
    { eventId, stageIds, entryIds, layers = ['crossings', 'penalties', 'results'], reason }: RecomputeOrder,
    of: { reason: 'manual_correction' | 'replay'; authorId: string },
  ): Promise<string | null> {
    const [row] = await tx.query<{ id: string | null }>(
      `WITH pair AS (
         SELECT DISTINCT x.entry_id, s.id AS stage_id
           FROM stages s JOIN segments g ON g.stage_id = s.id JOIN entry_segment_starts x ON x.segment_id = g.id
          WHERE s.event_id = $1
            AND ($2::uuid[] IS NULL OR s.id = ANY ($2))
            AND ($3::uuid[] IS NULL OR x.entry_id = ANY ($3))
       )
       SELECT control.request_recompute($1, a.entries, a.stages, $4, $5, $6, $7, $8) AS id
         FROM (SELECT array_agg(entry_id) AS entries, array_agg(stage_id) AS stages FROM pair) a`,
      [
        eventId,
        stageIds ?? null,
        entryIds ?? null,
        layerBits(layers),
        of.reason,
        reason,
        of.authorId,
        JSON.stringify({ ...(stageIds && { stageIds }), ...(entryIds && { entryIds }) }),
      ],
    );
    return row?.id ?? null;
  }

  /** @throws RecomputeRequestNotFound */
  async one(tx: Tx, id: string): Promise<RecomputeRequestRow> {
    const [row] = await tx.query<{ request: RecomputeRequestRow }>(`${REQUEST} WHERE r.id = $1`, [id]);
    if (row === undefined) throw new RecomputeRequestNotFound();
    return row.request;
  }

  /** @throws RecomputeRequestNotFound when there is none, or the caller is no member of its organisation */
  async oneFor(caller: Caller, id: string): Promise<RecomputeRequestRow> {
    const [row] = await this.db.query<{ request: RecomputeRequestRow }>(
      `${REQUEST} JOIN events e ON e.id = r.event_id
        WHERE r.id = $1
          AND ($3 OR EXISTS (SELECT FROM organization_users m WHERE m.organization_id = e.organization_id AND m.user_id = $2))`,
      [id, caller.userId, caller.isAdmin],
    );
    if (row === undefined) throw new RecomputeRequestNotFound();
    return row.request;
  }

  /** The newest first. */
  async list(of: {
    eventId: string;
    status?: readonly string[];
    limit: number;
    offset: number;
  }): Promise<RecomputeRequestRow[]> {
    const rows = await this.db.query<{ request: RecomputeRequestRow }>(
      `${REQUEST} WHERE r.event_id = $1 AND ($2::text[] IS NULL OR r.status = ANY ($2))
        ORDER BY r.created_at DESC, r.id LIMIT $3 OFFSET $4`,
      [of.eventId, of.status ?? null, of.limit, of.offset],
    );
    return rows.map(({ request }) => request);
  }

  /**
   * Requests of an event that are open or changed since an instant, the oldest change first; 200 at most.
   * @param told those that are left out, by their id, as long as they have not changed
   */
  async openOrChangedSince(
    eventId: string,
    since: Date,
    told: ReadonlyMap<string, RecomputeRequestRow>,
  ): Promise<RecomputeRequestRow[]> {
    const rows = await this.db.query<{ request: RecomputeRequestRow }>(
      `${REQUEST} WHERE r.event_id = $1 AND (r.updated_at > $2 OR r.status IN ('queued', 'running'))
          AND NOT EXISTS (SELECT FROM unnest($3::uuid[], $4::timestamptz[]) told (id, at) WHERE told.id = r.id AND told.at = r.updated_at)
        ORDER BY r.updated_at, r.id LIMIT 200`,
      [eventId, since, [...told.keys()], [...told.values()].map(({ updatedAt }) => updatedAt)],
    );
    return rows.map(({ request }) => request);
  }

  async retry(tx: Tx, id: string): Promise<number> {
    const [row] = await tx.query<{ again: number }>(`SELECT control.retry_recompute($1) AS again`, [id]);
    return row!.again;
  }

  async cancel(tx: Tx, id: string): Promise<number> {
    const [row] = await tx.query<{ cancelled: number }>(`SELECT control.cancel_recompute($1) AS cancelled`, [
      id,
    ]);
    return row!.cancelled;
  }
}
