import type { Tx } from '@trm/platform';
import type { ClassificationRow } from '@trm/rules';
import type { EntryOfStage, Stage, StageSegment } from './stage-store.js';

/** Entries that start: confirmed, or under way since an earlier stage; with $2 also that one, whatever its status. */
const SELECT_ENTRIES = `
  SELECT n.id AS "entryId", n.race_number AS "raceNumber", n.name, n.status, c.id AS "classId", c.code AS "classCode",
         n.priority_group AS priority, n.team_name AS team, n.seed, c.start_pool_order AS "poolOrder",
         n.created_at AS "registeredAt",
         EXISTS (SELECT FROM entry_status_changes h
                  WHERE h.entry_id = n.id AND h.from_status = 'dnf' AND h.to_status = 'started') AS rejoined
    FROM entries n LEFT JOIN classes c ON c.id = n.class_id
   WHERE n.event_id = $1 AND (n.status IN ('confirmed', 'started') OR n.id = $2)`;

const SELECT_SEGMENTS = `
  SELECT g.id AS "segmentId", g.name, g.type, g.target_duration_seconds AS "targetDurationSeconds",
         g.lead_time_seconds AS "leadTimeSeconds", g.break_seconds AS "breakSeconds",
         g.max_duration_seconds AS "maxDurationSeconds", g.distance_km::float8 AS "distanceKm",
         g.closing_rule AS "closingRule", g.exit_geofence_id AS "exitGeofenceId", f.name AS "exitName"
    FROM segments g LEFT JOIN geofences f ON f.id = g.exit_geofence_id
   WHERE g.stage_id = $1 ORDER BY g.sort_order, g.id`;

const SELECT_STAGE_RESULT = `
  SELECT r.entry_id AS "entryId", r.place, r.net_ms::float8 AS "netMs", (r.net_ms - r.penalty_ms)::float8 AS "cleanMs",
         r.status
    FROM stage_results r WHERE r.stage_id = $1 ORDER BY r.place NULLS LAST, r.entry_id`;

/**
 * The sum of net times over the stages up to the input stage, transfers left out. Who has no time in one of them is
 * not in the ranking.
 */
const SELECT_OVERALL = `
  WITH counting AS (
    SELECT s.id FROM stages s JOIN stages input ON input.id = $1
     WHERE s.event_id = input.event_id AND s.role <> 'transfer'
       AND (s.sort_order, s.id) <= (input.sort_order, input.id)
       AND EXISTS (SELECT FROM stage_results r WHERE r.stage_id = s.id)
  ), summed AS (
    SELECT r.entry_id, sum(r.net_ms) AS net_ms, sum(r.net_ms - r.penalty_ms) AS clean_ms,
           count(*) FILTER (WHERE r.status IN ('classified', 'max_time') AND r.net_ms IS NOT NULL)
             = (SELECT count(*) FROM counting) AS complete,
           (array_agg(r.status ORDER BY s.sort_order DESC) FILTER (WHERE r.status NOT IN ('classified', 'max_time')))[1] AS status
      FROM stage_results r JOIN counting c ON c.id = r.stage_id JOIN stages s ON s.id = r.stage_id
     GROUP BY r.entry_id
  )
  SELECT entry_id AS "entryId",
         CASE WHEN complete THEN (rank() OVER (PARTITION BY complete ORDER BY net_ms))::int END AS place,
         net_ms::float8 AS "netMs", clean_ms::float8 AS "cleanMs",
         CASE WHEN complete THEN 'classified' ELSE coalesce(status, 'dnf') END AS status
    FROM summed ORDER BY place NULLS LAST, entry_id`;

interface EntryRow extends Omit<EntryOfStage, 'registeredAt'> {
  readonly entryId: string;
  readonly poolOrder: number | null;
  readonly registeredAt: Date;
  readonly rejoined: boolean;
}

/**
 * The entries that may start, with what a start order asks of them.
 * @param alsoId one more entry of the event, whatever its status: what the pools are depends on all of them
 */
export async function readEntries(tx: Tx, stage: Stage, alsoId?: string): Promise<EntryOfStage[]> {
  const rows = await tx.query<EntryRow & { entryId: string }>(SELECT_ENTRIES, [
    stage.eventId,
    alsoId ?? null,
  ]);
  const poolBy = poolChoice(stage, rows);
  return rows.map(({ poolOrder, rejoined, registeredAt, ...entry }) => ({
    ...entry,
    pool:
      poolBy === 'class'
        ? entry.classCode
        : poolBy === 'priority_group'
          ? (entry.priority ?? null)
          : poolOrder === null
            ? null
            : String(poolOrder),
    rejoining: rejoined,
    registeredAt: registeredAt.toISOString(),
  }));
}

/**
 * What the pools of a stage are: `params.pool_by` says class, priority_group or class_order. Unsaid, pools that are
 * listed are priority groups when one of the entries has such a priority, else classes; without a list the start
 * order of the classes counts.
 */
function poolChoice(stage: Stage, rows: readonly EntryRow[]): 'class' | 'priority_group' | 'class_order' {
  const stated = stage.strategyParams?.['pool_by'];
  if (stated === 'class' || stated === 'priority_group' || stated === 'class_order') return stated;
  const pools = stage.strategyParams?.['pools'];
  if (!Array.isArray(pools)) return 'class_order';
  const ids = new Set(pools.map((pool: { id?: unknown }) => pool?.id));
  return rows.some(({ priority }) => priority !== null && ids.has(priority)) ? 'priority_group' : 'class';
}

export async function readSegments(tx: Tx, stageId: string): Promise<StageSegment[]> {
  return tx.query<StageSegment & { segmentId: string }>(SELECT_SEGMENTS, [stageId]);
}

export async function readStageResult(tx: Tx, stageId: string): Promise<ClassificationRow[]> {
  return tx.query<ClassificationRow & { entryId: string }>(SELECT_STAGE_RESULT, [stageId]);
}

export async function readOverall(tx: Tx, inputStageId: string): Promise<ClassificationRow[]> {
  return tx.query<ClassificationRow & { entryId: string }>(SELECT_OVERALL, [inputStageId]);
}
