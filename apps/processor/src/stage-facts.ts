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
  readonly course: readonly SegmentOnCourse[];
  readonly fences: readonly Fence[];
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
    course: CourseRow[];
    fences: FenceRow[];
    manual: ManualCrossing[];
    penaltyMs: string;
  }>(
    `WITH fences AS MATERIALIZED (SELECT * FROM control.fences_of($2))
     SELECT n.status,
            coalesce((
              SELECT json_agg(json_build_object(
                'segmentId', g.id, 'type', g.type,
                'entryFenceId', g.entry_geofence_id, 'entryDirection', f.direction,
                'exitFenceId', g.exit_geofence_id, 'exitDirection', t.direction,
                'hasStart', x.id IS NOT NULL AND x.state <> 'void',
                'targetAtMs', round(extract(epoch FROM x.target_at) * 1000),
                'actualAtMs', round(extract(epoch FROM x.actual_at) * 1000)) ORDER BY g.sort_order, g.id)
                FROM segments g
                LEFT JOIN fences f ON f.geofence_id = g.entry_geofence_id
                LEFT JOIN fences t ON t.geofence_id = g.exit_geofence_id
                LEFT JOIN entry_segment_starts x ON x.segment_id = g.id AND x.entry_id = n.id
               WHERE g.stage_id = s.id), '[]') AS course,
            coalesce((
              SELECT json_agg(json_build_object('id', f.geofence_id, 'rings', ST_AsGeoJSON(f.area, 15)::json -> 'coordinates') ORDER BY f.geofence_id)
                FROM fences f), '[]') AS fences,
            coalesce((
              SELECT json_agg(json_build_object('fenceId', c.geofence_id, 'direction', c.direction,
                                                'atMs', round(extract(epoch FROM c.ts) * 1000)) ORDER BY c.ts)
                FROM entry_crossings c WHERE c.entry_id = n.id AND c.source = 'manual'), '[]') AS manual,
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
  return {
    entryStatus: entry.status,
    course: entry.course.map(courseOf),
    fences: entry.fences,
    tracks: tracksOf(fixes),
    manualCrossings: entry.manual,
    penaltyMs: Number(entry.penaltyMs),
  };
}

type FenceRow = Fence;

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
