import { Injectable } from '@nestjs/common';
import { STAGE_OPENED, START_LIST_CHANGED } from '@trm/contracts';
import { Database, type Tx } from '@trm/platform';
import type { Classification, ClassificationRow, LineChange, StartListFacts } from '@trm/rules';
import { segmentTargets } from '@trm/rules';
import { readEntries, readOverall, readSegments, readStageResult } from './pg-stage-facts.js';
import { FactsChangedMeanwhile, StageOpenedBefore } from './stage-opening.problems.js';
import {
  type EntryOfStage,
  type OpeningFacts,
  type PublishedLine,
  type PublishedSegment,
  type PublishedStartList,
  type Stage,
  type StageChangeToLog,
  type StageState,
  StageStore,
  type VersionToPublish,
} from './stage-store.js';

const SELECT_STAGE = `
  SELECT s.id AS "stageId", s.event_id AS "eventId", s.name, s.state, e.timezone, s.starts_at AS "startsAt",
         coalesce(s.delay_seconds, 0) AS "delaySeconds", s.start_interval_seconds AS "startIntervalSeconds",
         coalesce(s.start_order_strategy, '') AS strategy, s.start_order_strategy_params AS "strategyParams",
         coalesce(s.absent_slot_policy, 'keep') AS "absentSlotPolicy",
         s.start_order_input_stage_id AS "inputStageId",
         (SELECT l.version FROM start_lists l WHERE l.id = s.current_start_list_id) AS version
    FROM stages s JOIN events e ON e.id = s.event_id
   WHERE s.id = $1`;

const SUPERSEDE_LIST = `UPDATE start_lists SET status = 'superseded' WHERE id = $1 AND status = 'published'`;

const INSERT_LIST = `
  INSERT INTO start_lists (stage_id, version, status, strategy, params, seed, input_snapshot, lines, diff, reason,
                           checksum, published_at, published_by)
  SELECT $1, coalesce(max(version), 0) + 1, 'published', $2, $3, $4, $5, $6, $7, $8, $9, now(), $10
    FROM start_lists WHERE stage_id = $1
  RETURNING id, version`;

/** One statement for all entry × segment starts: at 5,000 × 50 it costs what the index writes cost. */
const INSERT_STARTS = `
  INSERT INTO entry_segment_starts (entry_id, segment_id, start_list_id, start_position, group_no, target_at,
                                    manual_override, pin_reason)
  SELECT l.entry_id, s.segment_id, $1, l.position, l.group_no, l.start_at + s.offset_seconds * interval '1 second',
         l.pin_reason IS NOT NULL, l.pin_reason
    FROM unnest($2::uuid[], $3::int[], $4::int[], $5::timestamptz[], $6::text[])
           AS l(entry_id, position, group_no, start_at, pin_reason)
   CROSS JOIN unnest($7::uuid[], $8::int[]) AS s(segment_id, offset_seconds)`;

/** The starts of lines that a new version changed. A start that was made stays as it was planned. */
const UPSERT_STARTS = `
  INSERT INTO entry_segment_starts (entry_id, segment_id, start_list_id, start_position, group_no, target_at,
                                    manual_override, pin_reason)
  SELECT w.entry_id, w.segment_id, $1, w.position, w.group_no, w.target_at, w.pin_reason IS NOT NULL, w.pin_reason
    FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::int[], $6::timestamptz[], $7::text[])
           AS w(entry_id, segment_id, position, group_no, target_at, pin_reason)
      ON CONFLICT (entry_id, segment_id) DO UPDATE
     SET start_list_id = excluded.start_list_id, start_position = excluded.start_position,
         group_no = excluded.group_no, target_at = excluded.target_at, manual_override = excluded.manual_override,
         pin_reason = excluded.pin_reason, state = 'planned', void_reason = NULL
   WHERE entry_segment_starts.actual_at IS NULL
     AND (entry_segment_starts.start_position, entry_segment_starts.group_no, entry_segment_starts.target_at,
          entry_segment_starts.pin_reason, entry_segment_starts.state)
         IS DISTINCT FROM (excluded.start_position, excluded.group_no, excluded.target_at, excluded.pin_reason, 'planned')`;

/** What lies ahead of an entry that does not start: not deleted, void. */
const VOID_STARTS = `
  UPDATE entry_segment_starts t SET state = 'void', void_reason = $3
    FROM segments g
   WHERE g.id = t.segment_id AND g.stage_id = $1 AND t.entry_id = ANY ($2::uuid[])
     AND t.state <> 'void' AND t.actual_at IS NULL AND ($4::timestamptz IS NULL OR t.target_at > $4)
     AND NOT EXISTS (SELECT FROM entry_crossings c WHERE c.entry_id = t.entry_id AND c.segment_id = t.segment_id)
  RETURNING t.entry_id`;

const WRITE_CONTROL_TIMES = `
  WITH wanted AS (
    SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[])
             AS w(segment_id, geofence_id, class_id, opens_at, closes_at, mode, because)
  ), gone AS (
    DELETE FROM control_times t
     WHERE t.stage_id = $1
       AND NOT EXISTS (SELECT FROM wanted w WHERE w.segment_id = t.segment_id AND w.geofence_id = t.geofence_id
                                              AND w.class_id IS NOT DISTINCT FROM t.class_id)
  )
  INSERT INTO control_times (stage_id, start_list_id, segment_id, geofence_id, class_id, opens_at, closes_at, mode, because)
  SELECT $1, $2, w.segment_id, w.geofence_id, w.class_id, w.opens_at, w.closes_at, w.mode, w.because FROM wanted w
      ON CONFLICT (stage_id, segment_id, geofence_id, class_id) DO UPDATE
     SET start_list_id = excluded.start_list_id, opens_at = excluded.opens_at, closes_at = excluded.closes_at,
         mode = excluded.mode, because = excluded.because
   WHERE (control_times.opens_at, control_times.closes_at, control_times.mode, control_times.because)
         IS DISTINCT FROM (excluded.opens_at, excluded.closes_at, excluded.mode, excluded.because)
  RETURNING 1`;

const SELECT_PUBLISHED = `
  SELECT s.id AS "stageId", s.name AS "stageName", s.state AS "stageState", e.timezone, l.id AS "startListId",
         l.version, l.strategy, l.seed, l.reason, l.checksum, l.stale, l.stale_diff AS "staleDiff", l.diff,
         l.published_at AS "publishedAt",
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

const FOREIGN_KEY_VIOLATION = '23503';
const UNIQUE_VIOLATION = '23505';

/** Start orders that are drawn from the sum of all stages up to the input stage. */
const FROM_OVERALL: ReadonlySet<string> = new Set(['inverse_of_overall', 'pursuit', 'championship_order']);

/** The stage store in Postgres: with pg-stage-facts.ts the only files of this feature that know tables and columns. */
@Injectable()
export class PgStageStore extends StageStore {
  constructor(private readonly db: Database) {
    super();
  }

  async lock(tx: Tx, stageId: string): Promise<Stage | undefined> {
    // FOR UPDATE and nothing less: an entry that is being confirmed takes FOR SHARE on this row, and the key share
    // lock of a foreign key would let it slip past a command.
    await tx.query(`SELECT 1 FROM stages WHERE id = $1 FOR UPDATE`, [stageId]);
    // A new statement, so that it sees what was committed while we waited for the lock.
    return this.read(tx, stageId);
  }

  async read(tx: Tx, stageId: string): Promise<Stage | undefined> {
    const [stage] = await tx.query<Stage & { state: StageState }>(SELECT_STAGE, [stageId]);
    return stage;
  }

  async readFacts(tx: Tx, stage: Stage): Promise<OpeningFacts> {
    const entries = await readEntries(tx, stage);
    const segments = await readSegments(tx, stage.stageId);
    const classification = await this.readClassification(tx, stage);
    const pins = await this.readPins(tx, stage.stageId);
    const finishers = await tx.query<{ classId: string | null; at: Date }>(
      `SELECT n.class_id AS "classId", min(c.ts) AS at
         FROM segments g
         JOIN entry_crossings c ON c.geofence_id = g.exit_geofence_id AND (c.segment_id IS NULL OR c.segment_id = g.id)
         JOIN entries n ON n.id = c.entry_id
         JOIN entry_segment_starts t ON t.entry_id = n.id AND t.segment_id = g.id AND t.target_at < c.ts
        WHERE g.stage_id = $1
          AND g.id = (SELECT last.id FROM segments last WHERE last.stage_id = $1 ORDER BY last.sort_order DESC, last.id DESC LIMIT 1)
        GROUP BY n.class_id`,
      [stage.stageId],
    );
    return { stage, entries, segments, pins, finishers, ...(classification && { classification }) };
  }

  async readPublished(tx: Tx, stageId: string): Promise<PublishedStartList | undefined> {
    const [list] = await tx.query<
      PublishedStartList & { lines: PublishedLine[]; segments: PublishedSegment[]; stageId: string }
    >(SELECT_PUBLISHED, [stageId]);
    return list;
  }

  async readFrozenClassification(tx: Tx, startListId: string): Promise<Classification | undefined> {
    const [list] = await tx.query<{ classification: Classification | null }>(
      `SELECT input_snapshot -> 'classification' AS classification FROM start_lists WHERE id = $1`,
      [startListId],
    );
    return list?.classification ?? undefined;
  }

  async lockEntries(
    tx: Tx,
    of: { stageId: string; entryIds: readonly string[] | 'confirmed' },
  ): Promise<void> {
    if (of.entryIds === 'confirmed') {
      await tx.query(
        `SELECT 1 FROM entries WHERE event_id = (SELECT event_id FROM stages WHERE id = $1) AND status = 'confirmed'
          ORDER BY id FOR NO KEY UPDATE`,
        [of.stageId],
      );
    } else if (of.entryIds.length > 0) {
      await tx.query(`SELECT 1 FROM entries WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`, [
        of.entryIds,
      ]);
    }
  }

  async readEntry(tx: Tx, stage: Stage, entryId: string): Promise<EntryOfStage | undefined> {
    return (await readEntries(tx, stage, entryId)).find((entry) => entry.entryId === entryId);
  }

  async readStarted(tx: Tx, segmentIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await tx.query<{ entryId: string }>(
      `SELECT entry_id AS "entryId" FROM entry_segment_starts WHERE segment_id = ANY ($1::uuid[]) AND actual_at IS NOT NULL
        UNION
       SELECT entry_id FROM entry_crossings WHERE segment_id = ANY ($1::uuid[])`,
      [segmentIds],
    );
    return new Set(rows.map(({ entryId }) => entryId));
  }

  async publish(tx: Tx, version: VersionToPublish): Promise<{ startListId: string; version: number }> {
    const { stage, before, document } = version;
    if (before !== undefined) await tx.query(SUPERSEDE_LIST, [before.startListId]);
    const created = await this.insertList(tx, version);
    try {
      if (before === undefined) await this.insertStarts(tx, created.id, document);
      else await this.changeStarts(tx, created.id, before, document);
    } catch (error) {
      throw (error as { code?: string }).code === FOREIGN_KEY_VIOLATION
        ? new FactsChangedMeanwhile(error)
        : error;
    }
    await this.writeControlTimes(tx, {
      stageId: stage.stageId,
      startListId: created.id,
      controlTimes: version.controlTimes,
    });
    const payload = this.eventOf(version, created);
    await tx.query(
      `WITH changed AS (
         UPDATE stages SET state = $3, current_start_list_id = $2, delay_seconds = $4,
                           opened_at = coalesce(opened_at, now()) WHERE id = $1
       ), logged AS (
         INSERT INTO stage_changes (stage_id, action, from_state, to_state, start_list_id, entry_id, details, reason, author_id, at)
         VALUES ($1, $5, $6, $3, $2, $7, $8, $9, $10, now())
       )
       INSERT INTO control.outbox (topic, key, payload) VALUES ($11, $1::text, $12)`,
      [
        stage.stageId,
        created.id,
        version.toState,
        version.delaySeconds,
        version.action,
        stage.state,
        version.entryId,
        version.diff === null ? null : JSON.stringify(version.diff),
        version.reason,
        version.authorId,
        before === undefined ? STAGE_OPENED : START_LIST_CHANGED,
        JSON.stringify(payload),
      ],
    );
    return { startListId: created.id, version: created.version };
  }

  async writeControlTimes(
    tx: Tx,
    {
      stageId,
      startListId,
      controlTimes,
    }: Pick<VersionToPublish, 'controlTimes'> & { readonly stageId: string; readonly startListId: string },
  ): Promise<number> {
    const written = await tx.query(WRITE_CONTROL_TIMES, [
      stageId,
      startListId,
      controlTimes.map(({ segmentId }) => segmentId),
      controlTimes.map(({ geofenceId }) => geofenceId),
      controlTimes.map(({ classId }) => classId),
      controlTimes.map(({ opensAt }) => opensAt),
      controlTimes.map(({ closesAt }) => closesAt),
      controlTimes.map(({ mode }) => mode),
      controlTimes.map(({ because }) => because),
    ]);
    return written.length;
  }

  async voidStartsAhead(
    tx: Tx,
    of: { stageId: string; entryId: string; why: string; now: Date },
  ): Promise<number> {
    return (await tx.query(VOID_STARTS, [of.stageId, [of.entryId], of.why, of.now])).length;
  }

  async log(tx: Tx, change: StageChangeToLog): Promise<void> {
    const {
      stage,
      action,
      toState,
      entryId = null,
      reason,
      authorId,
      details = null,
      topic,
      payload,
    } = change;
    await tx.query(
      `WITH changed AS (
         UPDATE stages SET state = $2 WHERE id = $1 AND state <> $2
       ), logged AS (
         INSERT INTO stage_changes (stage_id, action, from_state, to_state, start_list_id, entry_id, details, reason, author_id, at)
         SELECT $1, $3, $4, $2, s.current_start_list_id, $5, $6, $7, $8, now() FROM stages s WHERE s.id = $1
       )
       INSERT INTO control.outbox (topic, key, payload) VALUES ($9, $1::text, $10)`,
      [
        stage.stageId,
        toState,
        action,
        stage.state,
        entryId,
        details === null ? null : JSON.stringify(details),
        reason,
        authorId,
        topic,
        JSON.stringify({ v: 1, stageId: stage.stageId, ...payload }),
      ],
    );
  }

  async setEntryStatus(
    tx: Tx,
    of: { entryIds: readonly string[]; status: string; authorId: string | null; reason: string | null },
  ): Promise<void> {
    await tx.query(`SELECT set_config('trm.actor', $1, true), set_config('trm.reason', $2, true)`, [
      of.authorId ?? '',
      of.reason ?? '',
    ]);
    await tx.query(`UPDATE entries SET status = $2 WHERE id = ANY ($1::uuid[]) AND status <> $2`, [
      of.entryIds,
      of.status,
    ]);
  }

  async readPins(tx: Tx, stageId: string): Promise<NonNullable<StartListFacts['pins']>> {
    return tx.query<{ entryId: string; position: number; reason: string }>(
      `SELECT entry_id AS "entryId", position, reason FROM control.start_pins
        WHERE stage_id = $1 AND released_at IS NULL ORDER BY position`,
      [stageId],
    );
  }

  async writePin(
    tx: Tx,
    pin: { stageId: string; entryId: string; position: number; reason: string; authorId: string },
  ): Promise<void> {
    await this.releasePin(tx, pin);
    await tx.query(
      `INSERT INTO control.start_pins (stage_id, entry_id, position, reason, author_id) VALUES ($1, $2, $3, $4, $5)`,
      [pin.stageId, pin.entryId, pin.position, pin.reason, pin.authorId],
    );
  }

  async releasePin(tx: Tx, of: { stageId: string; entryId: string }): Promise<boolean> {
    const released = await tx.query(
      `UPDATE control.start_pins SET released_at = clock_timestamp()
        WHERE stage_id = $1 AND entry_id = $2 AND released_at IS NULL RETURNING 1`,
      [of.stageId, of.entryId],
    );
    return released.length > 0;
  }

  async recordStart(
    tx: Tx,
    of: { entryId: string; segmentId: string; at: Date },
  ): Promise<{ readonly before: Date | null } | undefined> {
    const [start] = await tx.query<{ before: Date | null }>(
      `WITH old AS (SELECT id, actual_at FROM entry_segment_starts WHERE entry_id = $1 AND segment_id = $2 FOR UPDATE)
       UPDATE entry_segment_starts t SET actual_at = $3, state = 'planned', void_reason = NULL
         FROM old WHERE t.id = old.id RETURNING old.actual_at AS before`,
      [of.entryId, of.segmentId, of.at],
    );
    return start;
  }

  async readActualStart(
    tx: Tx,
    of: { entryId: string; segmentId: string },
  ): Promise<
    { readonly actualAt: Date | null; readonly targetAt: Date | null; readonly state: string } | undefined
  > {
    const [start] = await tx.query<{ actualAt: Date | null; targetAt: Date | null; state: string }>(
      `SELECT actual_at AS "actualAt", target_at AS "targetAt", state FROM entry_segment_starts
        WHERE entry_id = $1 AND segment_id = $2`,
      [of.entryId, of.segmentId],
    );
    return start;
  }

  async readLastClosing(tx: Tx, stageId: string): Promise<Date | null> {
    const [last] = await tx.query<{ closesAt: Date | null }>(
      `SELECT max(closes_at) AS "closesAt" FROM control_times WHERE stage_id = $1`,
      [stageId],
    );
    return last?.closesAt ?? null;
  }

  async countOpenRecomputes(tx: Tx, stageId: string): Promise<number> {
    const [open] = await tx.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM control.recompute_targets WHERE stage_id = $1 AND applied_generation < generation`,
      [stageId],
    );
    return open?.n ?? 0;
  }

  async readDnsOfClosing(tx: Tx, stageId: string): Promise<readonly string[]> {
    const rows = await tx.query<{ entryId: string }>(
      `SELECT n.id AS "entryId"
         FROM (SELECT details FROM stage_changes WHERE stage_id = $1 AND action = 'closed' ORDER BY at DESC LIMIT 1) closing
         JOIN entries n ON closing.details::jsonb -> 'dns' ? n.id::text
        WHERE n.status = 'dns' ORDER BY n.id`,
      [stageId],
    );
    return rows.map(({ entryId }) => entryId);
  }

  async markStale(tx: Tx, startListId: string, diff: readonly LineChange[] | null): Promise<void> {
    await tx.query(`UPDATE start_lists SET stale = $2, stale_diff = $3 WHERE id = $1`, [
      startListId,
      diff !== null,
      diff === null ? null : JSON.stringify(diff),
    ]);
  }

  async readStatuses(tx: Tx, entryIds: readonly string[]) {
    const rows = await tx.query<{
      entryId: string;
      status: string;
      reason: string | null;
      authorId: string | null;
    }>(
      `SELECT n.id AS "entryId", n.status, n.status_reason AS reason,
              (SELECT c.author_id FROM entry_status_changes c WHERE c.entry_id = n.id ORDER BY c.at DESC LIMIT 1) AS "authorId"
         FROM entries n WHERE n.id = ANY ($1::uuid[])`,
      [entryIds],
    );
    return new Map(rows.map(({ entryId, ...rest }) => [entryId, rest]));
  }

  async readListsToCheck(limit: number): Promise<readonly string[]> {
    const rows = await this.db.query<{ stageId: string }>(
      `SELECT stage_id AS "stageId" FROM control.start_lists_to_check ORDER BY since LIMIT $1`,
      [limit],
    );
    return rows.map(({ stageId }) => stageId);
  }

  async listChecked(tx: Tx, stageId: string): Promise<void> {
    await tx.query(`DELETE FROM control.start_lists_to_check WHERE stage_id = $1`, [stageId]);
  }

  async otherOpenStagesWithout(tx: Tx, stage: Stage, entryId: string): Promise<readonly string[]> {
    const rows = await tx.query<{ name: string }>(
      `SELECT s.name FROM stages s
        WHERE s.event_id = $1 AND s.id <> $2 AND s.state IN ('open', 'running')
          AND NOT EXISTS (SELECT FROM entry_segment_starts t JOIN segments g ON g.id = t.segment_id
                           WHERE t.entry_id = $3 AND g.stage_id = s.id)
        ORDER BY s.sort_order`,
      [stage.eventId, stage.stageId, entryId],
    );
    return rows.map(({ name }) => name);
  }

  async openStageWithout(of: {
    readonly entryIds: readonly string[];
    readonly eventIds: readonly string[];
  }): Promise<string | undefined> {
    const [stage] = await this.db.query<{ name: string }>(SELECT_OPEN_STAGE_WITHOUT, [
      of.entryIds,
      of.eventIds,
    ]);
    return stage?.name;
  }

  async anyWithoutStartList(stageIds: readonly string[]): Promise<boolean> {
    const found = await this.db.query(
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

  private async insertList(
    tx: Tx,
    {
      stage,
      document,
      classification,
      seed,
      diff,
      checksum,
      reason,
      authorId,
      delaySeconds,
    }: VersionToPublish,
  ): Promise<{ id: string; version: number }> {
    const inputSnapshot = {
      startsAt: stage.startsAt,
      delaySeconds,
      startIntervalSeconds: stage.startIntervalSeconds,
      segments: document.segments,
      inputStageId: stage.inputStageId,
      classification,
    };
    const [created] = await tx
      .query<{ id: string; version: number }>(INSERT_LIST, [
        stage.stageId,
        stage.strategy,
        JSON.stringify(stage.strategyParams ?? null),
        seed,
        JSON.stringify(inputSnapshot),
        JSON.stringify(document.lines),
        diff === null ? null : JSON.stringify(diff),
        reason,
        checksum,
        authorId,
      ])
      .catch((error: { code?: string }) => {
        // One published list a stage; the only unique key that this insert can meet under the stage's lock.
        throw error.code === UNIQUE_VIOLATION ? new StageOpenedBefore(stage.name, error) : error;
      });
    if (created === undefined) throw new Error('the start list was not returned by its insert');
    return created;
  }

  private async insertStarts(
    tx: Tx,
    startListId: string,
    { lines, segments }: VersionToPublish['document'],
  ): Promise<void> {
    await tx.query(INSERT_STARTS, [
      startListId,
      lines.map(({ entryId }) => entryId),
      lines.map(({ position }) => position),
      lines.map(({ group }) => group),
      lines.map(({ startAt }) => startAt),
      lines.map(({ pinned }) => pinned ?? null),
      segments.map(({ segmentId }) => segmentId),
      segments.map(({ offsetSeconds }) => offsetSeconds),
    ]);
  }

  /** Writes only what the new version changed: a corrected minute must not touch the other four hundred. */
  private async changeStarts(
    tx: Tx,
    startListId: string,
    before: PublishedStartList,
    { lines, segments }: VersionToPublish['document'],
  ): Promise<void> {
    const old = new Map(before.lines.map((line) => [line.entryId, line]));
    const offsetsMoved = JSON.stringify(offsetsOf(before.segments)) !== JSON.stringify(offsetsOf(segments));
    const starting = lines.filter(({ status }) => status === undefined);
    const rows = starting
      .filter((line) => offsetsMoved || slotOf(line) !== slotOf(old.get(line.entryId)))
      .flatMap((line) =>
        segmentTargets(line, segments).map((targetMs, index) => ({
          line,
          segment: segments[index],
          targetMs,
        })),
      );
    if (rows.length > 0) {
      await tx.query(UPSERT_STARTS, [
        startListId,
        rows.map(({ line }) => line.entryId),
        rows.map(({ segment }) => segment?.segmentId),
        rows.map(({ line }) => line.position),
        rows.map(({ line }) => line.group),
        rows.map(({ targetMs }) => new Date(targetMs).toISOString()),
        rows.map(({ line }) => line.pinned ?? null),
      ]);
    }
    const startingIds = new Set(starting.map(({ entryId }) => entryId));
    const gone = before.lines.filter(
      ({ entryId, status }) => status === undefined && !startingIds.has(entryId),
    );
    if (gone.length > 0) {
      const status = new Map(lines.map((line) => [line.entryId, line.status]));
      for (const why of new Set(gone.map(({ entryId }) => status.get(entryId) ?? 'not on the list'))) {
        const ids = gone.filter(({ entryId }) => (status.get(entryId) ?? 'not on the list') === why);
        await tx.query(VOID_STARTS, [before.stageId, ids.map(({ entryId }) => entryId), why, null]);
      }
    }
  }

  /** What others are told; the starts themselves are in the tables. */
  private eventOf(
    { stage, before, document, diff, action, checksum }: VersionToPublish,
    created: { id: string; version: number },
  ): Record<string, unknown> {
    const common = {
      v: 1,
      stageId: stage.stageId,
      startListId: created.id,
      version: created.version,
      checksum,
    };
    if (before !== undefined) {
      return { ...common, action, entryIds: (diff ?? []).map(({ entryId }) => entryId) };
    }
    return {
      ...common,
      entries: document.lines.length,
      segments: document.segments.length,
      firstStartAt: document.lines[0]?.startAt ?? '',
      lastStartAt: document.lines.at(-1)?.startAt ?? '',
    };
  }

  private async readClassification(tx: Tx, stage: Stage): Promise<Classification | undefined> {
    if (stage.inputStageId === null) return undefined;
    const input = await this.read(tx, stage.inputStageId);
    if (input === undefined) return undefined;
    const isOverall =
      FROM_OVERALL.has(stage.strategy) || stage.strategyParams?.['classification'] === 'overall';
    const rows: ClassificationRow[] = await (isOverall
      ? readOverall(tx, stage.inputStageId)
      : readStageResult(tx, stage.inputStageId));
    return { stageName: isOverall ? `overall after ${input.name}` : input.name, rows };
  }
}

function offsetsOf(segments: readonly PublishedSegment[]): unknown {
  return segments.map(({ segmentId, offsetSeconds }) => [segmentId, offsetSeconds]);
}

/** What of a line decides the rows of its starts. */
function slotOf(line: PublishedLine | undefined): string {
  if (line === undefined) return '';
  const { position, group, startAt, status, pinned, shifts } = line;
  return JSON.stringify([position, group, startAt, status, pinned, shifts]);
}
