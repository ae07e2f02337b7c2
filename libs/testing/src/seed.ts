import { randomUUID } from 'node:crypto';
import { stableId } from '@trm/directus';

/** Whatever runs one SQL statement. */
export interface Sql {
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface SeededEvent {
  readonly organizationId: string;
  readonly eventId: string;
  readonly classId: string;
  /** In race number order: 1, 2, 3 … */
  readonly entryIds: readonly string[];
}

/** A class whose entries need nothing, so that tests of stages stay small: `classes.crew_rules`. */
export const NEEDS_NOTHING = {
  vehicle: 'optional',
  crew: { total: [0, 12] },
  forbiddenRoles: [],
  devices: [0, 6],
  documents: [],
  readiness: [],
  raceNumber: 'optional',
} as const;

/** Writes an organisation with a rally and `entries` confirmed entries, numbered from 1, of a class that needs nothing. */
export async function seedEvent(db: Sql, { entries }: { entries: number }): Promise<SeededEvent> {
  const slug = `club-${randomUUID().slice(0, 8)}`;
  const [organization] = await db.query<{ id: string }>(
    `INSERT INTO organizations (name, slug) VALUES ($1, $1) RETURNING id`,
    [slug],
  );
  const organizationId = organization!.id;
  const [event] = await db.query<{ id: string }>(
    `INSERT INTO events (organization_id, name, slug, discipline, starts_at, ends_at, timezone, status)
     VALUES ($1, $2, $2, 'rally', '2026-06-06T00:00Z', '2026-06-13T22:00Z', 'Europe/Tirane', 'published')
     RETURNING id`,
    [organizationId, `${slug}-rally`],
  );
  const eventId = event!.id;
  const classId = await seedClass(db, { eventId, code: 'M-1' });
  return {
    organizationId,
    eventId,
    classId,
    entryIds: await seedEntries(db, { eventId, classId, from: 1, count: entries }),
  };
}

/** Writes a class whose entries need nothing; columns in `columns` replace the defaults. @returns its id */
export async function seedClass(
  db: Sql,
  { eventId, code, ...columns }: { eventId: string; code: string } & Readonly<Record<string, unknown>>,
): Promise<string> {
  const row: Record<string, unknown> = {
    event_id: eventId,
    code,
    name: code,
    sort_order: 1,
    crew_rules: JSON.stringify(NEEDS_NOTHING),
    crew_rules_reason: 'A class of the tests',
    ...columns,
  };
  const names = Object.keys(row);
  const [written] = await db.query<{ id: string }>(
    `INSERT INTO classes (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING id`,
    Object.values(row),
  );
  return written!.id;
}

/** Writes entries with the numbers `from`, `from` + 1 … and confirms them. @returns their ids in that order */
export async function seedEntries(
  db: Sql,
  of: { eventId: string; classId: string; from: number; count: number; status?: 'registered' | 'confirmed' },
): Promise<string[]> {
  const rows = await db.query<{ id: string; race_number: number }>(
    `INSERT INTO entries (event_id, class_id, race_number, name)
     SELECT $1, $2, n, 'Crew ' || n FROM generate_series($3::int, $3::int + $4::int - 1) n
     RETURNING id, race_number`,
    [of.eventId, of.classId, of.from, of.count],
  );
  const ids = rows.toSorted((a, b) => a.race_number - b.race_number).map(({ id }) => id);
  if (of.status !== 'registered') {
    await db.query(`UPDATE entries SET status = 'confirmed' WHERE id = ANY ($1::uuid[])`, [ids]);
  }
  return ids;
}

export interface SeededMoto {
  readonly entryId: string;
  readonly vehicleId: string;
  readonly riderId: string;
  readonly crewId: string;
  readonly deviceId: string;
}

/** Writes a registered moto of a rally that lacks nothing: vehicle, rider, tracker, every document passed. */
export async function seedMoto(
  db: Sql,
  of: { organizationId: string; eventId: string; classId: string; raceNumber: number },
): Promise<SeededMoto> {
  const id = async (sql: string, values: readonly unknown[]) =>
    (await db.query<{ id: string }>(`${sql} RETURNING id`, values))[0]!.id;
  const { organizationId, eventId, classId, raceNumber } = of;
  const vehicleId = await id(`INSERT INTO vehicles (make, kind) VALUES ('KTM', 'moto')`, []);
  await db.query(`INSERT INTO organization_vehicles (organization_id, vehicle_id) VALUES ($1, $2)`, [
    organizationId,
    vehicleId,
  ]);
  const { userId: riderId } = await seedMember(db, { organizationId, role: 'participant' });
  const deviceId = await seedDevice(db, organizationId);
  const entryId = await id(
    `INSERT INTO entries (event_id, class_id, vehicle_id, race_number, name) VALUES ($1, $2, $3, $4, $5)`,
    [eventId, classId, vehicleId, raceNumber, `Crew ${raceNumber}`],
  );
  const crewId = await id(`INSERT INTO entry_crew (entry_id, user_id, role) VALUES ($1, $2, 'rider')`, [
    entryId,
    riderId,
  ]);
  await db.query(`INSERT INTO entry_devices (entry_id, device_id) VALUES ($1, $2)`, [entryId, deviceId]);
  await db.query(`UPDATE entry_checks SET state = 'passed' WHERE entry_id = $1`, [entryId]);
  return { entryId, vehicleId, riderId, crewId, deviceId };
}

/** Writes a tracker that the organisation hands out. @returns its id */
export async function seedDevice(db: Sql, organizationId: string): Promise<string> {
  const [device] = await db.query<{ id: string }>(
    `INSERT INTO devices (imei, kind) VALUES (left(replace(gen_random_uuid()::text, '-', ''), 15), 'chassis') RETURNING id`,
  );
  await db.query(`INSERT INTO organization_devices (organization_id, device_id) VALUES ($1, $2)`, [
    organizationId,
    device!.id,
  ]);
  return device!.id;
}

export interface SeededStage {
  readonly stageId: string;
  readonly segmentIds: readonly string[];
}

/**
 * Writes a planned stage with `segments` segments of ten minutes each; columns in `stage` replace the defaults.
 * With `controls` each segment ends at a time control of its own: TC1, TC2 …
 */
export async function seedStage(
  db: Sql,
  {
    eventId,
    segments,
    stage = {},
    controls = false,
  }: {
    eventId: string;
    segments: number;
    stage?: Readonly<Record<string, unknown>>;
    controls?: boolean;
  },
): Promise<SeededStage> {
  const columns: Record<string, unknown> = {
    event_id: eventId,
    name: 'Prologue',
    sort_order: 1,
    role: 'stage',
    starts_at: '2026-06-06T06:00:00Z',
    start_interval_seconds: 60,
    start_order_strategy: 'race_number',
    state: 'planned',
    ...stage,
  };
  const names = Object.keys(columns);
  const [row] = await db.query<{ id: string }>(
    `INSERT INTO stages (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING id`,
    Object.values(columns),
  );
  const stageId = row!.id;
  const segmentRows = await db.query<{ id: string; sort_order: number }>(
    `INSERT INTO segments (stage_id, sort_order, name, type, target_duration_seconds, lead_time_seconds)
     SELECT $1, n, 'Segment ' || n, 'special-stage', 600, 180 FROM generate_series(1, $2::int) n
     RETURNING id, sort_order`,
    [stageId, segments],
  );
  if (controls) {
    await db.query(
      `WITH fences AS (
         INSERT INTO geofences (event_id, name, kind, area)
         SELECT $1, 'TC' || g.sort_order, 'tc', ST_GeomFromText('POLYGON((0 0,0 1,1 1,1 0,0 0))', 4326)
           FROM segments g WHERE g.stage_id = $2 RETURNING id, name
       )
       UPDATE segments g SET exit_geofence_id = f.id
         FROM fences f WHERE g.stage_id = $2 AND f.name = 'TC' || g.sort_order`,
      [eventId, stageId],
    );
  }
  return {
    stageId,
    segmentIds: segmentRows.toSorted((a, b) => a.sort_order - b.sort_order).map(({ id }) => id),
  };
}

/** Writes results of a stage as the processor would: `order[0]` is the winner. */
export async function seedResults(db: Sql, stageId: string, order: readonly string[]): Promise<void> {
  await db.query(
    `INSERT INTO stage_results (stage_id, entry_id, place, net_ms, elapsed_ms, status)
     SELECT $1, id, place, 600000 + place * 1000, 600000 + place * 1000, 'classified'
       FROM unnest($2::uuid[]) WITH ORDINALITY AS ranked(id, place)`,
    [stageId, order],
  );
}

export interface SeededUser {
  readonly userId: string;
  readonly token: string;
}

/** Writes a person with a static token, the Directus role of that key, and a membership in the organisation. */
export async function seedMember(
  db: Sql,
  { organizationId, role, status = 'active' }: { organizationId: string; role: string; status?: string },
): Promise<SeededUser> {
  const token = randomUUID();
  const [user] = await db.query<{ id: string }>(
    `INSERT INTO directus_users (id, first_name, last_name, email, status, token, role)
     VALUES (gen_random_uuid(), 'Member', $1, $2, $3, $4, $5) RETURNING id`,
    [role, `${token}@club.example.org`, status, token, stableId('role', role)],
  );
  const userId = user!.id;
  await db.query(`INSERT INTO organization_users (organization_id, user_id, role) VALUES ($1, $2, $3)`, [
    organizationId,
    userId,
    role,
  ]);
  return { userId, token };
}
