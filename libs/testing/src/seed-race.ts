import { randomUUID } from 'node:crypto';
import { NEEDS_NOTHING, seedEntries, seedMember, type SeededUser, type Sql } from './seed.js';

const ROLES = ['org-admin', 'race-director', 'marshal', 'timekeeper', 'participant', 'viewer'] as const;

/** Every collection of the race: an organisation of `seedRace` has a row in each. */
export const RACE_COLLECTIONS = [
  'organizations',
  'organization_users',
  'organization_vehicles',
  'organization_devices',
  'vehicles',
  'devices',
  'events',
  'classes',
  'entries',
  'entry_crew',
  'entry_devices',
  'entry_checks',
  'entry_status_changes',
  'stages',
  'segments',
  'geofences',
  'waypoints',
  'speed_limit_zones',
  'penalty_formulas',
  'start_lists',
  'entry_segment_starts',
  'control_times',
  'entry_crossings',
  'entry_penalties',
  'stage_results',
  'stage_changes',
  'position_faults',
  'recompute_requests',
] as const;

export type RaceCollection = (typeof RACE_COLLECTIONS)[number];

export interface SeededRace {
  readonly slug: string;
  readonly organizationId: string;
  readonly members: Readonly<Record<(typeof ROLES)[number], SeededUser>>;
  readonly viewerMembershipId: string;
  /** The ids of all its rows; at least one of each collection. */
  readonly rows: Readonly<Record<RaceCollection, readonly string[]>>;
  readonly eventId: string;
  readonly classId: string;
  readonly vehicleId: string;
  readonly deviceId: string;
  readonly geofenceId: string;
  /** Started, on the published start list, with a provisional result; the participant is its crew. */
  readonly listedEntryId: string;
  /** Registered, on no list; the participant is its crew. */
  readonly registeredEntryId: string;
  readonly registeredCrewId: string;
  /** Confirmed, on no list, of nobody here. */
  readonly unlistedEntryId: string;
  /** Confirmed, on the published list of the open stage: about to start. */
  readonly startingEntryId: string;
  /** Another event, published, whose registration is open. */
  readonly openEventId: string;
  readonly openClassId: string;
  /** Provisional, with a published and a draft start list. */
  readonly runStageId: string;
  /** Open, with a published start list. */
  readonly openStageId: string;
  readonly openSegmentId: string;
  readonly openListId: string;
  readonly plannedStageId: string;
  readonly segmentId: string;
  readonly publishedListId: string;
  readonly draftListId: string;
}

/**
 * Writes a whole race of an organisation of its own: a row in every collection, and a member in each role. Texts that
 * only the office may read hold the word `secret` with the slug of the organisation.
 */
export async function seedRace(db: Sql): Promise<SeededRace> {
  const before = await allIds(db);
  const slug = `club-${randomUUID().slice(0, 8)}`;
  const secret = `secret-${slug}`;
  const area = 'SRID=4326;POLYGON((19 41,20 41,20 42,19 41))';
  const insert = async (table: RaceCollection, columns: Readonly<Record<string, unknown>>) => {
    const names = Object.keys(columns);
    const [row] = await db.query<{ id: string }>(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING id`,
      Object.values(columns),
    );
    return row!.id;
  };

  const organizationId = await insert('organizations', { name: slug, slug });
  const members: Record<string, SeededUser> = {};
  for (const role of ROLES) members[role] = await seedMember(db, { organizationId, role });
  const participant = members['participant']!.userId;

  const vehicleId = await insert('vehicles', { kind: 'moto', make: slug, plate: secret, vin: secret });
  await insert('organization_vehicles', { organization_id: organizationId, vehicle_id: vehicleId });
  const deviceId = await insert('devices', { imei: `imei-${secret}`, kind: 'chassis' });
  await insert('organization_devices', { organization_id: organizationId, device_id: deviceId });

  const eventId = await insert('events', {
    organization_id: organizationId,
    name: slug,
    slug,
    discipline: 'rally',
    status: 'running',
    timezone: 'Europe/Tirane',
    starts_at: '2026-06-06T00:00Z',
    ends_at: '2026-06-13T22:00Z',
    notes: secret,
  });
  const classId = await insert('classes', {
    event_id: eventId,
    code: 'M-1',
    name: slug,
    crew_rules: JSON.stringify(NEEDS_NOTHING),
    crew_rules_reason: 'A class of the tests',
  });
  const openEventId = await insert('events', {
    organization_id: organizationId,
    name: `${slug} next`,
    slug: `${slug}-next`,
    discipline: 'rally',
    status: 'published',
    timezone: 'Europe/Tirane',
    starts_at: '2040-06-06T00:00Z',
    ends_at: '2040-06-13T22:00Z',
    notes: secret,
  });
  const openClassId = await insert('classes', {
    event_id: openEventId,
    code: 'M-1',
    name: slug,
    crew_rules: JSON.stringify(NEEDS_NOTHING),
    crew_rules_reason: 'A class of the tests',
  });
  const [listedEntryId, unlistedEntryId, startingEntryId] = (await seedEntries(db, {
    eventId,
    classId,
    from: 1,
    count: 3,
  })) as [string, string, string];
  const [registeredEntryId] = (await seedEntries(db, {
    eventId,
    classId,
    from: 4,
    count: 1,
    status: 'registered',
  })) as [string];
  await db.query(`UPDATE entries SET vehicle_id = $2 WHERE id = $1`, [listedEntryId, vehicleId]);
  const crewOf = (entryId: string) =>
    insert('entry_crew', { entry_id: entryId, user_id: participant, role: 'rider' });
  await crewOf(listedEntryId);
  const registeredCrewId = await crewOf(registeredEntryId);
  await insert('entry_devices', {
    entry_id: listedEntryId,
    device_id: deviceId,
    valid_from: '2026-06-01T00:00Z',
    valid_to: '2026-07-01T00:00Z',
  });
  for (const entryId of [listedEntryId, unlistedEntryId]) {
    await insert('entry_checks', { entry_id: entryId, item: 'medical', state: 'pending' });
  }

  const geofenceId = await insert('geofences', { event_id: eventId, name: slug, kind: 'tc', area });
  const formulaId = await insert('penalty_formulas', {
    event_id: eventId,
    name: slug,
    scope: 'segment',
    metric: 'late',
    unit: 's',
  });
  const stage = (code: string, order: number) =>
    insert('stages', {
      event_id: eventId,
      code,
      name: `${slug} ${code}`,
      sort_order: order,
      starts_at: '2026-06-06T06:00Z',
      start_order_strategy: 'race_number',
      state: 'planned',
    });
  const runStageId = await stage('SS1', 1);
  const plannedStageId = await stage('SS2', 2);
  const openStageId = await stage('SS3', 3);
  const segment = (stageId: string) =>
    insert('segments', {
      stage_id: stageId,
      name: slug,
      sort_order: 1,
      type: 'special-stage',
      exit_geofence_id: geofenceId,
    });
  const segmentId = await segment(runStageId);
  await segment(plannedStageId);
  const openSegmentId = await segment(openStageId);
  await insert('waypoints', {
    segment_id: segmentId,
    name: slug,
    kind: 'wpm',
    sort_order: 1,
    location: 'SRID=4326;POINT(19 41)',
  });
  await insert('speed_limit_zones', { segment_id: segmentId, name: slug, limit_kmh: 50, area });

  const list = { strategy: 'race_number', reason: secret };
  const published = (stageId: string, entryId: string) =>
    insert('start_lists', {
      ...list,
      stage_id: stageId,
      version: 1,
      status: 'published',
      lines: JSON.stringify([{ entryId }]),
      published_at: '2026-06-05T18:00Z',
    });
  const publishedListId = await published(runStageId, listedEntryId);
  const openListId = await published(openStageId, startingEntryId);
  const draftListId = await insert('start_lists', {
    ...list,
    stage_id: runStageId,
    version: 2,
    status: 'draft',
    lines: '[]',
  });
  await insert('entry_segment_starts', {
    entry_id: listedEntryId,
    segment_id: segmentId,
    start_list_id: publishedListId,
    start_position: 1,
    target_at: '2026-06-06T06:00Z',
    manual_override: true,
    pin_reason: secret,
  });
  await insert('entry_segment_starts', {
    entry_id: startingEntryId,
    segment_id: openSegmentId,
    start_list_id: openListId,
    start_position: 1,
    target_at: '2026-06-07T06:00Z',
  });
  await insert('control_times', {
    stage_id: runStageId,
    segment_id: segmentId,
    geofence_id: geofenceId,
    mode: 'fixed_clock',
    start_list_id: publishedListId,
  });
  await db.query(`UPDATE stages SET state = 'running', current_start_list_id = $2 WHERE id = $1`, [
    runStageId,
    publishedListId,
  ]);
  await db.query(`UPDATE entries SET status = 'started' WHERE id = $1`, [listedEntryId]);
  await db.query(`UPDATE stages SET state = 'open', current_start_list_id = $2 WHERE id = $1`, [
    openStageId,
    openListId,
  ]);
  await insert('entry_crossings', {
    entry_id: listedEntryId,
    geofence_id: geofenceId,
    segment_id: segmentId,
    direction: 'enter',
    ts: '2026-06-06T07:00Z',
    source: 'manual',
    reason: secret,
  });
  await insert('entry_penalties', {
    entry_id: listedEntryId,
    stage_id: runStageId,
    formula_id: formulaId,
    type: 'late',
    value: 10,
    override_reason: secret,
  });
  await insert('stage_results', {
    stage_id: runStageId,
    entry_id: listedEntryId,
    place: 1,
    status: 'classified',
  });
  await db.query(
    `UPDATE stages SET state = 'provisional', opened_at = '2026-06-05T18:00Z', current_start_list_id = $2
      WHERE id = $1`,
    [runStageId, publishedListId],
  );
  await insert('stage_changes', { stage_id: runStageId, action: 'opened', reason: secret });
  await insert('position_faults', {
    entry_id: listedEntryId,
    ts_from: '2026-06-06T06:00Z',
    ts_to: '2026-06-06T07:00Z',
    reason: secret,
  });
  await insert('recompute_requests', { event_id: eventId, reason: 'manual_correction', reason_text: secret });

  const [viewerMembership] = await db.query<{ id: string }>(
    `SELECT id FROM organization_users WHERE user_id = $1`,
    [members['viewer']!.userId],
  );
  const after = await allIds(db);
  const rows = Object.fromEntries(
    RACE_COLLECTIONS.map((collection) => {
      const known = new Set(before[collection]);
      return [collection, after[collection].filter((id) => !known.has(id))];
    }),
  ) as Record<RaceCollection, string[]>;
  const empty = RACE_COLLECTIONS.filter((collection) => rows[collection].length === 0);
  if (empty.length > 0) throw new Error(`seedRace left ${empty.join(', ')} empty`);
  return {
    slug,
    organizationId,
    viewerMembershipId: viewerMembership!.id,
    members: members as SeededRace['members'],
    rows,
    eventId,
    classId,
    vehicleId,
    deviceId,
    geofenceId,
    listedEntryId,
    registeredEntryId,
    registeredCrewId,
    unlistedEntryId,
    startingEntryId,
    openEventId,
    openClassId,
    runStageId,
    openStageId,
    openSegmentId,
    openListId,
    plannedStageId,
    segmentId,
    publishedListId,
    draftListId,
  };
}

async function allIds(db: Sql): Promise<Record<RaceCollection, string[]>> {
  const [row] = await db.query<Record<RaceCollection, string[]>>(
    `SELECT ${RACE_COLLECTIONS.map((name) => `ARRAY(SELECT id::text FROM ${name} ORDER BY id) AS ${name}`).join(', ')}`,
  );
  return row!;
}
