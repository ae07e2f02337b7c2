/**
 * Each cell of the matrix on a real Directus, with two whole organisations in it:
 *
 *  1. reading: what each caller gets of each collection, over REST and GraphQL, listed, counted, by id and through
 *     relations, is what this file knows of the seeded rows, and no text of another office is in any answer
 *  2. attacks: everybody tries to make, change and delete rows of the other organisation, and whoever is not signed in
 *     of both; afterwards the database is the same to the byte
 *  3. writing at home: each cell that is granted works, each that is not is refused
 *
 * Which cells are granted comes from the matrix, which rows they mean from the seed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  cloneDatabase,
  freePort,
  RACE_COLLECTIONS,
  type RaceCollection,
  type SeededRace,
  seedEntries,
  seedMember,
  seedRace,
  startDirectus,
  type TestDatabase,
  type TestProcess,
} from '@trm/testing';
import { startApi, type TestApi } from '../../../../test/start-api.js';
import { COLLECTIONS } from './filters.js';
import { type Action, POLICIES } from './policies.js';
import type { MemberRole } from './roles.js';

const MEMBERS = ['org-admin', 'race-director', 'marshal', 'timekeeper', 'participant', 'viewer'] as const;
const STAFF: readonly string[] = ['org-admin', 'race-director', 'marshal', 'timekeeper'];
const AT_ONCE = 6;

/** For a test of hundreds of requests, on a machine that is busy elsewhere. */
const LONG_MS = 300_000;

interface Caller {
  readonly role: MemberRole | 'public';
  /** Where the caller belongs; null for whoever is not signed in. */
  readonly home: SeededRace | null;
  readonly token: string | null;
}

let db: TestDatabase;
let directus: TestProcess;
let api: TestApi;
let ours: SeededRace;
let theirs: SeededRace;
let callers: Caller[];

beforeAll(async () => {
  db = await cloneDatabase();
  const apiPort = await freePort();
  directus = await startDirectus(db.url, `http://127.0.0.1:${apiPort}`);
  api = await startApi(db.url, directus.url, apiPort);
  ours = await seedRace(db);
  theirs = await seedRace(db);
  callers = [
    ...[ours, theirs].flatMap((home) =>
      MEMBERS.map((role): Caller => ({ role, home, token: home.members[role].token })),
    ),
    { role: 'public', home: null, token: null },
  ];
  for (const caller of callers) {
    const rows = RACE_COLLECTIONS.map(async (name) => [name, await visibleRows(caller, name)] as const);
    known.set(caller, Object.fromEntries(await Promise.all(rows)) as Record<RaceCollection, string[]>);
  }
});
afterAll(async () => {
  await api?.close();
  await directus?.stop();
  await db?.drop();
});

// ── Asking Directus ─────────────────────────────────────────────────────────────────────────────────────────────────

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function ask(caller: Caller, method: string, path: string, body?: unknown): Promise<Answer> {
  for (;;) {
    const response = await fetch(`${directus.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(caller.token !== null && { authorization: `Bearer ${caller.token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    // A Directus that is short of time answers so before it has looked at the question.
    if (response.status !== 503 || !text.includes('Under pressure')) return { status: response.status, text };
    await pause(200);
  }
}

const graphql = (caller: Caller, query: string) => ask(caller, 'POST', '/graphql', { query });
const succeeded = ({ status }: Answer) => status >= 200 && status < 300;

/** Runs `work` for each, a few at a time. */
async function forEach<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

const nameOf = ({ role, home }: Caller) =>
  home === null ? role : `${role} of ${home === ours ? 'ours' : 'theirs'}`;
const cellOf = (caller: Caller, collection: string, action: Action) =>
  POLICIES.find(({ role }) => role === caller.role)?.permissions.find(
    (permission) => permission.collection === collection && permission.action === action,
  );
const pairs = (who: readonly Caller[]) =>
  who.flatMap((caller) => RACE_COLLECTIONS.map((collection) => ({ caller, collection })));
const strangerOf = (caller: Caller) =>
  caller.home === ours ? [theirs] : caller.home === theirs ? [ours] : [ours, theirs];

// ── What this file knows of the seeded rows ─────────────────────────────────────────────────────────────────────────

/** What anybody sees of a race: all but the draft list and the entries that stand on no published one. */
const PUBLISHED: Partial<Record<RaceCollection, (race: SeededRace) => readonly string[]>> = {
  organizations: ({ rows }) => rows.organizations,
  events: ({ rows }) => rows.events,
  classes: ({ rows }) => rows.classes,
  stages: ({ rows }) => rows.stages,
  segments: ({ rows }) => rows.segments,
  start_lists: ({ publishedListId, openListId }) => [publishedListId, openListId],
  entry_segment_starts: ({ rows }) => rows.entry_segment_starts,
  stage_results: ({ rows }) => rows.stage_results,
  entries: ({ listedEntryId, startingEntryId }) => [listedEntryId, startingEntryId],
};

const ofEntries = async (collection: RaceCollection, entryIds: readonly string[]) =>
  (await db.query<{ id: string }>(`SELECT id FROM ${collection} WHERE entry_id = ANY ($1)`, [entryIds])).map(
    ({ id }) => id,
  );
const membershipOf = async (race: SeededRace, role: MemberRole) =>
  (
    await db.query<{ id: string }>(`SELECT id FROM organization_users WHERE user_id = $1`, [
      race.members[role].userId,
    ])
  ).map(({ id }) => id);

async function visibleRows({ role, home }: Caller, collection: RaceCollection): Promise<string[]> {
  const published = (race: SeededRace) => PUBLISHED[collection]?.(race) ?? [];
  if (role === 'public' || home === null) return [ours, theirs].flatMap(published).toSorted();
  if (collection === 'organization_users' && !STAFF.includes(role)) return membershipOf(home, role);
  if (STAFF.includes(role)) return home.rows[collection].toSorted();
  if (role === 'viewer') {
    return home.rows[collection].filter((id) => id !== home.draftListId).toSorted();
  }
  const crewed = [home.listedEntryId, home.registeredEntryId];
  const own =
    collection === 'entries'
      ? crewed
      : collection.startsWith('entry_')
        ? await ofEntries(collection, crewed)
        : [];
  return [...new Set([...[ours, theirs].flatMap(published), ...own])].toSorted();
}

const known = new Map<Caller, Record<RaceCollection, string[]>>();
const visible = (caller: Caller, collection: RaceCollection): readonly string[] =>
  known.get(caller)![collection];
/** The id of the vehicle of an entry, though nothing of the vehicle, is told to participants with the entry. */
const allVisible = (caller: Caller) =>
  new Set([
    ...Object.values(known.get(caller)!).flat(),
    ...(caller.role === 'participant' ? [ours.vehicleId, theirs.vehicleId] : []),
  ]);

/** Every row of every table, so that nothing can have changed unseen. @param of only the rows of this race */
async function checksums(of?: SeededRace): Promise<Record<string, string>> {
  const sums = await Promise.all(
    RACE_COLLECTIONS.map(async (collection) => {
      const [row] = await db.query<{ sum: string | null }>(
        `SELECT md5(string_agg(t::text, '|' ORDER BY t.id)) AS sum FROM ${collection} t
          WHERE $1::uuid[] IS NULL OR t.id = ANY ($1)`,
        [of?.rows[collection] ?? null],
      );
      return [collection, row?.sum ?? ''] as const;
    }),
  );
  return Object.fromEntries(sums);
}

/** What of the other office stands in an answer: its texts, or the ids of rows that the caller may not see. */
function leaks(answer: Answer, stranger: SeededRace, seen: ReadonlySet<string>): string[] {
  const told = RACE_COLLECTIONS.flatMap((collection) =>
    stranger.rows[collection]
      .filter((id) => !seen.has(id) && answer.text.includes(id))
      .map((id) => `${collection} ${id}`),
  );
  return answer.text.includes(`secret-${stranger.slug}`) ? [`a text of ${stranger.slug}`, ...told] : told;
}

it('the seed and the matrix speak of the same collections', () => {
  expect([...RACE_COLLECTIONS].toSorted()).toEqual([...COLLECTIONS].toSorted());
});

describe('reading', () => {
  const idsOf = ({ text }: Answer) =>
    (JSON.parse(text) as { data: { id: string }[] }).data.map(({ id }) => id).toSorted();

  it(
    'over REST: lists and counts',
    async () => {
      const found = await forEach(pairs(callers), async ({ caller, collection }) => {
        const list = await ask(caller, 'GET', `/items/${collection}?fields=id&limit=-1`);
        const count = await ask(caller, 'GET', `/items/${collection}?aggregate[countDistinct]=id`);
        const label = `${nameOf(caller)}: ${collection}`;
        if (list.status !== 200) return [label, list.status, count.status];
        return [label, idsOf(list), count.text];
      });
      const expected = pairs(callers).map(({ caller, collection }) => {
        const label = `${nameOf(caller)}: ${collection}`;
        if (cellOf(caller, collection, 'read') === undefined) return [label, 403, 403];
        const ids = visible(caller, collection);
        const counted = { data: [{ countDistinct: { id: String(ids.length) } }] };
        return [label, ids, JSON.stringify(counted)];
      });
      expect(found).toEqual(expected);
    },
    LONG_MS,
  );

  it(
    'by the id of a row that is hidden: as if there were none',
    async () => {
      const tried = await forEach(pairs(callers), async ({ caller, collection }) => {
        const seen = new Set(visible(caller, collection));
        const hidden = [ours, theirs].flatMap(({ rows }) => rows[collection]).filter((id) => !seen.has(id));
        const answers = await Promise.all(
          hidden.slice(-1).map((id) => ask(caller, 'GET', `/items/${collection}/${id}`)),
        );
        return answers.filter(({ status }) => status !== 403).map(() => `${nameOf(caller)}: ${collection}`);
      });
      expect(tried.flat()).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'over GraphQL: lists and aggregates',
    async () => {
      const wrong = await forEach(
        pairs(callers.filter(({ home }) => home !== theirs)),
        async ({ caller, collection }) => {
          const answer = await graphql(
            caller,
            `{ rows: ${collection}(limit: -1) { id } sums: ${collection}_aggregated { countDistinct { id } } }`,
          );
          const label = `${nameOf(caller)}: ${collection}`;
          if (cellOf(caller, collection, 'read') === undefined) {
            return answer.status === 400 && answer.text.includes('Cannot query field') ? [] : [label];
          }
          const { data } = JSON.parse(answer.text) as {
            data: { rows: { id: string }[]; sums: { countDistinct: { id: number } }[] };
          };
          const ids = visible(caller, collection);
          const same =
            JSON.stringify(data.rows.map(({ id }) => id).toSorted()) === JSON.stringify(ids) &&
            data.sums[0]?.countDistinct.id === ids.length;
          return same ? [] : [`${label}: ${answer.text}`];
        },
      );
      expect(wrong.flat()).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'through relations: three levels deep, nothing of another office',
    async () => {
      // The staff of an organisation read alike; one of them stands for all.
      const lookers = callers.filter(
        ({ role, home }) => home !== theirs && (role === 'race-director' || !STAFF.includes(role)),
      );
      const found = await forEach(pairs(lookers), async ({ caller, collection }) => {
        if (cellOf(caller, collection, 'read') === undefined) return [];
        const seen = allVisible(caller);
        const answer = await ask(caller, 'GET', `/items/${collection}?fields=*.*.*&limit=-1`);
        if (!succeeded(answer)) return [`${nameOf(caller)}: ${collection}: ${answer.status}`];
        return strangerOf(caller)
          .flatMap((stranger) => leaks(answer, stranger, seen))
          .map((text) => `${nameOf(caller)}: ${collection} shows ${text}`);
      });
      expect(found.flat()).toEqual([]);
    },
    LONG_MS,
  );

  it.each([
    ['a filter', '/items/entries?fields=id&filter[checks][state][_eq]=pending'],
    ['a sort', '/items/entries?fields=id&sort=status_reason'],
    ['a search of office texts', '/items/events?fields=id&filter[notes][_contains]=secret'],
    ['an aggregate', '/items/events?aggregate[max]=notes'],
    ['a group', '/items/entries?groupBy[]=status_reason&aggregate[count]=id'],
    ['deep', '/items/events?fields=entries.id&deep[entries][_filter][checks][state][_eq]=pending'],
  ])('nobody who may not read a field learns of it by %s', async (_case, path) => {
    const answers = await Promise.all(
      callers
        .filter(({ role }) => role === 'public' || role === 'viewer')
        .map((caller) => ask(caller, 'GET', path)),
    );
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
  });

  it('people: oneself; for staff also the members of the own organisations', async () => {
    const seen = await forEach(callers, async (caller) => {
      const { status, text } = await ask(caller, 'GET', '/users?fields=id&limit=-1');
      return status === 200 ? (JSON.parse(text) as { data: { id: string }[] }).data.length : status;
    });
    expect(callers.map((caller, index) => [nameOf(caller), seen[index]])).toEqual(
      callers.map((caller) => [
        nameOf(caller),
        caller.role === 'public' ? 403 : STAFF.includes(caller.role) ? 6 : 1,
      ]),
    );
  });

  it('a participant who is not in a crew sees what the public sees, and nothing of the crew', async () => {
    const { token } = await seedMember(db, { organizationId: ours.organizationId, role: 'participant' });
    const bystander: Caller = { role: 'participant', home: ours, token };
    expect(idsOf(await ask(bystander, 'GET', '/items/entries?fields=id'))).toEqual(
      [ours, theirs].flatMap((race) => [race.listedEntryId, race.startingEntryId]).toSorted(),
    );
    for (const collection of ['entry_crew', 'entry_checks', 'entry_devices', 'entry_penalties']) {
      expect(idsOf(await ask(bystander, 'GET', `/items/${collection}?fields=id`))).toEqual([]);
    }
    const rename = await ask(bystander, 'PATCH', `/items/entries/${ours.registeredEntryId}`, {
      name: 'Mine',
      crew: [{ user_id: ours.members.participant.userId, role: 'pilot' }],
    });
    expect(rename.status).toBe(403);
  });

  it('a draft event, with everything in it, is unknown to the public until it is published', async () => {
    const publicCaller = callers.find(({ role }) => role === 'public')!;
    const known = async () =>
      Promise.all(
        (Object.keys(PUBLISHED) as RaceCollection[]).map(async (collection) =>
          idsOf(await ask(publicCaller, 'GET', `/items/${collection}?fields=id&limit=-1`)).filter((id) =>
            theirs.rows[collection].includes(id),
          ),
        ),
      );
    expect((await known()).flat().length).toBeGreaterThan(8);
    const setStatus = (status: string) =>
      db.query(`UPDATE events SET status = $2 WHERE id = ANY ($1)`, [theirs.rows.events, status]);
    await setStatus('draft');
    expect((await known()).flat()).toEqual([]);
    await setStatus('running');
    await db.query(`UPDATE events SET status = 'published' WHERE id = $1`, [theirs.openEventId]);
  });
});

// ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const sample = {
  area: {
    type: 'Polygon',
    coordinates: [
      [
        [19, 41],
        [20, 41],
        [20, 42],
        [19, 41],
      ],
    ],
  },
};
let counter = 0;

/** A row that may be made in this race by whoever may make such rows. */
async function ownTracker(race: SeededRace, n: number): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    `WITH tracker AS (INSERT INTO devices (imei, kind) VALUES ($2, 'chassis') RETURNING id)
     INSERT INTO organization_devices (organization_id, device_id) SELECT $1, id FROM tracker RETURNING device_id AS id`,
    [race.organizationId, `own-imei-${n}`],
  );
  return row!.id;
}

async function newRow(race: SeededRace, collection: RaceCollection): Promise<Record<string, unknown>> {
  const n = (counter += 1);
  // Entered by the office: a thing of nobody is listed by an administrator only.
  const another = async (table: 'vehicles' | 'devices') => {
    const columns =
      table === 'vehicles'
        ? `(kind, make, created_by) VALUES ('moto', 'M${n}', $1)`
        : `(imei, kind, created_by) VALUES ('imei-${n}', 'backup', $1)`;
    const [row] = await db.query<{ id: string }>(`INSERT INTO ${table} ${columns} RETURNING id`, [
      race.members['org-admin'].userId,
    ]);
    return row!.id;
  };
  const minute = (at: number) => new Date(Date.UTC(2030, 0, 1, 0, at)).toISOString();
  const second = (at: number) => new Date(Date.UTC(2026, 5, 6, 8, 0, at)).toISOString();
  const eventRow = { event_id: race.eventId, name: `New ${n}` };
  const rows: Partial<Record<RaceCollection, () => object | Promise<object>>> = {
    organization_vehicles: async () => ({
      organization_id: race.organizationId,
      vehicle_id: await another('vehicles'),
    }),
    organization_devices: async () => ({
      organization_id: race.organizationId,
      device_id: await another('devices'),
    }),
    organization_users: async () => ({
      organization_id: race.organizationId,
      user_id: race.members.viewer.userId,
      role: 'org-admin',
    }),
    organizations: () => ({ name: `New ${n}`, slug: `new-${n}` }),
    vehicles: () => ({ kind: 'moto', make: `New ${n}` }),
    devices: () => ({ imei: `new-imei-${n}`, kind: 'backup' }),
    events: () => ({
      organization_id: race.organizationId,
      name: `New ${n}`,
      slug: `new-${n}`,
      discipline: 'rally',
      timezone: 'Europe/Tirane',
      starts_at: '2027-06-06T00:00:00Z',
      ends_at: '2027-06-07T00:00:00Z',
    }),
    classes: () => ({ ...eventRow, code: `N-${n}` }),
    entries: () => ({
      ...eventRow,
      event_id: race.openEventId,
      class_id: race.openClassId,
      crew: [{ user_id: race.members.participant.userId, role: 'pilot' }],
    }),
    entry_crew: async () => ({
      entry_id: race.registeredEntryId,
      user_id: (await seedMember(db, { organizationId: race.organizationId, role: 'participant' })).userId,
      role: 'crew',
    }),
    entry_devices: async () => ({
      entry_id: race.unlistedEntryId,
      device_id: await ownTracker(race, n),
      valid_from: minute(2 * n),
      valid_to: minute(2 * n + 1),
    }),
    entry_checks: async () => {
      const of = { eventId: race.eventId, classId: race.classId, from: 1000 + n, count: 1 };
      const [entryId] = await seedEntries(db, { ...of, status: 'registered' });
      return { entry_id: entryId, item: 'medical', state: 'passed' };
    },
    stages: () => ({
      ...eventRow,
      starts_at: '2026-06-07T06:00:00Z',
      start_order_strategy: 'race_number',
      state: 'planned',
    }),
    segments: () => ({ stage_id: race.plannedStageId, name: `New ${n}`, sort_order: n, type: 'liaison' }),
    geofences: () => ({ ...eventRow, kind: 'tc', ...sample }),
    waypoints: () => ({
      segment_id: race.segmentId,
      name: `New ${n}`,
      kind: 'wpm',
      sort_order: n,
      location: { type: 'Point', coordinates: [19, 41] },
    }),
    speed_limit_zones: () => ({ segment_id: race.segmentId, name: `New ${n}`, limit_kmh: 50, ...sample }),
    penalty_formulas: () => ({ ...eventRow, scope: 'segment', metric: 'late', unit: 's' }),
    position_faults: async () => {
      // A mark is on positions: one for each.
      await db.query(
        `INSERT INTO positions (device_id, ts, lat, lon) SELECT imei, $2, 41, 20 FROM devices WHERE id = $1`,
        [race.deviceId, second(n)],
      );
      return {
        entry_id: race.listedEntryId,
        ts_from: second(n),
        ts_to: second(n),
        reason: `New ${n}`,
      };
    },
  };
  // Nobody but race control makes the others; refused before anything in them is looked at.
  return { ...(await rows[collection]?.()) };
}

/** A change of a row of each collection that whoever may change such rows may make. */
const CHANGES: Readonly<Record<RaceCollection, object>> = {
  organizations: { name: 'Changed' },
  organization_users: { role: 'viewer' },
  organization_vehicles: { vehicle_id: null },
  organization_devices: { device_id: null },
  vehicles: { model: 'Changed' },
  devices: { model: 'Changed' },
  events: { name: 'Changed' },
  classes: { name: 'Changed' },
  entries: { name: 'Changed' },
  entry_crew: { role: 'pilot' },
  entry_devices: { valid_to: '2026-07-02T00:00:00Z' },
  entry_checks: { state: 'passed' },
  entry_status_changes: { reason: 'Changed' },
  stages: { name: 'Changed' },
  segments: { name: 'Changed' },
  geofences: { name: 'Changed' },
  waypoints: { name: 'Changed' },
  speed_limit_zones: { name: 'Changed' },
  penalty_formulas: { name: 'Changed' },
  start_lists: { reason: 'Changed' },
  entry_segment_starts: { target_at: '2026-06-06T09:00:00Z' },
  control_times: { closes_at: '2026-06-06T09:00:00Z' },
  entry_crossings: { ts: '2026-06-06T09:00:00Z' },
  entry_penalties: { value: 0 },
  stage_results: { place: 2 },
  stage_changes: { reason: 'Changed' },
  position_faults: { reason: 'Changed' },
  recompute_requests: { reason_text: 'Changed' },
};

/** The seeded row that a caller of this role may change, if any, and the change. */
function change(
  race: SeededRace,
  collection: RaceCollection,
  role: Caller['role'],
): { id: string; body: object } {
  if (collection === 'entries' && role === 'timekeeper') {
    return { id: race.startingEntryId, body: { status: 'started' } };
  }
  if (collection === 'entries' && role === 'marshal') {
    return { id: race.listedEntryId, body: { status: 'dnf', status_reason: 'mechanical: gearbox' } };
  }
  const rows: Partial<Record<RaceCollection, string>> = {
    stages: race.plannedStageId,
    entries: race.registeredEntryId,
    entry_crew: race.registeredCrewId,
    organization_users: race.viewerMembershipId,
  };
  return { id: rows[collection] ?? race.rows[collection][0]!, body: CHANGES[collection] };
}

describe('attacks on another organisation', () => {
  it(
    'change not a byte, and are told nothing',
    async () => {
      const attackers = callers.filter(({ home }) => home !== ours);
      const rows = await forEach(pairs(attackers), async ({ collection }) => newRow(ours, collection));
      const before = await checksums();
      const outcomes = await forEach(
        pairs(attackers).map((pair, index) => ({ ...pair, row: rows[index] })),
        async ({ caller, collection, row }) => {
          const may = (action: Action) => cellOf(caller, collection, action) !== undefined;
          const { id, body } = change(ours, collection, caller.role);
          const path = `/items/${collection}`;
          const refused = await Promise.all([
            // A vehicle or a tracker that is not linked is of no organisation.
            ...(cellOf(caller, collection, 'create')?.written === null
              ? []
              : [ask(caller, 'POST', path, row)]),
            ask(caller, 'PATCH', `${path}/${id}`, body),
            ask(caller, 'DELETE', `${path}/${id}`),
          ]);
          // In bulk they may also be answered that nothing was found; the checksums tell.
          const bulk = await Promise.all([
            ...(may('update')
              ? [ask(caller, 'PATCH', path, { query: { filter: { id: { _eq: id } } }, data: body })]
              : []),
            ...(may('delete')
              ? [ask(caller, 'DELETE', path, { query: { filter: { id: { _eq: id } } } })]
              : []),
            ...(may('delete')
              ? [graphql(caller, `mutation { delete_${collection}_item(id: "${id}") { id } }`)]
              : []),
          ]);
          const label = `${nameOf(caller)}: ${collection}`;
          return [
            ...refused
              .filter(({ status }) => status !== 400 && status !== 403)
              .map(({ status, text }) => `${label}: ${status} ${text}`),
            ...[...refused, ...bulk]
              .flatMap((answer) => leaks(answer, ours, allVisible(caller)))
              .map((text) => `${label} is told ${text}`),
          ];
        },
      );
      expect(outcomes.flat()).toEqual([]);
      expect(await checksums()).toEqual(before);
    },
    LONG_MS,
  );

  it('do not get in by way of their own rows', async () => {
    const before = await checksums(theirs);
    const as = (role: (typeof MEMBERS)[number]): Caller => ({
      role,
      home: ours,
      token: ours.members[role].token,
    });
    const crewRow = theirs.rows.entry_crew[0];
    const tries: [string, Promise<Answer>][] = [
      [
        'a crew row taken over',
        ask(as('race-director'), 'PATCH', `/items/entries/${ours.unlistedEntryId}`, { crew: [crewRow] }),
      ],
      [
        'a nested change',
        ask(as('race-director'), 'PATCH', `/items/entries/${ours.unlistedEntryId}`, {
          event_id: { id: theirs.eventId, name: 'x' },
        }),
      ],
      [
        'a class renamed through an entry',
        ask(as('race-director'), 'PATCH', `/items/entries/${ours.unlistedEntryId}`, {
          class_id: { id: theirs.classId, name: 'x' },
        }),
      ],
      [
        'a vehicle renamed through an entry',
        ask(as('participant'), 'PATCH', `/items/entries/${ours.registeredEntryId}`, {
          vehicle_id: { id: theirs.vehicleId, plate: 'x' },
        }),
      ],
      [
        'an event with entries of the others',
        ask(as('org-admin'), 'PATCH', `/items/events/${ours.eventId}`, { entries: [theirs.unlistedEntryId] }),
      ],
      [
        'a place in a crew there',
        ask(as('participant'), 'POST', '/items/entry_crew', {
          entry_id: theirs.registeredEntryId,
          user_id: ours.members.participant.userId,
          role: 'crew',
        }),
      ],
      [
        'a stranger in the own crew',
        ask(as('participant'), 'POST', '/items/entry_crew', {
          entry_id: ours.registeredEntryId,
          user_id: theirs.members.viewer.userId,
          role: 'crew',
        }),
      ],
      [
        'a tracker of the others',
        ask(as('timekeeper'), 'POST', '/items/entry_devices', {
          entry_id: ours.unlistedEntryId,
          device_id: theirs.deviceId,
          valid_from: '2031-01-01T00:00:00Z',
        }),
      ],
      [
        'an entry there with a crew',
        ask(as('participant'), 'POST', '/items/entries', {
          event_id: theirs.eventId,
          name: 'x',
          crew: [{ user_id: ours.members.participant.userId, role: 'rider' }],
        }),
      ],
      [
        'a fault of a tracker there',
        ask(as('timekeeper'), 'POST', '/items/position_faults', {
          device_id: theirs.deviceId,
          ts_from: '2026-06-06T00:00:00Z',
          ts_to: '2026-06-07T00:00:00Z',
          reason: 'x',
        }),
      ],
    ];
    const answers = await Promise.all(tries.map(async ([what, answer]) => [what, succeeded(await answer)]));
    expect(answers).toEqual(tries.map(([what]) => [what, false]));
    expect(await checksums(theirs)).toEqual(before);
  });
});

describe('writing at home', () => {
  let before: Record<string, string>;
  let atHome: { caller: Caller; collection: RaceCollection }[];
  beforeAll(async () => {
    before = await checksums(theirs);
    // One after the other where a status moves: the timekeeper's entry is not the marshal's.
    atHome = pairs(callers.filter(({ home }) => home === ours));
  });
  const granted = (action: Action) =>
    atHome.map(({ caller, collection }) => [
      `${nameOf(caller)}: ${collection}`,
      cellOf(caller, collection, action) !== undefined,
    ]);

  it(
    'who may make a row makes one, nobody else',
    async () => {
      const found = await forEach(atHome, async ({ caller, collection }) => {
        const row = await newRow(ours, collection);
        const answer = await ask(caller, 'POST', `/items/${collection}`, row);
        return [
          `${nameOf(caller)}: ${collection}`,
          succeeded(answer) || (answer.status === 403 ? false : answer.text),
        ];
      });
      expect(found).toEqual(granted('create'));
    },
    LONG_MS,
  );

  it(
    'who may change a row changes it, nobody else',
    async () => {
      const found = await forEach(atHome, async ({ caller, collection }) => {
        const { id, body } = change(ours, collection, caller.role);
        const answer = await ask(caller, 'PATCH', `/items/${collection}/${id}`, body);
        return [
          `${nameOf(caller)}: ${collection}`,
          succeeded(answer) || (answer.status === 403 ? false : answer.text),
        ];
      });
      expect(found).toEqual(granted('update'));
    },
    LONG_MS,
  );

  it(
    'a place in a crew is taken away again, nothing else',
    async () => {
      const found = await forEach(atHome, async ({ caller, collection }) => {
        const row = collection === 'entry_crew' ? await newRow(ours, collection) : null;
        const [made] =
          row === null
            ? []
            : await db.query<{ id: string }>(
                `INSERT INTO entry_crew (entry_id, user_id, role) VALUES ($1, $2, $3) RETURNING id`,
                [row['entry_id'], row['user_id'], row['role']],
              );
        const id = made?.id ?? ours.rows[collection].at(-1);
        const answer = await ask(caller, 'DELETE', `/items/${collection}/${id}`);
        return [
          `${nameOf(caller)}: ${collection}`,
          succeeded(answer) || (answer.status === 403 ? false : answer.text),
        ];
      });
      expect(found).toEqual(granted('delete'));
    },
    LONG_MS,
  );

  it('and the others notice nothing of all this', async () => {
    expect(await checksums(theirs)).toEqual(before);
  });
});

describe('what a written row must be', () => {
  const as = (role: (typeof MEMBERS)[number]): Caller => ({
    role,
    home: ours,
    token: ours.members[role].token,
  });
  let position = 1;
  /** Whoever is confirmed is on the list of the open stage. */
  const entry = async (status: 'registered' | 'confirmed' | 'started') => {
    const [row] = await db.query<{ id: string }>(
      `INSERT INTO entries (event_id, class_id, name) VALUES ($1, $2, 'Crew') RETURNING id`,
      [ours.eventId, ours.classId],
    );
    if (status !== 'registered') {
      await db.query(
        `INSERT INTO entry_segment_starts (entry_id, segment_id, start_list_id, start_position, target_at)
         VALUES ($1, $2, $3, $4, '2026-06-07T07:00Z')`,
        [row!.id, ours.openSegmentId, ours.openListId, (position += 1)],
      );
      await db.query(`UPDATE entries SET status = 'confirmed' WHERE id = $1`, [row!.id]);
    }
    if (status === 'started')
      await db.query(`UPDATE entries SET status = 'started' WHERE id = $1`, [row!.id]);
    return row!.id;
  };
  const statusOf = async (id: string) =>
    (await db.query<{ status: string }>(`SELECT status FROM entries WHERE id = $1`, [id]))[0]?.status;

  it.each(['participant', 'race-director'] as const)(
    'a %s makes an entry with its crew in one call',
    async (role) => {
      const made = await ask(as(role), 'POST', '/items/entries', {
        event_id: ours.openEventId,
        class_id: ours.openClassId,
        name: 'Together',
        crew: [
          { user_id: ours.members.participant.userId, role: 'pilot' },
          { user_id: ours.members.viewer.userId, role: 'co-pilot' },
        ],
      });
      expect([made.status, made.text]).toEqual([200, expect.stringContaining('Together')]);
      const { data } = JSON.parse(made.text) as { data: { id: string; status: string } };
      expect(data.status).toBe('registered');
      expect(
        await db.query('SELECT role FROM entry_crew WHERE entry_id = $1 ORDER BY role', [data.id]),
      ).toEqual([{ role: 'co-pilot' }, { role: 'pilot' }]);
    },
  );

  it('a race director binds a tracker with the same call', async () => {
    const made = await ask(as('race-director'), 'POST', '/items/entries', {
      event_id: ours.openEventId,
      class_id: ours.openClassId,
      name: 'With a tracker',
      devices: [
        { device_id: ours.deviceId, valid_from: '2032-01-01T00:00:00Z', valid_to: '2032-02-01T00:00:00Z' },
      ],
    });
    expect([made.status, made.text]).toEqual([200, expect.stringContaining('With a tracker')]);
  });

  it('a participant enters nobody but a crew to belong to', async () => {
    const made = await ask(as('participant'), 'POST', '/items/entries', {
      event_id: ours.openEventId,
      class_id: ours.openClassId,
      name: 'Without me',
      crew: [{ user_id: ours.members.viewer.userId, role: 'pilot' }],
    });
    expect([made.status, made.text]).toEqual([403, expect.stringContaining('You are not in the crew')]);
  });

  it('an event of more than a hundred entries takes a crew for each', async () => {
    await db.query(
      `INSERT INTO entries (event_id, class_id, name) SELECT $1, $2, 'Crew ' || n FROM generate_series(1, 150) n`,
      [ours.eventId, ours.classId],
    );
    const [last] = await db.query<{ id: string }>(
      `SELECT id FROM entries WHERE event_id = $1 ORDER BY id DESC LIMIT 1`,
      [ours.eventId],
    );
    const crew = await ask(as('race-director'), 'POST', '/items/entry_crew', {
      entry_id: last!.id,
      user_id: ours.members.timekeeper.userId,
      role: 'rider',
    });
    expect([crew.status, crew.text]).toEqual([200, expect.stringContaining(last!.id)]);
  });

  it('a participant withdraws a registered entry, and then has done with it', async () => {
    const made = await ask(as('participant'), 'POST', '/items/entries', {
      event_id: ours.openEventId,
      class_id: ours.openClassId,
      name: 'Mine',
      crew: [{ user_id: ours.members.participant.userId, role: 'pilot' }],
    });
    expect([made.status, made.text]).toEqual([200, expect.stringContaining('Mine')]);
    const { id } = (JSON.parse(made.text) as { data: { id: string } }).data;
    const patch = async (body: object) =>
      (await ask(as('participant'), 'PATCH', `/items/entries/${id}`, body)).status;
    expect(await patch({ status: 'confirmed' })).toBe(403);
    expect(await patch({ seed: 1 })).toBe(403);
    expect(await patch({ event_id: theirs.eventId })).toBe(403);
    expect(await patch({ status: 'withdrawn', status_reason: 'ill' })).toBe(200);
    expect(await patch({ name: 'Again' })).toBe(403);
    expect(await statusOf(id)).toBe('withdrawn');
  });

  it.each<['marshal' | 'timekeeper', 'registered' | 'confirmed' | 'started', object, number]>([
    ['marshal', 'started', { status: 'dnf', status_reason: 'accident' }, 200],
    ['marshal', 'started', { status: 'finished' }, 403],
    ['marshal', 'confirmed', { status: 'dnf', status_reason: 'accident' }, 422],
    ['marshal', 'started', { name: 'x' }, 403],
    ['timekeeper', 'confirmed', { status: 'dns' }, 200],
    ['timekeeper', 'confirmed', { status: 'started' }, 200],
    ['timekeeper', 'started', { status: 'finished' }, 422],
    ['timekeeper', 'started', { status: 'dsq', status_reason: 'Decision 1: x' }, 403],
    ['timekeeper', 'registered', { status: 'started' }, 422],
    ['timekeeper', 'started', { seed: 1 }, 403],
  ])('a %s, an entry that is %s, %j: %i', async (role, status, body, expected) => {
    const id = await entry(status);
    const answer = await ask(as(role), 'PATCH', `/items/entries/${id}`, body);
    expect([answer.status, answer.text]).toEqual([expected, expect.stringMatching(/data|errors/)]);
  });

  it('a marshal who decides a check is written down with it, and does not waive one', async () => {
    const post = (body: object) =>
      ask(as('marshal'), 'POST', '/items/entry_checks', { entry_id: ours.registeredEntryId, ...body });
    expect((await post({ item: 'tracking', state: 'waived', waived_reason: 'x' })).status).toBe(403);
    expect((await post({ item: 'tracking', state: 'waived' })).status).toBe(422);
    expect(
      (await post({ item: 'tracking', state: 'passed', checked_by: ours.members.viewer.userId })).status,
    ).toBe(403);
    expect((await post({ item: 'tracking', state: 'passed' })).status).toBe(200);
    const [check] = await db.query(
      `SELECT checked_by, checked_at IS NOT NULL AS dated FROM entry_checks WHERE entry_id = $1 AND item = 'tracking'`,
      [ours.registeredEntryId],
    );
    expect(check).toEqual({ checked_by: ours.members.marshal.userId, dated: true });
  });

  it('a participant brings a vehicle, which the office sees with the entry', async () => {
    const made = await ask(as('participant'), 'POST', '/items/vehicles', { kind: 'moto', make: 'Brought' });
    const { id } = (JSON.parse(made.text) as { data: { id: string } }).data;
    const seenBy = async (race: SeededRace) =>
      (
        await ask(
          { role: 'race-director', home: race, token: race.members['race-director'].token },
          'GET',
          `/items/vehicles/${id}`,
        )
      ).status;
    expect(await seenBy(ours)).toBe(403);
    const entered = await ask(as('participant'), 'POST', '/items/entries', {
      event_id: ours.openEventId,
      class_id: ours.openClassId,
      name: 'With a vehicle',
      crew: [{ user_id: ours.members.participant.userId, role: 'pilot' }],
      vehicle_id: id,
    });
    expect([entered.status, entered.text]).toEqual([200, expect.stringContaining('With a vehicle')]);
    expect([await seenBy(ours), await seenBy(theirs)]).toEqual([200, 403]);
  });
});
