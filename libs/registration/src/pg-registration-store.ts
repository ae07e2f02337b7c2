import { Injectable } from '@nestjs/common';
import { Database, type OrganisationRole } from '@trm/platform';
import type { BoundDevice } from '@trm/rules';
import {
  type BindingFile,
  type ClassFile,
  type EntryFile,
  type EventFile,
  type FoundBy,
  type PersonFile,
  RegistrationStore,
  type TakenNumber,
  type TrackerFile,
  type VehicleFile,
} from './registration-store.js';

/** Whoever leads a crew, in the words of the five disciplines. */
const LEAD_ROLES = ['pilot', 'rider', 'skipper', 'runner', 'hiker'];

/** An event as JSON; the table is `e`. */
const EVENT = `jsonb_build_object(
  'eventId', e.id, 'organizationId', e.organization_id, 'name', e.name, 'discipline', e.discipline, 'status', e.status,
  'timezone', e.timezone, 'startsAt', e.starts_at, 'registrationOpensAt', e.registration_opens_at,
  'registrationClosesAt', e.registration_closes_at) || control.race_facts(e.id)`;

/** A class as JSON; the table is `c`. */
const CLASS = `jsonb_build_object(
  'classId', c.id, 'eventId', c.event_id, 'code', c.code, 'name', c.name, 'vehicleKind', c.vehicle_kind,
  'numberFrom', c.number_from, 'numberTo', c.number_to, 'minAge', c.min_age, 'maxAge', c.max_age,
  'ratingSystem', c.rating_system, 'crewFormat', c.crew_format, 'crewRules', c.crew_rules,
  'crewRulesReason', c.crew_rules_reason, 'capacity', c.capacity,
  'placesTaken', (SELECT count(*) FROM entries p WHERE p.class_id = c.id AND p.status <> 'withdrawn' AND p.waiting_since IS NULL),
  'waiting', (SELECT count(*) FROM entries p WHERE p.class_id = c.id AND p.status <> 'withdrawn' AND p.waiting_since IS NOT NULL))`;

const VEHICLE = `jsonb_build_object(
  'vehicleId', v.id, 'kind', v.kind, 'sailNumber', v.sail_number, 'rating', v.rating::float8,
  'label', coalesce(nullif(concat_ws(' ', v.make, v.model), ''), v.sail_number, v.plate, v.kind))`;

const PERSON_NAME = `coalesce(nullif(concat_ws(' ', u.first_name, u.last_name), ''), 'a person without a name')`;

/** A live binding: it runs, or lies ahead. */
const LIVE = `(b.valid_to IS NULL OR b.valid_to > now())`;

/** Everything about an entry as JSON; the tables are `n`, `e`, `c` and `v`, $1 is whoever asks. */
const ENTRY = `jsonb_build_object(
  'entryId', n.id, 'name', n.name, 'teamName', n.team_name, 'raceNumber', n.race_number, 'status', n.status,
  'statusReason', n.status_reason, 'waitingSince', n.waiting_since,
  'event', ${EVENT},
  'class', CASE WHEN c.id IS NULL THEN NULL ELSE ${CLASS} END,
  'vehicle', CASE WHEN v.id IS NULL THEN NULL ELSE ${VEHICLE} END,
  'crew', (SELECT coalesce(jsonb_agg(jsonb_build_object('crewId', m.id, 'personId', m.user_id, 'role', m.role,
                                       'name', ${PERSON_NAME}, 'birthDate', u.birth_date) ORDER BY m.created_at, m.id), '[]')
             FROM entry_crew m JOIN directus_users u ON u.id = m.user_id WHERE m.entry_id = n.id),
  'devices', (SELECT coalesce(jsonb_agg(jsonb_build_object('bindingId', b.id, 'deviceId', b.device_id, 'imei', d.imei,
                                          'kind', d.kind, 'hasPanicButton', d.has_panic_button,
                                          'wornBy', b.assigned_user_id, 'validFrom', b.valid_from) ORDER BY b.valid_from, b.id), '[]')
                FROM control.entry_trackers t JOIN entry_devices b ON b.id = t.binding_id JOIN devices d ON d.id = b.device_id
               WHERE t.entry_id = n.id),
  'checks', (SELECT coalesce(jsonb_agg(jsonb_build_object('checkId', k.id, 'item', k.item, 'state', k.state,
                                         'waivedReason', k.waived_reason) ORDER BY k.item), '[]')
               FROM entry_checks k WHERE k.entry_id = n.id),
  'moveFacts', control.move_facts(n.id),
  'actorRoles', (SELECT coalesce(jsonb_agg(o.role ORDER BY o.role), '[]') FROM organization_users o
                  WHERE o.organization_id = e.organization_id AND o.user_id = $1::uuid),
  'actorIsOfTheCrew', EXISTS (SELECT FROM entry_crew m WHERE m.entry_id = n.id AND m.user_id = $1::uuid))`;

const ENTRY_TABLES = `entries n JOIN events e ON e.id = n.event_id
  LEFT JOIN classes c ON c.id = n.class_id LEFT JOIN vehicles v ON v.id = n.vehicle_id`;

@Injectable()
export class PgRegistrationStore extends RegistrationStore {
  constructor(private readonly db: Database) {
    super();
  }

  override async event(eventId: string): Promise<EventFile | undefined> {
    const [row] = await this.db.query<{ file: EventFile }>(
      `SELECT ${EVENT} AS file FROM events e WHERE e.id = $1`,
      [eventId],
    );
    return row && eventOf(row.file);
  }

  override async class(classId: string): Promise<ClassFile | undefined> {
    const [row] = await this.db.query<{ file: ClassFile }>(
      `SELECT ${CLASS} AS file FROM classes c WHERE c.id = $1`,
      [classId],
    );
    return row?.file;
  }

  override async classes(eventId: string): Promise<ClassFile[]> {
    const rows = await this.db.query<{ file: ClassFile }>(
      `SELECT ${CLASS} AS file FROM classes c WHERE c.event_id = $1 ORDER BY c.sort_order, c.code`,
      [eventId],
    );
    return rows.map(({ file }) => file);
  }

  override async entry(entryId: string, actorId: string | null): Promise<EntryFile | undefined> {
    const [row] = await this.db.query<{ file: EntryFile }>(
      `SELECT ${ENTRY} AS file FROM ${ENTRY_TABLES} WHERE n.id = $2`,
      [actorId, entryId],
    );
    return row && entryOf(row.file);
  }

  override async entriesOf(eventId: string): Promise<EntryFile[]> {
    const rows = await this.db.query<{ file: EntryFile }>(
      `SELECT ${ENTRY} AS file FROM ${ENTRY_TABLES} WHERE n.event_id = $2
        ORDER BY c.sort_order, c.code, n.race_number NULLS LAST, n.name, n.id`,
      [null, eventId],
    );
    return rows.map(({ file }) => entryOf(file));
  }

  override async takenNumbers(eventId: string): Promise<TakenNumber[]> {
    return this.db.query<{ raceNumber: number; entryId: string }>(
      `SELECT race_number AS "raceNumber", id AS "entryId" FROM entries
        WHERE event_id = $1 AND status <> 'withdrawn' AND race_number IS NOT NULL`,
      [eventId],
    );
  }

  override async people(
    event: { readonly eventId: string; readonly organizationId: string },
    userIds: readonly string[],
    exceptEntryId?: string,
  ): Promise<PersonFile[]> {
    return this.db.query<PersonFile & Record<string, unknown>>(
      `SELECT u.id AS "personId", ${PERSON_NAME} AS name, to_char(u.birth_date, 'YYYY-MM-DD') AS "birthDate",
              u.status = 'active' AS active,
              EXISTS (SELECT FROM organization_users o WHERE o.organization_id = $2 AND o.user_id = u.id) AS "isMember",
              (SELECT coalesce('#' || n.race_number, n.name) FROM entry_crew m JOIN entries n ON n.id = m.entry_id
                WHERE m.user_id = u.id AND n.event_id = $3 AND n.status <> 'withdrawn' AND n.id IS DISTINCT FROM $4::uuid
                ORDER BY n.id LIMIT 1) AS "inOtherEntry"
         FROM directus_users u WHERE u.id = ANY ($1::uuid[])`,
      [userIds, event.organizationId, event.eventId, exceptEntryId ?? null],
    );
  }

  override async rolesIn(organizationId: string, userId: string): Promise<OrganisationRole[]> {
    const rows = await this.db.query<{ role: OrganisationRole }>(
      `SELECT role FROM organization_users WHERE organization_id = $1 AND user_id = $2 ORDER BY role`,
      [organizationId, userId],
    );
    return rows.map(({ role }) => role);
  }

  override async vehicle(organizationId: string, vehicleId: string): Promise<VehicleFile | undefined> {
    const [row] = await this.db.query<{ file: VehicleFile }>(
      `SELECT ${VEHICLE} AS file FROM vehicles v
        WHERE v.id = $2 AND control.knows_vehicle($1::uuid, v.id)`,
      [organizationId, vehicleId],
    );
    return row?.file;
  }

  override async trackers(
    organizationId: string,
    { ids = [], imeis = [] }: { readonly ids?: readonly string[]; readonly imeis?: readonly string[] },
  ): Promise<TrackerFile[]> {
    return this.db.query<TrackerFile & Record<string, unknown>>(
      `SELECT d.id AS "deviceId", d.imei, d.kind, d.has_panic_button AS "hasPanicButton",
              bound.label AS "boundTo", bound.entry_id AS "boundEntryId"
         FROM devices d JOIN organization_devices o ON o.device_id = d.id AND o.organization_id = $1
         LEFT JOIN LATERAL (
           SELECT n.id AS entry_id, coalesce('#' || n.race_number, n.name) || ' of ' || e.name AS label
             FROM entry_devices b JOIN entries n ON n.id = b.entry_id JOIN events e ON e.id = n.event_id
            WHERE b.device_id = d.id AND ${LIVE} ORDER BY b.valid_from LIMIT 1) bound ON true
        WHERE d.id = ANY ($2::uuid[]) OR d.imei = ANY ($3::text[])`,
      [organizationId, ids, imeis],
    );
  }

  override async trackersCarried(entryId: string): Promise<BoundDevice[]> {
    return this.db.query<BoundDevice & Record<string, unknown>>(
      `SELECT * FROM (
         SELECT DISTINCT ON (d.id) d.id AS "deviceId", d.imei, d.kind, d.has_panic_button AS "hasPanicButton",
                b.assigned_user_id AS "wornBy"
           FROM entry_devices b JOIN devices d ON d.id = b.device_id WHERE b.entry_id = $1
          ORDER BY d.id, b.valid_from DESC) carried ORDER BY imei`,
      [entryId],
    );
  }

  override async previousEntry(entry: EntryFile, by: FoundBy): Promise<string | undefined> {
    const leads = entry.crew.filter(({ role }) => LEAD_ROLES.includes(role)).map(({ personId }) => personId);
    const [row] = await this.db.query<{ id: string }>(
      `SELECT p.id FROM entries p JOIN events e ON e.id = p.event_id
        WHERE e.organization_id = $1 AND p.event_id <> $2 AND e.starts_at <= $3 AND p.id <> $4
          AND (   ($5 IN ('any', 'vehicle') AND p.vehicle_id = $6::uuid)
               OR ($5 IN ('any', 'pilot') AND EXISTS (SELECT FROM entry_crew m WHERE m.entry_id = p.id
                                                        AND m.user_id = ANY ($7::uuid[]) AND m.role = ANY ($8::text[])))
               OR ($5 IN ('any', 'team') AND lower(btrim(p.team_name)) = lower(btrim($9::text))))
        ORDER BY p.status = 'withdrawn', e.starts_at DESC, p.created_at DESC, p.id LIMIT 1`,
      [
        entry.event.organizationId,
        entry.event.eventId,
        entry.event.startsAt,
        entry.entryId,
        by,
        entry.vehicle?.vehicleId ?? null,
        leads,
        LEAD_ROLES,
        entry.teamName,
      ],
    );
    return row?.id;
  }
}

/** JSON has no instants. */
function date(value: unknown): Date | null {
  return value === null ? null : new Date(value as string);
}

function eventOf(file: EventFile): EventFile {
  return {
    ...file,
    startsAt: new Date(file.startsAt),
    registrationOpensAt: date(file.registrationOpensAt),
    registrationClosesAt: date(file.registrationClosesAt),
  };
}

function entryOf(file: EntryFile): EntryFile {
  return {
    ...file,
    waitingSince: date(file.waitingSince),
    event: eventOf(file.event),
    devices: file.devices.map((device): BindingFile => ({
      ...device,
      validFrom: new Date(device.validFrom),
    })),
  };
}
