import type { Sql } from '@trm/processor-kit';

/** A class whose entries need nothing to be confirmed. */
const NEEDS_NOTHING = {
  vehicle: 'optional',
  crew: { total: [0, 12] },
  forbiddenRoles: [],
  devices: [0, 6],
  documents: [],
  readiness: [],
  raceNumber: 'optional',
};

/** An entry that drove the stage from end to end, with the tracker that it carried. */
export interface Driver {
  readonly entryId: string;
  readonly imei: string;
  readonly startAt: Date;
}

/** A race of the suite's own. */
export interface Course {
  readonly eventId: string;
  readonly stageId: string;
  readonly segmentIds: readonly string[];
  /** West to east: the start, between the two segments, the finish. */
  readonly geofenceIds: readonly string[];
  readonly drivers: readonly Driver[];
}

const FIRST_START = new Date('2026-06-06T06:00:00Z');
const SEGMENTS = 2;
/** The fixes of a driver: a second apart, from half a minute before the start to half a minute behind the finish. */
const LAST_FIX_SECONDS = SEGMENTS * 60 + 30;

/**
 * Writes a rally whose stage is running, as the tables are in every system:
 *
 *  1. An organisation, its event, a class, confirmed entries.
 *  2. A stage of two segments between three geofences, squares of about a hundred metres.
 *  3. A tracker for each entry, carried since before the event.
 *  4. The published start list, a minute between entries; the stage runs.
 *  5. Fixes at an even pace past all geofences, a minute from one to the next.
 */
export async function seedCourse(sql: Sql, entries: number): Promise<Course> {
  const one = async (text: string, values: readonly unknown[]) =>
    (await sql.query<{ id: string }>(`${text} RETURNING id`, values))[0]!.id;
  const slug = `conformance-${Date.now().toString(36)}`;
  const organizationId = await one(`INSERT INTO organizations (name, slug) VALUES ($1, $1)`, [slug]);
  const eventId = await one(
    `INSERT INTO events (organization_id, name, slug, discipline, starts_at, ends_at, timezone, status)
     VALUES ($1, $2, $2, 'rally', '2026-06-06T00:00Z', '2026-06-13T22:00Z', 'UTC', 'published')`,
    [organizationId, slug],
  );
  const classId = await one(
    `INSERT INTO classes (event_id, code, name, sort_order, crew_rules, crew_rules_reason)
     VALUES ($1, 'C-1', 'C-1', 1, $2, 'A class of the conformance suite')`,
    [eventId, JSON.stringify(NEEDS_NOTHING)],
  );
  await sql.query(
    `INSERT INTO entries (event_id, class_id, race_number, name) SELECT $1, $2, n, 'Crew ' || n FROM generate_series(1, $3::int) n`,
    [eventId, classId, entries],
  );
  await sql.query(`UPDATE entries SET status = 'confirmed' WHERE event_id = $1`, [eventId]);

  const stageId = await one(
    `INSERT INTO stages (event_id, name, sort_order, role, starts_at, start_interval_seconds, start_order_strategy, state)
     VALUES ($1, 'Stage', 1, 'stage', $2, 60, 'race_number', 'planned')`,
    [eventId, FIRST_START],
  );
  const geofenceIds: string[] = [];
  for (let index = 0; index <= SEGMENTS; index += 1) {
    const kind = index === 0 ? 'start' : index === SEGMENTS ? 'finish' : 'tc';
    geofenceIds.push(
      await one(`INSERT INTO geofences (event_id, name, kind, area) VALUES ($1, $2, $3, $4::geometry)`, [
        eventId,
        `F${index}`,
        kind,
        squareAt(20 + index * 0.02),
      ]),
    );
  }
  const segments = await sql.query<{ id: string; place: number }>(
    `INSERT INTO segments (stage_id, sort_order, name, type, target_duration_seconds, lead_time_seconds, entry_geofence_id, exit_geofence_id)
     SELECT $1, n, 'Segment ' || n, 'special-stage', 600, 180, ($2::uuid[])[n], ($2::uuid[])[n + 1] FROM generate_series(1, $3::int) n
     RETURNING id, sort_order AS place`,
    [stageId, geofenceIds, SEGMENTS],
  );

  const drivers = await sql.query<Driver>(
    `WITH driver AS MATERIALIZED (
       SELECT n.id AS entry_id, n.race_number, left(replace(gen_random_uuid()::text, '-', ''), 15) AS imei
         FROM entries n WHERE n.event_id = $1
     ), made AS (
       INSERT INTO devices (imei, kind) SELECT imei, 'chassis' FROM driver RETURNING id, imei
     ), owned AS (
       INSERT INTO organization_devices (organization_id, device_id) SELECT $2, id FROM made
     )
     SELECT entry_id AS "entryId", imei, $3::timestamptz + (race_number - 1) * interval '1 minute' AS "startAt"
       FROM driver WHERE imei IN (SELECT imei FROM made) ORDER BY race_number`,
    [eventId, organizationId, FIRST_START],
  );
  const [entryIds, imeis] = [drivers.map(({ entryId }) => entryId), drivers.map(({ imei }) => imei)];
  await sql.query(
    `INSERT INTO entry_devices (entry_id, device_id, valid_from)
     SELECT u.entry_id, d.id, '2026-06-01T00:00Z' FROM unnest($1::uuid[], $2::text[]) AS u (entry_id, imei) JOIN devices d USING (imei)`,
    [entryIds, imeis],
  );

  const listId = await one(
    `INSERT INTO start_lists (stage_id, version, status, strategy, published_at) VALUES ($1, 1, 'published', 'race_number', now())`,
    [stageId],
  );
  await sql.query(
    `INSERT INTO entry_segment_starts (entry_id, segment_id, start_list_id, start_position, target_at)
     SELECT e.id, g.id, $2, e.place, $3::timestamptz + (e.place - 1 + g.sort_order - 1) * interval '1 minute'
       FROM unnest($1::uuid[]) WITH ORDINALITY AS e (id, place), segments g WHERE g.stage_id = $4`,
    [entryIds, listId, FIRST_START, stageId],
  );
  await sql.query(
    `UPDATE stages SET state = 'open', current_start_list_id = $2, opened_at = now() WHERE id = $1`,
    [stageId, listId],
  );
  await sql.query(`UPDATE stages SET state = 'running' WHERE id = $1`, [stageId]);

  await sql.query(
    `INSERT INTO positions (device_id, ts, lat, lon, speed_kmh, satellites)
     SELECT d.imei, $2::timestamptz + (d.place - 1) * interval '1 minute' + s * interval '1 second', 41, 20 + s * 0.02 / 60, 100, 9
       FROM unnest($1::text[]) WITH ORDINALITY AS d (imei, place), generate_series(-30, $3::int) s`,
    [imeis, FIRST_START, LAST_FIX_SECONDS],
  );
  return {
    eventId,
    stageId,
    segmentIds: segments.toSorted((a, b) => a.place - b.place).map(({ id }) => id),
    geofenceIds,
    drivers,
  };
}

function squareAt(lon: number, half = 0.001): string {
  const [west, east, south, north] = [lon - half, lon + half, 41 - half, 41 + half];
  return `SRID=4326;POLYGON((${west} ${south},${east} ${south},${east} ${north},${west} ${north},${west} ${south}))`;
}
