import type { RecomputeTarget, Sql } from '@trm/processor-kit';
import type { StageOutcome } from './compute-stage.js';

/**
 * Writes crossings and result of one entry, and the places of the stage. Rows that are right already are not touched.
 *
 *  1. Results of one stage are written one after the other: places depend on all of them.
 *  2. Crossings of the stage's geofences by trackers: those not found any more go, new ones come. What marshals set by
 *     hand stays. Another stage of the day may use the same fences: what it took for its own segments stays its own, and
 *     what belongs to no segment is written by the stage that began last by then.
 *  3. The result of the entry; its version grows when it differs.
 *  4. Places of the whole stage and in each class, by net time; equal times share a place. Only when 3 changed anything,
 *     or the entry itself did: it may be in another class.
 */
export async function writeStage(
  sql: Sql,
  { crossings, status, elapsedMs, penaltyMs, netMs }: StageOutcome,
  { entryId, stageId, reasons }: RecomputeTarget,
): Promise<void> {
  await sql.query(`SELECT pg_advisory_xact_lock(hashtextextended('processor.stage ' || $1, 0))`, [stageId]);
  await sql.query(
    `WITH found AS (
       SELECT geofence_id, device_id, direction, segment_id, to_timestamp(at_ms / 1000) AS ts
         FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::float8[], $7::uuid[]) AS f (geofence_id, device_id, direction, at_ms, segment_id)
     ), own_segment AS (
       SELECT id, entry_geofence_id, exit_geofence_id FROM segments WHERE stage_id = $2
     ), own_time AS (
       SELECT tstzrange(lower(w.during), least(upper(w.during), (
                SELECT min(lower(n.during)) FROM control.neighbours_of($1, $2) n WHERE lower(n.during) > lower(w.during)))) AS during
         FROM control.recompute_windows(ARRAY[$1::uuid]) w WHERE w.stage_id = $2
     ), own AS (
       SELECT c.id, c.geofence_id, c.ts FROM entry_crossings c
        WHERE c.entry_id = $1 AND c.source = 'gps'
          AND (c.segment_id IN (SELECT id FROM own_segment)
               OR c.segment_id IS NULL
                  AND c.geofence_id IN (SELECT unnest(ARRAY[entry_geofence_id, exit_geofence_id]) FROM own_segment)
                  AND EXISTS (SELECT FROM own_time t WHERE t.during @> c.ts))
     ), gone AS (
       DELETE FROM entry_crossings c USING own
        WHERE c.id = own.id AND NOT EXISTS (SELECT FROM found f WHERE f.geofence_id = own.geofence_id AND f.ts = own.ts)
     )
     INSERT INTO entry_crossings AS c (entry_id, geofence_id, device_id, segment_id, direction, ts, source)
     SELECT $1, f.geofence_id, f.device_id, f.segment_id, f.direction, f.ts, 'gps'
       FROM found f
      WHERE f.segment_id IS NOT NULL
         OR EXISTS (SELECT FROM own_time t WHERE t.during @> f.ts)
         OR EXISTS (SELECT FROM own WHERE own.geofence_id = f.geofence_id AND own.ts = f.ts)
      ORDER BY f.geofence_id, f.ts
     ON CONFLICT (entry_id, geofence_id, ts) DO UPDATE
       SET device_id = excluded.device_id, segment_id = excluded.segment_id, direction = excluded.direction
       WHERE c.source = 'gps'
         AND (excluded.segment_id IS NOT NULL OR c.segment_id IS NULL OR c.segment_id IN (SELECT id FROM own_segment))
         AND (c.device_id, c.segment_id, c.direction) IS DISTINCT FROM (excluded.device_id, excluded.segment_id, excluded.direction)`,
    [
      entryId,
      stageId,
      crossings.map(({ fenceId }) => fenceId),
      crossings.map(({ deviceId }) => deviceId),
      crossings.map(({ direction }) => direction),
      crossings.map(({ atMs }) => atMs),
      crossings.map(({ segmentId }) => segmentId),
    ],
  );
  const changed = await sql.query(
    `INSERT INTO stage_results AS r (entry_id, stage_id, status, elapsed_ms, penalty_ms, net_ms)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (entry_id, stage_id) DO UPDATE SET
       status = excluded.status, elapsed_ms = excluded.elapsed_ms, penalty_ms = excluded.penalty_ms,
       net_ms = excluded.net_ms, version = r.version + 1, updated_at = now()
     WHERE (r.status, r.elapsed_ms, r.penalty_ms, r.net_ms)
           IS DISTINCT FROM (excluded.status, excluded.elapsed_ms, excluded.penalty_ms, excluded.net_ms)
     RETURNING 1`,
    [entryId, stageId, status, elapsedMs, penaltyMs, netMs],
  );
  const mayBeInAnotherClass = reasons.includes('entry_changed') || reasons.includes('rejoin');
  if (changed.length > 0 || mayBeInAnotherClass) await rank(sql, stageId);
}

async function rank(sql: Sql, stageId: string): Promise<void> {
  await sql.query(
    `WITH ranked AS (
       SELECT r.id,
              CASE WHEN r.status = 'classified' THEN rank() OVER (PARTITION BY r.status = 'classified' ORDER BY r.net_ms) END AS place,
              CASE WHEN r.status = 'classified' AND n.class_id IS NOT NULL
                THEN rank() OVER (PARTITION BY r.status = 'classified', n.class_id ORDER BY r.net_ms) END AS class_place
         FROM stage_results r JOIN entries n ON n.id = r.entry_id
        WHERE r.stage_id = $1
     )
     UPDATE stage_results r SET place = k.place, class_place = k.class_place, updated_at = now()
       FROM ranked k
      WHERE r.id = k.id AND (r.place, r.class_place) IS DISTINCT FROM (k.place::int, k.class_place::int)`,
    [stageId],
  );
}
