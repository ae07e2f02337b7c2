import { type Computation, CannotCompute, RecomputeProcessor } from '@trm/processor-kit';
import {
  cloneDatabase,
  fenceAt,
  seedClass,
  seedRun,
  type SeededRun,
  seedStage,
  type TestDatabase,
} from '@trm/testing';
import pg from 'pg';
import { computeStage, type StageOutcome } from './compute-stage.js';
import { readStageFacts, type StageFacts } from './stage-facts.js';
import { writeStage } from './write-stage.js';

let server: TestDatabase;
let pool: pg.Pool;
let run: SeededRun;

beforeAll(async () => {
  server = await cloneDatabase();
  pool = new pg.Pool({ connectionString: server.url, max: 8, application_name: 'trm-processor' });
  // Its connections may still be open when the database goes.
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await server.drop();
});
beforeEach(async () => {
  run = await seedRun(server, { entries: 3, segments: 2 });
});

const computation: Computation<StageFacts, StageOutcome> = {
  read: async (sql, target) => {
    const facts = await readStageFacts(sql, target);
    if (facts === null) throw new CannotCompute('nothing');
    return facts;
  },
  compute: computeStage,
  write: writeStage,
};

/** Asks for everything and computes it, as jobs of the queue would. */
async function recompute(
  entries: readonly string[] = run.entryIds,
  stageId = run.stageId,
  reason = 'replay',
): Promise<string[]> {
  await server.query(
    `SELECT control.request_recompute($1, $2::uuid[], array_fill($3::uuid, ARRAY[cardinality($2::uuid[])]), 7, $4)`,
    [run.eventId, entries, stageId, reason],
  );
  const targets = await server.query<{ entryId: string; generation: number }>(
    `SELECT entry_id AS "entryId", generation::int FROM control.recompute_targets WHERE entry_id = ANY ($1::uuid[]) AND stage_id = $2`,
    [entries, stageId],
  );
  const processor = new RecomputeProcessor(computation, { pool, connection: {}, prefix: 'unused' });
  return Promise.all(
    targets.map(({ entryId, generation }) =>
      processor.process({ data: { ...job(entryId), stageId, generation }, attemptsMade: 0, opts: {} }),
    ),
  );
}
const job = (entryId: string) => ({
  v: 1,
  entryId,
  stageId: run.stageId,
  generation: 1,
  attempt: 0,
  layers: ['crossings', 'penalties', 'results'],
  reasons: ['replay'],
  priority: 1,
  requestedAt: '2026-06-06T06:00:00.000Z',
});
const results = (stageId = run.stageId) =>
  server.query<Record<string, unknown>>(
    `SELECT n.race_number AS "raceNumber", r.status, r.elapsed_ms::int AS elapsed, r.place, r.class_place AS "classPlace", r.version::int
       FROM stage_results r JOIN entries n ON n.id = r.entry_id WHERE r.stage_id = $1 ORDER BY 1`,
    [stageId],
  );
/** Seconds behind the first start. */
const seconds = (n: number) => new Date(run.firstStartAt.getTime() + n * 1_000);
const crossings = (entry = 0) =>
  server
    .query<{ line: string }>(
      `SELECT g.name || ' ' || c.direction || ' ' || round(extract(epoch FROM c.ts - $3), 1) AS line
       FROM entry_crossings c JOIN geofences g ON g.id = c.geofence_id
      WHERE c.entry_id = $1 AND g.event_id = $2 ORDER BY c.ts`,
      [run.entryIds[entry], run.eventId, new Date(run.firstStartAt.getTime() + entry * 60_000)],
    )
    .then((rows) => rows.map(({ line }) => line));

// A fence reaches 0.001° to both sides, and 0.02° are gone in a minute: 3 s.
it('finds where the entry left and entered, to the tenth of a second, and times it', async () => {
  await expect(recompute()).resolves.toEqual(['applied', 'applied', 'applied']);
  await expect(crossings()).resolves.toEqual([
    'F0 enter -3.0',
    'F0 exit 3.0',
    'F1 enter 57.0',
    'F1 exit 63.0',
    'F2 enter 117.0',
    'F2 exit 123.0',
  ]);
  // From leaving F0 to entering F1, and from leaving F1 to entering F2.
  await expect(results()).resolves.toEqual(
    [1, 2, 3].map((raceNumber) => ({
      raceNumber,
      status: 'classified',
      elapsed: 108_000,
      place: 1,
      classPlace: 1,
      version: 1,
    })),
  );
});

it('changes nothing the second time', async () => {
  await recompute();
  const all = () =>
    server.query(`SELECT (SELECT md5(string_agg(r::text, ',' ORDER BY id)) FROM stage_results r) AS r,
                         (SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM entry_crossings c) AS c`);
  const before = await all();
  await expect(recompute()).resolves.toEqual(['applied', 'applied', 'applied']);
  await expect(all()).resolves.toEqual(before);
});

it('leaves out what is marked as faulty, also when it arrives after the mark, and takes it back when it is restored', async () => {
  await recompute();
  // The fixes between the first fences: from 20 to 40 seconds a straight line is as good.
  await server.query(`UPDATE positions SET faulty = true WHERE device_id = $1 AND ts > $2`, [
    run.imeis[0],
    new Date(run.firstStartAt.getTime() + 100_000),
  ]);
  await recompute();
  await expect(results()).resolves.toMatchObject([
    { status: 'pending', elapsed: null, place: null },
    { place: 1 },
    { place: 1 },
  ]);
  await server.query(`UPDATE positions SET faulty = false WHERE device_id = $1`, [run.imeis[0]]);
  await recompute();
  await expect(results()).resolves.toMatchObject([{ status: 'classified', elapsed: 108_000 }, {}, {}]);

  await server.query(
    `INSERT INTO position_faults (entry_id, ts_from, ts_to, reason) VALUES ($1, $2, $3, 'test')`,
    [
      run.entryIds[1],
      new Date(run.firstStartAt.getTime() + 60_000 + 5_000_000),
      new Date(run.firstStartAt.getTime() + 60_000 + 5_002_000),
    ],
  );
  await server.query(`INSERT INTO positions (device_id, ts, lat, lon) VALUES ($1, $2, 41, 20)`, [
    run.imeis[1],
    new Date(run.firstStartAt.getTime() + 60_000 + 5_001_000),
  ]);
  const before = await crossings(1);
  await recompute();
  await expect(crossings(1)).resolves.toEqual(before);
});

it('ranks by net time, in the class as well, and the penalties of officials count', async () => {
  await server.query(
    `INSERT INTO entry_penalties (entry_id, stage_id, type, value, status, override_reason)
     VALUES ($1, $2, 'jury', 30, 'confirmed', NULL), ($3, $2, 'jury', 60, 'cancelled', 'Appeal 1')`,
    [run.entryIds[0], run.stageId, run.entryIds[1]],
  );
  await recompute();
  await expect(results()).resolves.toMatchObject([{ place: 3 }, { place: 1 }, { place: 1 }]);
});

it('follows a fence that moves, a start that is recorded and a retirement', async () => {
  await recompute();
  await server.query(`UPDATE geofences SET area = $2::geometry WHERE id = $1`, [
    run.geofenceIds[2],
    fenceAt(2, 0.002),
  ]);
  await recompute();
  await expect(results()).resolves.toMatchObject([{ elapsed: 105_000 }, {}, {}]);
  await server.query(
    `UPDATE entry_segment_starts SET actual_at = target_at + interval '10 seconds' WHERE entry_id = $1 AND segment_id = $2`,
    [run.entryIds[0], run.segmentIds[0]],
  );
  await recompute();
  await expect(results()).resolves.toMatchObject([{ elapsed: 98_000, place: 1 }, { place: 2 }, { place: 2 }]);
  await retire(1, 'cutoff: an hour late at TC 4');
  await recompute();
  await expect(results()).resolves.toMatchObject([
    { place: 1 },
    { status: 'dnf', elapsed: null, place: null },
    { place: 2 },
  ]);
});

const move = (entry: number, status: string, reason: string | null) =>
  server.query(`UPDATE entries SET status = $2, status_reason = $3 WHERE id = $1`, [
    run.entryIds[entry],
    status,
    reason,
  ]);
async function retire(entry: number, reason: string): Promise<void> {
  await move(entry, 'started', null);
  await move(entry, 'dnf', reason);
}
/**
 * Everybody races between the first and the last fence again, two hours later.
 * @param absent entries that do not come
 */
async function raceAgain(absent: readonly number[] = []): Promise<string> {
  const { stageId } = await seedStage(server, {
    eventId: run.eventId,
    segments: 1,
    stage: { sort_order: 2 },
  });
  const startAt = new Date(run.firstStartAt.getTime() + 2 * 3_600_000);
  await server.query(
    `UPDATE segments SET entry_geofence_id = $2, exit_geofence_id = $3 WHERE stage_id = $1`,
    [stageId, run.geofenceIds[0], run.geofenceIds[2]],
  );
  const [list] = await server.query<{ id: string }>(
    `INSERT INTO start_lists (stage_id, version, status, strategy, published_at) VALUES ($1, 1, 'published', 'race_number', now()) RETURNING id`,
    [stageId],
  );
  await server.query(
    `INSERT INTO entry_segment_starts (entry_id, segment_id, start_list_id, start_position, target_at)
     SELECT e.id, g.id, $2, e.ord, $3::timestamptz + (e.ord - 1) * interval '1 minute'
       FROM unnest($1::uuid[]) WITH ORDINALITY AS e (id, ord), segments g WHERE g.stage_id = $4`,
    [run.entryIds, list!.id, startAt, stageId],
  );
  await server.query(
    `UPDATE stages SET state = 'open', current_start_list_id = $2, opened_at = now() WHERE id = $1`,
    [stageId, list!.id],
  );
  await server.query(
    `INSERT INTO positions (device_id, ts, lat, lon)
     SELECT d.imei, $2::timestamptz + (d.ord - 1) * interval '1 minute' + s * interval '1 second', 41, 20 + s * 0.02 / 60
       FROM unnest($1::text[]) WITH ORDINALITY AS d (imei, ord), generate_series(-30, 150) s
      WHERE d.ord - 1 <> ALL ($3::int[])`,
    [run.imeis, startAt, absent],
  );
  return stageId;
}

it('lets a result stand that was reached before the entry retired, or did not start', async () => {
  const second = await raceAgain([0]);
  await retire(0, 'mechanical: gearbox');
  await recompute();
  await recompute(run.entryIds, second);
  await expect(results()).resolves.toMatchObject([
    { status: 'classified', elapsed: 108_000 },
    { status: 'classified' },
    { status: 'classified' },
  ]);
  await expect(results(second)).resolves.toMatchObject([
    { status: 'dnf', elapsed: null },
    { status: 'classified', elapsed: 114_000 },
    { status: 'classified' },
  ]);
  // It comes back for what is still to come; that one is over for it.
  await move(0, 'started', 'rejoin');
  await recompute([run.entryIds[0]!], second, 'rejoin');
  await expect(results(second)).resolves.toMatchObject([{ status: 'dnf' }, {}, {}]);
});

it('keeps two races of a day apart that are run between the same fences', async () => {
  const second = await raceAgain([2]);
  // The first crew broke down in the first race.
  await server.query(`UPDATE positions SET faulty = true WHERE device_id = $1 AND ts BETWEEN $2 AND $3`, [
    run.imeis[0],
    seconds(100),
    seconds(200),
  ]);
  const both = async () => {
    await recompute(run.entryIds, second);
    await recompute();
    await recompute(run.entryIds, second);
  };
  await both();
  const status = async (stageId?: string) =>
    (await results(stageId)).map(({ status: is, elapsed }) => `${String(is)} ${String(elapsed)}`);
  const expected = {
    first: ['pending null', 'classified 108000', 'classified 108000'],
    second: ['classified 114000', 'classified 114000', 'pending null'],
  };
  expect({ first: await status(), second: await status(second) }).toEqual(expected);
  // Each crossing is the one of its own stage, whichever was computed last.
  const rows = () =>
    server.query(
      `SELECT c.entry_id, c.geofence_id, c.ts, c.direction, c.segment_id FROM entry_crossings c
        WHERE c.entry_id = ANY ($1::uuid[]) ORDER BY c.entry_id, c.ts`,
      [run.entryIds],
    );
  const found = await rows();
  const ofSecond = await server.query(
    `SELECT count(*)::int AS n FROM entry_crossings c JOIN segments g ON g.id = c.segment_id WHERE g.stage_id = $1`,
    [second],
  );
  expect(ofSecond).toEqual([{ n: 4 }]);
  await recompute();
  expect(await rows()).toEqual(found);

  // What a marshal saw in the second is of the second.
  await server.query(
    `INSERT INTO entry_crossings (entry_id, geofence_id, ts, direction, source, reason) VALUES ($1, $2, $3, 'enter', 'manual', 'Sheet 4')`,
    [run.entryIds[1], run.geofenceIds[2], seconds(7_200 + 60 + 120)],
  );
  await both();
  expect({ first: await status(), second: await status(second) }).toEqual({
    ...expected,
    second: ['classified 114000', 'classified 117000', 'pending null'],
  });
});

it('ranks again in both classes when an entry changes from one to the other', async () => {
  await recompute();
  const other = await seedClass(server, { eventId: run.eventId, code: 'M-2' });
  await server.query(
    `UPDATE entry_segment_starts SET actual_at = target_at + interval '10 seconds' WHERE entry_id = $1 AND segment_id = $2`,
    [run.entryIds[0], run.segmentIds[0]],
  );
  await recompute();
  await expect(results()).resolves.toMatchObject([{ classPlace: 1 }, { classPlace: 2 }, { classPlace: 2 }]);
  await server.query(`UPDATE entries SET class_id = $2 WHERE id = $1`, [run.entryIds[0], other]);
  await recompute([run.entryIds[0]!], run.stageId, 'entry_changed');
  await expect(results()).resolves.toMatchObject([
    { place: 1, classPlace: 1 },
    { place: 2, classPlace: 1 },
    { place: 2, classPlace: 1 },
  ]);
});

it('times a stage at the shapes that it was opened with, unless a change is retroactive', async () => {
  await recompute();
  const before = await results();
  const move = (fields: string, shape: string) =>
    server.query(`UPDATE geofences SET area = $2::geometry, ${fields} WHERE id = $1`, [
      run.geofenceIds[2],
      shape,
    ]);
  // The finish moves by a quarter of a kilometre: everybody would be there earlier.
  await move('retroactive = false', fenceAt(1.8));
  await recompute();
  // It was retroactive before it was changed, so that was a retroactive change.
  const moved = await results();
  expect(moved.map(({ elapsed }) => elapsed)).toEqual(before.map(({ elapsed }) => Number(elapsed) - 12_000));
  await move('retroactive = false', fenceAt(1.6));
  await recompute();
  expect(await results()).toEqual(moved);
  await server.query(`UPDATE geofences SET retroactive = true WHERE id = $1`, [run.geofenceIds[2]]);
  await recompute();
  expect((await results()).map(({ elapsed }) => elapsed)).toEqual(
    before.map(({ elapsed }) => Number(elapsed) - 24_000),
  );
});

it('keeps a crossing that a marshal set by hand, and believes it', async () => {
  await server.query(
    `INSERT INTO entry_crossings (entry_id, geofence_id, ts, direction, source, reason) VALUES ($1, $2, $3, 'enter', 'manual', 'Sheet 4')`,
    [run.entryIds[0], run.geofenceIds[2], new Date(run.firstStartAt.getTime() + 120_000)],
  );
  await recompute();
  await recompute();
  await expect(results()).resolves.toMatchObject([{ elapsed: 111_000 }, {}, {}]);
  await expect(
    server.query(`SELECT 1 FROM entry_crossings WHERE source = 'manual' AND entry_id = $1`, [
      run.entryIds[0],
    ]),
  ).resolves.toHaveLength(1);
});

it('believes a marshal who saw somebody come in when the stage should be over long since', async () => {
  await server.query(`UPDATE positions SET faulty = true WHERE device_id = $1 AND ts > $2`, [
    run.imeis[0],
    seconds(100),
  ]);
  await server.query(
    `INSERT INTO entry_crossings (entry_id, geofence_id, ts, direction, source, reason) VALUES ($1, $2, $3, 'enter', 'manual', 'Came in at noon')`,
    [run.entryIds[0], run.geofenceIds[2], seconds(30 * 3_600)],
  );
  await recompute();
  await expect(results()).resolves.toMatchObject([{ status: 'classified' }, {}, {}]);
});

it('takes the tracker of the time: one that was swapped counts until then, the new one from then on', async () => {
  const [spare] = await server.query<{ id: string; imei: string }>(
    `WITH d AS (INSERT INTO devices (imei, kind) VALUES (left(gen_random_uuid()::text, 15), 'backup') RETURNING id, imei),
          o AS (INSERT INTO organization_devices (organization_id, device_id) SELECT $1, id FROM d)
     SELECT id, imei FROM d`,
    [run.organizationId],
  );
  const swap = new Date(run.firstStartAt.getTime() + 90_000);
  // The spare drove somewhere else before; the old one is lying in a service car behind.
  await server.query(
    `INSERT INTO positions (device_id, ts, lat, lon) SELECT $2, ts, lat, lon FROM positions WHERE device_id = $1`,
    [run.imeis[0], spare!.imei],
  );
  await server.query(`UPDATE positions SET lat = 43 WHERE device_id = $1 AND ts < $2`, [spare!.imei, swap]);
  await server.query(`UPDATE positions SET lat = 43 WHERE device_id = $1 AND ts >= $2`, [run.imeis[0], swap]);
  await server.query(`UPDATE entry_devices SET valid_to = $2 WHERE device_id = $1`, [run.deviceIds[0], swap]);
  await server.query(`INSERT INTO entry_devices (entry_id, device_id, valid_from) VALUES ($1, $2, $3)`, [
    run.entryIds[0],
    spare!.id,
    swap,
  ]);
  await recompute();
  await expect(results()).resolves.toMatchObject([{ status: 'classified', elapsed: 108_000 }, {}, {}]);
});

describe('the protocol', () => {
  const processor = (more: Partial<Computation<StageFacts, StageOutcome>> = {}) =>
    new RecomputeProcessor({ ...computation, ...more }, { pool, connection: {}, prefix: 'unused' });
  const ask = () =>
    server.query(`SELECT control.request_recompute($1, ARRAY[$2::uuid], ARRAY[$3::uuid], 7, 'replay')`, [
      run.eventId,
      run.entryIds[0],
      run.stageId,
    ]);
  const take = (of: ReturnType<typeof processor>, attempts = 1, data: unknown = job(run.entryIds[0]!)) =>
    of.process({ data, attemptsMade: 0, opts: { attempts } });
  const target = async () =>
    (
      await server.query<Record<string, unknown>>(
        `SELECT state, generation::int, applied_generation::int AS applied, last_error AS error FROM control.recompute_targets WHERE entry_id = $1`,
        [run.entryIds[0]],
      )
    )[0];

  it('does nothing for a job that is done already', async () => {
    await ask();
    await expect(take(processor())).resolves.toBe('applied');
    await expect(take(processor())).resolves.toBe('noop');
  });

  it('computes what is wanted now, not what the job was sent for', async () => {
    await ask();
    await ask();
    await expect(take(processor())).resolves.toBe('applied');
    await expect(target()).resolves.toMatchObject({ generation: 2, applied: 2 });
  });

  it('leaves open what changes while it computes', async () => {
    await ask();
    await take(
      processor({
        compute: async (facts) => {
          await ask();
          return computeStage(facts);
        },
      }),
    );
    await expect(target()).resolves.toMatchObject({ generation: 2, applied: 1, state: 'pending' });
  });

  it('throws its results away when another was faster, with newer facts', async () => {
    await ask();
    const slow = take(
      processor({
        compute: async (facts) => {
          await ask();
          await take(processor(), 1, { ...job(run.entryIds[0]!), generation: 2 });
          return { ...computeStage(facts), elapsedMs: 1, netMs: 1 };
        },
      }),
    );
    await expect(slow).resolves.toBe('superseded');
    await expect(target()).resolves.toMatchObject({ generation: 2, applied: 2 });
    await expect(results()).resolves.toMatchObject([{ elapsed: 108_000 }]);
  });

  it('writes nothing and asks for nothing while it computes', async () => {
    await ask();
    await server.query(`DELETE FROM control.outbox`);
    await take(processor());
    await expect(server.query(`SELECT 1 FROM control.outbox`)).resolves.toEqual([]);
  });

  it('writes down why when all attempts are used up', async () => {
    await ask();
    const broken = processor({
      compute: () => {
        throw new Error('The course has no finish.');
      },
    });
    await expect(take(broken, 2)).rejects.toThrow('The course has no finish.');
    await expect(target()).resolves.toMatchObject({ state: 'pending', error: null });
    await expect(
      broken.process({ data: job(run.entryIds[0]!), attemptsMade: 1, opts: { attempts: 2 } }),
    ).rejects.toThrow('The course has no finish.');
    await expect(target()).resolves.toMatchObject({ state: 'failed', error: 'The course has no finish.' });
  });

  it('gives up at once what no attempt can help', async () => {
    await ask();
    const hopeless = processor({ read: () => Promise.reject(new CannotCompute('There is no course.')) });
    await expect(take(hopeless, 5)).rejects.toThrow('There is no course.');
    await expect(target()).resolves.toMatchObject({ state: 'failed', error: 'There is no course.' });
  });

  it.each<[string, unknown, RegExp]>([
    ['of another version', { v: 2 }, /knows version 1 of the jobs, not 2/],
    ['without an entry', { v: 1, stageId: 'x' }, /The job is not one: .*UUID/],
    ['that is nothing', null, /knows version 1 of the jobs, not undefined/],
  ])('refuses a job %s', async (_, data, message) => {
    await expect(take(processor(), 5, data)).rejects.toThrow(message);
  });
});
