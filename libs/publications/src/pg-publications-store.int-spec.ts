import { Database } from '@trm/platform';
import {
  cloneDatabase,
  seedEvent,
  seedStage,
  type SeededEvent,
  type SeededStage,
  type TestDatabase,
} from '@trm/testing';
import { PgPublicationsStore } from './pg-publications-store.js';

let server: TestDatabase;
let db: Database;
let store: PgPublicationsStore;

beforeAll(async () => {
  server = await cloneDatabase();
  db = new Database({ url: server.url, poolSize: 4, applicationName: 'trm-api' });
  store = new PgPublicationsStore(db);
});

afterAll(async () => {
  await db.onApplicationShutdown();
  await server.drop();
});

interface Line {
  readonly entryId: string;
  readonly startAt: string;
  readonly status?: string;
}

/** Publishes a list as an opening does, with whatever members its lines have. */
async function publish(stage: SeededStage, lines: readonly Line[]): Promise<string> {
  const [list] = await server.query<{ id: string }>(
    `INSERT INTO start_lists (stage_id, version, status, strategy, input_snapshot, lines, checksum, published_at)
     VALUES ($1, 1, 'published', 'race_number', $2, $3, 'c', '2026-06-05T18:00Z') RETURNING id`,
    [
      stage.stageId,
      JSON.stringify({ segments: stage.segmentIds.map((segmentId) => ({ segmentId, because: 'due then' })) }),
      JSON.stringify(
        lines.map((line, index) => ({
          position: index + 1,
          group: index + 1,
          because: `place ${index + 1}`,
          ...line,
        })),
      ),
    ],
  );
  await server.query(
    `INSERT INTO entry_segment_starts (entry_id, segment_id, start_list_id, start_position, target_at)
     SELECT (line ->> 'entryId')::uuid, segment, $1, 1, (line ->> 'startAt')::timestamptz
       FROM jsonb_array_elements($2::jsonb) AS line, unnest($3::uuid[]) AS segment`,
    [list!.id, JSON.stringify(lines), stage.segmentIds],
  );
  await server.query(`UPDATE stages SET state = 'open', current_start_list_id = $2 WHERE id = $1`, [
    stage.stageId,
    list!.id,
  ]);
  return list!.id;
}

async function control(event: SeededEvent, name: string): Promise<string> {
  const [row] = await server.query<{ id: string }>(
    `INSERT INTO geofences (event_id, name, kind, direction, area)
     VALUES ($1, $2, 'tc', 'enter', ST_GeomFromText('POLYGON((19.7 41.5, 19.8 41.5, 19.8 41.6, 19.7 41.5))', 4326))
     RETURNING id`,
    [event.eventId, name],
  );
  return row!.id;
}

describe('a published stage', () => {
  it('is told apart from one without a list and from one that does not exist', async () => {
    const event = await seedEvent(server, { entries: 1 });
    const stage = await seedStage(server, { eventId: event.eventId, segments: 1 });
    expect(await store.readStage(stage.stageId)).toEqual({ stageName: 'Prologue' });
    await publish(stage, [{ entryId: event.entryIds[0]!, startAt: '2026-06-06T06:00:00.000Z' }]);
    expect(await store.readStage(stage.stageId)).toMatchObject({
      stageName: 'Prologue',
      published: {
        version: 1,
        timezone: 'Europe/Tirane',
        publishedBy: null,
        lines: [{ position: 1 }],
        controls: [],
      },
    });
    expect(await store.readStage(event.eventId)).toBeUndefined();
  });
});

describe('the calendar of an event', () => {
  it('counts those who start and ends with the last of them', async () => {
    const event = await seedEvent(server, { entries: 3 });
    const [a, b, c] = event.entryIds as [string, string, string];
    const stage = await seedStage(server, { eventId: event.eventId, segments: 1 });
    await seedStage(server, { eventId: event.eventId, segments: 1, stage: { name: 'Leg 1', sort_order: 2 } });
    await publish(stage, [
      { entryId: a, startAt: '2026-06-06T06:00:00.000Z', status: 'withdrawn' },
      { entryId: b, startAt: '2026-06-06T06:01:00.000Z' },
      { entryId: c, startAt: '2026-06-06T06:02:00.000Z' },
    ]);
    expect((await store.readEventCalendar(event.eventId))?.stages).toEqual([
      expect.objectContaining({
        stageName: 'Prologue',
        starters: 2,
        firstStartAt: new Date('2026-06-06T06:01:00Z'),
        lastStartAt: new Date('2026-06-06T06:02:00Z'),
        controls: [],
      }),
    ]);
    expect(await store.readEventCalendar(stage.stageId)).toBeUndefined();
  });
});

describe('the calendar of an entry', () => {
  const startAt = '2026-06-06T06:00:00.000Z';

  it('takes each control once: for its own class, or else for all', async () => {
    const event = await seedEvent(server, { entries: 1 });
    const stage = await seedStage(server, { eventId: event.eventId, segments: 1 });
    const listId = await publish(stage, [{ entryId: event.entryIds[0]!, startAt }]);
    const [other] = await server.query<{ id: string }>(
      `INSERT INTO classes (event_id, code, name, sort_order) VALUES ($1, 'C-2', 'Car', 2) RETURNING id`,
      [event.eventId],
    );
    const [tc1, tc2, tc3] = [
      await control(event, 'TC1'),
      await control(event, 'TC2'),
      await control(event, 'TC3'),
    ];
    const rows: [string, string | null, string][] = [
      [tc1, null, '08:30'],
      [tc1, event.classId, '08:00'],
      [tc2, null, '09:00'],
      [tc2, other!.id, '08:45'],
      [tc3, other!.id, '10:00'],
    ];
    for (const [geofenceId, classId, time] of rows) {
      await server.query(
        `INSERT INTO control_times (stage_id, segment_id, geofence_id, class_id, closes_at, mode, start_list_id)
         VALUES ($1, $2, $3, $4, $5, 'fixed_clock', $6)`,
        [stage.stageId, stage.segmentIds[0], geofenceId, classId, `2026-06-06T${time}Z`, listId],
      );
    }
    const calendar = await store.readEntryCalendar(event.entryIds[0]!);
    expect(calendar?.controls.map(({ control, closesAt }) => [control, closesAt?.toISOString()])).toEqual([
      ['TC1', '2026-06-06T08:00:00.000Z'],
      ['TC2', '2026-06-06T09:00:00.000Z'],
    ]);
  });

  it('says why each start is when it is', async () => {
    const event = await seedEvent(server, { entries: 1 });
    const stage = await seedStage(server, { eventId: event.eventId, segments: 1 });
    await publish(stage, [{ entryId: event.entryIds[0]!, startAt }]);
    expect(await store.readEntryCalendar(event.entryIds[0]!)).toMatchObject({
      raceNumber: 1,
      starts: [{ because: 'place 1', segmentBecause: 'due then', isVoid: false, version: 1 }],
    });
    expect(await store.readEntryCalendar(event.eventId)).toBeUndefined();
  });

  it.each([
    ['whose line is vacant', 'dns', null],
    ['that is withdrawn', undefined, `UPDATE entries SET status = 'withdrawn' WHERE id = $1`],
  ])('voids the start of an entry %s, but not one that was made', async (_case, status, sql) => {
    const event = await seedEvent(server, { entries: 1 });
    const stage = await seedStage(server, { eventId: event.eventId, segments: 2 });
    const entryId = event.entryIds[0]!;
    await publish(stage, [{ entryId, startAt, ...(status !== undefined && { status }) }]);
    await server.query(
      `UPDATE entry_segment_starts SET actual_at = target_at WHERE entry_id = $1 AND segment_id = $2`,
      [entryId, stage.segmentIds[0]],
    );
    if (sql !== null) await server.query(sql, [entryId]);
    const starts = (await store.readEntryCalendar(entryId))?.starts ?? [];
    expect(Object.fromEntries(starts.map(({ segmentId, isVoid }) => [segmentId, isVoid]))).toEqual({
      [stage.segmentIds[0]!]: false,
      [stage.segmentIds[1]!]: true,
    });
  });

  it('voids a start whose row says so', async () => {
    const event = await seedEvent(server, { entries: 1 });
    const stage = await seedStage(server, { eventId: event.eventId, segments: 1 });
    await publish(stage, [{ entryId: event.entryIds[0]!, startAt }]);
    expect((await store.readEntryCalendar(event.entryIds[0]!))?.starts[0]?.isVoid).toBe(false);
    await server.query(
      `UPDATE entry_segment_starts SET state = 'void', void_reason = 'dns' WHERE entry_id = $1`,
      [event.entryIds[0]],
    );
    expect((await store.readEntryCalendar(event.entryIds[0]!))?.starts[0]?.isVoid).toBe(true);
  });
});
