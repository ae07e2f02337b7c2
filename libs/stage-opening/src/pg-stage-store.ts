import { Injectable } from '@nestjs/common';
import { STAGE_OPENED, type StageOpened } from '@trm/contracts';
import { Database, type Tx } from '@trm/platform';
import type { Classification, ClassificationRow } from '@trm/rules';
import { FactsChangedMeanwhile, StageOpenedBefore } from './stage-opening.problems.js';
import {
  StageStore,
  type ListedEntry,
  type OpeningFacts,
  type PublishedLine,
  type PublishedSegment,
  type PublishedStartList,
  type Stage,
  type StageSegment,
  type StageState,
  type StartListToPublish,
} from './stage-store.js';

const SELECT_STAGE = `
  SELECT s.id AS "stageId", s.event_id AS "eventId", s.name, s.state, e.timezone, s.starts_at AS "startsAt",
         coalesce(s.delay_seconds, 0) AS "delaySeconds", s.start_interval_seconds AS "startIntervalSeconds",
         coalesce(s.start_order_strategy, '') AS strategy, s.start_order_strategy_params AS "strategyParams",
         s.start_order_input_stage_id AS "inputStageId"
    FROM stages s JOIN events e ON e.id = s.event_id
   WHERE s.id = $1`;

/** Entries that start: confirmed, or under way since an earlier stage. */
const SELECT_ENTRIES = `
  SELECT n.id AS "entryId", n.race_number AS "raceNumber", n.name, c.code AS "classCode"
    FROM entries n LEFT JOIN classes c ON c.id = n.class_id
   WHERE n.event_id = $1 AND n.status IN ('confirmed', 'started')`;

const SELECT_SEGMENTS = `
  SELECT id AS "segmentId", name, type, target_duration_seconds AS "targetDurationSeconds",
         lead_time_seconds AS "leadTimeSeconds", break_seconds AS "breakSeconds"
    FROM segments WHERE stage_id = $1 ORDER BY sort_order, id`;

const SELECT_CLASSIFICATION = `
  SELECT r.entry_id AS "entryId", r.place, r.net_ms::float8 AS "netMs", r.status
    FROM stage_results r WHERE r.stage_id = $1 ORDER BY r.place NULLS LAST, r.entry_id`;

const INSERT_LIST = `
  INSERT INTO start_lists (stage_id, version, status, strategy, params, input_snapshot, lines, reason, checksum,
                           published_at, published_by)
  SELECT $1, coalesce(max(version), 0) + 1, 'published', $2, $3, $4, $5, $6, $7, now(), $8
    FROM start_lists WHERE stage_id = $1
  RETURNING id, version`;

/** One statement for all entry × segment starts: at 5,000 × 50 it costs what the index writes cost. */
const INSERT_STARTS = `
  INSERT INTO entry_segment_starts (entry_id, segment_id, start_list_id, start_position, group_no, target_at)
  SELECT l.entry_id, s.segment_id, $1, l.position, l.group_no, l.start_at + s.offset_seconds * interval '1 second'
    FROM unnest($2::uuid[], $3::int[], $4::int[], $5::timestamptz[]) AS l(entry_id, position, group_no, start_at)
   CROSS JOIN unnest($6::uuid[], $7::int[]) AS s(segment_id, offset_seconds)`;

const SELECT_PUBLISHED = `
  SELECT s.id AS "stageId", s.name AS "stageName", s.state AS "stageState", e.timezone, l.id AS "startListId",
         l.version, l.strategy, l.reason, l.checksum, l.stale, l.published_at AS "publishedAt",
         nullif(concat_ws(' ', u.first_name, u.last_name), '') AS "publishedBy",
         l.lines, l.input_snapshot -> 'segments' AS segments
    FROM stages s
    JOIN events e ON e.id = s.event_id
    JOIN start_lists l ON l.id = s.current_start_list_id
    LEFT JOIN directus_users u ON u.id = l.published_by
   WHERE s.id = $1`;

const SELECT_OPEN_STAGE_WITHOUT = `
  SELECT s.name
    FROM stages s
   WHERE s.state IN ('open', 'running')
     AND (s.event_id = ANY ($2::uuid[])
          OR EXISTS (SELECT FROM entries n
                      WHERE n.id = ANY ($1::uuid[]) AND n.event_id = s.event_id
                        AND n.status NOT IN ('confirmed', 'started')
                        AND NOT EXISTS (SELECT FROM entry_segment_starts t JOIN segments g ON g.id = t.segment_id
                                         WHERE t.entry_id = n.id AND g.stage_id = s.id)))
   ORDER BY s.sort_order LIMIT 1`;

/** Directus waits for the answer inside a write of its own. */
const GUARD_TIMEOUT_MS = 900;

const FOREIGN_KEY_VIOLATION = '23503';
const UNIQUE_VIOLATION = '23505';

/** The stage store in Postgres: the only file of this feature that knows tables and columns. */
@Injectable()
export class PgStageStore extends StageStore {
  constructor(private readonly db: Database) {
    super();
  }

  async lock(tx: Tx, stageId: string): Promise<Stage | undefined> {
    // FOR UPDATE and nothing less: an entry that is being confirmed takes FOR SHARE on this row, and the key share
    // lock of a foreign key would let it slip past an opening.
    const [stage] = await tx.query<Stage & { state: StageState }>(`${SELECT_STAGE} FOR UPDATE OF s`, [
      stageId,
    ]);
    return stage;
  }

  async read(tx: Tx, stageId: string): Promise<Stage | undefined> {
    const [stage] = await tx.query<Stage & { state: StageState }>(SELECT_STAGE, [stageId]);
    return stage;
  }

  async readFacts(tx: Tx, stage: Stage): Promise<OpeningFacts> {
    const entries = await tx.query<ListedEntry & { entryId: string }>(SELECT_ENTRIES, [stage.eventId]);
    const segments = await tx.query<StageSegment & { segmentId: string }>(SELECT_SEGMENTS, [stage.stageId]);
    const classification = await this.readClassification(tx, stage.inputStageId);
    return { stage, entries, segments, ...(classification && { classification }) };
  }

  async publish(tx: Tx, list: StartListToPublish): Promise<StageOpened> {
    const { stage, document, checksum, reason, authorId } = list;
    const inputSnapshot = {
      startsAt: stage.startsAt,
      delaySeconds: stage.delaySeconds,
      startIntervalSeconds: stage.startIntervalSeconds,
      segments: document.segments,
      inputStageId: stage.inputStageId,
      classification: list.classification ?? null,
    };
    const [created] = await tx
      .query<{ id: string; version: number }>(INSERT_LIST, [
        stage.stageId,
        stage.strategy,
        JSON.stringify(stage.strategyParams ?? null),
        JSON.stringify(inputSnapshot),
        JSON.stringify(document.lines),
        reason,
        checksum,
        authorId,
      ])
      .catch((error: { code?: string }) => {
        // One published list a stage; the only unique key that this insert can meet under the stage's lock.
        throw error.code === UNIQUE_VIOLATION ? new StageOpenedBefore(stage.name, error) : error;
      });
    if (created === undefined) throw new Error('the start list was not returned by its insert');
    await this.insertStarts(tx, created.id, list);
    const opened: StageOpened = {
      v: 1,
      stageId: stage.stageId,
      startListId: created.id,
      version: created.version,
      entries: document.lines.length,
      segments: document.segments.length,
      firstStartAt: document.lines[0]?.startAt ?? '',
      lastStartAt: document.lines.at(-1)?.startAt ?? '',
      checksum,
    };
    await tx.query(
      `WITH opened AS (
         UPDATE stages SET state = 'open', current_start_list_id = $2, opened_at = now() WHERE id = $1
       ), logged AS (
         INSERT INTO stage_changes (stage_id, action, from_state, to_state, start_list_id, reason, author_id, at)
         VALUES ($1, 'opened', $3, 'open', $2, $4, $5, now())
       )
       INSERT INTO control.outbox (topic, key, payload) VALUES ($6, $1::text, $7)`,
      [stage.stageId, created.id, stage.state, reason, authorId, STAGE_OPENED, JSON.stringify(opened)],
    );
    return opened;
  }

  async readPublished(tx: Tx, stageId: string): Promise<PublishedStartList | undefined> {
    const [list] = await tx.query<
      PublishedStartList & { lines: PublishedLine[]; segments: PublishedSegment[]; stageId: string }
    >(SELECT_PUBLISHED, [stageId]);
    return list;
  }

  async openStageWithout(of: {
    readonly entryIds: readonly string[];
    readonly eventIds: readonly string[];
  }): Promise<string | undefined> {
    const [stage] = await this.quickly<{ name: string }>(SELECT_OPEN_STAGE_WITHOUT, [
      of.entryIds,
      of.eventIds,
    ]);
    return stage?.name;
  }

  async anyWithoutStartList(stageIds: readonly string[]): Promise<boolean> {
    const found = await this.quickly(
      `SELECT 1 FROM stages WHERE id = ANY ($1::uuid[]) AND current_start_list_id IS NULL LIMIT 1`,
      [stageIds],
    );
    return found.length > 0;
  }

  async snapshot<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    return this.db.transaction(async (tx) => {
      await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return work(tx);
    });
  }

  private async quickly<Row extends object>(sql: string, values: readonly unknown[]): Promise<Row[]> {
    return this.db.transaction(async (tx) => {
      await tx.query(`SET LOCAL statement_timeout = ${GUARD_TIMEOUT_MS}`);
      return tx.query<Row>(sql, values);
    });
  }

  private async insertStarts(
    tx: Tx,
    startListId: string,
    { starts, document }: StartListToPublish,
  ): Promise<void> {
    try {
      await tx.query(INSERT_STARTS, [
        startListId,
        starts.map(({ entryId }) => entryId),
        starts.map(({ position }) => position),
        starts.map(({ group }) => group),
        starts.map(({ startAt }) => startAt.toISOString()),
        document.segments.map(({ segmentId }) => segmentId),
        document.segments.map(({ offsetSeconds }) => offsetSeconds),
      ]);
    } catch (error) {
      throw (error as { code?: string }).code === FOREIGN_KEY_VIOLATION
        ? new FactsChangedMeanwhile(error)
        : error;
    }
  }

  private async readClassification(tx: Tx, inputStageId: string | null): Promise<Classification | undefined> {
    if (inputStageId === null) return undefined;
    const stage = await this.read(tx, inputStageId);
    if (stage === undefined) return undefined;
    const rows = await tx.query<ClassificationRow & { entryId: string }>(SELECT_CLASSIFICATION, [
      inputStageId,
    ]);
    return { stageName: stage.name, rows };
  }
}
