import { setTimeout as pause } from 'node:timers/promises';
import { Database, IdempotencyKeyReused, StageNotFound } from '@trm/platform';
import {
  cloneDatabase,
  FailingDatabase,
  seedEntries,
  seedEvent,
  seedMember,
  seedResults,
  seedStage,
  type TestDatabase,
} from '@trm/testing';
import { stageUseCases } from './use-cases.js';

let server: TestDatabase;
let db: Database;
let authorId: string;

const useCaseOn = (database: Database) => stageUseCases(database).openStage;
const open = (stageId: string) => useCaseOn(db).execute({ stageId, authorId, reason: 'on time' });

/** Everything that an opening may write, as text that can be compared. */
async function written(): Promise<string> {
  const [row] = await server.query<{ all: string }>(
    `SELECT concat(
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM entry_segment_starts t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM start_lists t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM stages t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM stage_changes t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM control.outbox t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.key)) FROM control.idempotency_keys t)) AS all`,
  );
  return row!.all;
}

beforeAll(async () => {
  server = await cloneDatabase();
  db = new Database({ url: server.url, poolSize: 20, applicationName: 'trm-api' });
  const { organizationId } = await seedEvent(server, { entries: 0 });
  ({ userId: authorId } = await seedMember(server, { organizationId, role: 'race-director' }));
});

afterAll(async () => {
  await db.onApplicationShutdown();
  await server.drop();
});

describe('opening a stage', () => {
  it('publishes the list, a start for each entry and segment, the log and the outbox row', async () => {
    const { eventId, entryIds } = await seedEvent(server, { entries: 3 });
    const { stageId, segmentIds } = await seedStage(server, { eventId, segments: 2 });

    const opened = await open(stageId);

    expect(opened).toMatchObject({ stageId, version: 1, entries: 3, segments: 2 });
    const starts = await server.query<{
      entry_id: string;
      segment_id: string;
      start_position: number;
      target_at: Date;
    }>(
      `SELECT t.entry_id, t.segment_id, t.start_position, t.target_at FROM entry_segment_starts t
        WHERE t.start_list_id = $1 ORDER BY t.start_position, t.target_at`,
      [opened.startListId],
    );
    // Prologue 06:00, one minute apart; 3 min lead, then 10 min target duration and 3 min lead.
    const at = (minutes: number) => new Date(Date.parse('2026-06-06T06:00:00Z') + minutes * 60_000);
    expect(starts).toEqual(
      [0, 1, 2].flatMap((place) => [
        {
          entry_id: entryIds[place],
          segment_id: segmentIds[0],
          start_position: place + 1,
          target_at: at(place + 3),
        },
        {
          entry_id: entryIds[place],
          segment_id: segmentIds[1],
          start_position: place + 1,
          target_at: at(place + 16),
        },
      ]),
    );
    const [stage] = await server.query(
      `SELECT s.state, s.current_start_list_id, c.action, c.from_state, c.to_state, c.reason, c.author_id
         FROM stages s JOIN stage_changes c ON c.stage_id = s.id WHERE s.id = $1`,
      [stageId],
    );
    expect(stage).toEqual({
      state: 'open',
      current_start_list_id: opened.startListId,
      action: 'opened',
      from_state: 'planned',
      to_state: 'open',
      reason: 'on time',
      author_id: authorId,
    });
    const outbox = await server.query(
      `SELECT topic, payload FROM control.outbox WHERE key = $1 AND topic LIKE 'stage.%'`,
      [stageId],
    );
    expect(outbox).toEqual([{ topic: 'stage.opened', payload: opened }]);
  });

  it('publishes what the preview showed', async () => {
    const { eventId } = await seedEvent(server, { entries: 4 });
    const { stageId } = await seedStage(server, { eventId, segments: 3 });
    const before = await written();
    const preview = await useCaseOn(db).preview(stageId);
    expect(await written()).toBe(before);

    await open(stageId);

    const published = await useCaseOn(db).published(stageId);
    expect(published.checksum).toBe(preview.checksum);
    expect(published.lines).toEqual(preview.lines);
    expect(published.segments).toEqual(preview.segments);
  });

  it('reads clocks in the parameters, and writes them in the explanations, in the time zone of the event', async () => {
    const { eventId } = await seedEvent(server, { entries: 3 });
    const { stageId } = await seedStage(server, {
      eventId,
      segments: 1,
      stage: {
        start_order_strategy: 'waves',
        start_order_strategy_params: JSON.stringify({ waves: 3, window: '08:00-10:00' }),
      },
    });
    await open(stageId);
    const { lines } = await useCaseOn(db).published(stageId);
    // Europe/Tirane is two hours ahead of UTC in June.
    expect(lines.map(({ startAt, startLocal, because }) => [startAt, startLocal, because])).toEqual([
      ['2026-06-06T06:00:00.000Z', '08:00', '1st by race number, wave 1 of 3'],
      ['2026-06-06T07:00:00.000Z', '09:00', '2nd by race number, wave 2 of 3'],
      ['2026-06-06T08:00:00.000Z', '10:00', '3rd by race number, wave 3 of 3'],
    ]);
  });

  it('changes nothing the second time and answers the same', async () => {
    const { eventId } = await seedEvent(server, { entries: 3 });
    const { stageId } = await seedStage(server, { eventId, segments: 2 });
    const first = await open(stageId);
    const before = await written();
    expect(await open(stageId)).toEqual(first);
    expect(await written()).toBe(before);
  });

  it('draws from the results of the input stage, frozen as they were', async () => {
    const { eventId, entryIds } = await seedEvent(server, { entries: 3 });
    const prologue = await seedStage(server, { eventId, segments: 1 });
    const { stageId } = await seedStage(server, {
      eventId,
      segments: 1,
      stage: {
        name: 'Leg 1',
        sort_order: 2,
        start_order_strategy: 'previous_stage_result',
        start_order_input_stage_id: prologue.stageId,
      },
    });
    const ranking = [entryIds[2]!, entryIds[0]!, entryIds[1]!];
    await seedResults(server, prologue.stageId, ranking);
    await open(stageId);

    await server.query(`UPDATE stage_results SET place = 4 - place WHERE stage_id = $1`, [prologue.stageId]);

    const list = await useCaseOn(db).published(stageId);
    expect(list.lines.map(({ entryId, because }) => [entryId, because])).toEqual([
      [ranking[0], '1st in Prologue'],
      [ranking[1], '2nd in Prologue'],
      [ranking[2], '3rd in Prologue'],
    ]);
    const [{ input_snapshot: input } = { input_snapshot: undefined }] = await server.query<{
      input_snapshot: { classification: { rows: { entryId: string; place: number }[] } };
    }>(`SELECT input_snapshot FROM start_lists WHERE id = $1`, [list.startListId]);
    expect(input?.classification.rows.map(({ entryId, place }) => [entryId, place])).toEqual([
      [ranking[0], 1],
      [ranking[1], 2],
      [ranking[2], 3],
    ]);
  });

  it('leaves nothing behind when it breaks at any statement, and succeeds afterwards', async () => {
    const { eventId } = await seedEvent(server, { entries: 3 });
    const { stageId } = await seedStage(server, { eventId, segments: 2 });
    const failing = new FailingDatabase(server.url);
    const execute = () =>
      useCaseOn(failing).execute({
        stageId,
        authorId,
        reason: null,
        idempotency: { scope: 's', key: `k-${stageId}`, body: {} },
      });
    expect(await failing.breakAtEachStatement(execute, written)).toBeGreaterThanOrEqual(7);
    expect((await useCaseOn(db).published(stageId)).lines).toHaveLength(3);
    await failing.onApplicationShutdown();
  });

  it('gives sixteen callers at once one opening and sixteen equal answers', async () => {
    const { eventId } = await seedEvent(server, { entries: 50 });
    const { stageId } = await seedStage(server, { eventId, segments: 4 });
    const answers = await Promise.all(Array.from({ length: 16 }, () => open(stageId)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const [counts] = await server.query(
      `SELECT (SELECT count(*)::int FROM start_lists WHERE stage_id = $1) AS lists,
              (SELECT count(*)::int FROM entry_segment_starts t JOIN segments g ON g.id = t.segment_id WHERE g.stage_id = $1) AS starts,
              (SELECT count(*)::int FROM control.outbox WHERE key = $1::text AND topic = 'stage.opened') AS events,
              (SELECT count(*)::int FROM stage_changes WHERE stage_id = $1) AS log`,
      [stageId],
    );
    expect(counts).toEqual({ lists: 1, starts: 200, events: 1, log: 1 });
  });

  it('leaves connections for others while one stage is asked for many times', async () => {
    const { eventId } = await seedEvent(server, { entries: 200 });
    const { stageId } = await seedStage(server, { eventId, segments: 10 });
    const small = new Database({ url: server.url, poolSize: 2, applicationName: 'trm-api' });
    const useCase = useCaseOn(small);
    let answered = 0;
    const openings = Array.from({ length: 16 }, () =>
      useCase.execute({ stageId, authorId, reason: null }).finally(() => (answered += 1)),
    );
    await small.query('SELECT 1');
    expect(answered).toBe(0);
    expect(new Set((await Promise.all(openings)).map((answer) => JSON.stringify(answer))).size).toBe(1);
    await small.onApplicationShutdown();
  });

  it('gives a repeat with the same Idempotency-Key the first answer, and refuses the key for another body', async () => {
    const { eventId } = await seedEvent(server, { entries: 2 });
    const { stageId } = await seedStage(server, { eventId, segments: 1 });
    const request = (body: unknown) =>
      useCaseOn(db).execute({
        stageId,
        authorId,
        reason: null,
        idempotency: { scope: stageId, key: 'press-once', body },
      });
    const [first, repeat] = await Promise.all([request({ reason: 'go' }), request({ reason: 'go' })]);
    expect(repeat).toEqual(first);
    await expect(request({ reason: 'other' })).rejects.toThrow(IdempotencyKeyReused);
  });
});

describe('a stage that cannot be opened', () => {
  it.each([
    ['draft', 'Prologue is still a draft. Set its state to planned when it is complete, then open it.'],
    ['running', 'Prologue is running already.'],
    ['closed', 'Prologue is closed. Only a reopening with a reason brings it back.'],
    ['official', 'Prologue has official results and cannot be opened again.'],
  ])('is refused in the state %s', async (state, message) => {
    const { eventId } = await seedEvent(server, { entries: 1 });
    const { stageId } = await seedStage(server, { eventId, segments: 1 });
    if (state !== 'draft') await open(stageId);
    await server.query(`UPDATE stages SET state = $2 WHERE id = $1`, [stageId, state]);
    const before = await written();
    await expect(open(stageId)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'STAGE_NOT_PLANNED',
      message,
    });
    expect(await written()).toBe(before);
  });

  it.each([
    ['segments', 1, 0, {}, 'STAGE_HAS_NO_SEGMENTS'],
    ['entries', 0, 1, {}, 'STAGE_HAS_NO_ENTRIES'],
    ['a start time', 1, 1, { starts_at: null }, 'STAGE_START_MISSING'],
    ['an input stage', 1, 1, { start_order_strategy: 'previous_stage_result' }, 'INPUT_STAGE_MISSING'],
    [
      'a qualifying to choose positions after',
      1,
      1,
      { start_order_strategy: 'position_choice' },
      'INPUT_STAGE_MISSING',
    ],
  ])('is refused without %s', async (_what, entries, segments, stage, code) => {
    const { eventId } = await seedEvent(server, { entries });
    const { stageId } = await seedStage(server, { eventId, segments, stage });
    const before = await written();
    await expect(open(stageId)).rejects.toMatchObject({ kind: 'rule', code });
    await expect(useCaseOn(db).preview(stageId)).rejects.toMatchObject({ kind: 'rule', code });
    expect(await written()).toBe(before);
  });

  it('is refused while the input stage has no results', async () => {
    const { eventId } = await seedEvent(server, { entries: 1 });
    const input = await seedStage(server, { eventId, segments: 1 });
    const { stageId } = await seedStage(server, {
      eventId,
      segments: 1,
      stage: {
        name: 'Leg 1',
        sort_order: 2,
        start_order_strategy: 'previous_stage_result',
        start_order_input_stage_id: input.stageId,
      },
    });
    await expect(open(stageId)).rejects.toMatchObject({ code: 'INPUT_RESULT_MISSING' });
  });

  it('is refused when it was open before: its published list stays', async () => {
    const { eventId } = await seedEvent(server, { entries: 1 });
    const { stageId } = await seedStage(server, { eventId, segments: 1 });
    await open(stageId);
    await server.query(`UPDATE stages SET state = 'planned' WHERE id = $1`, [stageId]);
    const before = await written();
    await expect(open(stageId)).rejects.toMatchObject({ kind: 'conflict', code: 'STAGE_OPENED_BEFORE' });
    expect(await written()).toBe(before);
  });

  it('is refused when there is no such stage', async () => {
    await expect(open('00000000-0000-4000-8000-000000000000')).rejects.toThrow(StageNotFound);
  });
});

describe('an entry confirmed in the same instant', () => {
  const RACES = 400;

  /** Confirms an entry in a transaction that stays open for a moment, while the stage is being opened. */
  async function race(round: number): Promise<'listed' | 'rejected' | 'lost'> {
    const { eventId, classId } = await seedEvent(server, { entries: 2 });
    const { stageId } = await seedStage(server, { eventId, segments: 1 });
    const [late] = await seedEntries(server, { eventId, classId, from: 99, count: 1, status: 'registered' });
    const confirm = db
      .transaction(async (tx) => {
        await pause(round % 4);
        await tx.query(`UPDATE entries SET status = 'confirmed' WHERE id = $1`, [late]);
        await pause(round % 5);
      })
      .then(
        () => true,
        (error: { code?: string }) => {
          if (error.code !== 'STAGE_ALREADY_OPEN') throw error;
          return false;
        },
      );
    const [confirmed] = await Promise.all([confirm, pause(round % 3).then(() => open(stageId))]);
    const [start] = await server.query(`SELECT 1 FROM entry_segment_starts WHERE entry_id = $1`, [late]);
    if (!confirmed) return 'rejected';
    return start === undefined ? 'lost' : 'listed';
  }

  async function races(): Promise<Record<'listed' | 'rejected' | 'lost', number>> {
    const counts = { listed: 0, rejected: 0, lost: 0 };
    for (let round = 0; round < RACES; round += 4) {
      for (const outcome of await Promise.all([0, 1, 2, 3].map((i) => race(round + i)))) counts[outcome] += 1;
    }
    return counts;
  }

  it(`is on the list or rejected in each of ${RACES} races, never lost`, async () => {
    const counts = await races();
    expect(counts.lost).toBe(0);
    expect(counts.listed).toBeGreaterThan(0);
    expect(counts.rejected).toBeGreaterThan(0);
  });

  it('would be lost without the lock that its confirmation takes', async () => {
    await server.query(`ALTER TABLE entries DISABLE TRIGGER USER`);
    const counts = await races();
    await server.query(`ALTER TABLE entries ENABLE TRIGGER USER`);
    expect(counts.lost).toBeGreaterThan(0);
  });
});
