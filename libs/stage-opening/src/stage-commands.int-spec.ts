import { Database } from '@trm/platform';
import {
  cloneDatabase,
  FailingDatabase,
  seedClass,
  seedEntries,
  seedEvent,
  seedMember,
  seedResults,
  seedStage,
  type TestDatabase,
} from '@trm/testing';
import { Clock } from './stage-command.js';
import type { PublishedStartList } from './stage-store.js';
import { stageUseCases } from './use-cases.js';

let server: TestDatabase;
let db: Database;
let authorId: string;

/** What time it is: a quarter of an hour before the first start, unless a test says something else. */
class TestClock extends Clock {
  at = new Date('2026-06-06T05:45:00Z');
  override now(): Date {
    return this.at;
  }
}
const clock = new TestClock();
const minute = (n: number) => new Date(Date.parse('2026-06-06T06:00:00Z') + n * 60_000);

const on = (database: Database) => stageUseCases(database, clock);
type UseCases = ReturnType<typeof stageUseCases>;

beforeAll(async () => {
  server = await cloneDatabase();
  db = new Database({ url: server.url, poolSize: 20, applicationName: 'trm-api' });
  const { organizationId } = await seedEvent(server, { entries: 0 });
  ({ userId: authorId } = await seedMember(server, { organizationId, role: 'race-director' }));
});

beforeEach(() => {
  clock.at = minute(-15);
});

afterAll(async () => {
  await db.onApplicationShutdown();
  await server.drop();
});

/** An open stage of `entries` entries a minute apart over two segments, with a control at the end of each. */
async function openStage(entries: number, stage: Readonly<Record<string, unknown>> = {}) {
  const event = await seedEvent(server, { entries });
  const seeded = await seedStage(server, { eventId: event.eventId, segments: 2, stage, controls: true });
  const { stageId } = seeded;
  await on(db).openStage.execute({ stageId, authorId, reason: null });
  return { ...event, ...seeded, order: { stageId, authorId, reason: 'stewards 4' } };
}

const list = (stageId: string): Promise<PublishedStartList> => on(db).openStage.published(stageId);
const lines = async (stageId: string) =>
  (await list(stageId)).lines.map(
    ({ position, raceNumber, startLocal, status }) =>
      `${position} #${raceNumber} ${startLocal}${status ? ` ${status}` : ''}`,
  );
/** Planned starts of one segment: `#1 06:03`, and what is void. */
const starts = async (segmentId: string) =>
  (
    await server.query<{ line: string }>(
      `SELECT '#' || n.race_number || ' ' || to_char(t.target_at AT TIME ZONE 'UTC', 'HH24:MI') ||
              CASE t.state WHEN 'void' THEN ' void' ELSE '' END AS line
         FROM entry_segment_starts t JOIN entries n ON n.id = t.entry_id WHERE t.segment_id = $1
        ORDER BY t.target_at, n.race_number`,
      [segmentId],
    )
  ).map(({ line }) => line);
const controls = async (stageId: string) =>
  server.query<{ name: string; opens: string; closes: string; because: string }>(
    `SELECT g.name, to_char(c.opens_at AT TIME ZONE 'UTC', 'HH24:MI') AS opens,
            to_char(c.closes_at AT TIME ZONE 'UTC', 'HH24:MI') AS closes, c.because
       FROM control_times c JOIN geofences g ON g.id = c.geofence_id WHERE c.stage_id = $1 ORDER BY g.name`,
    [stageId],
  );
const statusOf = async (entryId: string) =>
  (await server.query<{ status: string }>('SELECT status FROM entries WHERE id = $1', [entryId]))[0]?.status;
const stateOf = async (stageId: string) =>
  (await server.query<{ state: string }>('SELECT state FROM stages WHERE id = $1', [stageId]))[0]?.state;

/** Everything that a command may write, as text that can be compared; ids and stamps of new rows left out. */
async function written(): Promise<string> {
  const [row] = await server.query<{ all: string }>(
    `SELECT concat(
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM entry_segment_starts t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM start_lists t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM stages t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM stage_changes t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM control_times t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM entries t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM control.start_pins t),
       (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM control.outbox t)) AS all`,
  );
  return row!.all;
}

/** The commands, each on a fresh stage where it has something to do. */
const COMMANDS: readonly [
  string,
  (stage: Awaited<ReturnType<typeof openStage>>) => Promise<(on: UseCases) => Promise<object>>,
][] = [
  [
    'a redraw',
    async ({ order, entryIds }) => {
      await server.query(`UPDATE entries SET race_number = 90 WHERE id = $1`, [entryIds[0]]);
      return ({ redraw }) => redraw.execute(order);
    },
  ],
  [
    'a late entry',
    async ({ order, eventId, classId }) => {
      const [entryId = ''] = await seedEntries(server, {
        eventId,
        classId,
        from: 50,
        count: 1,
        status: 'registered',
      });
      return ({ addLateEntry }) => addLateEntry.execute({ ...order, entryId, placement: 'tail' });
    },
  ],
  [
    'a withdrawal',
    ({ order, entryIds }) =>
      Promise.resolve(({ removeEntry }) =>
        removeEntry.execute({ ...order, entryId: entryIds[1]!, status: 'withdrawn' }),
      ),
  ],
  [
    'a pin',
    ({ order, entryIds }) =>
      Promise.resolve(({ pinStart }) => pinStart.pin({ ...order, entryId: entryIds[0]!, position: 3 })),
  ],
  [
    'an unpin',
    async ({ order, entryIds }) => {
      await on(db).pinStart.pin({ ...order, entryId: entryIds[0]!, position: 3 });
      return ({ pinStart }) => pinStart.unpin({ ...order, entryId: entryIds[0]! });
    },
  ],
  [
    'an actual start',
    ({ order, entryIds }) =>
      Promise.resolve(({ recordStart }) =>
        recordStart.execute({ ...order, entryId: entryIds[0]!, segmentId: null, startedAt: minute(3) }),
      ),
  ],
  ['a closing', ({ order }) => Promise.resolve(({ close }) => close.execute(order))],
  [
    'a reopening',
    async ({ order }) => {
      await on(db).close.execute(order);
      return ({ reopen }) => reopen.execute(order);
    },
  ],
  [
    'provisional results',
    async ({ order }) => {
      await on(db).close.execute(order);
      return ({ declareResults }) => declareResults.execute({ ...order, as: 'provisional' });
    },
  ],
];

describe.each(COMMANDS)('%s', (_name, prepare) => {
  it('changes nothing the second time', async () => {
    const command = await prepare(await openStage(4));
    expect(await command(on(db))).toMatchObject({ changed: true });
    const before = await written();
    expect(await command(on(db))).toMatchObject({ changed: false });
    expect(await written()).toBe(before);
  });

  it('leaves nothing behind when it breaks at any statement, and succeeds afterwards', async () => {
    const command = await prepare(await openStage(3));
    const failing = new FailingDatabase(server.url);
    const before = await written();
    expect(await failing.breakAtEachStatement(() => command(on(failing)), written)).toBeGreaterThanOrEqual(4);
    expect(await written()).not.toBe(before);
    await failing.onApplicationShutdown();
  });

  it('is refused when another version was seen', async () => {
    const stage = await openStage(3);
    const command = await prepare({
      ...stage,
      order: { ...stage.order, expectedVersion: 9 } as typeof stage.order,
    }).catch((error: { code: string }) => () => Promise.reject(error));
    await expect(command(on(db))).rejects.toMatchObject({ kind: 'conflict', code: 'START_LIST_MOVED_ON' });
  });
});

describe('a redraw', () => {
  it('draws from the entries of now, holds pins and delays, and tells the difference', async () => {
    const { stageId, order, entryIds, segmentIds } = await openStage(4);
    const commands = on(db);
    await commands.pinStart.pin({ ...order, entryId: entryIds[3]!, position: 1 });
    await commands.delay.execute({ ...order, seconds: 600, fromSegmentId: segmentIds[1]! });
    await server.query(`UPDATE entries SET race_number = 90 WHERE id = $1`, [entryIds[0]]);

    const answer = await commands.redraw.execute(order);

    expect(await lines(stageId)).toEqual(['1 #4 08:00', '2 #2 08:01', '3 #3 08:02', '4 #90 08:03']);
    expect(answer.diff.map(({ raceNumber, change }) => `#${raceNumber} ${change}`)).toEqual([
      '#2 moved',
      '#3 moved',
      '#90 moved',
    ]);
    // 3 min lead, 10 min target, 3 min lead, 10 min delay from the second segment on.
    expect(await starts(segmentIds[1]!)).toEqual(['#4 06:26', '#2 06:27', '#3 06:28', '#90 06:29']);
  });

  it('is refused once somebody has started', async () => {
    const { order, entryIds } = await openStage(2);
    await on(db).recordStart.execute({
      ...order,
      entryId: entryIds[0]!,
      segmentId: null,
      startedAt: minute(3),
    });
    await expect(on(db).redraw.execute(order)).rejects.toMatchObject({ code: 'STAGE_NOT_IN_STATE' });
    await server.query(`UPDATE stages SET state = 'open' WHERE id = $1`, [order.stageId]);
    await expect(on(db).redraw.execute(order)).rejects.toMatchObject({ code: 'STAGE_HAS_STARTED' });
  });
});

describe('a late entry', () => {
  it('starts at the tail, is confirmed and moves nobody', async () => {
    const { stageId, order, eventId, classId, segmentIds } = await openStage(3);
    const before = await starts(segmentIds[0]!);
    const [entryId = ''] = await seedEntries(server, {
      eventId,
      classId,
      from: 50,
      count: 1,
      status: 'registered',
    });
    const answer = await on(db).addLateEntry.execute({ ...order, entryId, placement: 'tail' });
    expect(answer).toMatchObject({ version: 2, changed: true });
    expect(answer.summary).toBe(
      'Version 2 of the start list of Prologue is published: #50 starts from position 4, 08:03.',
    );
    expect(await statusOf(entryId)).toBe('confirmed');
    expect(await starts(segmentIds[0]!)).toEqual([...before, '#50 06:06']);
    expect((await list(stageId)).lines.at(-1)?.because).toBe(
      'late entry: at the tail, 1 min behind the last start',
    );
  });

  it('takes the slot of an entry that does not start, when asked to', async () => {
    const { stageId, order, entryIds, eventId, classId } = await openStage(3);
    await on(db).removeEntry.execute({ ...order, entryId: entryIds[1]!, status: 'dns' });
    const [entryId = ''] = await seedEntries(server, {
      eventId,
      classId,
      from: 50,
      count: 1,
      status: 'registered',
    });
    await on(db).addLateEntry.execute({ ...order, entryId, placement: 'vacancy' });
    expect(await lines(stageId)).toEqual(['1 #1 08:00', '2 #50 08:01', '3 #3 08:02']);
  });

  it('has its own slot again when it comes back in time', async () => {
    const { stageId, order, entryIds, segmentIds } = await openStage(3);
    await on(db).removeEntry.execute({ ...order, entryId: entryIds[1]!, status: 'dns' });
    expect(await starts(segmentIds[0]!)).toEqual(['#1 06:03', '#2 06:04 void', '#3 06:05']);
    await on(db).addLateEntry.execute({ ...order, entryId: entryIds[1]!, placement: 'tail' });
    expect(await lines(stageId)).toEqual(['1 #1 08:00', '2 #2 08:01', '3 #3 08:02']);
    expect(await starts(segmentIds[0]!)).toEqual(['#1 06:03', '#2 06:04', '#3 06:05']);
    expect(await statusOf(entryIds[1]!)).toBe('confirmed');
  });

  it('is told of the other open stage that it has to be added to as well', async () => {
    const { order, eventId, classId } = await openStage(2);
    const other = await seedStage(server, { eventId, segments: 1, stage: { name: 'Leg 1', sort_order: 2 } });
    await on(db).openStage.execute({ stageId: other.stageId, authorId, reason: null });
    const [entryId = ''] = await seedEntries(server, {
      eventId,
      classId,
      from: 50,
      count: 1,
      status: 'registered',
    });
    const first = await on(db).addLateEntry.execute({ ...order, entryId, placement: 'tail' });
    expect(first.notices).toMatchObject([{ code: 'OTHER_STAGE_OPEN' }]);
    expect(await statusOf(entryId)).toBe('registered');
    await on(db).addLateEntry.execute({ ...order, stageId: other.stageId, entryId, placement: 'tail' });
    expect(await statusOf(entryId)).toBe('confirmed');
  });

  it('keeps the least gap in front of its pool', async () => {
    const { eventId, entryIds, classId } = await seedEvent(server, { entries: 2 });
    await server.query(
      `UPDATE entries SET priority_group = CASE id WHEN $1 THEN 'P1' ELSE 'P2' END WHERE event_id = $2`,
      [entryIds[0], eventId],
    );
    const pools = [{ id: 'P1' }, { id: 'P2', gap_before_s: 600 }, { id: 'P3', gap_before_s: 900 }];
    const { stageId } = await seedStage(server, {
      eventId,
      segments: 1,
      stage: { start_order_strategy_params: JSON.stringify({ pools }) },
    });
    const order = { stageId, authorId, reason: 'r' };
    await on(db).openStage.execute(order);
    const [entryId = ''] = await seedEntries(server, {
      eventId,
      classId,
      from: 50,
      count: 1,
      status: 'registered',
    });
    await server.query(`UPDATE entries SET priority_group = 'P3' WHERE id = $1`, [entryId]);
    await on(db).addLateEntry.execute({ ...order, entryId, placement: 'tail' });
    expect(await lines(stageId)).toEqual(['1 #1 08:00', '2 #2 08:10', '3 #50 08:25']);
    const [other = ''] = await seedEntries(server, {
      eventId,
      classId,
      from: 51,
      count: 1,
      status: 'registered',
    });
    await on(db).addLateEntry.execute({ ...order, entryId: other, placement: 'tail' });
    expect((await list(stageId)).lines.map(({ pool }) => pool)).toEqual(['P1', 'P2', 'P3', null]);
  });

  it('is refused when it is of another event', async () => {
    const { order } = await openStage(1);
    const { entryIds } = await seedEvent(server, { entries: 1 });
    await expect(
      on(db).addLateEntry.execute({ ...order, entryId: entryIds[0]!, placement: 'tail' }),
    ).rejects.toMatchObject({ kind: 'not-found', code: 'ENTRY_NOT_FOUND' });
  });
});

describe('an entry that leaves', () => {
  it('leaves its slot empty, its starts void and every other start where it was', async () => {
    const { stageId, order, entryIds, segmentIds } = await openStage(3);
    await on(db).removeEntry.execute({ ...order, entryId: entryIds[0]!, status: 'withdrawn' });
    expect(await lines(stageId)).toEqual(['1 #1 08:00 withdrawn', '2 #2 08:01', '3 #3 08:02']);
    expect(await starts(segmentIds[1]!)).toEqual(['#1 06:16 void', '#2 06:17', '#3 06:18']);
    expect(await statusOf(entryIds[0]!)).toBe('withdrawn');
  });

  it('closes the list up where the stage says so', async () => {
    const { stageId, order, entryIds, segmentIds } = await openStage(3, { absent_slot_policy: 'close_up' });
    await on(db).removeEntry.execute({ ...order, entryId: entryIds[0]!, status: 'dns' });
    expect(await lines(stageId)).toEqual(['1 #2 08:00', '2 #3 08:01']);
    expect(await starts(segmentIds[0]!)).toEqual(['#1 06:03 void', '#2 06:03', '#3 06:04']);
  });

  it('is refused once it has started', async () => {
    const { order, entryIds } = await openStage(2);
    await on(db).recordStart.execute({
      ...order,
      entryId: entryIds[0]!,
      segmentId: null,
      startedAt: minute(3),
    });
    await expect(
      on(db).removeEntry.execute({ ...order, entryId: entryIds[0]!, status: 'dns' }),
    ).rejects.toMatchObject({ code: 'ENTRY_HAS_STARTED' });
  });
});

describe('a pin', () => {
  it('before the opening holds in the opening', async () => {
    const { eventId, entryIds } = await seedEvent(server, { entries: 3 });
    const { stageId } = await seedStage(server, { eventId, segments: 1 });
    const order = { stageId, authorId, reason: 'rejoins' };
    await on(db).pinStart.pin({ ...order, entryId: entryIds[2]!, position: 1 });
    await on(db).openStage.execute(order);
    expect(await lines(stageId)).toEqual(['1 #3 08:00', '2 #1 08:01', '3 #2 08:02']);
    expect((await list(stageId)).lines[0]).toMatchObject({ pinned: 'rejoins' });
  });

  it('before the opening is logged, and waits while its entry does not start', async () => {
    const { eventId, entryIds } = await seedEvent(server, { entries: 3 });
    const { stageId } = await seedStage(server, { eventId, segments: 1 });
    const order = { stageId, authorId, reason: 'rejoins' };
    await on(db).pinStart.pin({ ...order, entryId: entryIds[2]!, position: 1 });
    await server.query(`UPDATE entries SET status = 'withdrawn' WHERE id = $1`, [entryIds[2]]);
    await on(db).openStage.execute(order);
    expect(await lines(stageId)).toEqual(['1 #1 08:00', '2 #2 08:01']);
    const log = await server.query(
      `SELECT action, entry_id, reason, author_id FROM stage_changes WHERE stage_id = $1 ORDER BY at LIMIT 1`,
      [stageId],
    );
    expect(log).toEqual([
      { action: 'pinned', entry_id: entryIds[2], reason: 'rejoins', author_id: authorId },
    ]);
  });

  it('does not stand in the way of a redraw when its entry has left by another way', async () => {
    const { stageId, order, entryIds } = await openStage(3);
    await on(db).pinStart.pin({ ...order, entryId: entryIds[2]!, position: 1 });
    await server.query(`UPDATE entries SET status = 'withdrawn' WHERE id = $1`, [entryIds[2]]);
    await on(db).redraw.execute(order);
    expect(await lines(stageId)).toEqual(['1 #1 08:00', '2 #2 08:01']);
  });

  it('is refused in a position that another one holds, and for a start that is over', async () => {
    const { order, entryIds } = await openStage(4);
    await on(db).pinStart.pin({ ...order, entryId: entryIds[0]!, position: 3 });
    await expect(on(db).pinStart.pin({ ...order, entryId: entryIds[1]!, position: 3 })).rejects.toMatchObject(
      { code: 'POSITION_PINNED' },
    );
    clock.at = minute(2);
    await expect(on(db).pinStart.pin({ ...order, entryId: entryIds[3]!, position: 1 })).rejects.toMatchObject(
      { code: 'START_IS_OVER' },
    );
  });
});

describe('a delay', () => {
  it('moves every start, opening and closing, and adds up', async () => {
    const { stageId, order, segmentIds } = await openStage(2);
    expect(await controls(stageId)).toMatchObject([
      // Due 10 min behind the start of the segment: 06:13 and 06:14.
      { name: 'TC1', opens: '05:58', closes: '06:44' },
      { name: 'TC2', opens: '06:11', closes: '06:57' },
    ]);
    const first = await on(db).delay.execute({ ...order, seconds: 600, fromSegmentId: null });
    expect(first).toMatchObject({ version: 2, changed: true });
    await on(db).delay.execute({ ...order, seconds: 600, fromSegmentId: null });
    expect(await lines(stageId)).toEqual(['1 #1 08:20', '2 #2 08:21']);
    expect(await starts(segmentIds[1]!)).toEqual(['#1 06:36', '#2 06:37']);
    expect(await controls(stageId)).toMatchObject([
      { name: 'TC1', opens: '06:18', closes: '07:04' },
      { name: 'TC2', opens: '06:31', closes: '07:17' },
    ]);
    expect((await controls(stageId))[0]?.because).toMatch(/20 min/);
  });

  it('from a segment on leaves alone who is past it', async () => {
    const { stageId, order, entryIds, segmentIds } = await openStage(2);
    await on(db).recordStart.execute({
      ...order,
      entryId: entryIds[0]!,
      segmentId: segmentIds[1]!,
      startedAt: minute(16),
    });
    await on(db).delay.execute({ ...order, seconds: 1_200, fromSegmentId: segmentIds[1]! });
    expect(await starts(segmentIds[0]!)).toEqual(['#1 06:03', '#2 06:04']);
    expect(await starts(segmentIds[1]!)).toEqual(['#1 06:16', '#2 06:37']);
    expect(await controls(stageId)).toMatchObject([{ closes: '06:44' }, { closes: '07:17' }]);
  });

  it('leaves nothing behind when it breaks at any statement, and counts once afterwards', async () => {
    const { stageId, order } = await openStage(3);
    const failing = new FailingDatabase(server.url);
    const delay = (database: Database) =>
      on(database).delay.execute({
        ...order,
        seconds: 600,
        fromSegmentId: null,
        idempotency: { scope: stageId, key: 'sent-again', body: {} },
      });
    expect(await failing.breakAtEachStatement(() => delay(failing), written)).toBeGreaterThanOrEqual(8);
    await delay(db);
    expect(await lines(stageId)).toEqual(['1 #1 08:10', '2 #2 08:11', '3 #3 08:12']);
    await failing.onApplicationShutdown();
  });

  it('counts once for one key', async () => {
    const { stageId, order } = await openStage(1);
    const command = {
      ...order,
      seconds: 600,
      fromSegmentId: null,
      idempotency: { scope: stageId, key: 'pressed-once', body: { seconds: 600 } },
    };
    const answers = await Promise.all([1, 2, 3].map(() => on(db).delay.execute(command)));
    expect(answers).toEqual([answers[0], answers[0], answers[0]]);
    expect(await lines(stageId)).toEqual(['1 #1 08:10']);
  });
});

describe('an actual start', () => {
  it('stays beside the planned one, makes the stage running and the entry started', async () => {
    const { stageId, order, entryIds, segmentIds } = await openStage(2);
    const answer = await on(db).recordStart.execute({
      ...order,
      entryId: entryIds[0]!,
      segmentId: null,
      startedAt: minute(4),
    });
    expect(answer.summary).toBe('#1 started Segment 1 at 08:04, planned 08:03.');
    expect(await starts(segmentIds[0]!)).toEqual(['#1 06:03', '#2 06:04']);
    expect([await stateOf(stageId), await statusOf(entryIds[0]!)]).toEqual(['running', 'started']);
  });

  it('of an entry that was taken off the list puts it back, and of a withdrawn one is refused', async () => {
    const { stageId, order, entryIds } = await openStage(2);
    await on(db).removeEntry.execute({ ...order, entryId: entryIds[0]!, status: 'dns' });
    await on(db).removeEntry.execute({ ...order, entryId: entryIds[1]!, status: 'withdrawn' });
    clock.at = minute(5);
    await on(db).recordStart.execute({
      ...order,
      entryId: entryIds[0]!,
      segmentId: null,
      startedAt: minute(4),
    });
    await on(db).checkStartList.execute(stageId);
    expect(await statusOf(entryIds[0]!)).toBe('started');
    expect(await lines(stageId)).toEqual(['1 #1 08:00', '2 #2 08:01 withdrawn']);
    await expect(
      on(db).recordStart.execute({ ...order, entryId: entryIds[1]!, segmentId: null, startedAt: minute(4) }),
    ).rejects.toMatchObject({ code: 'ENTRY_CANNOT_START' });
  });

  it('is corrected only with a reason, and not by a day', async () => {
    const { order, entryIds } = await openStage(1);
    const start = { ...order, entryId: entryIds[0]!, segmentId: null };
    await on(db).recordStart.execute({ ...start, startedAt: minute(3) });
    await expect(
      on(db).recordStart.execute({ ...start, reason: null, startedAt: minute(4) }),
    ).rejects.toMatchObject({ code: 'REASON_MISSING' });
    await expect(on(db).recordStart.execute({ ...start, startedAt: minute(2_000) })).rejects.toMatchObject({
      code: 'START_NOT_PLAUSIBLE',
    });
    expect(await on(db).recordStart.execute({ ...start, startedAt: minute(4) })).toMatchObject({
      changed: true,
    });
  });
});

describe('a closing', () => {
  it('makes who never started "did not start", and a reopening takes it back', async () => {
    const { stageId, order, entryIds } = await openStage(3);
    await on(db).recordStart.execute({
      ...order,
      entryId: entryIds[0]!,
      segmentId: null,
      startedAt: minute(3),
    });
    clock.at = minute(600);
    const answer = await on(db).close.execute({ ...order, reason: null });
    expect(answer.summary).toBe('Prologue is closed. Did not start: #2, #3.');
    expect(await Promise.all(entryIds.map(statusOf))).toEqual(['started', 'dns', 'dns']);
    await on(db).reopen.execute(order);
    expect(await Promise.all(entryIds.map(statusOf))).toEqual(['started', 'confirmed', 'confirmed']);
    expect(await stateOf(stageId)).toBe('running');
  });

  it('before the last control has closed needs a reason', async () => {
    const { order } = await openStage(1);
    await expect(on(db).close.execute({ ...order, reason: null })).rejects.toMatchObject({
      code: 'CONTROLS_STILL_OPEN',
      message:
        'The last control of Prologue closes at 08:56. Wait for it, or give the reason for closing the stage before.',
    });
  });

  it('leads to provisional and official results, and back with a reason', async () => {
    const { stageId, order } = await openStage(1);
    const { close, declareResults, reopen } = on(db);
    await expect(declareResults.execute({ ...order, as: 'provisional' })).rejects.toMatchObject({
      code: 'STAGE_NOT_IN_STATE',
    });
    await close.execute(order);
    await expect(declareResults.execute({ ...order, as: 'official' })).rejects.toMatchObject({
      code: 'STAGE_NOT_IN_STATE',
    });
    await server.query(
      `INSERT INTO control.recompute_targets (entry_id, stage_id) SELECT id, $1 FROM entries LIMIT 1`,
      [stageId],
    );
    await expect(declareResults.execute({ ...order, as: 'provisional' })).rejects.toMatchObject({
      code: 'RESULTS_NOT_COMPLETE',
    });
    await server.query(`DELETE FROM control.recompute_targets WHERE stage_id = $1`, [stageId]);
    await declareResults.execute({ ...order, as: 'provisional' });
    await declareResults.execute({ ...order, as: 'official' });
    await expect(reopen.execute({ ...order, reason: null })).rejects.toMatchObject({
      code: 'REASON_MISSING',
    });
    expect(await reopen.execute(order)).toMatchObject({ stageState: 'provisional' });
  });
});

describe('a published list, when something changes around it', () => {
  it('follows an entry that leaves by another way, and one that comes back', async () => {
    const { stageId, entryIds, segmentIds } = await openStage(3);
    await server.query(`UPDATE entries SET status = 'withdrawn', status_reason = 'engine' WHERE id = $1`, [
      entryIds[1],
    ]);
    expect(await on(db).checkStartList.execute(stageId)).toEqual({ changes: 1, stale: false });
    expect(await lines(stageId)).toEqual(['1 #1 08:00', '2 #2 08:01 withdrawn', '3 #3 08:02']);
    expect(await on(db).checkStartList.execute(stageId)).toEqual({ changes: 0, stale: false });
    await server.query(
      `UPDATE entries SET status = 'registered', status_reason = 'a mistake' WHERE id = $1`,
      [entryIds[1]],
    );
    await server.query(`UPDATE entries SET status = 'confirmed' WHERE id = $1`, [entryIds[1]]);
    await on(db).checkStartList.execute(stageId);
    expect(await lines(stageId)).toEqual(['1 #1 08:00', '2 #2 08:01', '3 #3 08:02']);
    expect(await starts(segmentIds[0]!)).toEqual(['#1 06:03', '#2 06:04', '#3 06:05']);
  });

  it('makes the starts ahead void of an entry that retires on the way, and keeps its line', async () => {
    const { stageId, order, entryIds, segmentIds } = await openStage(2);
    await on(db).recordStart.execute({
      ...order,
      entryId: entryIds[0]!,
      segmentId: null,
      startedAt: minute(3),
    });
    clock.at = minute(5);
    await server.query(
      `UPDATE entries SET status = 'dnf', status_reason = 'mechanical: gearbox' WHERE id = $1`,
      [entryIds[0]],
    );
    await on(db).checkStartList.execute(stageId);
    expect(await lines(stageId)).toEqual(['1 #1 08:00', '2 #2 08:01']);
    expect(await starts(segmentIds[0]!)).toEqual(['#1 06:03', '#2 06:04']);
    expect(await starts(segmentIds[1]!)).toEqual(['#1 06:16 void', '#2 06:17']);
  });

  it('is marked stale with the difference when its input changes, never redrawn, and unmarked when it is right again', async () => {
    const { eventId, entryIds } = await seedEvent(server, { entries: 3 });
    const input = await seedStage(server, { eventId, segments: 1 });
    await seedResults(server, input.stageId, entryIds);
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
    await on(db).openStage.execute({ stageId, authorId, reason: null });
    const published = await lines(stageId);
    await server.query(`UPDATE stage_results SET place = 4 - place WHERE stage_id = $1`, [input.stageId]);
    await on(db).checkStartList.checkAll(1_000);
    const stale = await list(stageId);
    expect(stale.stale).toBe(true);
    expect(
      stale.staleDiff?.map(({ raceNumber, from, to }) => [raceNumber, from?.position, to?.position]),
    ).toEqual([
      [3, 3, 1],
      [1, 1, 3],
    ]);
    expect(await lines(stageId)).toEqual(published);
    await server.query(`UPDATE stage_results SET place = 4 - place WHERE stage_id = $1`, [input.stageId]);
    await on(db).checkStartList.checkAll(1_000);
    expect(await list(stageId)).toMatchObject({ stale: false, staleDiff: null });
    const log = await server.query<{ action: string }>(
      `SELECT action FROM stage_changes WHERE stage_id = $1 ORDER BY at`,
      [stageId],
    );
    expect(log.map(({ action }) => action)).toEqual(['opened', 'marked_stale', 'unmarked_stale']);
  });
});

describe('control times', () => {
  const rule = (segmentId: string, closing: object) =>
    server.query(`UPDATE segments SET closing_rule = $2 WHERE id = $1`, [segmentId, JSON.stringify(closing)]);

  it('follow the first finisher, and a rule that is corrected while the stage is open', async () => {
    const { stageId, entryIds, segmentIds } = await openStage(2);
    await rule(segmentIds[1]!, {
      mode: 'first_finisher_plus',
      first_limit_min: 150,
      rest_after_first_min: 45,
    });
    await on(db).checkStartList.checkAll(1_000);
    // Last start 06:01 + 2 h 30 min.
    expect((await controls(stageId))[1]).toMatchObject({ closes: '08:31' });
    await server.query(
      `INSERT INTO entry_crossings (entry_id, geofence_id, segment_id, ts, direction, source)
       SELECT $1, exit_geofence_id, id, $3, 'enter', 'gps' FROM segments WHERE id = $2`,
      [entryIds[1], segmentIds[1], minute(30)],
    );
    await on(db).checkStartList.checkAll(1_000);
    expect((await controls(stageId))[1]).toMatchObject({ closes: '07:15' });
    expect((await controls(stageId))[1]?.because).toMatch(/first finisher/);
  });

  it('differ by class from the first rule on that says so', async () => {
    const event = await seedEvent(server, { entries: 2 });
    const seeded = await seedStage(server, { eventId: event.eventId, segments: 2, controls: true });
    await rule(seeded.segmentIds[0]!, {
      mode: 'elapsed_from_wave',
      limit_h: 5,
      classes: { 'M-2': { limit_h: 6 } },
    });
    const classId = await seedClass(server, { eventId: event.eventId, code: 'M-2' });
    await server.query(`UPDATE entries SET class_id = $2 WHERE id = $1`, [event.entryIds[1], classId]);
    await on(db).openStage.execute({ stageId: seeded.stageId, authorId, reason: null });
    const rows = await server.query<{ line: string }>(
      `SELECT g.name || ' ' || coalesce(k.code, 'all') || ' ' || to_char(c.closes_at AT TIME ZONE 'UTC', 'HH24:MI') AS line
         FROM control_times c JOIN geofences g ON g.id = c.geofence_id LEFT JOIN classes k ON k.id = c.class_id
        WHERE c.stage_id = $1 ORDER BY 1`,
      [seeded.stageId],
    );
    expect(rows.map(({ line }) => line)).toEqual([
      'TC1 M-1 11:00',
      'TC1 M-2 12:01',
      'TC2 M-1 11:00',
      'TC2 M-2 12:01',
    ]);
  });
});

describe('sixteen commands at once', () => {
  it('of any mix give one consistent sequence of versions', async () => {
    const { stageId, order, entryIds, eventId, classId, segmentIds } = await openStage(12);
    const late = await seedEntries(server, { eventId, classId, from: 50, count: 4, status: 'registered' });
    // Two processes: in turn within one, kept apart by the lock between them.
    const [a, b] = [on(db), on(db)];
    const outcomes = await Promise.allSettled([
      ...late.map((entryId, n) =>
        (n % 2 ? a : b).addLateEntry.execute({ ...order, entryId, placement: 'tail' }),
      ),
      ...[0, 1, 2].map((n) =>
        (n % 2 ? a : b).removeEntry.execute({ ...order, entryId: entryIds[n]!, status: 'dns' }),
      ),
      ...[5, 6, 7].map((n) =>
        (n % 2 ? a : b).pinStart.pin({ ...order, entryId: entryIds[n]!, position: n + 2 }),
      ),
      a.delay.execute({ ...order, seconds: 300, fromSegmentId: null }),
      b.delay.execute({ ...order, seconds: 300, fromSegmentId: segmentIds[1]! }),
      a.redraw.execute(order),
      b.redraw.execute(order),
      a.openStage.execute(order),
      b.openStage.execute(order),
    ]);
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected'
        ? [(outcome.reason as { code?: string; message: string }).code ?? outcome.reason]
        : [],
    );
    // A pin may meet another one, or an entry may leave in between; nothing else may go wrong.
    expect(
      failures.filter((code) => !['POSITION_PINNED', 'ENTRY_NOT_LISTED'].includes(code as string)),
    ).toEqual([]);
    const versions = await server.query<{ version: number; status: string }>(
      `SELECT version, status FROM start_lists WHERE stage_id = $1 ORDER BY version`,
      [stageId],
    );
    expect(versions.map(({ version }) => version)).toEqual(versions.map((_, index) => index + 1));
    expect(versions.map(({ status }) => status)).toEqual([
      ...versions.slice(1).map(() => 'superseded'),
      'published',
    ]);
    // The rows say what the list in force says.
    const { lines: inForce } = await list(stageId);
    const rows = await server.query<{ entry_id: string; start_position: number; target_at: Date }>(
      `SELECT entry_id, start_position, target_at FROM entry_segment_starts WHERE segment_id = $1 AND state = 'planned' ORDER BY start_position`,
      [segmentIds[0]],
    );
    expect(rows.map((row) => [row.entry_id, row.start_position, row.target_at.toISOString()])).toEqual(
      inForce
        .filter(({ status }) => status === undefined)
        .map(({ entryId, position, startAt }) => [
          entryId,
          position,
          new Date(Date.parse(startAt) + 180_000).toISOString(),
        ]),
    );
    expect(inForce.map(({ entryId }) => entryId)).toEqual(expect.arrayContaining(late));
  });
});
