import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@trm/platform';
import {
  PublicationsStore,
  type CalendarStage,
  type CalendarStart,
  type ControlClosing,
  type ControlTime,
  type EntryCalendar,
  type EventCalendar,
  type ListVersion,
  type PublishedLine,
  type PublishedStage,
} from './publications-store.js';

const SELECT_STAGE = `
  SELECT o.name AS "organisationName", e.name AS "eventName", e.timezone, s.id AS "stageId", s.name AS "stageName",
         s.state AS "stageState", l.id AS "startListId", l.version, l.strategy, l.reason,
         coalesce(l.checksum, '') AS checksum, l.stale, l.published_at AS "publishedAt",
         nullif(concat_ws(' ', u.first_name, u.last_name), '') AS "publishedBy", l.lines
    FROM stages s
    JOIN events e ON e.id = s.event_id
    JOIN organizations o ON o.id = e.organization_id
    LEFT JOIN start_lists l ON l.id = s.current_start_list_id
    LEFT JOIN directus_users u ON u.id = l.published_by
   WHERE s.id = $1`;

const CONTROL_TIME = `
  c.segment_id AS "segmentId", g.name AS "segmentName", c.geofence_id AS "geofenceId", f.name AS control,
  f.kind AS "controlKind", c.class_id AS "classId", k.code AS "classCode", c.opens_at AS "opensAt",
  c.closes_at AS "closesAt", g.enforcement, c.mode, c.because`;

const FROM_CONTROL_TIMES = `
  FROM control_times c
  JOIN stages s ON s.id = c.stage_id
  JOIN geofences f ON f.id = c.geofence_id
  LEFT JOIN segments g ON g.id = c.segment_id
  LEFT JOIN classes k ON k.id = c.class_id`;

/** In the order of the road book; the row for all classes before those of single classes. */
const IN_ROAD_ORDER = `s.sort_order, s.id, g.sort_order NULLS LAST, c.closes_at NULLS LAST, f.name,
  k.sort_order NULLS FIRST, k.code NULLS FIRST, c.id`;

const SELECT_CONTROLS_OF_STAGE = `
  SELECT ${CONTROL_TIME} ${FROM_CONTROL_TIMES} WHERE c.stage_id = $1 ORDER BY ${IN_ROAD_ORDER}`;

const SELECT_CONTROLS_OF_EVENT = `
  SELECT c.stage_id AS "stageId", ${CONTROL_TIME} ${FROM_CONTROL_TIMES}
   WHERE s.event_id = $1 AND s.current_start_list_id IS NOT NULL ORDER BY ${IN_ROAD_ORDER}`;

const SELECT_CLOSINGS = `
  SELECT s.id AS "stageId", s.name AS "stageName", s.state AS "stageState", ${CONTROL_TIME} ${FROM_CONTROL_TIMES}
   WHERE s.event_id = $1 AND s.state IN ('open', 'running') AND c.closes_at BETWEEN $2 AND $3
   ORDER BY c.closes_at, ${IN_ROAD_ORDER}`;

const SELECT_EVENT = `
  SELECT e.id AS "eventId", e.name AS "eventName", o.name AS "organisationName", e.timezone
    FROM events e JOIN organizations o ON o.id = e.organization_id
   WHERE e.id = $1`;

const SELECT_STAGES_OF_EVENT = `
  SELECT s.id AS "stageId", s.name AS "stageName", l.version, l.published_at AS "publishedAt", l.strategy, l.reason,
         l.stale, span.starters, span.first AS "firstStartAt", span.last AS "lastStartAt"
    FROM stages s
    JOIN start_lists l ON l.id = s.current_start_list_id
   CROSS JOIN LATERAL (
     SELECT count(*)::int AS starters, min((line ->> 'startAt')::timestamptz) AS first,
            max((line ->> 'startAt')::timestamptz) AS last
       FROM jsonb_array_elements(l.lines::jsonb) AS line
      WHERE line ->> 'status' IS NULL) AS span
   WHERE s.event_id = $1
   ORDER BY s.sort_order, s.id`;

const SELECT_ENTRY = `
  SELECT n.id AS "entryId", n.name AS "entryName", n.race_number AS "raceNumber", e.name AS "eventName",
         o.name AS "organisationName", e.timezone
    FROM entries n
    JOIN events e ON e.id = n.event_id
    JOIN organizations o ON o.id = e.organization_id
   WHERE n.id = $1`;

/** A start that was made is a fact and stays, whatever became of the entry afterwards. */
const SELECT_STARTS_OF_ENTRY = `
  SELECT s.id AS "stageId", s.name AS "stageName", l.version, l.published_at AS "publishedAt",
         g.id AS "segmentId", g.name AS "segmentName", t.start_position AS position, t.target_at AS "targetAt",
         t.actual_at AS "actualAt", t.pin_reason AS "pinReason", line.line ->> 'because' AS because,
         offs.segment ->> 'because' AS "segmentBecause",
         t.actual_at IS NULL
           AND (t.state = 'void' OR line.line ->> 'status' IS NOT NULL
                OR n.status IN ('withdrawn', 'dns', 'dnf', 'dsq')) AS "isVoid"
    FROM entry_segment_starts t
    JOIN entries n ON n.id = t.entry_id
    JOIN segments g ON g.id = t.segment_id
    JOIN stages s ON s.id = g.stage_id
    JOIN start_lists l ON l.id = s.current_start_list_id
    LEFT JOIN LATERAL (SELECT line FROM jsonb_array_elements(l.lines::jsonb) AS line
                        WHERE line ->> 'entryId' = n.id::text LIMIT 1) AS line ON true
    LEFT JOIN LATERAL (SELECT segment FROM jsonb_array_elements(l.input_snapshot::jsonb -> 'segments') AS segment
                        WHERE segment ->> 'segmentId' = g.id::text LIMIT 1) AS offs ON true
   WHERE t.entry_id = $1 AND t.target_at IS NOT NULL
   ORDER BY t.target_at, s.sort_order, g.sort_order`;

/** Of each control the row for the entry's class, or else the one for all classes; none for who is out of the event. */
const SELECT_CONTROLS_OF_ENTRY = `
  SELECT * FROM (
    SELECT DISTINCT ON (s.id, c.segment_id, c.geofence_id)
           s.id AS "stageId", s.name AS "stageName", l.version, l.published_at AS "publishedAt", ${CONTROL_TIME}
    ${FROM_CONTROL_TIMES}
    JOIN start_lists l ON l.id = s.current_start_list_id
    JOIN entries n ON n.event_id = s.event_id AND n.id = $1
   WHERE (c.class_id IS NULL OR c.class_id = n.class_id) AND n.status NOT IN ('withdrawn', 'dns', 'dnf', 'dsq')
   ORDER BY s.id, c.segment_id, c.geofence_id, c.class_id NULLS LAST) AS mine
   ORDER BY coalesce("opensAt", "closesAt"), control, "segmentId"`;

/** The store in Postgres: the only file of this feature that knows tables and columns. */
@Injectable()
export class PgPublicationsStore extends PublicationsStore {
  constructor(private readonly db: Database) {
    super();
  }

  async readStage(stageId: string): Promise<{ stageName: string; published?: PublishedStage } | undefined> {
    return this.snapshot(async (tx) => {
      const [stage] = await tx.query<
        Omit<PublishedStage, 'controls' | 'lines'> & { stageName: string; lines: PublishedLine[] | null }
      >(SELECT_STAGE, [stageId]);
      if (stage === undefined) return undefined;
      const { stageName, lines } = stage;
      if (lines === null) return { stageName };
      const controls = await tx.query<ControlTime & { control: string }>(SELECT_CONTROLS_OF_STAGE, [stageId]);
      return { stageName, published: { ...stage, lines, controls } };
    });
  }

  async readClosings(eventId: string, from: Date, until: Date): Promise<ControlClosing[]> {
    return this.db.query<ControlClosing & { stageId: string }>(SELECT_CLOSINGS, [
      eventId,
      from.toISOString(),
      until.toISOString(),
    ]);
  }

  async readEventCalendar(eventId: string): Promise<EventCalendar | undefined> {
    return this.snapshot(async (tx) => {
      const [event] = await tx.query<Omit<EventCalendar, 'stages'> & { eventId: string }>(SELECT_EVENT, [
        eventId,
      ]);
      if (event === undefined) return undefined;
      const stages = await tx.query<Omit<CalendarStage, 'controls'> & { stageId: string }>(
        SELECT_STAGES_OF_EVENT,
        [eventId],
      );
      const controls = await tx.query<ControlTime & { stageId: string }>(SELECT_CONTROLS_OF_EVENT, [eventId]);
      const byStage = Map.groupBy(controls, ({ stageId }) => stageId);
      return {
        ...event,
        stages: stages.map((stage) => ({ ...stage, controls: byStage.get(stage.stageId) ?? [] })),
      };
    });
  }

  async readEntryCalendar(entryId: string): Promise<EntryCalendar | undefined> {
    return this.snapshot(async (tx) => {
      const [entry] = await tx.query<Omit<EntryCalendar, 'starts' | 'controls'> & { entryId: string }>(
        SELECT_ENTRY,
        [entryId],
      );
      if (entry === undefined) return undefined;
      const starts = await tx.query<CalendarStart & { stageId: string }>(SELECT_STARTS_OF_ENTRY, [entryId]);
      const controls = await tx.query<ControlTime & ListVersion & { stageId: string }>(
        SELECT_CONTROLS_OF_ENTRY,
        [entryId],
      );
      return { ...entry, starts, controls };
    });
  }

  private async snapshot<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    return this.db.transaction(async (tx) => {
      await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return work(tx);
    });
  }
}
