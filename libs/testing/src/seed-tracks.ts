import type { Sql } from './seed.js';
import { seedEvent, seedStage, type SeededEvent, type SeededStage } from './seed.js';

export interface SeededRun extends SeededEvent, SeededStage {
  /** Of the entries, in the same order. */
  readonly deviceIds: readonly string[];
  readonly imeis: readonly string[];
  /** Of the first entry at the first segment; the others follow a minute apart. */
  readonly firstStartAt: Date;
  /** West to east, half a kilometre apart: the entry and exit geofences of the segments, one more than segments. */
  readonly geofenceIds: readonly string[];
}

/** Where the fences stand: a square of about a hundred metres around (20 + index × 0.02, 41). */
export const fenceAt = (index: number, half = 0.001): string => {
  const lon = 20 + index * 0.02;
  const [w, e, s, n] = [lon - half, lon + half, 41 - half, 41 + half];
  return `SRID=4326;POLYGON((${w} ${s},${e} ${s},${e} ${n},${w} ${n},${w} ${s}))`;
};

/**
 * Writes a rally whose stage is running: every entry carries a tracker and started a minute behind the one in front,
 * and has driven past all fences at an even pace, a fix a second, a minute from fence to fence.
 */
export async function seedRun(
  db: Sql,
  {
    entries,
    segments = 1,
    fixes = true,
    state = 'running',
  }: { entries: number; segments?: number; fixes?: boolean; state?: string },
): Promise<SeededRun> {
  const event = await seedEvent(db, { entries });
  const stage = await seedStage(db, { eventId: event.eventId, segments });
  const firstStartAt = new Date('2026-06-06T06:00:00Z');
  const geofenceIds: string[] = [];
  for (let index = 0; index <= segments; index += 1) {
    const [fence] = await db.query<{ id: string }>(
      `INSERT INTO geofences (event_id, name, kind, area) VALUES ($1, $2, $3, $4::geometry) RETURNING id`,
      [
        event.eventId,
        `F${index}`,
        index === 0 ? 'start' : index === segments ? 'finish' : 'tc',
        fenceAt(index),
      ],
    );
    geofenceIds.push(fence!.id);
  }
  await db.query(
    `UPDATE segments g SET entry_geofence_id = ($2::uuid[])[g.sort_order], exit_geofence_id = ($2::uuid[])[g.sort_order + 1]
      WHERE g.stage_id = $1`,
    [stage.stageId, geofenceIds],
  );
  const devices = await db.query<{ id: string; imei: string }>(
    `WITH made AS (
       INSERT INTO devices (imei, kind)
       SELECT left(replace(gen_random_uuid()::text, '-', ''), 15), 'chassis' FROM generate_series(1, $1::int)
       RETURNING id, imei
     ), owned AS (
       INSERT INTO organization_devices (organization_id, device_id) SELECT $2, id FROM made
     )
     SELECT id, imei FROM made`,
    [entries, event.organizationId],
  );
  await db.query(
    `INSERT INTO entry_devices (entry_id, device_id, valid_from)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], array_fill($3::timestamptz, ARRAY[$4::int]))`,
    [event.entryIds, devices.map(({ id }) => id), '2026-06-01T00:00Z', entries],
  );
  const [list] = await db.query<{ id: string }>(
    `INSERT INTO start_lists (stage_id, version, status, strategy, published_at) VALUES ($1, 1, 'published', 'race_number', now())
     RETURNING id`,
    [stage.stageId],
  );
  await db.query(
    `INSERT INTO entry_segment_starts (entry_id, segment_id, start_list_id, start_position, target_at)
     SELECT e.id, g.id, $2, e.ord, $3::timestamptz + (e.ord - 1) * interval '1 minute' + (g.sort_order - 1) * interval '1 minute'
       FROM unnest($1::uuid[]) WITH ORDINALITY AS e (id, ord), segments g WHERE g.stage_id = $4`,
    [event.entryIds, list!.id, firstStartAt, stage.stageId],
  );
  await db.query(
    `UPDATE stages SET state = 'open', current_start_list_id = $2, opened_at = now() WHERE id = $1`,
    [stage.stageId, list!.id],
  );
  for (const next of ['running', 'closed', 'provisional', 'official'].slice(
    0,
    ['running', 'closed', 'provisional', 'official'].indexOf(state) + 1,
  )) {
    await db.query(`UPDATE stages SET state = $2 WHERE id = $1`, [stage.stageId, next]);
  }
  if (fixes) {
    // From half a minute before the start to half a minute behind the last fence.
    await db.query(
      `INSERT INTO positions (device_id, ts, lat, lon, speed_kmh, satellites)
       SELECT d.imei, $2::timestamptz + (d.ord - 1) * interval '1 minute' + s * interval '1 second',
              41, 20 + s * 0.02 / 60, 50, 9
         FROM unnest($1::text[]) WITH ORDINALITY AS d (imei, ord), generate_series(-30, $3::int * 60 + 30) s`,
      [devices.map(({ imei }) => imei), firstStartAt, segments],
    );
  }
  return {
    ...event,
    ...stage,
    deviceIds: devices.map(({ id }) => id),
    imeis: devices.map(({ imei }) => imei),
    firstStartAt,
    geofenceIds,
  };
}
