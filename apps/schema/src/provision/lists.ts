/**
 * The list of a collection as everybody first sees it: columns with their widths in pixels, and the order of the rows.
 * A person's own choice in the Admin UI stays that person's. Without these, Directus shows the first four columns of
 * the alphabet in no order.
 */
export interface ListDefinition {
  readonly columns: Readonly<Record<string, number>>;
  /** Column names; a leading minus is descending. */
  readonly sort: readonly string[];
}

export const LISTS: Readonly<Record<string, ListDefinition>> = {
  organizations: { columns: { name: 320, slug: 220 }, sort: ['name'] },
  organization_users: {
    columns: { user_id: 240, role: 180, organization_id: 260 },
    sort: ['organization_id', 'role'],
  },
  vehicles: {
    columns: { kind: 110, make: 160, model: 200, year: 90, plate: 140, sail_number: 120 },
    sort: ['make', 'model'],
  },
  devices: { columns: { imei: 200, kind: 130, model: 180, has_panic_button: 140 }, sort: ['imei'] },
  events: {
    columns: { name: 280, discipline: 130, status: 170, starts_at: 180, organization_id: 240 },
    sort: ['-starts_at'],
  },
  classes: {
    columns: {
      code: 90,
      name: 260,
      vehicle_kind: 110,
      number_from: 130,
      number_to: 120,
      capacity: 110,
      event_id: 220,
    },
    sort: ['sort_order'],
  },
  entries: {
    columns: { race_number: 100, name: 180, class_id: 200, status: 130, vehicle_id: 180, event_id: 200 },
    sort: ['race_number'],
  },
  entry_checks: {
    columns: { entry_id: 220, item: 240, state: 120, checked_at: 180, checked_by: 180 },
    sort: ['state'],
  },
  entry_status_changes: {
    columns: { at: 180, entry_id: 220, from_status: 140, to_status: 140, reason: 260, author_id: 180 },
    sort: ['-at'],
  },
  stages: {
    columns: { code: 90, name: 260, state: 130, starts_at: 180, start_order_strategy: 240, event_id: 220 },
    sort: ['sort_order'],
  },
  segments: {
    columns: {
      stage_id: 200,
      sort_order: 90,
      name: 280,
      type: 150,
      distance_km: 130,
      target_duration_seconds: 150,
    },
    sort: ['stage_id', 'sort_order'],
  },
  geofences: { columns: { name: 240, kind: 100, direction: 130, event_id: 220 }, sort: ['name'] },
  waypoints: {
    columns: { segment_id: 260, sort_order: 90, name: 180, kind: 90, tolerance_m: 130 },
    sort: ['segment_id', 'sort_order'],
  },
  speed_limit_zones: {
    columns: { name: 200, limit_kmh: 130, grace_kmh: 130, segment_id: 260 },
    sort: ['name'],
  },
  start_lists: {
    columns: { stage_id: 240, version: 100, status: 140, strategy: 240, published_at: 180, stale: 120 },
    sort: ['-published_at'],
  },
  entry_segment_starts: {
    columns: {
      target_at: 140,
      start_position: 90,
      entry_id: 220,
      segment_id: 280,
      actual_at: 140,
      state: 130,
      manual_override: 150,
    },
    sort: ['target_at'],
  },
  control_times: {
    columns: { geofence_id: 220, class_id: 100, opens_at: 150, closes_at: 150, mode: 200, stage_id: 220 },
    sort: ['opens_at'],
  },
  entry_crossings: {
    columns: { ts: 190, entry_id: 220, geofence_id: 200, direction: 120, source: 130 },
    sort: ['-ts'],
  },
  penalty_formulas: {
    columns: { name: 280, scope: 150, metric: 200, operator: 170, enabled: 100, event_id: 220 },
    sort: ['name'],
  },
  entry_penalties: {
    columns: { entry_id: 220, stage_id: 220, type: 180, value: 110, unit: 110, status: 140 },
    sort: ['-created_at'],
  },
  stage_results: {
    columns: {
      stage_id: 220,
      place: 90,
      entry_id: 220,
      class_place: 110,
      status: 140,
      net_ms: 130,
      points: 100,
    },
    sort: ['place'],
  },
  position_faults: {
    columns: { ts_from: 170, ts_to: 170, device_id: 220, entry_id: 200, reason: 260, restored_at: 180 },
    sort: ['-ts_from'],
  },
  recompute_requests: {
    columns: {
      created_at: 180,
      reason: 220,
      status: 120,
      targets_total: 160,
      targets_applied: 90,
      targets_failed: 90,
      requested_by: 180,
    },
    sort: ['-created_at'],
  },
  stage_changes: {
    columns: {
      at: 180,
      stage_id: 240,
      action: 200,
      entry_id: 200,
      to_state: 130,
      reason: 260,
      author_id: 180,
    },
    sort: ['-at'],
  },
};
