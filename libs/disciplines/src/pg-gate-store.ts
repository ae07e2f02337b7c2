import { Injectable } from '@nestjs/common';
import { Database } from '@trm/platform';
import type { EntryFacts, EntryStatus } from '@trm/rules';
import {
  type ChildTable,
  type GateClass,
  type GateEntry,
  type GateEvent,
  GateStore,
  type Named,
  type Names,
  type Owner,
} from './gate-store.js';

/** Of the person $1 in the organisation of the event `e`. */
const ROLES = `(SELECT coalesce(jsonb_agg(m.role ORDER BY m.role), '[]') FROM organization_users m
                 WHERE m.organization_id = e.organization_id AND m.user_id = $1::uuid)`;

/** GateEvent as JSON; the table is `e`. */
const EVENT = `jsonb_build_object(
  'eventId', e.id, 'organizationId', e.organization_id, 'name', e.name, 'discipline', e.discipline,
  'stageInUse', (SELECT format('stage "%s" is %s', s.name, s.state) FROM stages s
                  WHERE s.event_id = e.id AND s.state NOT IN ('draft', 'planned') ORDER BY s.sort_order, s.id LIMIT 1),
  'roles', ${ROLES}) || control.race_facts(e.id)`;

/** GateClass as JSON; the table is `c`. */
const CLASS = `jsonb_build_object(
  'classId', c.id, 'eventId', c.event_id, 'capacity', c.capacity, 'facts', control.class_facts(to_jsonb(c)),
  'confirmed', (SELECT count(*) FROM entries p WHERE p.class_id = c.id AND p.status NOT IN ('registered', 'withdrawn')),
  'placesTaken', (SELECT count(*) FROM entries p WHERE p.class_id = c.id AND p.status <> 'withdrawn' AND p.waiting_since IS NULL))`;

/** Each in one statement, since the person at the form waits for it. */
@Injectable()
export class PgGateStore extends GateStore {
  constructor(private readonly db: Database) {
    super();
  }

  override async event(eventId: string, userId: string): Promise<GateEvent | undefined> {
    const [row] = await this.db.query<{ event: GateEvent }>(
      `SELECT ${EVENT} AS event FROM events e WHERE e.id = $2`,
      [userId, eventId],
    );
    return row?.event;
  }

  override async entries(entryIds: readonly string[], userId: string): Promise<GateEntry[]> {
    return this.db.query<GateEntry & Record<string, unknown>>(
      `WITH events_asked AS MATERIALIZED (
         SELECT e.id, ${EVENT} AS event FROM events e
          WHERE e.id IN (SELECT n.event_id FROM entries n WHERE n.id = ANY ($2::uuid[]))
       )
       SELECT n.id AS "entryId", coalesce('#' || n.race_number, '"' || n.name || '"') AS label,
              n.status, n.status_reason AS "statusReason", n.class_id AS "classId",
              n.waiting_since IS NOT NULL AS "isWaiting", a.event, control.entry_facts(n.id) AS facts,
              EXISTS (SELECT FROM entry_crew m WHERE m.entry_id = n.id AND m.user_id = $1::uuid) AS "isOfTheCrew",
              n.created_by IS NOT DISTINCT FROM $1::uuid AS "isOwn",
              control.move_facts(n.id) AS "moveFacts",
              EXISTS (SELECT FROM entry_segment_starts x WHERE x.entry_id = n.id)
                OR EXISTS (SELECT FROM stage_results r WHERE r.entry_id = n.id)
                OR EXISTS (SELECT FROM entry_crossings r WHERE r.entry_id = n.id)
                OR EXISTS (SELECT FROM entry_penalties r WHERE r.entry_id = n.id) AS "isInTheRace"
         FROM entries n JOIN events_asked a ON a.id = n.event_id
        WHERE n.id = ANY ($2::uuid[])
        ORDER BY n.race_number, n.id`,
      [userId, entryIds],
    );
  }

  override async named(
    { organizationId, eventId }: { readonly organizationId: string; readonly eventId: string },
    { classIds, vehicleIds, personIds, deviceIds, raceNumbers }: Names,
  ): Promise<Named> {
    const [named] = await this.db.query<Named & Record<string, unknown>>(
      `SELECT
         (SELECT coalesce(jsonb_object_agg(c.id, ${CLASS}), '{}') FROM classes c WHERE c.id = ANY ($3::uuid[])) AS classes,
         (SELECT coalesce(jsonb_object_agg(v.id, jsonb_build_object(
                   'kind', v.kind, 'sailNumber', v.sail_number, 'rating', v.rating,
                   'isKnown', control.knows_vehicle($1::uuid, v.id))), '{}')
            FROM vehicles v WHERE v.id = ANY ($4::uuid[])) AS vehicles,
         (SELECT coalesce(jsonb_object_agg(u.id, jsonb_strip_nulls(jsonb_build_object(
                   'name', nullif(concat_ws(' ', u.first_name, u.last_name), ''), 'birthDate', u.birth_date,
                   'isMember', EXISTS (SELECT FROM organization_users m WHERE m.organization_id = $1::uuid AND m.user_id = u.id)))), '{}')
            FROM directus_users u WHERE u.id = ANY ($5::uuid[])) AS people,
         (SELECT coalesce(jsonb_object_agg(d.id, jsonb_build_object(
                   'imei', d.imei, 'kind', d.kind, 'hasPanicButton', d.has_panic_button,
                   'isKnown', EXISTS (SELECT FROM organization_devices o WHERE o.organization_id = $1::uuid AND o.device_id = d.id),
                   'carriers', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                                         'entryId', n.id, 'label', coalesce('#' || n.race_number, '"' || n.name || '"'))), '[]')
                                  FROM entry_devices b JOIN entries n ON n.id = b.entry_id
                                 WHERE b.device_id = d.id AND NOT isempty(tstzrange(b.valid_from, b.valid_to))
                                   AND coalesce(b.valid_to, 'infinity') > now()))), '{}')
            FROM devices d WHERE d.id = ANY ($6::uuid[])) AS devices,
         (SELECT coalesce(jsonb_object_agg(taken.race_number, taken.by), '{}')
            FROM (SELECT n.race_number, jsonb_agg(n.id) AS by FROM entries n
                   WHERE n.event_id = $2::uuid AND n.status <> 'withdrawn' AND n.race_number = ANY ($7::int[])
                   GROUP BY n.race_number) taken) AS numbers`,
      [organizationId, eventId, classIds, vehicleIds, personIds, deviceIds, raceNumbers],
    );
    return named!;
  }

  override async entriesOfRows(
    table: ChildTable,
    rowIds: readonly string[],
  ): Promise<{ rowId: string; entryId: string }[]> {
    return this.db.query<{ rowId: string; entryId: string }>(
      `SELECT id AS "rowId", entry_id AS "entryId" FROM ${table} WHERE id = ANY ($1::uuid[])`,
      [rowIds],
    );
  }

  override async anyWithoutReason(checkIds: readonly string[]): Promise<boolean> {
    const found = await this.db.query(
      `SELECT 1 FROM entry_checks WHERE id = ANY ($1::uuid[]) AND btrim(coalesce(waived_reason, '')) = '' LIMIT 1`,
      [checkIds],
    );
    return found.length > 0;
  }

  override async beingSaved(entryIds: readonly string[]): Promise<ReadonlySet<string>> {
    // Whoever updates a row holds it until the end of the transaction; SKIP LOCKED leaves it out instead of waiting.
    const free = await this.db.query<{ id: string }>(
      'SELECT id FROM entries WHERE id = ANY ($1::uuid[]) FOR SHARE SKIP LOCKED',
      [entryIds],
    );
    const isFree = new Set(free.map(({ id }) => id));
    return new Set(entryIds.filter((id) => !isFree.has(id)));
  }

  override async class(classId: string): Promise<GateClass | undefined> {
    const [row] = await this.db.query<{ class: GateClass }>(
      `SELECT ${CLASS} AS class FROM classes c WHERE c.id = $1`,
      [classId],
    );
    return row?.class;
  }

  override async entriesIn(
    of: { readonly eventId: string } | { readonly classId: string },
    most: number,
  ): Promise<{ label: string; status: EntryStatus; facts: EntryFacts }[]> {
    const [column, id] = 'eventId' in of ? ['event_id', of.eventId] : ['class_id', of.classId];
    return this.db.query<{ label: string; status: EntryStatus; facts: EntryFacts }>(
      `SELECT n.label, n.status, control.entry_facts(n.id) AS facts FROM (
         SELECT n.id, coalesce('#' || n.race_number, '"' || n.name || '"') AS label, n.status
           FROM entries n WHERE n.${column} = $1 AND n.status IN ('registered', 'confirmed', 'started')
        ORDER BY n.status = 'registered', n.race_number, n.id LIMIT $2) n`,
      [id, most],
    );
  }

  override async hasEntries(table: 'classes' | 'events', ids: readonly string[]): Promise<boolean> {
    const column = table === 'classes' ? 'class_id' : 'event_id';
    const found = await this.db.query(`SELECT 1 FROM entries WHERE ${column} = ANY ($1::uuid[]) LIMIT 1`, [
      ids,
    ]);
    return found.length > 0;
  }

  override async mayList(
    table: 'organization_vehicles' | 'organization_devices',
    thingId: string,
    organizationId: string,
    userId: string,
  ): Promise<boolean> {
    const [things, column] =
      table === 'organization_vehicles'
        ? (['vehicles', 'vehicle_id'] as const)
        : (['devices', 'device_id'] as const);
    const [row] = await this.db.query<{ mayList: boolean }>(
      // A thing that this very save makes is not there yet; the trigger looks at it.
      `SELECT NOT EXISTS (SELECT FROM ${things} WHERE id = $4) OR control.may_list($1, $2, $3, $4, $5, $6) AS "mayList"`,
      [things, table, column, thingId, organizationId, userId],
    );
    return row?.mayList ?? false;
  }

  override async ownerOf(
    parent: 'organizations' | 'events' | 'stages' | 'segments',
    id: string,
    userId: string,
  ): Promise<Owner | undefined> {
    const [row] = await this.db.query<Owner & Record<string, unknown>>(
      `SELECT array(SELECT m.role FROM organization_users m
                     WHERE m.organization_id = owner.id AND m.user_id = $1::uuid) AS roles
         FROM (${OWNERS[parent]}) owner`,
      [userId, id],
    );
    return row;
  }
}

/** The organisation of the row $2. */
const OWNERS = {
  organizations: 'SELECT o.id FROM organizations o WHERE o.id = $2',
  events: 'SELECT e.organization_id AS id FROM events e WHERE e.id = $2',
  stages: 'SELECT e.organization_id AS id FROM stages s JOIN events e ON e.id = s.event_id WHERE s.id = $2',
  segments: `SELECT e.organization_id AS id FROM segments g JOIN stages s ON s.id = g.stage_id
               JOIN events e ON e.id = s.event_id WHERE g.id = $2`,
} as const;
