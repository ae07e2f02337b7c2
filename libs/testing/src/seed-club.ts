import { randomUUID } from 'node:crypto';
import { seedMember, type SeededUser, type Sql } from './seed.js';

/** What a club that holds an event of one discipline looks like before anybody registers. */
export interface SeededClub {
  readonly organizationId: string;
  readonly event: { readonly eventId: string; readonly classId: string; readonly otherClassId: string };
  /** The same a year later. */
  readonly nextEvent: { readonly eventId: string; readonly classId: string };
  readonly director: SeededUser;
  /** Members as participants, grown up. */
  readonly people: readonly SeededUser[];
  /** Null where nobody drives. */
  readonly vehicleId: string | null;
  readonly imeis: readonly string[];
}

interface ClubKind {
  readonly discipline: 'rally' | 'time-trial' | 'regatta' | 'trail-run' | 'hike';
  readonly vehicleKind: string | null;
  readonly crewFormat?: string;
}

/** Writes an organisation with an event, two classes, six people, a vehicle and three trackers. */
export async function seedClub(
  db: Sql,
  { discipline, vehicleKind, crewFormat }: ClubKind,
): Promise<SeededClub> {
  const slug = `club-${randomUUID().slice(0, 8)}`;
  const one = async (sql: string, values: readonly unknown[]): Promise<string> =>
    (await db.query<{ id: string }>(sql, values))[0]!.id;
  const organizationId = await one(`INSERT INTO organizations (name, slug) VALUES ($1, $1) RETURNING id`, [
    slug,
  ]);
  const event = async (year: number) => {
    const eventId = await one(
      `INSERT INTO events (organization_id, name, slug, discipline, starts_at, ends_at, timezone, status)
       VALUES ($1, $2, $2, $3, $4, $5, 'Europe/Tirane', 'published') RETURNING id`,
      [organizationId, `${slug}-${year}`, discipline, `${year}-06-06T06:00Z`, `${year}-06-09T20:00Z`],
    );
    const entryClass = (code: string, from: number) =>
      one(
        `INSERT INTO classes (event_id, code, name, sort_order, vehicle_kind, crew_format, number_from, number_to)
         VALUES ($1, $2, $3, $4, $5, $6, $4, $4 + 98) RETURNING id`,
        [eventId, code, `Class ${code}`, from, vehicleKind, crewFormat ?? null],
      );
    return { eventId, classId: await entryClass('A', 1), otherClassId: await entryClass('B', 101) };
  };
  const people: SeededUser[] = [];
  for (let n = 0; n < 6; n += 1) people.push(await seedMember(db, { organizationId, role: 'participant' }));
  await db.query(`UPDATE directus_users SET birth_date = '1990-01-01' WHERE id = ANY ($1::uuid[])`, [
    people.map(({ userId }) => userId),
  ]);
  const imeis = Array.from(
    { length: 3 },
    () => `99${String(Math.floor(Math.random() * 1e13)).padStart(13, '0')}`,
  );
  await db.query(
    `WITH made AS (INSERT INTO devices (imei, kind, has_panic_button)
                   SELECT imei, CASE n WHEN 1 THEN $3 ELSE 'body-worn' END, n = 3
                     FROM unnest($2::text[]) WITH ORDINALITY AS listed(imei, n) RETURNING id)
     INSERT INTO organization_devices (organization_id, device_id) SELECT $1, id FROM made`,
    [organizationId, imeis, vehicleKind === null ? 'body-worn' : 'chassis'],
  );
  let vehicleId: string | null = null;
  if (vehicleKind !== null) {
    vehicleId = await one(
      `INSERT INTO vehicles (kind, make, model, year, sail_number) VALUES ($1, 'Make', 'Model', 2020, $2) RETURNING id`,
      [vehicleKind, vehicleKind === 'boat' ? 'ALB 1' : null],
    );
    await db.query(`INSERT INTO organization_vehicles (organization_id, vehicle_id) VALUES ($1, $2)`, [
      organizationId,
      vehicleId,
    ]);
  }
  return {
    organizationId,
    event: await event(2027),
    nextEvent: await event(2028),
    director: await seedMember(db, { organizationId, role: 'race-director' }),
    people,
    vehicleId,
    imeis,
  };
}
