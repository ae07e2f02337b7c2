-- What: what may exist only once: composite and partial keys, and "one tracker on one entry at a time".
-- Why:  Directus can only express the uniqueness of a single column.
-- Read by: every writer; Directus answers a broken one with 400 RECORD_NOT_UNIQUE and the names of the fields.
-- Each index has two columns or more: Directus takes a single-column index for its own and drops it by a guessed name.

CREATE UNIQUE INDEX IF NOT EXISTS organization_users_role_once ON organization_users (organization_id, user_id, role);
CREATE UNIQUE INDEX IF NOT EXISTS organization_vehicles_once ON organization_vehicles (organization_id, vehicle_id);
CREATE UNIQUE INDEX IF NOT EXISTS organization_devices_once ON organization_devices (organization_id, device_id);

CREATE UNIQUE INDEX IF NOT EXISTS events_slug_once ON events (organization_id, slug);
CREATE UNIQUE INDEX IF NOT EXISTS classes_code_once ON classes (event_id, code);
-- A withdrawn entry gives its number back.
CREATE UNIQUE INDEX IF NOT EXISTS entries_race_number_once ON entries (event_id, race_number) WHERE status <> 'withdrawn';
CREATE UNIQUE INDEX IF NOT EXISTS entry_crew_person_once ON entry_crew (entry_id, user_id);
CREATE UNIQUE INDEX IF NOT EXISTS entry_checks_item_once ON entry_checks (entry_id, item);
-- A tracker may come back to an entry that it had left, so only the binding that still runs is unique.
CREATE UNIQUE INDEX IF NOT EXISTS entry_devices_binding_once ON entry_devices (entry_id, device_id) WHERE valid_to IS NULL;
SELECT control.ensure_constraint('entry_devices', 'entry_devices_tracker_on_one_entry_at_a_time',
  'EXCLUDE USING gist (device_id WITH =, tstzrange(valid_from, valid_to) WITH &&)');

CREATE UNIQUE INDEX IF NOT EXISTS stages_code_once ON stages (event_id, code) WHERE code IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS penalty_formulas_code_once ON penalty_formulas (event_id, code) WHERE code IS NOT NULL;

CREATE UNIQUE INDEX IF NOT EXISTS start_lists_version_once ON start_lists (stage_id, version);
CREATE UNIQUE INDEX IF NOT EXISTS start_lists_one_in_force ON start_lists (stage_id, status) WHERE status = 'published';
CREATE UNIQUE INDEX IF NOT EXISTS entry_segment_starts_once ON entry_segment_starts (entry_id, segment_id);
-- NULLS NOT DISTINCT: "no class" means all classes, and that too may stand there only once.
CREATE UNIQUE INDEX IF NOT EXISTS control_times_once
  ON control_times (stage_id, segment_id, geofence_id, class_id) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX IF NOT EXISTS entry_crossings_once ON entry_crossings (entry_id, geofence_id, ts);
CREATE UNIQUE INDEX IF NOT EXISTS stage_results_once ON stage_results (entry_id, stage_id);
