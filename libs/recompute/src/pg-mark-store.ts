import { Injectable } from '@nestjs/common';
import { type Caller, Database, type OrganisationRole, RoleMissing, type Tx } from '@trm/platform';
import type { MarkOrder, MarkPreview } from './mark-positions.js';
import { PositionFaultNotFound, TrackerNotFound } from './recompute.problems.js';

/** An entry in a stage, and how many of the positions count there. */
export interface TouchedStage {
  readonly entryId: string;
  /** `#12 Crew name`. */
  readonly entry: string;
  readonly stageId: string;
  readonly stage: string;
  readonly positions: number;
  /** Official results stay as they are. */
  readonly isOfficial: boolean;
}

/** Positions in a range, and the marks on them. */
@Injectable()
export class PgMarkStore {
  constructor(private readonly db: Database) {}

  async labelOfEntry(entryId: string): Promise<string> {
    const [row] = await this.db.query<{ label: string }>(
      `SELECT coalesce('#' || race_number, '"' || name || '"') AS label FROM entries WHERE id = $1`,
      [entryId],
    );
    return row?.label ?? 'the entry';
  }

  /**
   * A tracker of an organisation in which the caller has a role.
   * @throws TrackerNotFound also for a stranger, RoleMissing
   */
  async tracker(
    deviceId: string,
    of: {
      caller: Caller;
      from: Date;
      to: Date;
      roles: readonly OrganisationRole[];
      office: readonly OrganisationRole[];
      action: string;
    },
  ): Promise<{ imei: string; isElsewhere: boolean }> {
    const [row] = await this.db.query<{ imei: string; roles: OrganisationRole[]; isElsewhere: boolean }>(
      `SELECT d.imei,
              array(SELECT m.role FROM organization_devices o
                      JOIN organization_users m ON m.organization_id = o.organization_id AND m.user_id = $2
                     WHERE o.device_id = d.id) AS roles,
              NOT $6 AND EXISTS (
                SELECT FROM entry_devices b JOIN entries n ON n.id = b.entry_id JOIN events e ON e.id = n.event_id
                 WHERE b.device_id = d.id AND tstzrange(b.valid_from, b.valid_to) && tstzrange($3, $4, '[]')
                   AND NOT EXISTS (SELECT FROM organization_users m
                                    WHERE m.organization_id = e.organization_id AND m.user_id = $2 AND m.role = ANY ($5))
              ) AS "isElsewhere"
         FROM devices d WHERE d.id = $1`,
      [deviceId, of.caller.userId, of.from, of.to, of.roles, of.caller.isAdmin],
    );
    if (row === undefined) throw new TrackerNotFound();
    if (of.caller.isAdmin) return row;
    if (!row.roles.some((role) => of.office.includes(role))) throw new TrackerNotFound();
    if (!row.roles.some((role) => of.roles.includes(role)))
      throw new RoleMissing(of.action, of.roles, row.roles);
    return row;
  }

  /** To the end of the transaction nobody else changes a mark on these positions. */
  async waitForTurn(tx: Tx, { entryId, deviceId }: MarkOrder): Promise<void> {
    await tx.query(`SELECT control.lock_marks_of(ARRAY[$1::uuid], ARRAY[$2::uuid])`, [
      entryId ?? null,
      deviceId ?? null,
    ]);
  }

  /** What a mark on that range touches, as the trigger on positions will find it. */
  async touched(tx: Tx, { entryId, deviceId, from, to }: MarkOrder): Promise<MarkPreview> {
    const [row] = await tx.query<{ positions: number; alreadyFaulty: number; stages: TouchedStage[] }>(
      `WITH bound AS (
         SELECT d.id AS device_id, d.imei, b.entry_id, tstzrange(b.valid_from, b.valid_to) AS valid
           FROM devices d LEFT JOIN entry_devices b ON b.device_id = d.id
          WHERE d.id = $2 OR b.entry_id = $1
       ), fix AS (
         SELECT DISTINCT t.device_id, p.ts, p.faulty
           FROM (SELECT DISTINCT device_id, imei FROM bound) t
           JOIN positions p ON p.device_id = t.imei AND p.ts BETWEEN $3 AND $4
          WHERE $1::uuid IS NULL
             OR EXISTS (SELECT FROM bound b WHERE b.device_id = t.device_id AND b.entry_id = $1 AND b.valid @> p.ts)
       ), counted AS (
         SELECT w.entry_id, w.stage_id, count(*)::int AS positions
           FROM fix f
           JOIN bound b ON b.device_id = f.device_id AND b.valid @> f.ts
           JOIN control.recompute_windows(ARRAY(SELECT DISTINCT entry_id FROM bound WHERE entry_id IS NOT NULL)) w
             ON w.entry_id = b.entry_id AND w.during @> f.ts
          WHERE NOT f.faulty
          GROUP BY w.entry_id, w.stage_id
       )
       SELECT (SELECT count(*)::int FROM fix WHERE NOT faulty) AS positions,
              (SELECT count(*)::int FROM fix WHERE faulty) AS "alreadyFaulty",
              coalesce((
                SELECT json_agg(json_build_object(
                  'entryId', c.entry_id, 'entry', concat_ws(' ', '#' || n.race_number, n.name), 'stageId', c.stage_id,
                  'stage', s.name, 'positions', c.positions,
                  'isOfficial', s.state = 'official' OR e.status IN ('official', 'archived')) ORDER BY s.sort_order, n.race_number)
                  FROM counted c JOIN entries n ON n.id = c.entry_id JOIN stages s ON s.id = c.stage_id JOIN events e ON e.id = s.event_id
                 WHERE s.state IN ('open', 'running', 'closed', 'provisional', 'official')), '[]') AS stages`,
      [entryId ?? null, deviceId ?? null, from, to],
    );
    return row!;
  }

  /** @returns the id of the mark; its positions are marked, and their results asked for, when this returns */
  async insert(tx: Tx, order: MarkOrder & { readonly reason: string }, authorId: string): Promise<string> {
    await tx.query(`SELECT set_config('trm.actor', $1, true)`, [authorId]);
    const [row] = await tx.query<{ id: string }>(
      `INSERT INTO position_faults (entry_id, device_id, ts_from, ts_to, reason, created_by, updated_by)
       VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id`,
      [order.entryId ?? null, order.deviceId ?? null, order.from, order.to, order.reason, authorId],
    );
    return row!.id;
  }

  /** @throws PositionFaultNotFound */
  async find(tx: Tx, id: string): Promise<MarkOrder> {
    const [row] = await tx.query<{ entryId: string | null; deviceId: string | null; from: Date; to: Date }>(
      `SELECT entry_id AS "entryId", device_id AS "deviceId", ts_from AS "from", ts_to AS "to" FROM position_faults WHERE id = $1`,
      [id],
    );
    if (row === undefined) throw new PositionFaultNotFound();
    const { entryId, deviceId, from, to } = row;
    return { from, to, ...(entryId !== null && { entryId }), ...(deviceId !== null && { deviceId }) };
  }

  /** @returns whether it stood until now */
  async restore(tx: Tx, id: string, of: { reason: string; authorId: string }): Promise<boolean> {
    await tx.query(`SELECT set_config('trm.actor', $1, true)`, [of.authorId]);
    const rows = await tx.query(
      `UPDATE position_faults SET restored_at = now(), restored_by = $2, restore_reason = $3, updated_by = $2, updated_at = now()
        WHERE id = $1 AND restored_at IS NULL RETURNING 1`,
      [id, of.authorId, of.reason],
    );
    return rows.length > 0;
  }

  /** The requests that this transaction made for a mark. */
  async requestsOf(tx: Tx, positionFaultId: string): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(
      `SELECT id FROM recompute_requests
        WHERE scope ->> 'positionFaultId' = $1 AND created_at = now() ORDER BY id`,
      [positionFaultId],
    );
    return rows.map(({ id }) => id);
  }
}
