import { planRecompute, planRecomputeOfStarts, TABLES_THAT_MATTER } from './plan-recompute.js';
import { RECOMPUTE_REASONS } from './recompute-reasons.js';
import type { RowChange } from './types.js';

/** An update of one row: what is in `fields` went from the first value to the second; the rest stays. */
function update(
  table: string,
  fields: Readonly<Record<string, readonly [unknown, unknown]>>,
  rest: Readonly<Record<string, unknown>> = {},
): RowChange {
  const side = (index: 0 | 1) => ({
    id: 'row',
    event_id: 'event',
    ...rest,
    ...Object.fromEntries(Object.entries(fields).map(([field, pair]) => [field, pair[index]])),
  });
  return { table, operation: 'update', before: side(0), after: side(1), changed: Object.keys(fields) };
}
const insert = (table: string, after: Readonly<Record<string, unknown>>): RowChange => ({
  table,
  operation: 'insert',
  before: null,
  after: { id: 'row', event_id: 'event', ...after },
  changed: Object.keys(after),
});
const remove = (table: string, before: Readonly<Record<string, unknown>>): RowChange => ({
  table,
  operation: 'delete',
  before: { id: 'row', event_id: 'event', ...before },
  after: null,
  changed: Object.keys(before),
});
const NORTH = { type: 'Point', coordinates: [20, 42] };
const SOUTH = { type: 'Point', coordinates: [20, 41] };

describe('planRecompute', () => {
  it.each<[string, RowChange, ReturnType<typeof planRecompute>]>([
    [
      'a geofence that moves reaches who was near the old or the new place',
      update('geofences', { area: [SOUTH, NORTH] }, { retroactive: true }),
      {
        reason: 'geometry_changed',
        layers: ['crossings', 'penalties', 'results'],
        scopes: [{ kind: 'near-geofence', eventId: 'event', geofenceId: 'row', shapes: [SOUTH, NORTH] }],
      },
    ],
    [
      'a new geofence reaches who was near it',
      insert('geofences', { area: NORTH, retroactive: true }),
      expect.objectContaining({ scopes: [expect.objectContaining({ shapes: [NORTH] })] }),
    ],
    ['a geofence under another name reaches nobody', update('geofences', { name: ['TC1', 'TC 1'] }), null],
    [
      'a geofence that does not reach back reaches only stages that open later',
      update('geofences', { area: [SOUTH, NORTH] }, { retroactive: false }),
      null,
    ],
    [
      'a geofence that reaches back from now on reaches back',
      update('geofences', { area: [SOUTH, NORTH], retroactive: [false, true] }),
      expect.objectContaining({ reason: 'geometry_changed' }),
    ],
    [
      'a waypoint that moves reaches who was near the old or the new place',
      update('waypoints', { location: [SOUTH, NORTH] }, { segment_id: 'ss1' }),
      {
        reason: 'waypoint_changed',
        layers: ['penalties', 'results'],
        scopes: [{ kind: 'near-segment', segmentId: 'ss1', shapes: [SOUTH, NORTH] }],
      },
    ],
    [
      'a new waypoint is missed by everybody who did not go there',
      insert('waypoints', { segment_id: 'ss1', location: NORTH }),
      expect.objectContaining({ scopes: [{ kind: 'segment', segmentId: 'ss1' }] }),
    ],
    [
      'a waypoint that goes to another segment reaches both',
      update('waypoints', { segment_id: ['ss1', 'ss2'] }, { location: NORTH }),
      expect.objectContaining({
        scopes: [
          { kind: 'segment', segmentId: 'ss1' },
          { kind: 'segment', segmentId: 'ss2' },
        ],
      }),
    ],
    [
      'a limit reaches who was in the zone',
      update('speed_limit_zones', { limit_kmh: [50, 30] }, { segment_id: 'ss1', area: NORTH }),
      {
        reason: 'geometry_changed',
        layers: ['penalties', 'results'],
        scopes: [{ kind: 'near-segment', segmentId: 'ss1', shapes: [NORTH] }],
      },
    ],
    [
      'the finish of a segment is where it is crossed',
      update('segments', { exit_geofence_id: ['a', 'b'] }, { stage_id: 'stage' }),
      {
        reason: 'timing_changed',
        layers: ['crossings', 'penalties', 'results'],
        scopes: [
          { kind: 'stage', stageId: 'stage' },
          { kind: 'beside-stage', stageId: 'stage', geofenceIds: ['a', 'b'] },
        ],
      },
    ],
    [
      'the target time of a segment is a matter of penalties',
      update('segments', { target_duration_seconds: [600, 660] }, { stage_id: 'stage' }),
      expect.objectContaining({ layers: ['penalties', 'results'] }),
    ],
    [
      'the wider of two changes counts',
      update(
        'segments',
        { target_duration_seconds: [600, 660], type: ['liaison', 'special-stage'] },
        { stage_id: 'stage' },
      ),
      expect.objectContaining({ layers: ['crossings', 'penalties', 'results'] }),
    ],
    [
      'a segment that is gone',
      remove('segments', { stage_id: 'stage' }),
      expect.objectContaining({ scopes: [{ kind: 'stage', stageId: 'stage' }] }),
    ],
    [
      'a stage that opens has nothing to compute again',
      update('stages', { state: ['planned', 'open'] }),
      null,
    ],
    [
      'a stage that becomes official stays as it is',
      update('stages', { state: ['provisional', 'official'] }),
      null,
    ],
    [
      'what was corrected while a stage was official follows when it is opened again',
      update('stages', { state: ['official', 'provisional'] }),
      {
        reason: 'replay',
        layers: ['crossings', 'penalties', 'results'],
        scopes: [{ kind: 'stage', stageId: 'row' }],
      },
    ],
    [
      'an event that becomes official stays as it is',
      update('events', { status: ['running', 'official'] }),
      null,
    ],
    [
      'an official event that is archived stays as it is',
      update('events', { status: ['official', 'archived'] }),
      null,
    ],
    [
      'what was corrected while an event was official follows when it is opened again',
      update('events', { status: ['official', 'running'] }),
      expect.objectContaining({ reason: 'replay', scopes: [{ kind: 'event', eventId: 'row' }] }),
    ],
    [
      'a formula reaches its event',
      update('penalty_formulas', { penalty: [60, 120] }, { retroactive: true }),
      {
        reason: 'formula_changed',
        layers: ['penalties', 'results'],
        scopes: [{ kind: 'event', eventId: 'event' }],
      },
    ],
    [
      'a formula that does not reach back reaches only stages that open later',
      update('penalty_formulas', { penalty: [60, 120] }, { retroactive: false }),
      null,
    ],
    [
      'a formula under another name reaches nobody',
      update('penalty_formulas', { name: ['Late', 'Late at TC'], code: ['A', 'B'] }, { retroactive: true }),
      null,
    ],
    [
      'a tracker that is bound reaches the stages since',
      insert('entry_devices', { entry_id: 'e1', valid_from: '2026-06-06T08:00:00Z', valid_to: null }),
      {
        reason: 'device_changed',
        layers: ['crossings', 'penalties', 'results'],
        scopes: [{ kind: 'entry', entryId: 'e1', from: '2026-06-06T08:00:00Z', to: null }],
      },
    ],
    [
      'a tracker that is handed back reaches only the time behind that',
      update(
        'entry_devices',
        { valid_to: [null, '2026-06-13T20:00:00Z'] },
        { entry_id: 'e1', device_id: 'd', valid_from: '2026-06-06T08:00:00Z' },
      ),
      expect.objectContaining({
        scopes: [{ kind: 'entry', entryId: 'e1', from: '2026-06-13T20:00:00Z', to: null }],
      }),
    ],
    [
      'a binding that begins earlier reaches the time between',
      update(
        'entry_devices',
        { valid_from: ['2026-06-06T08:00:00Z', '2026-06-06T07:00:00Z'] },
        { entry_id: 'e1', device_id: 'd', valid_to: null },
      ),
      expect.objectContaining({
        scopes: [{ kind: 'entry', entryId: 'e1', from: '2026-06-06T07:00:00Z', to: '2026-06-06T08:00:00Z' }],
      }),
    ],
    [
      'a tracker with another number reaches whoever carried it',
      update('devices', { imei: ['1', '2'] }),
      expect.objectContaining({ scopes: [{ kind: 'device', deviceId: 'row' }] }),
    ],
    [
      'a tracker of another kind may be believed more, or less',
      update('devices', { kind: ['phone', 'chassis'] }),
      expect.objectContaining({ reason: 'device_changed', scopes: [{ kind: 'device', deviceId: 'row' }] }),
    ],
    ['an entry that starts follows the race', update('entries', { status: ['confirmed', 'started'] }), null],
    [
      'an entry that retires has another result',
      update('entries', { status: ['started', 'dnf'] }),
      { reason: 'entry_changed', layers: ['results'], scopes: [{ kind: 'entry', entryId: 'row' }] },
    ],
    [
      'another reason of a retirement may take the time of a stage away',
      update('entries', { status_reason: ['mechanical: gearbox', 'cutoff: TC 4'] }, { status: 'dnf' }),
      { reason: 'entry_changed', layers: ['results'], scopes: [{ kind: 'entry', entryId: 'row' }] },
    ],
    [
      'a reason beside a move that follows the race',
      update('entries', { status: ['confirmed', 'started'], status_reason: ['Papers shown', null] }),
      null,
    ],
    [
      'an entry that comes back',
      update('entries', { status: ['dnf', 'started'] }),
      expect.objectContaining({ reason: 'rejoin' }),
    ],
    [
      'another class has other rules',
      update('entries', { class_id: ['a', 'b'], status: ['started', 'finished'] }),
      expect.objectContaining({ reason: 'entry_changed', layers: ['penalties', 'results'] }),
    ],
    [
      'a penalty that an official overrides',
      update('entry_penalties', { value: [60, 0] }, { stage_id: 'stage', entry_id: 'e1' }),
      expect.objectContaining({
        reason: 'penalty_changed',
        layers: ['results'],
        scopes: [
          { kind: 'stage', stageId: 'stage', entryIds: ['e1'] },
          { kind: 'stage', stageId: 'stage', entryIds: ['e1'] },
        ],
      }),
    ],
    [
      'a crossing that is set by hand',
      insert('entry_crossings', { entry_id: 'e1', source: 'manual', ts: '2026-06-06T08:00:00Z' }),
      expect.objectContaining({ reason: 'manual_correction', scopes: [{ kind: 'entry', entryId: 'e1' }] }),
    ],
    [
      'a crossing by hand that was of another entry reaches both',
      update('entry_crossings', { entry_id: ['e1', 'e2'] }, { source: 'manual' }),
      expect.objectContaining({
        scopes: [
          { kind: 'entry', entryId: 'e1' },
          { kind: 'entry', entryId: 'e2' },
        ],
      }),
    ],
    [
      'a crossing that was computed is no wish to compute',
      insert('entry_crossings', { entry_id: 'e1', source: 'gps', ts: '2026-06-06T08:00:00Z' }),
      null,
    ],
    ['a table that no result depends on', update('organizations', { name: ['a', 'b'] }), null],
  ])('%s', (_, change, plan) => {
    expect(planRecompute(change)).toEqual(plan);
  });

  it('reaches somebody whenever it reaches anybody', () => {
    for (const table of TABLES_THAT_MATTER) {
      const row = {
        entry_id: 'e',
        stage_id: 's',
        segment_id: 'g',
        area: NORTH,
        location: NORTH,
        source: 'manual',
      };
      const plan = planRecompute(insert(table, row));
      expect(plan === null || plan.scopes.length > 0).toBe(true);
    }
  });
});

describe('planRecomputeOfStarts', () => {
  const change = { stageId: 'stage', operation: 'update' as const, entryIds: ['e1', 'e2'] };

  it.each([
    ['a planned start that moves', ['target_at'], 'start_list_changed'],
    ['an empty slot', ['state'], 'start_list_changed'],
    ['an actual start', ['actual_at'], 'timing_changed'],
    ['both', ['actual_at', 'target_at'], 'start_list_changed'],
  ])('%s', (_, changed, reason) => {
    expect(planRecomputeOfStarts({ ...change, changed })).toEqual({
      reason,
      layers: ['crossings', 'penalties', 'results'],
      scopes: [{ kind: 'starts', stageId: 'stage', entryIds: ['e1', 'e2'] }],
    });
  });

  it('is nothing without entries', () => {
    expect(planRecomputeOfStarts({ ...change, entryIds: [], changed: ['target_at'] })).toBeNull();
  });
});

describe('RECOMPUTE_REASONS', () => {
  it('puts what one crew waits for in front of what touches many', () => {
    expect(RECOMPUTE_REASONS.position_faulty.live).toBeLessThan(RECOMPUTE_REASONS.formula_changed.live);
    expect(RECOMPUTE_REASONS.formula_changed.live).toBeLessThan(RECOMPUTE_REASONS.replay.live);
    expect(Object.values(RECOMPUTE_REASONS).every(({ live, other }) => live <= other)).toBe(true);
  });
});
