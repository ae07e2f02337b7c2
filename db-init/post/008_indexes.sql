-- What: indexes for the questions asked most and for the foreign keys that are followed backwards.
-- Why:  Directus makes no index for a relation. It takes every single-column index that is not unique for its own
--       (and fails the next apply on it), so each index here has a second column or INCLUDEs the id.
-- Read by: lists in the Admin UI, the opening of a stage, the planner of recomputes (spatial ones), deletes.

CREATE INDEX IF NOT EXISTS organization_users_by_user ON organization_users (user_id, organization_id, role);
CREATE INDEX IF NOT EXISTS organization_vehicles_by_vehicle ON organization_vehicles (vehicle_id, organization_id);
CREATE INDEX IF NOT EXISTS organization_devices_by_device ON organization_devices (device_id, organization_id);

CREATE INDEX IF NOT EXISTS entries_by_event ON entries (event_id, status, class_id);
CREATE INDEX IF NOT EXISTS entries_by_class ON entries (class_id, id);
CREATE INDEX IF NOT EXISTS entries_by_vehicle ON entries (vehicle_id, id);
CREATE INDEX IF NOT EXISTS entry_crew_by_person ON entry_crew (user_id, entry_id);
CREATE INDEX IF NOT EXISTS entry_devices_by_entry ON entry_devices (entry_id, device_id);
CREATE INDEX IF NOT EXISTS entry_devices_by_wearer ON entry_devices (assigned_user_id, id);
CREATE INDEX IF NOT EXISTS entry_status_changes_by_entry ON entry_status_changes (entry_id, at);

CREATE INDEX IF NOT EXISTS stages_by_event ON stages (event_id, sort_order);
CREATE INDEX IF NOT EXISTS segments_by_stage ON segments (stage_id, sort_order);
CREATE INDEX IF NOT EXISTS segments_by_entry_geofence ON segments (entry_geofence_id, id);
CREATE INDEX IF NOT EXISTS segments_by_exit_geofence ON segments (exit_geofence_id, id);
CREATE INDEX IF NOT EXISTS geofences_by_event ON geofences (event_id, kind);
CREATE INDEX IF NOT EXISTS geofences_on_map ON geofences USING gist (area) INCLUDE (id);
CREATE INDEX IF NOT EXISTS waypoints_by_segment ON waypoints (segment_id, sort_order);
CREATE INDEX IF NOT EXISTS waypoints_on_map ON waypoints USING gist (location) INCLUDE (id);
CREATE INDEX IF NOT EXISTS speed_limit_zones_by_segment ON speed_limit_zones (segment_id, id);
CREATE INDEX IF NOT EXISTS speed_limit_zones_on_map ON speed_limit_zones USING gist (area) INCLUDE (id);

-- entry_segment_starts takes 250,000 rows in one statement: one index beside its unique key, no more.
CREATE INDEX IF NOT EXISTS entry_segment_starts_by_segment ON entry_segment_starts (segment_id, target_at);
CREATE INDEX IF NOT EXISTS entry_crossings_by_geofence ON entry_crossings (geofence_id, ts);
CREATE INDEX IF NOT EXISTS entry_penalties_by_entry ON entry_penalties (entry_id, stage_id);
CREATE INDEX IF NOT EXISTS entry_penalties_by_stage ON entry_penalties (stage_id, status);
CREATE INDEX IF NOT EXISTS stage_results_by_stage ON stage_results (stage_id, place);

CREATE INDEX IF NOT EXISTS position_faults_by_device ON position_faults (device_id, ts_from);
CREATE INDEX IF NOT EXISTS position_faults_by_entry ON position_faults (entry_id, ts_from);
CREATE INDEX IF NOT EXISTS recompute_requests_by_event ON recompute_requests (event_id, created_at);
CREATE INDEX IF NOT EXISTS stage_changes_by_stage ON stage_changes (stage_id, at);
