import { Injectable } from '@nestjs/common';
import { stableId } from '@trm/directus';
import { Database, type Tx } from '@trm/platform';
import type { EventFile } from '../registration-store.js';
import { RegistrationStore } from '../registration-store.js';
import type { EntryRecord, PersonRecord, VehicleRecord } from './entry-record.js';
import type { ImportedEntry, ImportFacts, ImportWrites } from './plan-entry-import.js';
import type { EntryRows } from './read-entry-rows.js';
import { key, plateKey } from './same-entry.js';

/** A person as JSON; the table is `u`. */
const PERSON = `jsonb_build_object('personId', u.id, 'firstName', u.first_name, 'lastName', u.last_name,
  'email', lower(u.email), 'birthDate', to_char(u.birth_date, 'YYYY-MM-DD'), 'nationality', u.nationality,
  'active', u.status = 'active')`;

/** A vehicle as JSON; the table is `v`. */
const VEHICLE = `jsonb_build_object('vehicleId', v.id, 'kind', v.kind, 'make', v.make, 'model', v.model, 'year', v.year,
  'plate', v.plate, 'sailNumber', v.sail_number, 'rating', v.rating::float8)`;

/** So many entries are written by one statement; in between it is told how far the import has come. */
const ENTRIES_AT_ONCE = 250;

/** What imports and exports of entries read and write in Postgres. */
@Injectable()
export class EntryTransferStore {
  constructor(
    private readonly db: Database,
    private readonly registrations: RegistrationStore,
  ) {}

  /** Live entries of an event with all that a file tells of them, by class and number. */
  async entries(eventId: string, tx: Tx = this.db): Promise<EntryRecord[]> {
    const rows = await tx.query<{ entry: EntryRecord }>(
      `SELECT jsonb_build_object('entryId', n.id, 'raceNumber', n.race_number, 'name', n.name, 'classCode', c.code,
                'teamName', n.team_name, 'vehicle', CASE WHEN v.id IS NOT NULL THEN ${VEHICLE} END,
                'crew', coalesce(crew.members, '[]'), 'devices', coalesce(bound.devices, '[]')) AS entry
         FROM entries n LEFT JOIN classes c ON c.id = n.class_id LEFT JOIN vehicles v ON v.id = n.vehicle_id
         LEFT JOIN LATERAL (
           SELECT jsonb_agg(${PERSON} || jsonb_build_object('role', m.role) ORDER BY m.created_at, m.id) AS members
             FROM entry_crew m JOIN directus_users u ON u.id = m.user_id WHERE m.entry_id = n.id) crew ON true
         LEFT JOIN LATERAL (
           SELECT jsonb_agg(jsonb_build_object('imei', d.imei, 'wornBy', b.assigned_user_id) ORDER BY b.created_at, b.id) AS devices
             FROM entry_devices b JOIN devices d ON d.id = b.device_id
            WHERE b.entry_id = n.id AND (b.valid_to IS NULL OR b.valid_to > now())) bound ON true
        WHERE n.event_id = $1 AND n.status <> 'withdrawn'
        ORDER BY c.sort_order, c.code, n.race_number NULLS LAST, n.name, n.id`,
      [eventId],
    );
    return rows.map(({ entry }) => entry);
  }

  /** What the planner asks about a file. */
  async facts(tx: Tx, event: EventFile, { rows }: EntryRows): Promise<ImportFacts> {
    const { eventId, organizationId } = event;
    const crew = rows.flatMap((row) => row.crew);
    const emails = unique(crew.map(({ email }) => email));
    const [people, foreign] = await this.people(tx, organizationId, {
      emails,
      birthDates: unique(crew.map(({ birthDate }) => birthDate)),
    });
    return {
      event,
      classes: await this.registrations.classes(eventId),
      entries: await this.entries(eventId, tx),
      people,
      foreignEmails: foreign,
      vehicles: await this.vehicles(tx, organizationId, {
        plates: unique(
          rows.flatMap(({ vehicle }) =>
            [vehicle?.plate, vehicle?.sailNumber].map((one) => plateKey(one ?? null)),
          ),
        ),
        makes: unique(rows.map(({ vehicle }) => key(vehicle?.make ?? null))),
      }),
      trackers: await this.registrations.trackers(organizationId, {
        imeis: unique(rows.flatMap(({ trackers }) => trackers.map(({ imei }) => imei))),
      }),
    };
  }

  /** One import of an event after the other: the second sees what the first has written. */
  async queue(tx: Tx, eventId: string): Promise<void> {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('entry-import:' || $1, 0))`, [eventId]);
  }

  /**
   * Writes what was planned, in the name of `authorId`.
   * @param written is told after each part how many entries are written
   */
  async write(
    tx: Tx,
    { eventId, organizationId }: EventFile,
    { people, vehicles, entries }: ImportWrites,
    authorId: string,
    written: (count: number) => Promise<void>,
  ): Promise<void> {
    await tx.query(`SELECT set_config('trm.actor', $1, true)`, [authorId]);
    // They have no password; whoever has an address may set one. The organisation sees them as its participants.
    await tx.query(
      `WITH listed AS (
         SELECT * FROM jsonb_to_recordset($1::jsonb)
           AS p("personId" uuid, "firstName" text, "lastName" text, email text, "birthDate" date, nationality text)
       ), made AS (
         INSERT INTO directus_users (id, first_name, last_name, email, birth_date, nationality, status, role)
         SELECT "personId", "firstName", "lastName", email, "birthDate", nationality, 'active', $2 FROM listed
         RETURNING id
       )
       INSERT INTO organization_users (organization_id, user_id, role, created_by, updated_by)
       SELECT $3, id, 'participant', $4, $4 FROM made`,
      [JSON.stringify(people), stableId('role', 'participant'), organizationId, authorId],
    );
    await tx.query(
      `WITH made AS (
         INSERT INTO vehicles (id, kind, make, model, year, plate, sail_number, rating, created_by, updated_by)
         SELECT "vehicleId", kind, make, model, year, plate, "sailNumber", rating, $3, $3
           FROM jsonb_to_recordset($1::jsonb) AS v("vehicleId" uuid, kind text, make text, model text, year integer,
                  plate text, "sailNumber" text, rating numeric)
         RETURNING id
       )
       INSERT INTO organization_vehicles (organization_id, vehicle_id, created_by, updated_by)
       SELECT $2, id, $3, $3 FROM made`,
      [JSON.stringify(vehicles), organizationId, authorId],
    );
    for (let from = 0; from < entries.length; from += ENTRIES_AT_ONCE) {
      const part = entries.slice(from, from + ENTRIES_AT_ONCE);
      await this.writeEntries(tx, eventId, part, authorId);
      await written(from + part.length);
    }
  }

  private async writeEntries(
    tx: Tx,
    eventId: string,
    entries: readonly ImportedEntry[],
    authorId: string,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO entries (id, event_id, class_id, race_number, name, team_name, vehicle_id, status, created_by, updated_by)
       SELECT "entryId", $2, "classId", "raceNumber", name, "teamName", "vehicleId", 'registered', $3, $3
         FROM jsonb_to_recordset($1::jsonb) AS n("entryId" uuid, "classId" uuid, "raceNumber" integer, name text,
                "teamName" text, "vehicleId" uuid)`,
      [JSON.stringify(entries), eventId, authorId],
    );
    const children = entries.flatMap(({ entryId, crew, devices }) => ({ entryId, crew, devices }));
    // A crew is listed in the order of its making, which within one transaction would be one and the same instant.
    await tx.query(
      `INSERT INTO entry_crew (entry_id, user_id, role, created_at, created_by, updated_by)
       SELECT n."entryId", m."personId", m.role, now() + m.place * interval '1 microsecond', $2, $2
         FROM jsonb_to_recordset($1::jsonb) AS n("entryId" uuid, crew jsonb),
              ROWS FROM (jsonb_to_recordset(n.crew) AS ("personId" uuid, role text))
                WITH ORDINALITY AS m("personId", role, place)`,
      [JSON.stringify(children), authorId],
    );
    await tx.query(
      `INSERT INTO entry_devices (entry_id, device_id, assigned_user_id, created_at, created_by, updated_by)
       SELECT n."entryId", b."deviceId", b."wornBy", now() + b.place * interval '1 microsecond', $2, $2
         FROM jsonb_to_recordset($1::jsonb) AS n("entryId" uuid, devices jsonb),
              ROWS FROM (jsonb_to_recordset(n.devices) AS ("deviceId" uuid, "wornBy" uuid))
                WITH ORDINALITY AS b("deviceId", "wornBy", place)`,
      [JSON.stringify(children), authorId],
    );
  }

  /** @returns members that may be meant, and the addresses that belong to others */
  private async people(
    tx: Tx,
    organizationId: string,
    { emails, birthDates }: { readonly emails: readonly string[]; readonly birthDates: readonly string[] },
  ): Promise<[PersonRecord[], string[]]> {
    const rows = await tx.query<{ person: PersonRecord; isMember: boolean }>(
      `SELECT * FROM (
         SELECT ${PERSON} AS person,
                EXISTS (SELECT FROM organization_users o WHERE o.organization_id = $1 AND o.user_id = u.id) AS "isMember",
                lower(u.email) = ANY ($2::text[]) AS "byEmail"
           FROM directus_users u
          WHERE lower(u.email) = ANY ($2::text[]) OR u.birth_date = ANY ($3::date[])
          ORDER BY u.id) found
        WHERE "isMember" OR "byEmail"`,
      [organizationId, emails, birthDates],
    );
    return [
      rows.filter(({ isMember }) => isMember).map(({ person }) => person),
      rows.flatMap(({ person, isMember }) => (isMember || person.email === null ? [] : person.email)),
    ];
  }

  private async vehicles(
    tx: Tx,
    organizationId: string,
    { plates, makes }: { readonly plates: readonly string[]; readonly makes: readonly string[] },
  ): Promise<VehicleRecord[]> {
    const rows = await tx.query<{ vehicle: VehicleRecord }>(
      `SELECT ${VEHICLE} AS vehicle
         FROM vehicles v JOIN organization_vehicles o ON o.vehicle_id = v.id AND o.organization_id = $1
        WHERE regexp_replace(lower(v.plate), '[^[:alnum:]]', '', 'g') = ANY ($2::text[])
           OR regexp_replace(lower(v.sail_number), '[^[:alnum:]]', '', 'g') = ANY ($2::text[])
           OR lower(btrim(v.make)) = ANY ($3::text[])
        ORDER BY v.created_at, v.id`,
      [organizationId, plates, makes],
    );
    return rows.map(({ vehicle }) => vehicle);
  }
}

function unique(values: readonly (string | null | undefined)[]): string[] {
  return [...new Set(values)].filter((value): value is string => (value ?? '') !== '');
}
