/** The steps that the model reads from the functions, against the functions themselves. */
import { cloneDatabase, seedRun, type SeededRun, type TestDatabase } from '@trm/testing';
import { type RandomNumbers, randomNumbers } from '../../fixtures/src/tracks/random.js';
import { FUTURE, LONG_AGO, PAST } from './sql-expression.js';
import { readTransitions, type Row } from './transitions.js';

const RELAYS = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const SEQUENCES = 60;
const STEPS = 25;

let db: TestDatabase;
let run: SeededRun;
const transitions = readTransitions();

beforeAll(async () => {
  db = await cloneDatabase();
  run = await seedRun(db, { entries: 1, fixes: false });
});
afterAll(() => db.drop());

/** The row as the model sees it. */
async function rowNow(): Promise<Row | null> {
  const [row] = await db.query<Row>(
    `SELECT generation::int, enqueued_generation::int, applied_generation::int, state, queue_attempt,
            array_position($1::uuid[], claim_owner) - 1 AS claim_owner,
            CASE WHEN claim_until IS NOT NULL THEN CASE WHEN claim_until < clock_timestamp() THEN ${PAST} ELSE ${FUTURE} END END AS claim_until,
            CASE WHEN inflight_until IS NOT NULL THEN CASE WHEN inflight_until < clock_timestamp() THEN ${PAST} ELSE ${FUTURE} END END AS inflight_until,
            CASE WHEN not_before = '-infinity' THEN ${LONG_AGO} WHEN not_before <= clock_timestamp() THEN ${PAST} ELSE ${FUTURE} END AS not_before,
            CASE WHEN enqueued_at IS NOT NULL THEN 1 END AS enqueued_at, CASE WHEN started_at IS NOT NULL THEN 1 END AS started_at
       FROM control.recompute_targets`,
    [RELAYS],
  );
  return row ?? null;
}

const now = async (sql: string, values: readonly unknown[]) => db.query<Record<string, unknown>>(sql, values);
const pair = () => [run.entryIds[0], run.stageId];

/** One step, done by the database and by the model. @returns the model's row, and both answers */
type Step = (
  row: Row | null,
  random: RandomNumbers,
) => Promise<{ model: Row | null; answers: [unknown, unknown] }>;

const generationNear = (row: Row | null, random: RandomNumbers) =>
  Math.max(1, (row?.generation ?? 1) - Math.floor(random.between(0, 3)));

const STEPS_OF: Record<string, Step> = {
  wish: async (row) => {
    await now(
      `SELECT control.request_recompute($1, ARRAY[$2::uuid], ARRAY[$3::uuid], 7, 'position_faulty')`,
      [run.eventId, ...pair()],
    );
    return { model: transitions.wish(row), answers: [null, null] };
  },
  claim: async (row, random) => {
    const relay = Math.floor(random.between(0, 2));
    const [leased] = await now(
      `SELECT generation::int, queue_attempt AS "queueAttempt", sent_generation::int AS "sentGeneration"
         FROM control.claim_recompute($1, 10, 100, 100, '1 minute')`,
      [RELAYS[relay]],
    );
    const model = row === null ? null : transitions.claim(row, relay);
    return { model: model?.row ?? row, answers: [leased ?? null, model?.claimed ?? null] };
  },
  mark: async (row, random) => {
    const [relay, generation, attempt] = [
      Math.floor(random.between(0, 2)),
      generationNear(row, random),
      Math.floor(random.between(0, 3)),
    ];
    await now(
      `SELECT m FROM control.recompute_targets t, control.mark_recompute_queued($1, ARRAY[t.id], ARRAY[$2::bigint], ARRAY[$3::int], '1 minute') m`,
      [RELAYS[relay], generation, attempt],
    );
    return {
      model: row === null ? null : (transitions.mark(row, relay, generation, attempt) ?? row),
      answers: [null, null],
    };
  },
  release: async (row, random) => {
    const relay = Math.floor(random.between(0, 2));
    await now(`SELECT control.release_recompute($1, ARRAY(SELECT t.id FROM control.recompute_targets t))`, [
      RELAYS[relay],
    ]);
    return { model: row === null ? null : transitions.release(row, relay), answers: [null, null] };
  },
  'another Redis': async (row, random) => {
    await now(`SELECT control.note_recompute_transport($1)`, [String(random.next())]);
    return { model: row === null ? null : transitions.noteTransport(row), answers: [null, null] };
  },
  start: async (row, random) => {
    const generation = generationNear(row, random);
    const [begun] = await now(`SELECT control.start_recompute($1, $2, $3) AS due`, [...pair(), generation]);
    const model = row === null ? null : transitions.start(row, generation);
    return { model: model ?? row, answers: [begun!['due'], model !== null] };
  },
  wanted: async (row) => {
    const [wanted] = await now(`SELECT generation::int FROM control.recompute_wanted($1, $2)`, pair());
    return {
      model: row,
      answers: [wanted?.['generation'] ?? null, row === null ? null : transitions.wanted(row)],
    };
  },
  complete: async (row, random) => {
    const generation = generationNear(row, random);
    const answer = await now(`SELECT control.complete_recompute($1, $2, $3) AS done`, [
      ...pair(),
      generation,
    ]).then(
      ([completed]) => (completed!['done'] === true ? 'applied' : 'done before'),
      () => 'refused',
    );
    const model = row === null ? 'refused' : transitions.complete(row, generation);
    return typeof model === 'string'
      ? { model: row, answers: [answer, model] }
      : { model, answers: [answer, 'applied'] };
  },
  fail: async (row, random) => {
    const generation = generationNear(row, random);
    await now(`SELECT control.fail_recompute($1, $2, $3, 'error')`, [...pair(), generation]);
    return { model: row === null ? null : transitions.fail(row, generation), answers: [null, null] };
  },
  cancel: async (row) => {
    await now(
      `SELECT control.cancel_recompute(r.id) FROM (SELECT id FROM recompute_requests ORDER BY created_at) r`,
      [],
    );
    return { model: row === null ? null : (transitions.cancel(row) ?? row), answers: [null, null] };
  },
  retry: async (row) => {
    await now(`SELECT control.retry_recompute(r.id) FROM (SELECT id FROM recompute_requests LIMIT 1) r`, []);
    return { model: row === null ? null : (transitions.retry(row) ?? row), answers: [null, null] };
  },
};

/** What time does. */
const RUNS_OUT: Record<string, (row: Row) => Row> = {
  claim_until: (row) => ({ ...row, claim_until: row.claim_until === null ? null : PAST }),
  inflight_until: (row) => ({ ...row, inflight_until: row.inflight_until === null ? null : PAST }),
  not_before: (row) => ({ ...row, not_before: row.not_before === LONG_AGO ? LONG_AGO : PAST }),
};

it('are the same, in whatever order they are done', async () => {
  const random = randomNumbers('transitions', 1);
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random.next() * items.length)]!;
  for (let sequence = 0; sequence < SEQUENCES; sequence += 1) {
    await now('TRUNCATE control.recompute_targets, control.recompute_log, recompute_requests CASCADE', []);
    let row: Row | null = null;
    const done: string[] = [];
    for (let step = 0; step < STEPS; step += 1) {
      const name = pick([...Object.keys(STEPS_OF), ...Object.keys(RUNS_OUT), 'claim', 'wish']);
      done.push(name);
      const time = RUNS_OUT[name];
      let answers: [unknown, unknown] = [null, null];
      if (time === undefined) {
        const outcome = await STEPS_OF[name]!(row, random);
        row = outcome.model;
        answers = outcome.answers;
      } else {
        await now(
          `UPDATE control.recompute_targets SET ${name} = clock_timestamp() - interval '1 millisecond' WHERE ${name} > '-infinity'`,
          [],
        );
        row = row === null ? null : time(row);
      }
      expect({ done, row: await rowNow(), answer: answers[0] }).toEqual({ done, row, answer: answers[1] });
    }
  }
});
