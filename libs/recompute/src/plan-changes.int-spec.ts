import { Database } from '@trm/platform';
import { RECOMPUTE_REASONS } from '@trm/rules';
import {
  cloneDatabase,
  fenceAt,
  seedDevice,
  seedMember,
  seedRun,
  seedStage,
  type SeededRun,
  type TestDatabase,
} from '@trm/testing';
import { PgMetricsStore } from './pg-metrics-store.js';
import { PgPlanStore } from './pg-plan-store.js';
import { reasonsOf } from './bit-masks.js';
import { PlanChanges } from './plan-changes.js';

let server: TestDatabase;
let db: Database;
let changes: PlanChanges;
let run: SeededRun;
let authorId: string;

beforeAll(async () => {
  server = await cloneDatabase();
  db = new Database({ url: server.url, poolSize: 6, applicationName: 'trm-worker' });
  changes = new PlanChanges(db, new PgPlanStore());
  run = await seedRun(server, { entries: 3, segments: 2 });
  ({ userId: authorId } = await seedMember(server, {
    organizationId: run.organizationId,
    role: 'race-director',
  }));
});
afterAll(async () => {
  await db.onApplicationShutdown();
  await server.drop();
});
beforeEach(forget);

/** Plans what is open, and begins anew. */
async function forget(): Promise<void> {
  await plan();
  await server.query(
    'TRUNCATE control.recompute_targets, control.recompute_log, control.outbox, recompute_requests CASCADE',
  );
}
/** Asks for all entries, so that they have targets. */
const ask = () =>
  server.query(
    `SELECT control.request_recompute($1, $2::uuid[], array_fill($3::uuid, ARRAY[cardinality($2::uuid[])]), 7, 'replay')`,
    [run.eventId, run.entryIds, run.stageId],
  );
async function plan(): Promise<void> {
  while (await changes.planSome());
  while (await changes.planAgain());
}
/** Who is asked for, by whom and why: `geometry_changed crossings,penalties,results #1 #2`. */
async function asked(): Promise<string[]> {
  const rows = await server.query<{ line: string }>(
    `SELECT r.reason || ' ' || r.layers || ' ' || string_agg('#' || n.race_number, ' ' ORDER BY n.race_number) AS line
       FROM recompute_requests r
       JOIN control.recompute_request_targets k ON k.request_id = r.id
       JOIN control.recompute_targets t ON t.id = k.target_id
       JOIN entries n ON n.id = t.entry_id
      GROUP BY r.id ORDER BY r.created_at`,
  );
  return rows.map(({ line }) => line);
}
/** Seconds behind the start of an entry at the first fence. */
const second = (n: number, entry = 0) => new Date(run.firstStartAt.getTime() + entry * 60_000 + n * 1_000);
const markFixes = (entry: number, from: number, to: number, faulty = true) =>
  server.query(`UPDATE positions SET faulty = $4 WHERE device_id = $1 AND ts BETWEEN $2 AND $3`, [
    run.imeis[entry],
    second(from, entry),
    second(to, entry),
    faulty,
  ]);

describe('positions', () => {
  it('ask for the entry and stage that they belong to, once for a statement', async () => {
    await markFixes(0, 10, 20);
    await expect(asked()).resolves.toEqual(['position_faulty crossings,penalties,results #1']);
    await expect(
      server.query(`SELECT scope, window_from, window_to FROM recompute_requests`),
    ).resolves.toEqual([
      { scope: { positions: 11, positionFaultId: null }, window_from: second(10), window_to: second(20) },
    ]);
    await markFixes(0, 10, 20, false);
  });

  it('ask for nothing when nothing differs', async () => {
    await markFixes(0, 10, 20, false);
    await server.query(`UPDATE positions SET satellites = 8 WHERE device_id = $1`, [run.imeis[0]]);
    await expect(asked()).resolves.toEqual([]);
  });

  it('ask for all entries that one statement touches, as one request', async () => {
    await server.query(`UPDATE positions SET faulty = true WHERE device_id = ANY ($1)`, [run.imeis]);
    await expect(asked()).resolves.toEqual(['position_faulty crossings,penalties,results #1 #2 #3']);
    await server.query(`UPDATE positions SET faulty = false WHERE device_id = ANY ($1)`, [run.imeis]);
  });

  it('of a tracker before it was bound, or of the day after, are of nobody', async () => {
    await server.query(
      `INSERT INTO positions (device_id, ts, lat, lon) VALUES ($1, '2026-05-01T00:00Z', 41, 20), ($1, '2026-06-08T00:00Z', 41, 20)`,
      [run.imeis[0]],
    );
    await server.query(
      `UPDATE positions SET faulty = true WHERE ts IN ('2026-05-01T00:00Z', '2026-06-08T00:00Z')`,
    );
    await expect(asked()).resolves.toEqual([]);
    await server.query(`DELETE FROM positions WHERE ts IN ('2026-05-01T00:00Z', '2026-06-08T00:00Z')`);
  });

  it('that staff mark ask in their name and with their reason, and again when they are restored', async () => {
    const [fault] = await server.query<{ id: string }>(
      `INSERT INTO position_faults (entry_id, ts_from, ts_to, reason, created_by) VALUES ($1, $2, $3, 'Jumped to the harbour', $4) RETURNING id`,
      [run.entryIds[1], second(0, 1), second(5, 1), authorId],
    );
    await server.query(
      `UPDATE position_faults SET restored_at = now(), restored_by = $2, restore_reason = 'Was right' WHERE id = $1`,
      [fault!.id, authorId],
    );
    await expect(
      server.query(
        `SELECT reason, reason_text, requested_by, scope FROM recompute_requests ORDER BY created_at`,
      ),
    ).resolves.toEqual([
      {
        reason: 'position_faulty',
        reason_text: 'Jumped to the harbour',
        requested_by: authorId,
        scope: { positions: 6, positionFaultId: fault!.id },
      },
      {
        reason: 'position_restored',
        reason_text: 'Was right',
        requested_by: authorId,
        scope: { positions: 6, positionFaultId: fault!.id },
      },
    ]);
  });
});

describe('a mark', () => {
  const mark = async (entry: number, from: number, to: number, tx: { query: Database['query'] } = db) =>
    (
      await tx.query<{ id: string }>(
        `INSERT INTO position_faults (entry_id, ts_from, ts_to, reason) VALUES ($1, $2, $3, 'Jump') RETURNING id`,
        [run.entryIds[entry], second(from, entry), second(to, entry)],
      )
    )[0]!.id;
  const restore = (id: string, tx: { query: Database['query'] } = db) =>
    tx.query(`UPDATE position_faults SET restored_at = now(), restore_reason = 'Right' WHERE id = $1`, [id]);
  const faulty = async (entry: number) =>
    (await server.query(`SELECT 1 FROM positions WHERE faulty AND device_id = $1`, [run.imeis[entry]]))
      .length;
  /** The second begins while the first is not yet committed. */
  const atOnce = async (
    first: (tx: { query: Database['query'] }) => Promise<unknown>,
    second: () => Promise<unknown>,
  ) => {
    let later: Promise<unknown> | undefined;
    await db.transaction(async (tx) => {
      await first(tx);
      later = second();
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
    await later;
  };

  it('and another on the same positions, both restored at the same moment, leave them good', async () => {
    const [a, b] = [await mark(0, 10, 20), await mark(0, 12, 18)];
    expect(await faulty(0)).toBe(11);
    await atOnce(
      (tx) => restore(a, tx),
      () => restore(b),
    );
    expect(await faulty(0)).toBe(0);
  });

  it('that is made while another on the same positions is restored stands, and is asked for last', async () => {
    const old = await mark(0, 10, 20);
    let made: string | undefined;
    await atOnce(
      (tx) => restore(old, tx),
      async () => (made = await mark(0, 10, 20)),
    );
    expect(await faulty(0)).toBe(11);
    expect((await asked()).at(-1)).toBe('position_faulty crossings,penalties,results #1');
    await restore(made!);
    expect(await faulty(0)).toBe(0);
  });

  it('on an entry follows the tracker that it really carried', async () => {
    const made = await mark(1, 65, 75);
    const bind = (entry: number, tracker: number) =>
      server.query(`UPDATE entry_devices SET entry_id = $1 WHERE device_id = $2`, [
        run.entryIds[entry],
        run.deviceIds[tracker],
      ]);
    expect([await faulty(1), await faulty(2)]).toEqual([11, 0]);
    // The crews had exchanged their trackers.
    await server.query(`DELETE FROM entry_devices WHERE device_id = $1`, [run.deviceIds[1]]);
    expect([await faulty(1), await faulty(2)]).toEqual([0, 0]);
    await bind(1, 2);
    expect([await faulty(1), await faulty(2)]).toEqual([0, 11]);
    await restore(made);
    expect(await faulty(2)).toBe(0);
    await bind(2, 2);
    await server.query(`INSERT INTO entry_devices (entry_id, device_id, valid_from) VALUES ($1, $2, $3)`, [
      run.entryIds[1],
      run.deviceIds[1],
      second(-86_400),
    ]);
  });

  it('waits for a tracker that is just being bound anew', async () => {
    let made: string | undefined;
    await atOnce(
      (tx) => tx.query(`DELETE FROM entry_devices WHERE device_id = $1`, [run.deviceIds[1]]),
      async () => (made = await mark(1, 10, 20)),
    );
    expect(await faulty(1)).toBe(0);
    await server.query(`INSERT INTO entry_devices (entry_id, device_id, valid_from) VALUES ($1, $2, $3)`, [
      run.entryIds[1],
      run.deviceIds[1],
      second(-86_400),
    ]);
    expect(await faulty(1)).toBe(11);
    await restore(made!);
    await forget();
    await server.query(`UPDATE position_faults SET restore_reason = 'As the marshal says' WHERE id = $1`, [
      made,
    ]);
    await expect(asked()).resolves.toEqual([]);
  });

  it('that is restored has results computed again for positions that came in after it was made', async () => {
    const made = await mark(0, 40.4, 40.6);
    await expect(asked()).resolves.toEqual([]);
    const late = [run.imeis[0], second(40.5)];
    await server.query(`INSERT INTO positions (device_id, ts, lat, lon) VALUES ($1, $2, 41, 20)`, late);
    await restore(made);
    await expect(asked()).resolves.toEqual(['position_restored crossings,penalties,results #1']);
    await server.query(`DELETE FROM positions WHERE device_id = $1 AND ts = $2`, late);
  });
});

describe('the catalogue', () => {
  const all = '#1 #2 #3';
  const whole = 'crossings,penalties,results';

  it.each<[string, string, readonly unknown[], readonly string[]]>([
    [
      'a finish that moves',
      `UPDATE geofences SET area = $2::geometry WHERE id = $1`,
      ['fence 2', fenceAt(2, 0.002)],
      [`geometry_changed ${whole} ${all}`],
    ],
    ['a fence under another name', `UPDATE geofences SET name = 'TC 1' WHERE id = $1`, ['fence 1'], []],
    [
      'a fence saved as it was',
      `UPDATE geofences SET area = area, updated_at = now() WHERE id = $1`,
      ['fence 1'],
      [],
    ],
    [
      'another target time',
      `UPDATE segments SET target_duration_seconds = target_duration_seconds + 60 WHERE id = $1`,
      ['segment 0'],
      [`timing_changed penalties,results ${all}`],
    ],
    [
      'a new waypoint',
      `INSERT INTO waypoints (segment_id, sort_order, name, kind, location) VALUES ($1, 1, 'WP', 'wpm', ST_SetSRID(ST_MakePoint(20.01, 41), 4326))`,
      ['segment 0'],
      [`waypoint_changed penalties,results ${all}`],
    ],
    [
      'a zone that nobody came near',
      `INSERT INTO speed_limit_zones (segment_id, name, limit_kmh, area) VALUES ($1, 'Far', 50, 'SRID=4326;POLYGON((10 41,10.1 41,10.1 41.1,10 41))'::geometry)`,
      ['segment 0'],
      [],
    ],
    [
      'a zone where they passed',
      `INSERT INTO speed_limit_zones (segment_id, name, limit_kmh, area) VALUES ($1, 'Near', 50, 'SRID=4326;POLYGON((20.01 40.99,20.02 40.99,20.02 41.01,20.01 41.01,20.01 40.99))'::geometry)`,
      ['segment 0'],
      [`geometry_changed penalties,results ${all}`],
    ],
    [
      'a formula',
      `INSERT INTO penalty_formulas (event_id, name, scope, metric, unit) VALUES ($1, 'Late', 'stage', 'lateness', 'min')`,
      ['event'],
      [`formula_changed penalties,results ${all}`],
    ],
    [
      'a formula that does not reach back',
      `INSERT INTO penalty_formulas (event_id, name, scope, metric, unit, retroactive) VALUES ($1, 'Later', 'stage', 'lateness', 'min', false)`,
      ['event'],
      [],
    ],
    [
      'a penalty by hand',
      `INSERT INTO entry_penalties (entry_id, stage_id, type, value, status) VALUES ($1, $2, 'jury', 60, 'confirmed')`,
      ['entry 1', 'stage'],
      ['penalty_changed results #2'],
    ],
    [
      'a planned start that moves',
      `UPDATE entry_segment_starts SET target_at = target_at + interval '1 second' WHERE entry_id = $1`,
      ['entry 2'],
      [`start_list_changed ${whole} #3`],
    ],
    [
      'an actual start',
      `UPDATE entry_segment_starts SET actual_at = target_at WHERE entry_id = $1 AND segment_id = $2`,
      ['entry 2', 'segment 0'],
      [`timing_changed ${whole} #3`],
    ],
    [
      'an entry that retires',
      `UPDATE entries SET status = 'dnf', status_reason = 'mechanical: gearbox' WHERE id = $1`,
      ['entry 0'],
      ['entry_changed results #1'],
    ],
    [
      'another reason of that',
      `UPDATE entries SET status_reason = 'cutoff: an hour late' WHERE id = $1`,
      ['entry 0'],
      ['entry_changed results #1'],
    ],
    [
      'a crossing by hand',
      `INSERT INTO entry_crossings (entry_id, geofence_id, ts, direction, source, reason) VALUES ($1, $2, now(), 'enter', 'manual', 'Marshal sheet 4')`,
      ['entry 1', 'fence 2'],
      ['manual_correction penalties,results #2'],
    ],
    [
      'a crossing by hand that was of another entry',
      `UPDATE entry_crossings SET entry_id = $1 WHERE entry_id = $2 AND source = 'manual'`,
      ['entry 0', 'entry 1'],
      ['manual_correction penalties,results #1 #2'],
    ],
    [
      'a tracker of another kind',
      `UPDATE devices SET kind = 'backup' WHERE id = $1`,
      ['tracker 2'],
      [`device_changed ${whole} #3`],
    ],
  ])('%s', async (_, sql, parameters, expected) => {
    await server.query(`UPDATE entries SET status = 'started' WHERE id = $1 AND status = 'confirmed'`, [
      run.entryIds[0],
    ]);
    const named: Readonly<Record<string, string>> = {
      event: run.eventId,
      stage: run.stageId,
      ...Object.fromEntries(run.entryIds.map((id, n) => [`entry ${n}`, id])),
      ...Object.fromEntries(run.segmentIds.map((id, n) => [`segment ${n}`, id])),
      ...Object.fromEntries(run.geofenceIds.map((id, n) => [`fence ${n}`, id])),
      ...Object.fromEntries(run.deviceIds.map((id, n) => [`tracker ${n}`, id])),
    };
    await server.query(
      sql,
      parameters.map((parameter) => named[String(parameter)] ?? parameter),
    );
    await plan();
    await expect(asked()).resolves.toEqual(expected);
  });

  it('a start in another race of the day between the same fences reaches the first race as well', async () => {
    const day = await seedRun(server, { entries: 2 });
    const { stageId } = await seedStage(server, {
      eventId: day.eventId,
      segments: 1,
      stage: { sort_order: 2 },
    });
    await server.query(`UPDATE segments SET exit_geofence_id = $2 WHERE stage_id = $1`, [
      stageId,
      day.geofenceIds[1],
    ]);
    const start = (entry: number, at: string) =>
      server.query(
        `INSERT INTO entry_segment_starts (entry_id, segment_id, start_list_id, start_position, target_at)
         SELECT $1, g.id, s.current_start_list_id, $4, $3 FROM segments g, stages s WHERE g.stage_id = $2 AND s.id = $5`,
        [day.entryIds[entry], stageId, at, entry + 1, day.stageId],
      );
    await forget();
    await start(0, '2026-06-06T08:00Z');
    await plan();
    // Of the second nothing was heard yet.
    await expect(server.query(`SELECT stage_id, entry_id FROM control.recompute_targets`)).resolves.toEqual([
      { stage_id: day.stageId, entry_id: day.entryIds[0] },
    ]);
    // Put off to the next day: it was near before.
    await server.query(
      `UPDATE entry_segment_starts SET target_at = target_at + interval '1 day' WHERE entry_id = $1 AND segment_id IN (SELECT id FROM segments WHERE stage_id = $2)`,
      [day.entryIds[0], stageId],
    );
    await plan();
    await expect(asked()).resolves.toEqual(Array(2).fill(`start_list_changed ${whole} #1`));
    // Another finish of the second race may be where the first was thought to have ended.
    await forget();
    await server.query(`UPDATE segments SET exit_geofence_id = $2 WHERE stage_id = $1`, [
      stageId,
      day.geofenceIds[0],
    ]);
    await plan();
    await expect(asked()).resolves.toEqual([`timing_changed ${whole} #1 #2`]);
    await forget();
    // Three days later nothing of the first race is under way.
    await start(1, '2026-06-09T08:00Z');
    await plan();
    await expect(asked()).resolves.toEqual([]);
  });

  it('a tracker that is swapped in the middle reaches the entry, in the stage it was swapped in', async () => {
    const spare = await seedDevice(server, run.organizationId);
    await server.query(`UPDATE entry_devices SET valid_to = $2 WHERE device_id = $1`, [
      run.deviceIds[1],
      second(30, 1),
    ]);
    await server.query(`INSERT INTO entry_devices (entry_id, device_id, valid_from) VALUES ($1, $2, $3)`, [
      run.entryIds[1],
      spare,
      second(30, 1),
    ]);
    await plan();
    await expect(asked()).resolves.toEqual([`device_changed ${whole} #2`, `device_changed ${whole} #2`]);
  });

  it('a tracker that is handed back a week later reaches nobody', async () => {
    await server.query(`UPDATE entry_devices SET valid_to = '2026-06-14T00:00Z' WHERE device_id = $1`, [
      run.deviceIds[2],
    ]);
    await plan();
    await expect(asked()).resolves.toEqual([]);
  });

  it('a stage that nobody was heard of in reaches nobody', async () => {
    const silent = await seedRun(server, { entries: 1, fixes: false });
    await server.query(`UPDATE segments SET target_duration_seconds = 700 WHERE stage_id = $1`, [
      silent.stageId,
    ]);
    await plan();
    await expect(asked()).resolves.toEqual([]);
  });

  it('a crossing by hand reaches an entry whose tracker was dead, and so does its fence from then on', async () => {
    const silent = await seedRun(server, { entries: 2, fixes: false });
    await forget();
    await server.query(
      `INSERT INTO entry_crossings (entry_id, geofence_id, ts, direction, source, reason) VALUES ($1, $2, $3, 'enter', 'manual', 'Sheet 4')`,
      [silent.entryIds[0], silent.geofenceIds[1], new Date(silent.firstStartAt.getTime() + 60_000)],
    );
    await plan();
    await expect(asked()).resolves.toEqual(['manual_correction penalties,results #1']);
    await server.query(`UPDATE geofences SET direction = 'exit' WHERE id = $1`, [silent.geofenceIds[1]]);
    await plan();
    await expect(asked()).resolves.toEqual([
      'manual_correction penalties,results #1',
      `geometry_changed ${whole} #1`,
    ]);
  });

  it('positions of the second day reach a stage whose controls are still open then', async () => {
    const brevet = await seedRun(server, { entries: 1, fixes: false });
    const hour = (n: number) => new Date(brevet.firstStartAt.getTime() + n * 3_600_000);
    await server.query(
      `INSERT INTO positions (device_id, ts, lat, lon) VALUES ($1, $2, 41, 20), ($1, $3, 41, 20)`,
      [brevet.imeis[0], hour(33), hour(50)],
    );
    const mark = (n: number) =>
      server.query(`UPDATE positions SET faulty = NOT faulty WHERE device_id = $1 AND ts = $2`, [
        brevet.imeis[0],
        hour(n),
      ]);
    await mark(33);
    await expect(asked()).resolves.toEqual([]);
    await server.query(
      `INSERT INTO control_times (stage_id, segment_id, geofence_id, closes_at, mode) VALUES ($1, $2, $3, $4, 'speed_table')`,
      [brevet.stageId, brevet.segmentIds[0], brevet.geofenceIds[1], hour(40)],
    );
    await mark(33);
    await expect(asked()).resolves.toEqual([`position_restored ${whole} #1`]);
    await expect(
      server.query(`SELECT ts FROM control.fixes_of($1, $2)`, [brevet.entryIds[0], brevet.stageId]),
    ).resolves.toEqual([{ ts: hour(33) }]);
  });

  it('an official stage is not computed again until it is opened again, and then as a whole', async () => {
    const official = await seedRun(server, { entries: 1, state: 'official' });
    await forget();
    await server.query(`UPDATE segments SET max_duration_seconds = 7000 WHERE stage_id = $1`, [
      official.stageId,
    ]);
    await plan();
    await expect(asked()).resolves.toEqual([]);
    await expect(server.query(`SELECT status, result FROM recompute_requests`)).resolves.toEqual([
      { status: 'done', result: { official: ['Prologue'] } },
    ]);
    await server.query(`UPDATE stages SET state = 'provisional' WHERE id = $1`, [official.stageId]);
    await plan();
    await expect(asked()).resolves.toEqual([`replay ${whole} #1`]);
  });
});

it('what is corrected while an event is official follows when it is opened again', async () => {
  const official = await seedRun(server, { entries: 1 });
  const set = (status: string) =>
    server.query(`UPDATE events SET status = $2 WHERE id = $1`, [official.eventId, status]);
  await set('running');
  await set('official');
  await forget();
  await server.query(`UPDATE segments SET max_duration_seconds = 7000 WHERE stage_id = $1`, [
    official.stageId,
  ]);
  await plan();
  await expect(asked()).resolves.toEqual([]);
  await set('running');
  await plan();
  await expect(asked()).resolves.toEqual(['replay crossings,penalties,results #1']);
});

describe('planning', () => {
  it('makes one request of what one person changed at once', async () => {
    await db.transaction(async (tx) => {
      await tx.query(`SELECT set_config('trm.actor', $1, true)`, [authorId]);
      for (const [index, id] of run.geofenceIds.entries()) {
        await tx.query(`UPDATE geofences SET area = $2::geometry WHERE id = $1`, [
          id,
          fenceAt(index, 0.0015),
        ]);
      }
    });
    await plan();
    await expect(
      server.query(`SELECT reason, requested_by, targets_total FROM recompute_requests`),
    ).resolves.toEqual([{ reason: 'geometry_changed', requested_by: authorId, targets_total: 3 }]);
  });

  it('holds nobody up while it looks for whom a change reaches', async () => {
    await ask();
    const isHeld = async () =>
      (
        await server.query<{ held: boolean }>(
          `SELECT count(*) < (SELECT count(*) FROM control.recompute_targets) AS held
             FROM (SELECT FROM control.recompute_targets FOR UPDATE SKIP LOCKED) free`,
        )
      )[0]!.held;
    const held: boolean[] = [];
    class Watched extends PgPlanStore {
      override async reach(...of: Parameters<PgPlanStore['reach']>): ReturnType<PgPlanStore['reach']> {
        held.push(await isHeld());
        return super.reach(...of);
      }
    }
    // For two reasons, so it is looked twice.
    await db.transaction(async (tx) => {
      await tx.query(`UPDATE segments SET break_seconds = break_seconds + 1 WHERE id = $1`, [
        run.segmentIds[0],
      ]);
      await tx.query(`UPDATE geofences SET area = $2::geometry WHERE id = $1`, [
        run.geofenceIds[2],
        fenceAt(2, 0.0021),
      ]);
    });
    await new PlanChanges(db, new Watched()).planSome();
    await expect(asked()).resolves.toHaveLength(3);
    expect(held).toEqual([false, false]);
  });

  it('is done once, however many plan', async () => {
    // Both segments at once, again and again: two that plan must not share them.
    for (let round = 1; round <= 10; round += 1) {
      await server.query(
        `UPDATE segments SET bogey_seconds = coalesce(bogey_seconds, 0) + 1 WHERE stage_id = $1`,
        [run.stageId],
      );
      await Promise.all(Array.from({ length: 4 }, () => plan()));
      await plan();
      await expect(
        server.query(`SELECT max(generation)::int AS g FROM control.recompute_targets`),
      ).resolves.toEqual([{ g: round }]);
    }
    await expect(server.query(`SELECT 1 FROM control.outbox WHERE done_at IS NULL`)).resolves.toEqual([]);
  });

  it('lets stand aside what nothing can be made of, and goes on behind it', async () => {
    await server.query(
      `INSERT INTO control.outbox (topic, key, payload) VALUES ('row.changed', 'geofences:x',
         '{"v":1,"table":"geofences","operation":"update","before":{"id":"no id","area":1},"after":{"id":"no id","area":2},"changed":["area"]}')`,
    );
    await server.query(`UPDATE segments SET break_seconds = break_seconds + 1 WHERE id = $1`, [
      run.segmentIds[0],
    ]);
    await plan();
    await expect(asked()).resolves.toHaveLength(1);
    await expect(
      server.query(
        `SELECT attempts, last_error IS NOT NULL AS told, done_at FROM control.outbox WHERE key = 'geofences:x'`,
      ),
    ).resolves.toEqual([{ attempts: 1, told: true, done_at: null }]);
  });

  it('lets stand aside what takes the database too long, and gives it more time the next time', async () => {
    const hasty = new Database({
      url: server.url,
      poolSize: 2,
      applicationName: 'trm-worker',
      patience: { lock: 20_000, statement: 1_000, connect: 5_000, answer: 5_000 },
    });
    const planning = new PlanChanges(hasty, new PgPlanStore());
    // Whoever computes holds its results for a moment, or a machine is slow: the first statement of a plan waits so long.
    await server.query(`UPDATE segments SET break_seconds = break_seconds + 1 WHERE id = $1`, [
      run.segmentIds[0],
    ]);
    await db.transaction(async (tx) => {
      await tx.query(`LOCK TABLE stage_results IN ACCESS EXCLUSIVE MODE`);
      while (await planning.planSome());
    });
    await expect(server.query(`SELECT attempts, last_error, done_at FROM control.outbox`)).resolves.toEqual([
      { attempts: 1, last_error: expect.stringContaining('too long'), done_at: null },
    ]);

    await server.query(`UPDATE control.outbox SET created_at = created_at - interval '1 hour'`);
    await expect(new PgMetricsStore(db).read()).resolves.toMatchObject({ outboxLag: 0, outboxSetAside: 1 });

    await server.query(`UPDATE control.outbox SET not_before = '-infinity'`);
    const again = await db.transaction(async (tx) => {
      await tx.query(`LOCK TABLE stage_results IN ACCESS EXCLUSIVE MODE`);
      const planned = planning.planAgain();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      return { planned };
    });
    await expect(again.planned).resolves.toBe(true);
    await expect(asked()).resolves.toHaveLength(1);
    await hasty.onApplicationShutdown();
  });

  it('does not hold up the other changes of the same transaction for good', async () => {
    await db.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO control.outbox (topic, key, payload) VALUES ('row.changed', 'geofences:y',
           '{"v":1,"table":"geofences","operation":"update","before":{"id":"no id","area":1},"after":{"id":"no id","area":2},"changed":["area"]}')`,
      );
      await tx.query(`UPDATE segments SET break_seconds = break_seconds + 1 WHERE id = $1`, [
        run.segmentIds[0],
      ]);
    });
    await plan();
    await expect(asked()).resolves.toEqual([]);
    await server.query(`UPDATE control.outbox SET not_before = '-infinity'`);
    await plan();
    await expect(asked()).resolves.toHaveLength(1);
    await expect(server.query(`SELECT key FROM control.outbox WHERE done_at IS NULL`)).resolves.toEqual([
      { key: 'geofences:y' },
    ]);
  });

  it('writes nothing down that a processor writes itself', async () => {
    await db.transaction(async (tx) => {
      await tx.query(`SELECT set_config('trm.computing', 'on', true)`);
      await tx.query(
        `INSERT INTO entry_penalties (entry_id, stage_id, type, value) VALUES ($1, $2, 'speeding', 60)`,
        [run.entryIds[0], run.stageId],
      );
    });
    await expect(server.query(`SELECT 1 FROM control.outbox`)).resolves.toEqual([]);
  });

  it('names the person whom Directus names', async () => {
    const directus = new Database({ url: server.url, poolSize: 1, applicationName: 'directus' });
    await directus.query(
      `UPDATE segments SET name = 'x', max_duration_seconds = 9000, updated_by = $2 WHERE id = $1`,
      [run.segmentIds[0], authorId],
    );
    await directus.onApplicationShutdown();
    await plan();
    await expect(server.query(`SELECT requested_by FROM recompute_requests`)).resolves.toEqual([
      { requested_by: authorId },
    ]);
  });
});

it('has the same reasons in the database', async () => {
  const rows = await server.query<{ reason: string; bit: number; live: number; other: number }>(
    `SELECT reason, bit, live, other FROM control.recompute_reasons`,
  );
  expect(Object.fromEntries(rows.map(({ reason, live, other }) => [reason, { live, other }]))).toEqual(
    RECOMPUTE_REASONS,
  );
  expect(rows.map(({ bit }) => reasonsOf(bit))).toEqual(rows.map(({ reason }) => [reason]));
});
