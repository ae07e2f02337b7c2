import {
  cloneDatabase,
  type SeededEvent,
  seedEntries,
  seedEvent,
  seedStage,
  type TestDatabase,
} from '@trm/testing';

/**
 * The last locks: what the database refuses whoever writes. One file, because they are one promise:
 *   1. an entry's status makes only the moves of the rulebook, each with its line in the log
 *   2. nobody becomes able to start while an open stage has no place for them
 *   3. what was published and what was logged stays
 *   4. a tracker is on one live entry at a time, worn by one of the crew
 *   5. what belongs together is of one event
 *   6. positions follow the marks of staff, also back
 *   7. a start that is void says why
 *   8. nothing is dropped by accident
 */

const STATUSES = [
  'registered',
  'confirmed',
  'started',
  'finished',
  'dnf',
  'dns',
  'dsq',
  'withdrawn',
] as const;

let db: TestDatabase;
let event: SeededEvent;

beforeAll(async () => {
  db = await cloneDatabase();
  event = await seedEvent(db, { entries: 2 });
});
afterAll(() => db.drop());

/** The SQLSTATE, rule and message of the refusal that `sql` meets. */
async function refusalOf(sql: string, values: readonly unknown[] = []) {
  const error = (await db.query(sql, values).then(
    () => undefined,
    (reason: unknown) => reason,
  )) as { code?: string; constraint?: string; message: string } | undefined;
  return error && { code: error.code, rule: error.constraint, message: error.message };
}

/** Writes several statements in one transaction, the way a program does. */
async function inOneTransaction(...statements: string[]): Promise<void> {
  await db.query(`DO $do$ BEGIN ${statements.map((statement) => `${statement};`).join('\n')} END $do$`);
}

async function newEntry(number: number, status: 'registered' | 'confirmed' = 'registered'): Promise<string> {
  const [id] = await seedEntries(db, { ...event, from: number, count: 1, status });
  return id!;
}

async function otherEvent(): Promise<SeededEvent> {
  return seedEvent(db, { entries: 0 });
}

async function newDevice(imei: string): Promise<string> {
  const [device] = await db.query<{ id: string }>(
    `INSERT INTO devices (imei, kind) VALUES ($1, 'chassis') RETURNING id`,
    [imei],
  );
  await db.query(`INSERT INTO organization_devices (organization_id, device_id) VALUES ($1, $2)`, [
    event.organizationId,
    device!.id,
  ]);
  return device!.id;
}

async function newPerson(email: string): Promise<string> {
  const [person] = await db.query<{ id: string }>(
    `INSERT INTO directus_users (id, email, status) VALUES (gen_random_uuid(), $1, 'active') RETURNING id`,
    [email],
  );
  await db.query(
    `INSERT INTO organization_users (organization_id, user_id, role) VALUES ($1, $2, 'participant')`,
    [event.organizationId, person!.id],
  );
  return person!.id;
}

/** An entry on course, in an event of its own. */
async function startedEntry(): Promise<string> {
  const { entryIds, eventId } = await seedEvent(db, { entries: 1 });
  await openStage(eventId, entryIds[0]!);
  await db.query(`UPDATE entries SET status = 'started' WHERE id = $1`, [entryIds[0]]);
  return entryIds[0]!;
}

/** A stage that is open and has a start for an entry. */
async function openStage(eventId: string, entryId: string): Promise<string> {
  const { stageId, segmentIds } = await seedStage(db, { eventId, segments: 1 });
  const [list] = await db.query<{ id: string }>(
    `INSERT INTO start_lists (stage_id, version, strategy) VALUES ($1, 1, 'race_number') RETURNING id`,
    [stageId],
  );
  await db.query(
    `INSERT INTO entry_segment_starts (entry_id, segment_id, start_position, start_list_id) VALUES ($1, $2, 1, $3)`,
    [entryId, segmentIds[0], list!.id],
  );
  await db.query(`UPDATE stages SET state = 'open', current_start_list_id = $2 WHERE id = $1`, [
    stageId,
    list!.id,
  ]);
  return stageId;
}

describe('1. The status of an entry', () => {
  test('begins as registered', async () => {
    expect(
      await refusalOf(
        `INSERT INTO entries (event_id, class_id, name, race_number, status) VALUES ($1, $2, 'Crew', 900, 'confirmed')`,
        [event.eventId, event.classId],
      ),
    ).toMatchObject({
      code: '23514',
      rule: 'entry_status_move',
      message: "[ENTRY_STATUS_MOVE] A new entry begins as registered; entry #900 can't begin as confirmed.",
    });
  });

  test('makes each move of the table and no other, over every pair', async () => {
    const allowed = new Set(
      (
        await db.query<{ move: string }>(
          `SELECT from_status || '→' || to_status AS move FROM control.entry_status_transitions WHERE from_status IS NOT NULL`,
        )
      ).map(({ move }) => move),
    );
    expect(allowed.size).toBe(20);
    // What a move needs besides, which this entry lacks: it is on no list, and it was on course when it was disqualified.
    const lacking: Readonly<Record<string, string>> = {
      'confirmed→started': 'no_start_in_open_stage',
      'dsq→finished': 'status_before_differs',
      'dsq→dnf': 'status_before_differs',
    };
    const entry = await newEntry(901);
    const outcome: string[] = [];
    const expected: string[] = [];
    for (const from of STATUSES) {
      for (const to of STATUSES.filter((status) => status !== from)) {
        // The trigger would not let us begin everywhere, so it is off while the entry is put in place.
        await inOneTransaction(
          `ALTER TABLE entries DISABLE TRIGGER entries_2_status_move`,
          `UPDATE entries SET status = '${from}', status_reason = NULL WHERE id = '${entry}'`,
          `ALTER TABLE entries ENABLE TRIGGER entries_2_status_move`,
          `INSERT INTO entry_status_changes (entry_id, from_status, to_status, at) VALUES ('${entry}', 'started', '${from}', clock_timestamp())`,
        );
        const reason =
          { dnf: `mechanical: ${from}`, dsq: `Decision 7: ${from}` }[to as string] ?? `back from ${from}`;
        const refusal = await refusalOf(
          `UPDATE entries SET status = $2::text, status_reason = $3 WHERE id = $1`,
          [entry, to, reason],
        );
        const move = `${from}→${to}`;
        outcome.push(`${move}: ${refusal ? refusal.rule : 'done'}`);
        expected.push(`${move}: ${allowed.has(move) ? (lacking[move] ?? 'done') : 'entry_status_move'}`);
      }
    }
    expect(outcome).toEqual(expected);
  });

  test('needs a reason for a DNF that begins with a code, and an old reason does not count again', async () => {
    const entry = await startedEntry();
    expect(await refusalOf(`UPDATE entries SET status = 'dnf' WHERE id = $1`, [entry])).toMatchObject({
      rule: 'entry_status_reason',
      message: '[ENTRY_STATUS_REASON] Say why entry #1 goes from started to dnf: fill in a new reason.',
    });
    expect(
      await refusalOf(`UPDATE entries SET status = 'dnf', status_reason = 'gearbox' WHERE id = $1`, [entry]),
    ).toMatchObject({
      rule: 'entry_status_reason',
      message: expect.stringMatching(
        /^\[ENTRY_STATUS_REASON\] To take entry #1 from started to dnf the reason must begin with mechanical, accident/,
      ),
    });
    await db.query(`UPDATE entries SET status = 'dnf', status_reason = 'mechanical' WHERE id = $1`, [entry]);
    expect(await refusalOf(`UPDATE entries SET status = 'dsq' WHERE id = $1`, [entry])).toMatchObject({
      rule: 'entry_status_reason',
    });
    const disqualify = `UPDATE entries SET status = 'dsq', status_reason = $2 WHERE id = $1`;
    expect(await refusalOf(disqualify, [entry, 'short cut'])).toMatchObject({ rule: 'entry_status_reason' });
    expect(await refusalOf(disqualify, [entry, 'Decision 12: short cut'])).toBeUndefined();
  });

  test('comes back from a DNF as often as the event allows, more often with a reason', async () => {
    const entry = await startedEntry();
    await db.query(
      `UPDATE events SET rejoin_max = 1 WHERE id = (SELECT event_id FROM entries WHERE id = $1)`,
      [entry],
    );
    const retire = `UPDATE entries SET status = 'dnf', status_reason = $2 WHERE id = $1`;
    const rejoin = `UPDATE entries SET status = 'started' WHERE id = $1`;
    await db.query(retire, [entry, 'mechanical: first']);
    expect(await refusalOf(rejoin, [entry])).toBeUndefined();
    await db.query(retire, [entry, 'mechanical: second']);
    expect(await refusalOf(rejoin, [entry])).toMatchObject({
      rule: 'no_rejoin_left',
      message:
        '[NO_REJOIN_LEFT] Entry #1 has started again 1 of 1 times. To let it start again all the same, give a reason.',
    });
    expect(
      await refusalOf(`UPDATE entries SET status = 'started', status_reason = 'wrong number' WHERE id = $1`, [
        entry,
      ]),
    ).toBeUndefined();
  });

  test('is not started by a start that is void', async () => {
    const { entryIds, eventId } = await seedEvent(db, { entries: 1 });
    await openStage(eventId, entryIds[0]!);
    await db.query(
      `UPDATE entry_segment_starts SET state = 'void', void_reason = 'withdrawn' WHERE entry_id = $1`,
      entryIds,
    );
    const start = `UPDATE entries SET status = 'started' WHERE id = $1`;
    expect((await refusalOf(start, entryIds))?.rule).toMatch(/^(no_start_in_open_stage|stage_already_open)$/);
  });

  test('is not finished without its results', async () => {
    const entry = await startedEntry();
    expect(await refusalOf(`UPDATE entries SET status = 'finished' WHERE id = $1`, [entry])).toMatchObject({
      rule: 'result_missing',
    });
  });

  test('is not taken back to registered while an open stage has a start for the entry', async () => {
    const { entryIds, eventId } = await seedEvent(db, { entries: 1 });
    const stageId = await openStage(eventId, entryIds[0]!);
    const back = `UPDATE entries SET status = 'registered', status_reason = 'licence expired' WHERE id = $1`;
    expect(await refusalOf(back, entryIds)).toMatchObject({ rule: 'on_open_start_list' });
    await db.query(`UPDATE stages SET state = 'closed' WHERE id = $1`, [stageId]);
    expect(await refusalOf(back, entryIds)).toBeUndefined();
  });

  test('is not corrected once the results are official', async () => {
    const { entryIds, eventId } = await seedEvent(db, { entries: 1 });
    const stageId = await openStage(eventId, entryIds[0]!);
    const absent = `UPDATE entries SET status = 'dns' WHERE id = $1`;
    expect(await refusalOf(absent, entryIds)).toMatchObject({ rule: 'first_stage_not_closed' });
    await db.query(`UPDATE stages SET state = 'closed' WHERE id = $1`, [stageId]);
    await db.query(absent, entryIds);
    const correct = `UPDATE entries SET status = 'confirmed', status_reason = 'was there' WHERE id = $1`;
    await db.query(`UPDATE stages SET state = 'official' WHERE id = $1`, [stageId]);
    expect(await refusalOf(correct, entryIds)).toMatchObject({ rule: 'results_official' });
    await db.query(`UPDATE stages SET state = 'closed' WHERE id = $1`, [stageId]);
    await db.query(`UPDATE events SET status = 'official' WHERE id = $1`, [eventId]);
    expect(await refusalOf(correct, entryIds)).toMatchObject({ rule: 'results_official' });
    await db.query(`UPDATE events SET status = 'provisional' WHERE id = $1`, [eventId]);
    expect(await refusalOf(correct, entryIds)).toBeUndefined();
  });

  test('is logged with author and reason, from a program as from the Admin UI', async () => {
    const author = await newPerson('office@club.example');
    const entry = await newEntry(903);
    await inOneTransaction(
      `PERFORM set_config('trm.actor', '${author}', true)`,
      `PERFORM set_config('trm.reason', 'late fee paid', true)`,
      `UPDATE entries SET status = 'confirmed' WHERE id = '${entry}'`,
    );
    await db.query(
      `UPDATE entries SET status = 'registered', status_reason = 'licence missing', updated_by = $2, updated_at = now() WHERE id = $1`,
      [entry, author],
    );
    await db.query(`UPDATE entries SET status = 'confirmed' WHERE id = $1`, [entry]);
    expect(
      await db.query(
        `SELECT from_status, to_status, reason, author_id FROM entry_status_changes WHERE entry_id = $1 ORDER BY at`,
        [entry],
      ),
    ).toEqual([
      { from_status: null, to_status: 'registered', reason: null, author_id: null },
      { from_status: 'registered', to_status: 'confirmed', reason: 'late fee paid', author_id: author },
      { from_status: 'confirmed', to_status: 'registered', reason: 'licence missing', author_id: author },
      { from_status: 'registered', to_status: 'confirmed', reason: null, author_id: null },
    ]);
  });

  test('releases the race number on withdrawal and asks for a free one on return', async () => {
    const first = await newEntry(904);
    await db.query(`UPDATE entries SET status = 'withdrawn' WHERE id = $1`, [first]);
    await newEntry(904);
    expect(
      await refusalOf(`UPDATE entries SET status = 'registered', status_reason = 'back' WHERE id = $1`, [
        first,
      ]),
    ).toMatchObject({ code: '23505', rule: 'entries_race_number_once' });
  });
});

describe('2. An entry that comes late', () => {
  test('is refused while an open stage has no place for it, and passes with a place', async () => {
    const late = await seedEvent(db, { entries: 1 });
    const { stageId, segmentIds } = await seedStage(db, { eventId: late.eventId, segments: 1 });
    const [entry] = await seedEntries(db, { ...late, from: 2, count: 1, status: 'registered' });
    const [list] = await db.query<{ id: string }>(
      `INSERT INTO start_lists (stage_id, version, strategy) VALUES ($1, 1, 'race_number') RETURNING id`,
      [stageId],
    );
    await db.query(`UPDATE stages SET state = 'open', current_start_list_id = $2 WHERE id = $1`, [
      stageId,
      list!.id,
    ]);
    const confirm = `UPDATE entries SET status = 'confirmed' WHERE id = $1`;
    expect(await refusalOf(confirm, [entry])).toEqual({
      code: '23514',
      rule: 'stage_already_open',
      message:
        '[STAGE_ALREADY_OPEN] Entry #2 can\'t become confirmed now: stage "Prologue" is open and its start list has no place for it. ' +
        'Add it to that stage as a late entry, which also confirms it, or wait until the stage is closed.',
    });
    await db.query(
      `INSERT INTO entry_segment_starts (entry_id, segment_id, start_position, start_list_id) VALUES ($1, $2, 2, $3)`,
      [entry, segmentIds[0], list!.id],
    );
    expect(await refusalOf(confirm, [entry])).toBeUndefined();
  });
});

describe('3. What was published or logged', () => {
  test('is what a stage past planning has', async () => {
    const { stageId } = await seedStage(db, { eventId: event.eventId, segments: 1 });
    expect(await refusalOf(`UPDATE stages SET state = 'closed' WHERE id = $1`, [stageId])).toMatchObject({
      rule: 'stage_without_start_list',
      message:
        '[STAGE_WITHOUT_START_LIST] Stage "Prologue" can\'t be closed: it has no start list. Open it; that publishes one.',
    });
  });

  test('stays: a list only becomes stale or superseded', async () => {
    const { stageId } = await seedStage(db, { eventId: event.eventId, segments: 1 });
    const [list] = await db.query<{ id: string }>(
      `INSERT INTO start_lists (stage_id, version, strategy, status, published_at, lines)
       VALUES ($1, 1, 'race_number', 'published', now(), '[{"position":1}]') RETURNING id`,
      [stageId],
    );
    const rule = { rule: 'start_list_published' };
    expect(await refusalOf(`UPDATE start_lists SET lines = '[]' WHERE id = $1`, [list!.id])).toMatchObject(
      rule,
    );
    expect(
      await refusalOf(`UPDATE start_lists SET status = 'draft' WHERE id = $1`, [list!.id]),
    ).toMatchObject(rule);
    expect(await refusalOf(`DELETE FROM start_lists WHERE id = $1`, [list!.id])).toMatchObject(rule);
    expect(
      await refusalOf(
        `INSERT INTO start_lists (stage_id, version, strategy, status, published_at) VALUES ($1, 2, 'race_number', 'published', now())`,
        [stageId],
      ),
    ).toMatchObject({ code: '23505', rule: 'start_lists_one_in_force' });
    await db.query(`UPDATE start_lists SET stale = true, stale_diff = '[]' WHERE id = $1`, [list!.id]);
    await db.query(`UPDATE start_lists SET status = 'superseded' WHERE id = $1`, [list!.id]);
    expect(
      await refusalOf(`UPDATE start_lists SET status = 'published' WHERE id = $1`, [list!.id]),
    ).toMatchObject(rule);
  });

  test('the log only grows', async () => {
    expect(await refusalOf(`UPDATE entry_status_changes SET reason = 'other'`)).toMatchObject({
      rule: 'log_stays',
    });
    expect(await refusalOf(`DELETE FROM entry_status_changes`)).toMatchObject({ rule: 'log_stays' });
  });
});

describe('4. A tracker', () => {
  const bind = `INSERT INTO entry_devices (entry_id, device_id, assigned_user_id, valid_from, valid_to) VALUES ($1, $2, $3, $4, $5)`;

  test('is on one entry at a time, may change hands, and is free after a withdrawal', async () => {
    const [a, b] = [await newEntry(910), await newEntry(911)];
    const device = await newDevice('356938035643809');
    await db.query(bind, [a, device, null, '2026-06-06T05:00Z', null]);
    expect(await refusalOf(bind, [b, device, null, '2026-06-07T05:00Z', null])).toMatchObject({
      rule: 'tracker_in_use',
      message:
        '[TRACKER_IN_USE] Tracker 356938035643809 is on entry #910 in that time. End that binding first.',
    });
    await db.query(`UPDATE entry_devices SET valid_to = '2026-06-07T05:00Z' WHERE device_id = $1`, [device]);
    await db.query(bind, [b, device, null, '2026-06-07T05:00Z', null]);
    await db.query(`UPDATE entries SET status = 'withdrawn' WHERE id = $1`, [b]);
    expect(
      await db.query(`SELECT 1 FROM entry_devices WHERE device_id = $1 AND valid_to IS NULL`, [device]),
    ).toEqual([]);
    expect(await refusalOf(bind, [b, device, null, '2026-06-08T05:00Z', null])).toMatchObject({
      rule: 'entry_withdrawn',
    });
  });

  test('holds under concurrency: of two bindings at once, one is made', async () => {
    const [a, b] = [await newEntry(912), await newEntry(913)];
    const device = await newDevice('356938035643817');
    const outcomes = await Promise.allSettled(
      [a, b].map((entry) => db.query(bind, [entry, device, null, '2026-06-06T05:00Z', null])),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('is worn by a member of the crew, whatever order the rows arrive in', async () => {
    const entry = await newEntry(914);
    const device = await newDevice('356938035643825');
    const rider = await newPerson('crew-914-rider@club.example');
    expect(await refusalOf(bind, [entry, device, rider, '2026-06-06T05:00Z', null])).toMatchObject({
      rule: 'wearer_not_in_crew',
    });
    await inOneTransaction(
      `INSERT INTO entry_devices (entry_id, device_id, assigned_user_id) VALUES ('${entry}', '${device}', '${rider}')`,
      `INSERT INTO entry_crew (entry_id, user_id, role) VALUES ('${entry}', '${rider}', 'rider')`,
    );
    expect(await refusalOf(`DELETE FROM entry_crew WHERE user_id = $1`, [rider])).toMatchObject({
      rule: 'wearer_not_in_crew',
    });
  });
});

describe('5. What belongs together', () => {
  test('is of one event', async () => {
    const other = await otherEvent();
    const there = await seedStage(db, { eventId: other.eventId, segments: 1 });
    const here = await seedStage(db, { eventId: event.eventId, segments: 1 });
    const [geofence] = await db.query<{ id: string }>(
      `INSERT INTO geofences (event_id, name, kind, area) VALUES ($1, 'TC1', 'tc', ST_MakeEnvelope(20, 41, 20.01, 41.01, 4326)) RETURNING id`,
      [other.eventId],
    );
    const rules = await Promise.all([
      refusalOf(`UPDATE entries SET class_id = $2 WHERE id = $1`, [event.entryIds[0], other.classId]),
      refusalOf(`UPDATE stages SET start_order_input_stage_id = $2 WHERE id = $1`, [
        here.stageId,
        there.stageId,
      ]),
      refusalOf(`UPDATE stages SET start_order_input_stage_id = id WHERE id = $1`, [here.stageId]),
      refusalOf(`UPDATE segments SET exit_geofence_id = $2 WHERE stage_id = $1`, [
        here.stageId,
        geofence!.id,
      ]),
      refusalOf(`UPDATE stages SET event_id = $2 WHERE id = $1`, [here.stageId, other.eventId]),
    ]);
    expect(rules.map((refusal) => refusal?.rule)).toEqual([
      'class_of_other_event',
      'stage_of_other_event',
      'stages_not_drawn_from_itself',
      'geofence_of_other_event',
      'stays_with_its_parent',
    ]);
  });

  test.each(['Europe/Tirana', 'CET', 'EST5EDT', 'Mars/Olympus'])(
    'a time zone is a known region: not %s',
    async (zone) => {
      expect(
        await refusalOf(`UPDATE events SET timezone = $2 WHERE id = $1`, [event.eventId, zone]),
      ).toMatchObject({
        rule: 'timezone_unknown',
      });
    },
  );

  test.each(['Europe/Tirane', 'America/Argentina/Buenos_Aires', 'UTC'])(
    'a time zone is a known region: %s',
    async (zone) => {
      expect(
        await refusalOf(`UPDATE events SET timezone = $2 WHERE id = $1`, [event.eventId, zone]),
      ).toBeUndefined();
    },
  );
});

describe('6. A marked position', () => {
  test('is faulty while any mark covers it, and counts again after the last is restored', async () => {
    const entry = await newEntry(920);
    const device = await newDevice('356938035643833');
    await db.query(
      `INSERT INTO entry_devices (entry_id, device_id, valid_from, valid_to) VALUES ($1, $2, '2026-06-06T05:00:05Z', '2026-06-06T06:00Z')`,
      [entry, device],
    );
    await db.query(
      `INSERT INTO positions (device_id, ts, lat, lon) SELECT '356938035643833', '2026-06-06T05:00Z'::timestamptz + n * interval '1 s', 41, 20 FROM generate_series(1, 10) n`,
    );
    const faulty = async () =>
      (
        await db.query<{ second: number }>(
          `SELECT extract(second FROM ts)::int AS second FROM positions WHERE faulty ORDER BY ts`,
        )
      ).map(({ second }) => second);

    await db.query(
      `INSERT INTO position_faults (device_id, ts_from, ts_to, reason) VALUES ($1, '2026-06-06T05:00:02Z', '2026-06-06T05:00:04Z', 'jump')`,
      [device],
    );
    // Only what the entry carried: its binding begins with second 5.
    await db.query(
      `INSERT INTO position_faults (entry_id, ts_from, ts_to, reason) VALUES ($1, '2026-06-06T05:00:03Z', '2026-06-06T05:00:06Z', 'tunnel')`,
      [entry],
    );
    expect(await faulty()).toEqual([2, 3, 4, 5, 6]);
    await db.query(`UPDATE position_faults SET ts_to = '2026-06-06T05:00:05Z' WHERE device_id = $1`, [
      device,
    ]);
    await db.query(`UPDATE position_faults SET restored_at = now() WHERE entry_id = $1`, [entry]);
    expect(await faulty()).toEqual([2, 3, 4, 5]);
    await db.query(`UPDATE position_faults SET restored_at = now() WHERE device_id = $1`, [device]);
    expect(await faulty()).toEqual([]);
  });
});

describe('7. A start', () => {
  test('is void only with a reason', async () => {
    const { entryIds, ...own } = await seedEvent(db, { entries: 1 });
    const { stageId, segmentIds } = await seedStage(db, { eventId: own.eventId, segments: 1 });
    await db.query(
      `WITH list AS (
         INSERT INTO start_lists (stage_id, version, strategy, status, published_at)
         VALUES ($1, 1, 'race_number', 'published', now()) RETURNING id)
       INSERT INTO entry_segment_starts (entry_id, segment_id, start_list_id, start_position)
       SELECT $2, $3, id, 1 FROM list`,
      [stageId, entryIds[0], segmentIds[0]],
    );
    const setVoid = `UPDATE entry_segment_starts SET state = 'void', void_reason = $2 WHERE segment_id = $1 RETURNING state`;
    expect(
      await db.query(`SELECT state FROM entry_segment_starts WHERE segment_id = $1`, [segmentIds[0]]),
    ).toEqual([{ state: 'planned' }]);
    expect(await refusalOf(setVoid, [segmentIds[0], ' '])).toMatchObject({
      rule: 'entry_segment_starts_void_with_reason',
    });
    expect(await db.query(setVoid, [segmentIds[0], 'withdrawn after SS1'])).toEqual([{ state: 'void' }]);
  });
});

describe('8. A table or column', () => {
  test('is not dropped unless the session says that it means it', async () => {
    expect(await refusalOf(`DROP TABLE stage_results`)).toMatchObject({ rule: 'drop_refused' });
    expect(await refusalOf(`ALTER TABLE entries DROP COLUMN team_name`)).toMatchObject({
      rule: 'drop_refused',
      message:
        '[DROP_REFUSED] The table column public.entries.team_name would be dropped with all it holds. Set control.allow_drop = on for this one session if that is intended.',
    });
    await inOneTransaction(
      `PERFORM set_config('control.allow_drop', 'on', true)`,
      `ALTER TABLE entries DROP COLUMN team_name`,
    );
  });
});
