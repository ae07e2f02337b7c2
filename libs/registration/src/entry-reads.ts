import { Injectable } from '@nestjs/common';
import { type Caller, Database, EntryNotFound, EventNotFound } from '@trm/platform';

/** What a page of entries is chosen by. */
export interface EntryQuery {
  readonly status?: readonly string[];
  readonly classId?: string;
  /** Only those that wait for a place, or only those that have one. */
  readonly waiting?: boolean;
  readonly limit: number;
  readonly offset: number;
}

const OFFICE = `'org-admin', 'race-director', 'marshal', 'timekeeper'`;

/**
 * The columns of an entry as they are named in JSON; the tables are `n`, which has the code of the class, and `v`. What
 * only the office knows is there for the office and for the entry's own crew, and null for everybody else.
 */
const columns = (office: string): string => `
  n.id AS "entryId", n.race_number AS "raceNumber", n.name, n.team_name AS "teamName", n.status,
  n.class_id AS "classId", n.code AS "classCode", n.vehicle_id AS "vehicleId",
  nullif(concat_ws(' ', v.make, v.model), '') AS vehicle, n.seed, n.priority_group AS "priorityGroup",
  CASE WHEN ${office} THEN n.status_reason END AS "statusReason",
  CASE WHEN ${office} THEN n.waiting_since END AS "waitingSince", n.updated_at AS "updatedAt"`;
/** What `columns` is taken from, with the order of a list; the tables are `n` and `c`. */
const SOURCE = `n.id, n.race_number, n.name, n.team_name, n.status, n.class_id, c.code, n.vehicle_id, n.seed,
  n.priority_group, n.status_reason, n.waiting_since, n.updated_at, c.sort_order`;
const IN_ORDER = 'n.sort_order, n.code, n.race_number, n.name, n.id';

const CREW = `(SELECT coalesce(json_agg(json_build_object('personId', m.user_id, 'role', m.role,
                 'name', concat_ws(' ', u.first_name, u.last_name)) ORDER BY m.created_at, m.id), '[]')
                 FROM entry_crew m JOIN directus_users u ON u.id = m.user_id WHERE m.entry_id = n.id)`;
const DEVICES = `(SELECT coalesce(json_agg(json_build_object('deviceId', b.device_id, 'imei', d.imei, 'kind', d.kind,
                    'wornBy', b.assigned_user_id, 'validFrom', b.valid_from, 'validTo', b.valid_to,
                    'lastPositionAt', d.last_position_at) ORDER BY b.valid_from, b.id), '[]')
                    FROM entry_devices b JOIN devices d ON d.id = b.device_id WHERE b.entry_id = n.id)`;
const CHECKS = `(SELECT coalesce(json_agg(json_build_object('item', k.item, 'state', k.state,
                   'waivedReason', k.waived_reason, 'checkedAt', k.checked_at) ORDER BY k.item), '[]')
                   FROM entry_checks k WHERE k.entry_id = n.id)`;

const MEMBER = `EXISTS (SELECT FROM organization_users o WHERE o.organization_id = e.organization_id AND o.user_id = $2::uuid)`;
const IS_OFFICE = `($3 OR EXISTS (SELECT FROM organization_users o WHERE o.organization_id = e.organization_id
                            AND o.user_id = $2::uuid AND o.role IN (${OFFICE})))`;
const IS_CREW = `EXISTS (SELECT FROM entry_crew m WHERE m.entry_id = n.id AND m.user_id = $2::uuid)`;

/**
 * Entries as many people read them at once: the right to read is checked and the JSON is made in one question to the
 * database, and passed on as it comes. Members of the organisation read; office and crew see all of it.
 */
@Injectable()
export class EntryReads {
  constructor(private readonly db: Database) {}

  /** @returns a JSON document. @throws EntryNotFound also for a stranger */
  async one(caller: Caller, entryId: string): Promise<string> {
    const [found] = await this.db.prepared<{ json: string }>(
      'one-entry',
      `WITH n AS (
         SELECT ${SOURCE}, n.event_id, ${IS_OFFICE} OR ${IS_CREW} AS office
           FROM entries n JOIN events e ON e.id = n.event_id LEFT JOIN classes c ON c.id = n.class_id
          WHERE n.id = $1 AND ($3 OR ${MEMBER} OR ${IS_CREW})
       ), entry AS (
         SELECT ${columns('n.office')}, n.event_id AS "eventId", CASE WHEN n.office THEN ${CREW} END AS crew,
                CASE WHEN n.office THEN ${DEVICES} END AS devices, CASE WHEN n.office THEN ${CHECKS} END AS checks
           FROM n LEFT JOIN vehicles v ON v.id = n.vehicle_id
       )
       SELECT row_to_json(entry)::text AS json FROM entry`,
      [entryId, caller.userId, caller.isAdmin],
    );
    if (found === undefined) throw new EntryNotFound();
    return found.json;
  }

  /** @returns a JSON document `{"eventId", "total", "entries"}`, by class and number. @throws EventNotFound also for a stranger */
  async page(caller: Caller, eventId: string, query: EntryQuery): Promise<string> {
    const { status, classId, waiting, limit, offset } = query;
    const [found] = await this.db.prepared<{ json: string }>(
      'page-of-entries',
      `WITH asked AS MATERIALIZED (
         SELECT e.id, ${IS_OFFICE} AS office FROM events e WHERE e.id = $1 AND ($3 OR ${MEMBER})
       ), chosen AS (
         SELECT ${SOURCE}, asked.office FROM asked JOIN entries n ON n.event_id = asked.id
           LEFT JOIN classes c ON c.id = n.class_id
          WHERE ($4::text[] IS NULL OR n.status = ANY ($4)) AND ($5::uuid IS NULL OR n.class_id = $5)
            AND ($6::boolean IS NULL OR (n.waiting_since IS NOT NULL) = $6)
            -- Without an office role: what is public, and the own entry.
            AND (asked.office OR n.status NOT IN ('registered', 'withdrawn') OR ${IS_CREW})
       ), page AS (
         SELECT ${columns('n.office')}
           FROM (SELECT n.* FROM chosen n ORDER BY ${IN_ORDER} LIMIT $7 OFFSET $8) n
           LEFT JOIN vehicles v ON v.id = n.vehicle_id ORDER BY ${IN_ORDER}
       )
       SELECT json_build_object('eventId', asked.id, 'total', (SELECT count(*) FROM chosen),
                'entries', (SELECT coalesce(json_agg(page), '[]') FROM page))::text AS json
         FROM asked`,
      [
        eventId,
        caller.userId,
        caller.isAdmin,
        status ?? null,
        classId ?? null,
        waiting ?? null,
        limit,
        offset,
      ],
    );
    if (found === undefined) throw new EventNotFound();
    return found.json;
  }
}
