import { randomUUID } from 'node:crypto';
import {
  cloneDatabase,
  eventually,
  seedRun,
  type SeededRun,
  startProcessorProcess,
  startWorkerProcess,
  type TestDatabase,
  type TestProcess,
} from '@trm/testing';

/** Nobody asks Directus here; the processes say in their health that it is not there. */
const NO_DIRECTUS = 'http://127.0.0.1:1';

let server: TestDatabase;
let run: SeededRun;
let worker: TestProcess;
let processor: TestProcess;
/** What a killed process held is free soon. */
const settings = {
  QUEUE_PREFIX: `{loop-${randomUUID()}}`,
  RECOMPUTE_LEASE_SECONDS: '1',
  RECOMPUTE_VISIBLE_SECONDS: '4',
  PROCESSOR_LOCK_SECONDS: '2',
};

beforeAll(async () => {
  server = await cloneDatabase();
  run = await seedRun(server, { entries: 5, segments: 2 });
  // What the course was made of is no correction.
  await server.query(`DELETE FROM control.outbox`);
  [worker, processor] = await Promise.all([
    startWorkerProcess(server.url, NO_DIRECTUS, settings),
    startProcessorProcess(server.url, NO_DIRECTUS, settings),
  ]);
});
afterAll(async () => {
  await Promise.all([worker, processor].map((process) => process.stop()));
  await server.drop();
});

const results = () =>
  server
    .query<{ line: string }>(
      `SELECT '#' || n.race_number || ' ' || r.status || ' ' || coalesce(r.elapsed_ms / 1000.0, 0)::numeric(8,1) || ' ' || coalesce(r.place, 0) AS line
       FROM stage_results r JOIN entries n ON n.id = r.entry_id WHERE r.stage_id = $1 ORDER BY n.race_number`,
      [run.stageId],
    )
    .then((rows) => rows.map(({ line }) => line));
const requests = () =>
  server.query<Record<string, unknown>>(
    `SELECT reason, status, targets_total AS total, targets_applied AS applied, (result ->> 'resultsChanged')::int AS changed
       FROM recompute_requests ORDER BY created_at`,
  );
const isConverged = async () => {
  const [row] = await server.query<{ open: number }>(
    `SELECT (SELECT count(*) FROM control.recompute_targets WHERE applied_generation < generation)::int
          + (SELECT count(*) FROM control.outbox WHERE done_at IS NULL)::int
          + (SELECT count(*) FROM recompute_requests WHERE status IN ('queued', 'running'))::int AS open`,
  );
  expect(row).toEqual({ open: 0 });
};
const second = (n: number) => new Date(run.firstStartAt.getTime() + n * 1_000);

it('follows a correction from the mark to another result, and back', async () => {
  await server.query(
    `SELECT control.request_recompute($1, $2::uuid[], array_fill($3::uuid, ARRAY[5]), 7, 'replay', 'First results')`,
    [run.eventId, run.entryIds, run.stageId],
  );
  await eventually(isConverged);
  const before = await results();
  expect(before).toEqual([1, 2, 3, 4, 5].map((n) => `#${n} classified 108.0 1`));

  // The fixes around the last fence are wrong: the first crew has not been seen there any more.
  const [fault] = await server.query<{ id: string }>(
    `INSERT INTO position_faults (entry_id, ts_from, ts_to, reason) VALUES ($1, $2, $3, 'Reflections at the bridge') RETURNING id`,
    [run.entryIds[0], second(100), second(200)],
  );
  await eventually(isConverged);
  await expect(results()).resolves.toEqual(['#1 pending 0.0 0', ...before.slice(1)]);

  await server.query(
    `UPDATE position_faults SET restored_at = now(), restore_reason = 'It was the bridge' WHERE id = $1`,
    [fault!.id],
  );
  await eventually(isConverged);
  await expect(results()).resolves.toEqual(before);
  await expect(requests()).resolves.toEqual([
    { reason: 'replay', status: 'done', total: 5, applied: 5, changed: 5 },
    { reason: 'position_faulty', status: 'done', total: 1, applied: 1, changed: 1 },
    { reason: 'position_restored', status: 'done', total: 1, applied: 1, changed: 1 },
  ]);
});

it('tells Prometheus how it stands', async () => {
  const figures = await (await fetch(`${worker.url}/metrics`)).text();
  const of = (name: string) =>
    Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(figures)?.[1]);
  expect(of('trm_recompute_figures_up')).toBe(1);
  expect(of('trm_recompute_oldest_dirty_seconds')).toBe(0);
  expect(of('trm_outbox_lag_seconds')).toBe(0);
  expect(of('trm_relay_failures')).toBe(0);
  expect(of('trm_listen_silent_seconds')).toBeGreaterThanOrEqual(0);
  expect(of('trm_recompute_seconds{until="applied",quantile="0.5"}')).toBeGreaterThan(0);
  expect(of('trm_recompute_seconds{until="started",quantile="0.99"}')).toBeGreaterThan(0);
});

it('loses nothing when both are killed in the middle of it', async () => {
  for (let round = 0; round < 4; round += 1) {
    await server.query(
      `UPDATE entry_segment_starts SET actual_at = target_at + $2 * interval '1 second' WHERE segment_id = $1`,
      [run.segmentIds[0], round],
    );
    await server.query(
      `UPDATE positions SET faulty = NOT faulty WHERE device_id = ANY ($1) AND ts BETWEEN $2 AND $3`,
      [run.imeis, second(20), second(40)],
    );
    await new Promise((resolve) => setTimeout(resolve, 30 * round));
    await Promise.all([worker.stop('SIGKILL'), processor.stop('SIGKILL')]);
    [worker, processor] = await Promise.all([
      startWorkerProcess(server.url, NO_DIRECTUS, settings),
      startProcessorProcess(server.url, NO_DIRECTUS, settings),
    ]);
  }
  await eventually(isConverged, 90_000);
  // From the recorded start, three seconds behind the plan, to the end; the road between the fences counts as before.
  await expect(results()).resolves.toEqual([1, 2, 3, 4, 5].map((n) => `#${n} classified 108.0 1`));
  const [twice] = await server.query(
    `SELECT count(*)::int AS n FROM (SELECT FROM control.recompute_log WHERE outcome = 'applied'
       GROUP BY target_id, generation HAVING count(*) > 1) x`,
  );
  expect(twice).toEqual({ n: 0 });
});
