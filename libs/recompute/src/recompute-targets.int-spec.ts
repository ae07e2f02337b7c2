import { Database } from '@trm/platform';
import { cloneDatabase, seedRun, type SeededRun, type TestDatabase } from '@trm/testing';

let server: TestDatabase;
let db: Database;
let run: SeededRun;

beforeAll(async () => {
  server = await cloneDatabase();
  db = new Database({ url: server.url, poolSize: 10, applicationName: 'trm-worker' });
  run = await seedRun(server, { entries: 3 });
});
afterAll(async () => {
  await db.onApplicationShutdown();
  await server.drop();
});
beforeEach(() =>
  server.query('TRUNCATE control.recompute_targets, control.recompute_log, recompute_requests CASCADE'),
);

const RELAY = '00000000-0000-0000-0000-000000000001';
const OTHER_RELAY = '00000000-0000-0000-0000-000000000002';

const ask = async (entries = run.entryIds, reason = 'manual_correction', of = run) =>
  (
    await server.query<{ id: string | null }>(
      `SELECT control.request_recompute($1, $2::uuid[], array_fill($3::uuid, ARRAY[cardinality($2::uuid[])]), 7, $4) AS id`,
      [of.eventId, entries, of.stageId, reason],
    )
  )[0]!.id;
const claim = (relay = RELAY, { most = 100, lease = '1 minute' } = {}) =>
  server.query<{
    id: string;
    generation: string;
    sent_generation: string | null;
    priority: number;
    entry_id: string;
  }>(`SELECT * FROM control.claim_recompute($1, 100, $2, $2, $3::interval)`, [relay, most, lease]);
type Claimed = Awaited<ReturnType<typeof claim>>;
const mark = (claimed: Claimed, { relay = RELAY, visible = '1 minute' } = {}) =>
  server.query(
    `SELECT control.mark_recompute_queued($1, $2::bigint[], $3::bigint[], $4::int[], $5::interval)`,
    [
      relay,
      claimed.map(({ id }) => id),
      claimed.map(({ generation }) => generation),
      claimed.map(() => 0),
      visible,
    ],
  );
const complete = async (generation: number, entry = run.entryIds[0]!) =>
  (
    await db.query<{ done: boolean }>(`SELECT control.complete_recompute($1, $2, $3) AS done`, [
      entry,
      run.stageId,
      generation,
    ])
  )[0]!.done;
const fail = async (generation: number, entry = run.entryIds[0]!) =>
  (
    await db.query<{ done: boolean }>(`SELECT control.fail_recompute($1, $2, $3, 'no course') AS done`, [
      entry,
      run.stageId,
      generation,
    ])
  )[0]!.done;
const cancel = async (id: string | null) =>
  (await server.query<{ n: number }>(`SELECT control.cancel_recompute($1) AS n`, [id]))[0]!.n;
const retry = async (id: string | null) =>
  (await server.query<{ n: number }>(`SELECT control.retry_recompute($1) AS n`, [id]))[0]!.n;
const target = async (entry = run.entryIds[0]!) =>
  (
    await server.query<Record<string, unknown>>(
      `SELECT generation::int, enqueued_generation::int AS enqueued, applied_generation::int AS applied, state,
              inflight_until IS NOT NULL AS "inFlight", last_error AS error
         FROM control.recompute_targets WHERE entry_id = $1`,
      [entry],
    )
  )[0];
const request = async (id: string | null) => {
  await server.query(`SELECT control.settle_recompute(1000)`);
  const [row] = await server.query<Record<string, unknown>>(
    `SELECT status, targets_total AS total, targets_applied AS applied, targets_failed AS failed, error
       FROM recompute_requests WHERE id = $1`,
    [id],
  );
  return row;
};

describe('asking', () => {
  it('makes one target for each entry, however often it is asked', async () => {
    await ask();
    await ask();
    await expect(
      server.query(`SELECT count(*)::int AS n, min(generation)::int AS g FROM control.recompute_targets`),
    ).resolves.toEqual([{ n: 3, g: 2 }]);
  });

  it('asks nothing of a stage that never opened', async () => {
    const planned = await seedRun(server, { entries: 1, fixes: false });
    await server.query(`UPDATE stages SET state = 'planned', current_start_list_id = NULL WHERE id = $1`, [
      planned.stageId,
    ]);
    await expect(ask(planned.entryIds, 'replay', planned)).resolves.toBeNull();
  });

  it('names an official stage instead of computing it', async () => {
    const official = await seedRun(server, { entries: 1, state: 'official' });
    const id = await ask(official.entryIds, 'replay', official);
    await expect(
      server.query(`SELECT status, targets_total, result FROM recompute_requests WHERE id = $1`, [id]),
    ).resolves.toEqual([{ status: 'done', targets_total: 0, result: { official: ['Prologue'] } }]);
    await expect(server.query(`SELECT 1 FROM control.recompute_targets`)).resolves.toEqual([]);
  });

  it('refuses entries of another event in silence: they are of nobody that asked', async () => {
    const other = await seedRun(server, { entries: 1, fixes: false });
    await expect(ask(other.entryIds)).resolves.toBeNull();
  });

  it('lets two transactions that touch the same targets in opposite order wait, not die', async () => {
    const [a, b, c] = run.entryIds as [string, string, string];
    const slowly = (first: string[], second: string[]) =>
      db.transaction(async (tx) => {
        const sql = `SELECT control.request_recompute($1, $2::uuid[], array_fill($3::uuid, ARRAY[cardinality($2::uuid[])]), 7, 'replay')`;
        await tx.query(sql, [run.eventId, first, run.stageId]);
        await tx.query(`SELECT pg_sleep(0.1)`);
        await tx.query(sql, [run.eventId, second, run.stageId]);
      });
    await Promise.all([slowly([a, b], [c]), slowly([c], [b, a]), slowly([b], [a, c]), slowly([c, a], [b])]);
    await expect(target(a)).resolves.toMatchObject({ generation: 4 });
  });
});

describe('sending', () => {
  it('leases a target to one relay, and to another when the lease is over', async () => {
    await ask();
    await expect(claim()).resolves.toHaveLength(3);
    await expect(claim(OTHER_RELAY)).resolves.toEqual([]);
    await server.query(
      `UPDATE control.recompute_targets SET claim_until = clock_timestamp() - interval '1 second'`,
    );
    await expect(claim(OTHER_RELAY)).resolves.toHaveLength(3);
  });

  it('never gives two relays the same target', async () => {
    await ask();
    const claims = await Promise.all([RELAY, OTHER_RELAY, RELAY, OTHER_RELAY].map((relay) => claim(relay)));
    const ids = claims.flat().map(({ id }) => id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
  });

  it('has one job for a target under way, also when more was asked since', async () => {
    await ask([run.entryIds[0]!]);
    await mark(await claim());
    await ask([run.entryIds[0]!]);
    await expect(claim()).resolves.toEqual([]);
    await complete(1);
    await expect(claim()).resolves.toMatchObject([{ generation: '2', sent_generation: null }]);
  });

  it('does not note a job for a relay whose lease went to another', async () => {
    await ask([run.entryIds[0]!]);
    const mine = await claim();
    await server.query(
      `UPDATE control.recompute_targets SET claim_until = clock_timestamp() - interval '1 second'`,
    );
    await claim(OTHER_RELAY);
    await mark(mine);
    await expect(target()).resolves.toMatchObject({ enqueued: 0, state: 'pending' });
  });

  it('sends again what was not heard of in time, and says that it was sent', async () => {
    await ask([run.entryIds[0]!]);
    await mark(await claim(), { visible: '0 seconds' });
    await expect(claim()).resolves.toMatchObject([{ generation: '1', sent_generation: '1' }]);
  });

  it('sends what was not heard of before what was never sent, and no more than there is room for', async () => {
    const [first, second, third] = run.entryIds as [string, string, string];
    await ask([first]);
    await ask([second]);
    await mark(await claim(), { visible: '0 seconds' });
    await ask([third]);
    await server.query(
      `UPDATE control.recompute_targets SET rank = clock_timestamp() - interval '1 hour' * (1 + array_position($1::uuid[], entry_id))`,
      [run.entryIds],
    );
    await expect(claim(RELAY, { most: 1 })).resolves.toMatchObject([{ entry_id: second }]);
    await expect(claim(RELAY, { most: 2 })).resolves.toMatchObject([
      { entry_id: first, sent_generation: '1' },
      { entry_id: third, sent_generation: null },
    ]);
  });

  it('sends everything under way again when the queue is another one, once', async () => {
    await ask();
    await server.query(`SELECT control.note_recompute_transport('a')`);
    await mark(await claim());
    await expect(server.query(`SELECT control.note_recompute_transport('a') AS n`)).resolves.toEqual([
      { n: 0 },
    ]);
    await expect(server.query(`SELECT control.note_recompute_transport('b') AS n`)).resolves.toEqual([
      { n: 3 },
    ]);
    await expect(server.query(`SELECT control.note_recompute_transport('b') AS n`)).resolves.toEqual([
      { n: 0 },
    ]);
    await expect(claim()).resolves.toHaveLength(3);
  });

  it('sends again what a relay was just sending when the queue was emptied', async () => {
    await ask([run.entryIds[0]!]);
    await server.query(`SELECT control.note_recompute_transport('redis 3')`);
    const claimed = await claim();
    await server.query(`SELECT control.note_recompute_transport('redis 4')`);
    await mark(claimed);
    await expect(target()).resolves.toMatchObject({ inFlight: false });
    await expect(claim(OTHER_RELAY)).resolves.toMatchObject([{ generation: '1', sent_generation: null }]);
  });

  it('has room for live ones however many others are under way', async () => {
    const closed = await seedRun(server, { entries: 3, state: 'closed' });
    await ask(closed.entryIds, 'replay', closed);
    await mark(await claim(RELAY, { most: 2 }));
    await expect(claim(RELAY, { most: 2 })).resolves.toEqual([]);
    await ask([run.entryIds[0]!]);
    await expect(claim(RELAY, { most: 2 })).resolves.toMatchObject([{ priority: 1 }]);
  });

  it('sends the first of a storm at once and the rest of it behind it, once', async () => {
    const [entry] = run.entryIds as [string];
    await ask([entry], 'position_faulty');
    await mark(await claim());
    await complete(1);
    for (let n = 0; n < 5; n += 1) await ask([entry], 'position_faulty');
    await expect(claim()).resolves.toEqual([]);
    await server.query(`UPDATE control.recompute_targets SET not_before = clock_timestamp()`);
    await expect(claim()).resolves.toMatchObject([{ generation: '6' }]);
  });

  it('does not put off what waits to be sent, and what an official waits for goes at once', async () => {
    const [entry] = run.entryIds as [string];
    await ask([entry], 'replay');
    await ask([entry], 'position_faulty');
    await mark(await claim());
    await complete(2);
    await ask([entry], 'position_faulty');
    await ask([entry], 'manual_correction');
    await expect(claim()).resolves.toMatchObject([{ generation: '4' }]);
  });

  it('lets what has waited long go before what has just come', async () => {
    const closed = await seedRun(server, { entries: 2, state: 'closed' });
    const [old, young] = closed.entryIds as [string, string];
    await ask([old], 'replay', closed);
    await server.query(`UPDATE control.recompute_targets SET rank = rank - interval '51 minutes'`);
    await ask([young], 'manual_correction', closed);
    await expect(claim(RELAY, { most: 1 })).resolves.toMatchObject([{ entry_id: old }]);
  });
});

describe('completing', () => {
  beforeEach(async () => {
    await ask();
    await mark(await claim());
  });

  it('applies a generation once', async () => {
    await expect(complete(1)).resolves.toBe(true);
    await expect(complete(1)).resolves.toBe(false);
    await expect(target()).resolves.toMatchObject({ applied: 1, state: 'applied', inFlight: false });
    await expect(server.query(`SELECT outcome FROM control.recompute_log`)).resolves.toEqual([
      { outcome: 'applied' },
    ]);
  });

  it('refuses an older generation behind a newer one, and takes the results back with it', async () => {
    await ask();
    await expect(complete(2)).resolves.toBe(true);
    await expect(
      db.transaction(async (tx) => {
        await tx.query(
          `INSERT INTO stage_results (entry_id, stage_id, status, elapsed_ms) VALUES ($1, $2, 'classified', 1)`,
          [run.entryIds[0], run.stageId],
        );
        await tx.query(`SELECT control.complete_recompute($1, $2, 1)`, [run.entryIds[0], run.stageId]);
      }),
    ).rejects.toMatchObject({ code: 'GENERATION_SUPERSEDED' });
    await expect(server.query(`SELECT 1 FROM stage_results WHERE elapsed_ms = 1`)).resolves.toEqual([]);
  });

  it('refuses a generation that nobody asked for', async () => {
    await expect(complete(2)).rejects.toMatchObject({ code: 'GENERATION_UNKNOWN' });
    await expect(complete(0)).rejects.toMatchObject({ code: 'GENERATION_UNKNOWN' });
  });

  it('does not end the time of a newer job by an older completion', async () => {
    await ask([run.entryIds[0]!]);
    await server.query(
      `UPDATE control.recompute_targets SET inflight_until = clock_timestamp() WHERE entry_id = $1`,
      [run.entryIds[0]],
    );
    await mark(await claim());
    await expect(complete(1)).resolves.toBe(true);
    await expect(target()).resolves.toMatchObject({
      generation: 2,
      enqueued: 2,
      applied: 1,
      state: 'queued',
      inFlight: true,
    });
  });

  it('tells the request how it stands', async () => {
    const id = await ask([run.entryIds[0]!, run.entryIds[1]!]);
    await expect(request(id)).resolves.toMatchObject({ status: 'queued', total: 2, applied: 0 });
    await complete(2);
    await expect(request(id)).resolves.toMatchObject({ status: 'running', applied: 1 });
    await complete(2, run.entryIds[1]);
    await expect(request(id)).resolves.toMatchObject({ status: 'done', applied: 2, failed: 0 });
  });

  it('says what changed in results', async () => {
    const id = await ask([run.entryIds[0]!]);
    await db.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO stage_results (entry_id, stage_id, status, elapsed_ms, net_ms, place) VALUES ($1, $2, 'classified', 60000, 60000, 1)`,
        [run.entryIds[0], run.stageId],
      );
      await tx.query(`SELECT control.complete_recompute($1, $2, 2)`, [run.entryIds[0], run.stageId]);
    });
    await request(id);
    await expect(server.query(`SELECT result FROM recompute_requests WHERE id = $1`, [id])).resolves.toEqual([
      {
        result: {
          resultsChanged: 1,
          changes: [
            expect.objectContaining({
              raceNumber: 1,
              stage: 'Prologue',
              before: null,
              after: expect.objectContaining({ place: 1, netMs: 60_000 }),
            }),
          ],
        },
      },
    ]);
    await server.query(`DELETE FROM stage_results`);
  });
});

describe('failing', () => {
  it('stays failed with its error until somebody asks again', async () => {
    const id = await ask([run.entryIds[0]!]);
    await mark(await claim());
    await expect(fail(1)).resolves.toBe(true);
    await expect(target()).resolves.toMatchObject({ state: 'failed', error: 'no course' });
    await expect(request(id)).resolves.toMatchObject({ status: 'failed', failed: 1, error: 'no course' });
    await expect(claim()).resolves.toEqual([]);
    await ask([run.entryIds[0]!]);
    await expect(claim()).resolves.toMatchObject([{ generation: '2' }]);
    await complete(2);
    await expect(request(id)).resolves.toMatchObject({ status: 'done', applied: 1, failed: 0, error: null });
  });

  it('does not fail what was asked for anew in the meantime', async () => {
    await ask([run.entryIds[0]!]);
    await mark(await claim());
    await ask([run.entryIds[0]!]);
    await expect(fail(1)).resolves.toBe(false);
    await expect(claim()).resolves.toMatchObject([{ generation: '2' }]);
  });

  it('is not looked for in the queue, which hears of it last', async () => {
    await ask([run.entryIds[0]!]);
    await mark(await claim());
    await ask([run.entryIds[0]!]);
    await fail(1);
    await expect(claim()).resolves.toMatchObject([{ generation: '2', sent_generation: null }]);
  });

  it('is not noted by a relay that was just sending it, and has a newer job looked for', async () => {
    await ask([run.entryIds[0]!]);
    const claimed = await claim();
    await ask([run.entryIds[0]!]);
    await fail(1);
    await mark(claimed);
    await expect(target()).resolves.toMatchObject({ enqueued: 0, inFlight: false });
    await mark(await claim());
    await fail(1);
    await expect(claim()).resolves.toMatchObject([{ generation: '2', sent_generation: '2' }]);
  });

  it('is tried again under an attempt that no job of before had', async () => {
    const id = await ask([run.entryIds[0]!]);
    await mark(await claim(), { visible: '-1 second' });
    // Sent again as attempt 1, and failed before the relay could note that.
    await claim();
    await fail(1);
    await retry(id);
    await expect(claim()).resolves.toMatchObject([{ queue_attempt: 2, sent_generation: null }]);
  });

  it('is tried again by staff', async () => {
    const id = await ask([run.entryIds[0]!]);
    await mark(await claim());
    await fail(1);
    await request(id);
    await expect(retry(id)).resolves.toBe(1);
    await expect(request(id)).resolves.toMatchObject({ status: 'running', failed: 0 });
    await mark(await claim());
    await complete(1);
    await expect(request(id)).resolves.toMatchObject({ status: 'done' });
  });

  it('is given up by staff, but not what others wait for', async () => {
    const first = await ask([run.entryIds[0]!, run.entryIds[1]!]);
    await ask([run.entryIds[1]!]);
    await expect(cancel(first)).resolves.toBe(2);
    await expect(cancel(first)).resolves.toBe(0);
    await expect(claim()).resolves.toMatchObject([{ entry_id: run.entryIds[1] }]);
    await expect(
      server.query(`SELECT control.start_recompute($1, $2, 1) AS due`, [run.entryIds[0], run.stageId]),
    ).resolves.toEqual([{ due: false }]);
    await complete(2, run.entryIds[1]);
    await expect(request(first)).resolves.toMatchObject({ status: 'cancelled', applied: 1 });
  });

  it.each([
    ['older', 0],
    ['newer', 1],
  ])('is given up by both who wait for it, the %s one first', async (_, first) => {
    const requests = [await ask([run.entryIds[0]!]), await ask([run.entryIds[0]!])];
    await expect(cancel(requests[first]!)).resolves.toBe(1);
    await expect(target()).resolves.toMatchObject({ state: 'pending' });
    await expect(cancel(requests[1 - first]!)).resolves.toBe(1);
    await expect(target()).resolves.toMatchObject({ state: 'cancelled' });
    await expect(claim()).resolves.toEqual([]);
    for (const id of requests) await expect(request(id)).resolves.toMatchObject({ status: 'cancelled' });
  });

  it('is waited for again by who gave it up alone, and not given up with the other then', async () => {
    const [one, other] = [await ask([run.entryIds[0]!]), await ask([run.entryIds[0]!])];
    await cancel(one);
    await expect(retry(one)).resolves.toBe(1);
    await expect(cancel(other)).resolves.toBe(1);
    await expect(target()).resolves.toMatchObject({ state: 'pending' });
    await complete(2);
    await expect(request(one)).resolves.toMatchObject({ status: 'done', applied: 1 });
  });

  it('is waited for again when it is tried again before anybody was told that it was given up', async () => {
    const id = await ask([run.entryIds[0]!]);
    await cancel(id);
    await expect(retry(id)).resolves.toBe(1);
    await expect(request(id)).resolves.toMatchObject({ status: 'running' });
    await expect(cancel(id)).resolves.toBe(1);
    await expect(target()).resolves.toMatchObject({ state: 'cancelled' });
  });

  it('stays given up when a job of before completes', async () => {
    const first = await ask([run.entryIds[0]!]);
    await mark(await claim());
    await cancel(first);
    await cancel(await ask([run.entryIds[0]!]));
    await expect(complete(1)).resolves.toBe(true);
    await expect(target()).resolves.toMatchObject({ state: 'cancelled', applied: 1, generation: 2 });
    await expect(claim()).resolves.toEqual([]);
  });

  it('stays failed, with its error, when a job of before completes', async () => {
    await ask([run.entryIds[0]!]);
    const claimed = await claim();
    await mark(claimed);
    await ask([run.entryIds[0]!]);
    await fail(2);
    await expect(complete(1)).resolves.toBe(true);
    await expect(target()).resolves.toMatchObject({ state: 'failed', error: 'no course', applied: 1 });
  });
});

describe('a mass that comes at once', () => {
  const MASS = 3_000;
  let session: Database;
  beforeEach(() => {
    session = new Database({ url: server.url, poolSize: 1, applicationName: 'trm-worker' });
  });
  afterEach(() => session.onApplicationShutdown());

  /** Rows of targets and of those of requests that a statement reads, in the session that keeps its plans. */
  const rowsReadBy = (sql: string, values: readonly unknown[]) =>
    session.transaction(async (tx) => {
      const read = async () =>
        (
          await tx.query<{ n: number }>(
            `SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS n FROM pg_stat_xact_user_tables
              WHERE relid IN ('control.recompute_targets'::regclass, 'control.recompute_request_targets'::regclass)`,
          )
        )[0]!.n;
      const before = await read();
      const rows = await tx.query<{ id: string; generation: string }>(sql, values);
      return { rows, read: (await read()) - before };
    });
  /** Each function as the worker calls it. @returns rows read by each */
  const round = async () => {
    const claimed = await rowsReadBy(
      `SELECT * FROM control.claim_recompute($1, 100, 0, 100000, '1 minute')`,
      [RELAY],
    );
    const ids = claimed.rows.map(({ id }) => id);
    const marked = await rowsReadBy(
      `SELECT control.mark_recompute_queued($1, $2::bigint[], $3::bigint[], array_fill(0, ARRAY[cardinality($2::bigint[])]), '1 minute')`,
      [RELAY, ids, claimed.rows.map(({ generation }) => generation)],
    );
    const released = await rowsReadBy(`SELECT control.release_recompute($1, $2::bigint[])`, [RELAY, ids]);
    await complete(1);
    const settled = await rowsReadBy(`SELECT control.settle_recompute(100)`, []);
    return {
      leased: ids.length,
      read: [claimed.read, marked.read, released.read, settled.read],
    };
  };

  it('is not read through for each claim of 100, though all was planned for one target', async () => {
    for (let n = 0; n < 7; n += 1) {
      await server.query('TRUNCATE control.recompute_targets, control.recompute_log CASCADE');
      await ask([run.entryIds[0]!], 'replay');
      if (n === 0) await server.query('ANALYZE control.recompute_targets, control.recompute_request_targets');
      await expect(round()).resolves.toMatchObject({ leased: 1 });
    }
    const id = await ask([run.entryIds[0]!], 'replay');
    await server.query(
      `WITH mass AS (
         INSERT INTO control.recompute_targets (entry_id, stage_id, priority, reasons, rank)
         SELECT gen_random_uuid(), $1, 9, 2048, clock_timestamp() + interval '90 minutes' FROM generate_series(1, $2::int)
         RETURNING id)
       INSERT INTO control.recompute_request_targets (request_id, target_id, generation) SELECT $3, id, 1 FROM mass`,
      [run.stageId, MASS, id],
    );
    const { leased, read } = await round();
    expect(leased).toBe(100);
    for (const rows of read) expect(rows).toBeLessThan(1_000);
  });
});
