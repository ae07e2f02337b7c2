import { Injectable } from '@nestjs/common';
import type { Tx } from '@trm/platform';
import type { RecomputeLayer, RecomputeReason, RecomputeScope } from '@trm/rules';
import { layerBits } from './bit-masks.js';

export interface CapturedChange {
  readonly id: string;
  readonly topic: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Entries and stages of one event, pair by pair. */
export interface Reach {
  readonly eventId: string;
  readonly entryIds: readonly string[];
  readonly stageIds: readonly string[];
}

/** Around a shape, in degrees of latitude: about a kilometre, which a car does not pass between two fixes. */
const NEAR_DEGREES = 0.01;

/** The outbox, and which entries and stages a change reaches. */
@Injectable()
export class PgPlanStore {
  /** The oldest rows that come for the first time; they stay locked to the end of the transaction. */
  async takeChanges(tx: Tx, most: number): Promise<CapturedChange[]> {
    return tx.query<{ id: string; topic: string; payload: Record<string, unknown> }>(
      `SELECT id::text, topic, payload FROM control.outbox
        WHERE done_at IS NULL AND attempts = 0 ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [most],
    );
  }

  /**
   * The oldest row that comes for the first time, with the others of its transaction. Whoever holds the first row of a
   * transaction has them all: two that plan at once would else share it, and what was changed at once be two requests.
   */
  async takeGroup(tx: Tx, most: number): Promise<CapturedChange[]> {
    return tx.query<{ id: string; topic: string; payload: Record<string, unknown> }>(
      `WITH oldest AS (
         SELECT txid FROM control.outbox f
          WHERE done_at IS NULL AND attempts = 0
            AND NOT EXISTS (SELECT FROM control.outbox e WHERE e.txid = f.txid AND e.id < f.id AND e.done_at IS NULL AND e.attempts = 0)
          ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
       )
       SELECT o.id::text, o.topic, o.payload
         FROM control.outbox o JOIN oldest USING (txid)
        WHERE o.done_at IS NULL AND o.attempts = 0 ORDER BY o.id LIMIT $1 FOR UPDATE OF o`,
      [most],
    );
  }

  /** The oldest row that stood aside for long enough; alone, so that it holds no other up. */
  async takeSetAside(tx: Tx): Promise<CapturedChange[]> {
    return tx.query<{ id: string; topic: string; payload: Record<string, unknown> }>(
      `SELECT id::text, topic, payload FROM control.outbox
        WHERE done_at IS NULL AND attempts > 0 AND not_before <= clock_timestamp() ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    );
  }

  async finish(tx: Tx, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await tx.query(`UPDATE control.outbox SET done_at = clock_timestamp() WHERE id = ANY ($1::bigint[])`, [
      ids,
    ]);
  }

  /** Lets rows stand aside that nothing could be made of; half a minute for each time, an hour at most. */
  async setAside(tx: Tx, ids: readonly string[], error: string): Promise<void> {
    await tx.query(
      `UPDATE control.outbox SET attempts = attempts + 1, last_error = $2,
              not_before = clock_timestamp() + least(interval '1 hour', (attempts + 1) * interval '30 seconds')
        WHERE id = ANY ($1::bigint[])`,
      [ids, error],
    );
  }

  /**
   * Who is reached: pairs of entry and stage that have a start, and of which something was computed before, fixes have
   * come or a marshal has seen something. What was never computed and never heard of can't differ.
   *
   * Near a shape was who sent a fix within a kilometre of it, or whose whole track spans it: between two fixes that lie
   * far apart a crew may have passed anywhere. So is whoever has a crossing of the geofence by hand.
   */
  async reach(tx: Tx, scopes: readonly RecomputeScope[]): Promise<Reach[]> {
    return tx.query<{ eventId: string; entryIds: string[]; stageIds: string[] }>(
      `WITH scope AS (
         SELECT * FROM jsonb_to_recordset($1::jsonb) AS s (
           kind text, "entryId" uuid, "from" timestamptz, "to" timestamptz, "deviceId" uuid, "stageId" uuid,
           "entryIds" uuid[], "segmentId" uuid, "eventId" uuid, "geofenceId" uuid, "geofenceIds" uuid[], shapes jsonb)
       ), shape AS (
         SELECT s."segmentId", s."geofenceId", s."eventId", box.*
           FROM scope s, jsonb_array_elements(s.shapes) AS j (geojson),
                LATERAL (SELECT ST_Expand(ST_Envelope(ST_SetSRID(ST_GeomFromGeoJSON(j.geojson), 4326)), 0) AS exact,
                                ST_Expand(ST_Envelope(ST_SetSRID(ST_GeomFromGeoJSON(j.geojson), 4326)), ${NEAR_DEGREES * 2}, ${NEAR_DEGREES}) AS around) box
          WHERE s.kind LIKE 'near-%'
       ), stage_of_shape AS (
         SELECT DISTINCT h.exact, h.around, g.stage_id, h."geofenceId"
           FROM shape h
           JOIN segments g ON g.id = h."segmentId"
         UNION
         SELECT h.exact, h.around, s.id, h."geofenceId"
           FROM shape h
           JOIN stages s ON s.event_id = h."eventId"
          WHERE h."geofenceId" IS NOT NULL
            AND (EXISTS (SELECT FROM segments g WHERE g.stage_id = s.id AND h."geofenceId" IN (g.entry_geofence_id, g.exit_geofence_id))
                 OR NOT EXISTS (SELECT FROM segments g WHERE h."geofenceId" IN (g.entry_geofence_id, g.exit_geofence_id)))
       ), neighbour AS (
         SELECT DISTINCT c."stageId" AS of_stage_id, s.id AS stage_id
           FROM scope c JOIN stages o ON o.id = c."stageId" JOIN stages s ON s.event_id = o.event_id AND s.id <> o.id
          WHERE c.kind = 'starts' AND control.share_a_fence(o.id, s.id)
       ), whole_stage AS (
         SELECT "stageId" AS stage_id FROM scope WHERE kind = 'stage' AND "entryIds" IS NULL
         UNION SELECT r.stage_id FROM scope c JOIN segments r ON r.id = c."segmentId" WHERE c.kind = 'segment'
         UNION SELECT s.id FROM scope c JOIN stages s ON s.event_id = c."eventId" WHERE c.kind = 'event'
         UNION SELECT g.stage_id FROM scope c JOIN segments g ON ARRAY[g.entry_geofence_id, g.exit_geofence_id] && c."geofenceIds"
                WHERE EXISTS (SELECT FROM segments o JOIN entry_segment_starts x ON x.segment_id = o.id WHERE o.stage_id = c."stageId")
       ), named AS (
         SELECT DISTINCT c."stageId" AS stage_id, e.entry_id, c.kind = 'starts' AS is_of_starts
           FROM scope c, unnest(c."entryIds") AS e (entry_id) WHERE c.kind IN ('stage', 'starts')
       ), of_entry AS (
         SELECT "entryId" AS entry_id FROM scope WHERE kind = 'entry'
         UNION SELECT b.entry_id FROM scope c JOIN entry_devices b ON b.device_id = c."deviceId" WHERE c.kind = 'device'
       ), started AS (
         -- Asked for as they are; the others only on a condition.
         SELECT x.entry_id, g.stage_id, true AS is_asked, NULL::uuid AS neighbour_of
           FROM whole_stage w JOIN segments g ON g.stage_id = w.stage_id JOIN entry_segment_starts x ON x.segment_id = g.id
         UNION
         SELECT x.entry_id, g.stage_id, true, NULL
           FROM named w JOIN segments g ON g.stage_id = w.stage_id JOIN entry_segment_starts x ON x.segment_id = g.id AND x.entry_id = w.entry_id
         UNION
         SELECT x.entry_id, g.stage_id, false, b.of_stage_id
           FROM named w JOIN neighbour b ON b.of_stage_id = w.stage_id AND w.is_of_starts
           JOIN segments g ON g.stage_id = b.stage_id JOIN entry_segment_starts x ON x.segment_id = g.id AND x.entry_id = w.entry_id
         UNION
         SELECT x.entry_id, g.stage_id, false, NULL
           FROM (SELECT DISTINCT stage_id FROM stage_of_shape) w JOIN segments g ON g.stage_id = w.stage_id JOIN entry_segment_starts x ON x.segment_id = g.id
         UNION
         SELECT x.entry_id, g.stage_id, false, NULL
           FROM of_entry w JOIN entry_segment_starts x ON x.entry_id = w.entry_id JOIN segments g ON g.id = x.segment_id
       ), time_of AS MATERIALIZED (
         SELECT * FROM control.recompute_windows(ARRAY(SELECT DISTINCT entry_id FROM started))
       ), pair AS (
         -- A start may have been moved by a day at most: before that it may have been near.
         SELECT t.entry_id, t.stage_id, s.event_id, w.during,
                bool_or(t.is_asked OR t.neighbour_of IS NOT NULL
                  AND tstzrange(lower(w.during) - interval '1 day', upper(w.during) + interval '1 day') && o.during) AS is_asked
           FROM started t
           JOIN stages s ON s.id = t.stage_id
           LEFT JOIN time_of w ON w.entry_id = t.entry_id AND w.stage_id = t.stage_id
           LEFT JOIN time_of o ON o.entry_id = t.entry_id AND o.stage_id = t.neighbour_of
          GROUP BY t.entry_id, t.stage_id, s.event_id, w.during
       ), known AS (
         SELECT p.*,
                EXISTS (SELECT FROM control.recompute_targets t WHERE t.entry_id = p.entry_id AND t.stage_id = p.stage_id)
                OR EXISTS (SELECT FROM stage_results r WHERE r.entry_id = p.entry_id AND r.stage_id = p.stage_id)
                OR EXISTS (SELECT FROM entry_crossings c WHERE c.entry_id = p.entry_id AND c.source = 'manual') AS is_known
           FROM pair p
       ), reached AS (
         SELECT k.* FROM known k
          WHERE (k.is_known OR EXISTS (
                  SELECT FROM entry_devices b JOIN devices d ON d.id = b.device_id
                  CROSS JOIN LATERAL (
                    SELECT FROM positions p
                     WHERE p.device_id = d.imei
                       AND p.ts >= greatest(lower(k.during), b.valid_from)
                       AND p.ts < least(upper(k.during), coalesce(b.valid_to, 'infinity'))
                     LIMIT 1) heard
                  WHERE b.entry_id = k.entry_id))
            AND (k.is_asked
                 OR EXISTS (
                  SELECT FROM scope c
                   WHERE CASE c.kind
                     WHEN 'entry' THEN c."entryId" = k.entry_id
                       AND (c."from" IS NULL AND c."to" IS NULL OR k.during IS NULL OR k.during && tstzrange(c."from", c."to", '[]'))
                     WHEN 'device' THEN EXISTS (SELECT FROM entry_devices b WHERE b.entry_id = k.entry_id AND b.device_id = c."deviceId")
                     ELSE false END)
                 OR EXISTS (
                  SELECT FROM stage_of_shape h
                   WHERE h.stage_id = k.stage_id AND (
                     EXISTS (
                       SELECT FROM entry_crossings c
                        WHERE c.entry_id = k.entry_id AND c.geofence_id = h."geofenceId" AND c.source = 'manual')
                     OR EXISTS (
                       SELECT FROM entry_devices b JOIN devices d ON d.id = b.device_id JOIN positions p ON p.device_id = d.imei
                        WHERE b.entry_id = k.entry_id
                          AND p.ts >= greatest(lower(k.during), b.valid_from)
                          AND p.ts < least(upper(k.during), coalesce(b.valid_to, 'infinity'))
                          AND p.geom && h.around)
                     OR (SELECT ST_Extent(p.geom)::geometry
                           FROM entry_devices b JOIN devices d ON d.id = b.device_id JOIN positions p ON p.device_id = d.imei
                          WHERE b.entry_id = k.entry_id
                            AND p.ts >= greatest(lower(k.during), b.valid_from)
                            AND p.ts < least(upper(k.during), coalesce(b.valid_to, 'infinity'))) && h.exact)))
       )
       SELECT event_id AS "eventId", array_agg(entry_id) AS "entryIds", array_agg(stage_id) AS "stageIds"
         FROM reached GROUP BY event_id ORDER BY event_id`,
      [JSON.stringify(scopes)],
    );
  }

  /** @returns the request; null when no stage of it has opened */
  async request(
    tx: Tx,
    of: Reach & {
      readonly reason: RecomputeReason;
      readonly layers: readonly RecomputeLayer[];
      readonly authorId: string | null;
      readonly changedTables: readonly string[];
    },
  ): Promise<string | null> {
    const [row] = await tx.query<{ id: string | null }>(
      `SELECT control.request_recompute($1, $2::uuid[], $3::uuid[], $4, $5, NULL, $6, $7) AS id`,
      [
        of.eventId,
        of.entryIds,
        of.stageIds,
        layerBits(of.layers),
        of.reason,
        of.authorId,
        JSON.stringify({ changed: of.changedTables }),
      ],
    );
    return row?.id ?? null;
  }
}
