import type { RecomputeTarget, Sql } from '@trm/processor-kit';
import type { Fence, Fix, SegmentOnCourse } from '@trm/rules';

/** A tracker that the entry carried in the time of the stage, with the fixes that count, in order of time. */
export interface Track {
  readonly deviceId: string;
  readonly kind: string;
  readonly fixes: readonly Fix[];
}

export interface ManualCrossing {
  readonly fenceId: string;
  readonly direction: 'enter' | 'exit';
  readonly atMs: number;
}

/** All that a result of one entry in one stage depends on. */
export interface StageFacts {
  readonly entryStatus: string;
  /** In the words of whoever set it; begins with a code when the entry retired. */
  readonly statusReason: string | null;
  /** Whether the entry retired in this stage, also when it came back for a later one. */
  readonly hasRetiredHere: boolean;
  readonly course: readonly SegmentOnCourse[];
  readonly fences: readonly Fence[];
  /** Other stages of the entry near in time that share a geofence with this one. */
  readonly neighbours: readonly (readonly SegmentOnCourse[])[];
  /** Where those begin, as far as it is elsewhere. */
  readonly neighbourFences: readonly Fence[];
  readonly tracks: readonly Track[];
  readonly manualCrossings: readonly ManualCrossing[];
  /** What officials decided and what was computed before, milliseconds; no penalty is computed here yet. */
  readonly penaltyMs: number;
}

/** Reads the facts, in the snapshot that the generation was read in. */
export async function readStageFacts(
  sql: Sql,
  { entryId, stageId }: RecomputeTarget,
): Promise<StageFacts | null> {
  const [entry] = await sql.query<{
    status: string;
    statusReason: string | null;
    hasRetiredHere: boolean;
    courses: { isOwn: boolean; course: CourseRow[] }[];
    fences: (Fence & { isOwn: boolean })[];
    manual: ManualCrossing[];
    penaltyMs: string;
  }>(
    `WITH stage AS MATERIALIZED (
       SELECT $2::uuid AS id, true AS is_own
       UNION ALL SELECT stage_id, false FROM control.neighbours_of($1, $2)
     ), window_of AS MATERIALIZED (
       SELECT stage_id, lower(during) + interval '1 hour' AS begins, during FROM control.recompute_windows(ARRAY[$1::uuid])
     ), fence AS MATERIALIZED (
       SELECT t.id AS stage_id, t.is_own, f.* FROM stage t CROSS JOIN LATERAL control.fences_of(t.id) f
     ), course AS (
       SELECT t.is_own, t.id,
              json_agg(json_build_object(
                'segmentId', g.id, 'type', g.type,
                'entryFenceId', g.entry_geofence_id, 'entryDirection', f.direction,
                'exitFenceId', g.exit_geofence_id, 'exitDirection', e.direction,
                'hasStart', x.id IS NOT NULL AND x.state <> 'void',
                'targetAtMs', round(extract(epoch FROM x.target_at) * 1000),
                'actualAtMs', round(extract(epoch FROM x.actual_at) * 1000)) ORDER BY g.sort_order, g.id) AS segments
         FROM stage t
         JOIN segments g ON g.stage_id = t.id
         LEFT JOIN fence f ON f.stage_id = t.id AND f.geofence_id = g.entry_geofence_id
         LEFT JOIN fence e ON e.stage_id = t.id AND e.geofence_id = g.exit_geofence_id
         LEFT JOIN entry_segment_starts x ON x.segment_id = g.id AND x.entry_id = $1
        GROUP BY t.is_own, t.id
     ), needed AS (
       -- A geofence that the stage uses counts in the shape that it has here.
       SELECT DISTINCT ON (f.geofence_id) f.*
         FROM fence f
        WHERE f.is_own OR EXISTS (SELECT FROM segments g WHERE g.stage_id = f.stage_id AND g.entry_geofence_id = f.geofence_id)
        ORDER BY f.geofence_id, f.is_own DESC, f.stage_id
     )
     SELECT n.status, n.status_reason AS "statusReason",
            coalesce((SELECT json_agg(json_build_object('isOwn', is_own, 'course', segments) ORDER BY is_own DESC, id) FROM course), '[]') AS courses,
            coalesce((
              SELECT json_agg(json_build_object('isOwn', f.is_own, 'id', f.geofence_id, 'rings', ST_AsGeoJSON(f.area, 15)::json -> 'coordinates') ORDER BY f.geofence_id)
                FROM needed f), '[]') AS fences,
            EXISTS (
              SELECT FROM entry_status_changes c JOIN window_of own ON own.stage_id = s.id AND own.begins <= c.at
               WHERE c.entry_id = n.id AND c.to_status = 'dnf'
                 AND NOT EXISTS (SELECT FROM window_of w WHERE w.begins > own.begins AND w.begins <= c.at)) AS "hasRetiredHere",
            coalesce((
              SELECT json_agg(json_build_object('fenceId', c.geofence_id, 'direction', c.direction,
                                                'atMs', round(extract(epoch FROM c.ts) * 1000)) ORDER BY c.ts)
                FROM entry_crossings c
               WHERE c.entry_id = n.id AND c.source = 'manual'
                 -- What a marshal saw counts, however late: it is left out only where it is of another stage's time.
                 AND (EXISTS (SELECT FROM window_of own WHERE own.stage_id = s.id AND own.during @> c.ts)
                      OR NOT EXISTS (SELECT FROM window_of other WHERE other.during @> c.ts))), '[]') AS manual,
            coalesce((
              SELECT round(sum(p.value) * 1000) FROM entry_penalties p
               WHERE p.entry_id = n.id AND p.stage_id = s.id AND p.unit = 's' AND p.status <> 'cancelled'), 0)::text AS "penaltyMs"
       FROM entries n JOIN stages s ON s.id = $2 AND s.event_id = n.event_id
      WHERE n.id = $1`,
    [entryId, stageId],
  );
  if (entry === undefined) return null;
  const fixes = await sql.query<{ device: string; kind: string; atMs: number; lat: number; lon: number }>(
    `SELECT device_id AS device, kind, extract(epoch FROM ts)::float8 * 1000 AS "atMs", lat, lon
       FROM control.fixes_of($1, $2)`,
    [entryId, stageId],
  );
  const fencesWhere = (own: boolean) =>
    entry.fences.filter(({ isOwn }) => isOwn === own).map(({ id, rings }) => ({ id, rings }));
  const coursesWhere = (own: boolean) =>
    entry.courses.filter(({ isOwn }) => isOwn === own).map(({ course }) => course.map(courseOf));
  return {
    entryStatus: entry.status,
    statusReason: entry.statusReason,
    hasRetiredHere: entry.hasRetiredHere,
    course: coursesWhere(true)[0] ?? [],
    fences: fencesWhere(true),
    neighbours: coursesWhere(false),
    neighbourFences: fencesWhere(false),
    tracks: tracksOf(fixes),
    manualCrossings: entry.manual,
    penaltyMs: Number(entry.penaltyMs),
  };
}

interface CourseRow {
  readonly segmentId: string;
  readonly type: SegmentOnCourse['type'];
  readonly entryFenceId: string | null;
  readonly entryDirection: 'any' | 'enter' | 'exit' | null;
  readonly exitFenceId: string | null;
  readonly exitDirection: 'any' | 'enter' | 'exit' | null;
  readonly hasStart: boolean;
  readonly targetAtMs: number | null;
  readonly actualAtMs: number | null;
}

function courseOf(row: CourseRow): SegmentOnCourse {
  const fence = (fenceId: string | null, direction: CourseRow['entryDirection']) =>
    fenceId === null ? null : { fenceId, direction: direction ?? 'any' };
  return {
    segmentId: row.segmentId,
    type: row.type,
    entryFence: fence(row.entryFenceId, row.entryDirection),
    exitFence: fence(row.exitFenceId, row.exitDirection),
    start: row.hasStart ? { targetAtMs: row.targetAtMs, actualAtMs: row.actualAtMs } : null,
  };
}

/** Rows come tracker by tracker, so each track is a run of them. */
function tracksOf(
  rows: readonly { device: string; kind: string; atMs: number; lat: number; lon: number }[],
): readonly Track[] {
  const tracks: { deviceId: string; kind: string; fixes: Fix[] }[] = [];
  for (const row of rows) {
    let track = tracks.at(-1);
    if (track?.deviceId !== row.device)
      tracks.push((track = { deviceId: row.device, kind: row.kind, fixes: [] }));
    track.fixes.push(row);
  }
  return tracks;
}
