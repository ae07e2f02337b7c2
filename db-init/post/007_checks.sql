-- What: the values that each choice may take, and the ranges that make sense.
-- Why:  a dropdown only guides the Admin UI; a CHECK holds for every writer. The lists are those of the dropdowns.
-- Read by: every writer. SQLSTATE 23514; the control plane turns the constraint name into a sentence.

-- Choices
SELECT control.ensure_constraint('organization_users', 'organization_users_role_known', $$CHECK (role IN ('org-admin', 'race-director', 'timekeeper', 'marshal', 'participant', 'viewer'))$$);
SELECT control.ensure_constraint('vehicles', 'vehicles_kind_known', $$CHECK (kind IN ('moto', 'quad', 'car', 'ssv', 'truck', 'bicycle', 'boat', 'sled'))$$);
SELECT control.ensure_constraint('devices', 'devices_kind_known', $$CHECK (kind IN ('chassis', 'backup', 'body-worn', 'phone', 'satellite'))$$);
SELECT control.ensure_constraint('events', 'events_discipline_known', $$CHECK (discipline IN ('rally', 'time-trial', 'regatta', 'trail-run', 'hike'))$$);
SELECT control.ensure_constraint('events', 'events_status_known', $$CHECK (status IN ('draft', 'published', 'running', 'provisional', 'official', 'archived'))$$);
SELECT control.ensure_constraint('events', 'events_ranking_basis_known', $$CHECK (ranking_basis IN ('gun', 'net'))$$);
SELECT control.ensure_constraint('classes', 'classes_vehicle_kind_known', $$CHECK (vehicle_kind IN ('moto', 'quad', 'car', 'ssv', 'truck', 'bicycle', 'boat', 'sled'))$$);
SELECT control.ensure_constraint('classes', 'classes_rating_system_known', $$CHECK (rating_system IN ('none', 'tot', 'tod', 'py'))$$);
SELECT control.ensure_constraint('entries', 'entries_status_known', $$CHECK (status IN ('registered', 'confirmed', 'started', 'finished', 'dnf', 'dns', 'dsq', 'withdrawn'))$$);
SELECT control.ensure_constraint('entry_crew', 'entry_crew_role_known', $$CHECK (role IN ('pilot', 'co-pilot', 'navigator', 'mechanic', 'rider', 'runner', 'hiker', 'skipper', 'crew'))$$);
SELECT control.ensure_constraint('entry_checks', 'entry_checks_item_known', $$CHECK (item IN ('administrative', 'scrutineering', 'tracking', 'briefing', 'driving-licence', 'competition-licence', 'medical', 'insurance', 'vehicle-registration', 'rating-certificate', 'measurement-certificate', 'mandatory-kit', 'guardian-consent', 'emergency-contact', 'support-crew'))$$);
SELECT control.ensure_constraint('entry_checks', 'entry_checks_state_known', $$CHECK (state IN ('pending', 'passed', 'failed', 'waived'))$$);
SELECT control.ensure_constraint('entry_status_changes', 'entry_status_changes_from_status_known', $$CHECK (from_status IN ('registered', 'confirmed', 'started', 'finished', 'dnf', 'dns', 'dsq', 'withdrawn'))$$);
SELECT control.ensure_constraint('entry_status_changes', 'entry_status_changes_to_status_known', $$CHECK (to_status IN ('registered', 'confirmed', 'started', 'finished', 'dnf', 'dns', 'dsq', 'withdrawn'))$$);
SELECT control.ensure_constraint('stages', 'stages_state_known', $$CHECK (state IN ('draft', 'planned', 'open', 'running', 'closed', 'provisional', 'official'))$$);
SELECT control.ensure_constraint('stages', 'stages_role_known', $$CHECK (role IN ('prologue', 'stage', 'super-special', 'power', 'transfer'))$$);
SELECT control.ensure_constraint('stages', 'stages_start_order_strategy_known', $$CHECK (start_order_strategy IN ('race_number', 'inverse_race_number', 'championship_order', 'previous_stage_result', 'previous_stage_clean_result', 'inverse_of_overall', 'inverse_top_n_then_natural', 'top_pct_then_priority', 'position_choice', 'random', 'mass', 'waves', 'pursuit', 'manual'))$$);
SELECT control.ensure_constraint('stages', 'stages_absent_slot_policy_known', $$CHECK (absent_slot_policy IN ('keep', 'close_up'))$$);
SELECT control.ensure_constraint('segments', 'segments_type_known', $$CHECK (type IN ('liaison', 'special-stage', 'parc-ferme', 'neutralisation', 'loop'))$$);
SELECT control.ensure_constraint('segments', 'segments_enforcement_known', $$CHECK (enforcement IN ('strict', 'advisory'))$$);
SELECT control.ensure_constraint('geofences', 'geofences_kind_known', $$CHECK (kind IN ('start', 'finish', 'tc', 'pc', 'stop', 'zone', 'dz', 'fuel', 'neutralisation'))$$);
SELECT control.ensure_constraint('geofences', 'geofences_direction_known', $$CHECK (direction IN ('any', 'enter', 'exit'))$$);
SELECT control.ensure_constraint('waypoints', 'waypoints_kind_known', $$CHECK (kind IN ('wpm', 'wpe', 'wps', 'wpc', 'wpv', 'wpp', 'wpn', 'dss', 'ass', 'checkpoint'))$$);
SELECT control.ensure_constraint('start_lists', 'start_lists_status_known', $$CHECK (status IN ('draft', 'published', 'superseded'))$$);
SELECT control.ensure_constraint('start_lists', 'start_lists_strategy_known', $$CHECK (strategy IN ('race_number', 'inverse_race_number', 'championship_order', 'previous_stage_result', 'previous_stage_clean_result', 'inverse_of_overall', 'inverse_top_n_then_natural', 'top_pct_then_priority', 'position_choice', 'random', 'mass', 'waves', 'pursuit', 'manual'))$$);
SELECT control.ensure_constraint('control_times', 'control_times_mode_known', $$CHECK (mode IN ('fixed_clock', 'elapsed_from_wave', 'speed_table', 'last_due_plus', 'sweep_speed', 'stage_maximum', 'first_finisher_plus', 'target_multiplier'))$$);
SELECT control.ensure_constraint('entry_crossings', 'entry_crossings_direction_known', $$CHECK (direction IN ('enter', 'exit'))$$);
SELECT control.ensure_constraint('entry_crossings', 'entry_crossings_source_known', $$CHECK (source IN ('gps', 'manual'))$$);
SELECT control.ensure_constraint('penalty_formulas', 'penalty_formulas_scope_known', $$CHECK (scope IN ('event', 'stage', 'segment', 'waypoint', 'speed_limit_zone'))$$);
SELECT control.ensure_constraint('penalty_formulas', 'penalty_formulas_unit_known', $$CHECK (unit IN ('n', 's', 'min', 'm', 'km', 'km/h', '%', 'ratio', 'code'))$$);
SELECT control.ensure_constraint('penalty_formulas', 'penalty_formulas_bracket_mode_known', $$CHECK (bracket_mode IN ('flat', 'marginal', 'integral', 'by_occurrence', 'exclusive_min', 'exclusive_max', 'exclusive_min_inclusive_max'))$$);
SELECT control.ensure_constraint('penalty_formulas', 'penalty_formulas_operator_known', $$CHECK (operator IN ('add', 'per_unit', 'by_occurrence', 'clamp', 'formula', 'composite', 'status', 'rank_group', 'set_to_stage_maximum', 'class_best_plus', 'percent_of_class_last', 'bonus_per_unit', 'score_entries_plus', 'score_starters_plus'))$$);
SELECT control.ensure_constraint('penalty_formulas', 'penalty_formulas_penalty_unit_known', $$CHECK (penalty_unit IN ('s', 'points', 'places', '%', 'code', 'params'))$$);
SELECT control.ensure_constraint('penalty_formulas', 'penalty_formulas_stacking_known', $$CHECK (stacking IN ('sum', 'max', 'per_impulse', 'per_zone_sum'))$$);
SELECT control.ensure_constraint('entry_penalties', 'entry_penalties_unit_known', $$CHECK (unit IN ('s', 'points', 'places', '%', 'status'))$$);
SELECT control.ensure_constraint('entry_penalties', 'entry_penalties_status_known', $$CHECK (status IN ('proposed', 'confirmed', 'overridden', 'cancelled'))$$);
SELECT control.ensure_constraint('stage_results', 'stage_results_status_known', $$CHECK (status IN ('pending', 'classified', 'max_time', 'dnf', 'dns', 'dsq', 'otl'))$$);
SELECT control.ensure_constraint('recompute_requests', 'recompute_requests_reason_known', $$CHECK (reason IN ('position_faulty', 'position_restored', 'geometry_changed', 'waypoint_changed', 'formula_changed', 'timing_changed', 'start_list_changed', 'device_changed', 'entry_changed', 'penalty_changed', 'manual_correction', 'rejoin', 'replay'))$$);
SELECT control.ensure_constraint('recompute_requests', 'recompute_requests_status_known', $$CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled'))$$);
SELECT control.ensure_constraint('stage_changes', 'stage_changes_action_known', $$CHECK (action IN ('opened', 'redrawn', 'late_entry_added', 'entry_removed', 'pinned', 'unpinned', 'delayed', 'started', 'start_recorded', 'closed', 'reopened', 'made_provisional', 'made_official', 'marked_stale'))$$);
SELECT control.ensure_constraint('stage_changes', 'stage_changes_from_state_known', $$CHECK (from_state IN ('draft', 'planned', 'open', 'running', 'closed', 'provisional', 'official'))$$);
SELECT control.ensure_constraint('stage_changes', 'stage_changes_to_state_known', $$CHECK (to_state IN ('draft', 'planned', 'open', 'running', 'closed', 'provisional', 'official'))$$);

-- Names and identities
SELECT control.ensure_constraint('organizations', 'organizations_slug_readable', $$CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')$$);
SELECT control.ensure_constraint('events', 'events_slug_readable', $$CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')$$);
SELECT control.ensure_constraint('devices', 'devices_imei_not_empty', $$CHECK (btrim(imei) <> '')$$);
SELECT control.ensure_constraint('directus_users', 'directus_users_nationality_three_letters', $$CHECK (nationality ~ '^[A-Z]{3}$')$$);

-- Vehicles, classes and entries
SELECT control.ensure_constraint('vehicles', 'vehicles_sane', $$CHECK (year BETWEEN 1886 AND 2100 AND cc >= 0 AND rating > 0)$$);
SELECT control.ensure_constraint('classes', 'classes_numbers_in_order', $$CHECK (number_from >= 0 AND number_from <= number_to)$$);
SELECT control.ensure_constraint('classes', 'classes_ages_in_order', $$CHECK (min_age >= 0 AND max_age >= 0 AND min_age <= max_age)$$);
SELECT control.ensure_constraint('classes', 'classes_capacity_not_negative', $$CHECK (capacity >= 0)$$);
SELECT control.ensure_constraint('entries', 'entries_race_number_not_negative', $$CHECK (race_number >= 0)$$);
SELECT control.ensure_constraint('entries', 'entries_seed_from_one', $$CHECK (seed >= 1)$$);
SELECT control.ensure_constraint('entry_devices', 'entry_devices_from_before_to', $$CHECK (valid_from <= valid_to)$$);
SELECT control.ensure_constraint('entry_checks', 'entry_checks_waived_with_reason', $$CHECK (state <> 'waived' OR btrim(coalesce(waived_reason, '')) <> '')$$);

-- Events and stages
SELECT control.ensure_constraint('events', 'events_starts_before_it_ends', $$CHECK (starts_at < ends_at)$$);
SELECT control.ensure_constraint('events', 'events_registration_opens_before_it_closes', $$CHECK (registration_opens_at < registration_closes_at)$$);
SELECT control.ensure_constraint('events', 'events_rejoins_not_negative', $$CHECK (rejoin_max >= 0)$$);
SELECT control.ensure_constraint('stages', 'stages_interval_not_negative', $$CHECK (start_interval_seconds >= 0)$$);
SELECT control.ensure_constraint('stages', 'stages_delay_not_negative', $$CHECK (delay_seconds >= 0)$$);
SELECT control.ensure_constraint('stages', 'stages_leg_not_negative', $$CHECK (leg_number >= 0)$$);
SELECT control.ensure_constraint('stages', 'stages_not_drawn_from_itself', $$CHECK (start_order_input_stage_id <> id)$$);
SELECT control.ensure_constraint('segments', 'segments_durations_sane', $$CHECK (target_duration_seconds >= 0 AND max_duration_seconds >= 0 AND lead_time_seconds >= 0 AND break_seconds >= 0 AND bogey_seconds >= 0)$$);
SELECT control.ensure_constraint('segments', 'segments_target_within_maximum', $$CHECK (target_duration_seconds <= max_duration_seconds)$$);
SELECT control.ensure_constraint('segments', 'segments_distance_not_negative', $$CHECK (distance_km >= 0)$$);
SELECT control.ensure_constraint('waypoints', 'waypoints_radii_sane', $$CHECK (tolerance_m > 0 AND open_radius_m >= 0)$$);
SELECT control.ensure_constraint('speed_limit_zones', 'speed_limit_zones_limit_sane', $$CHECK (limit_kmh BETWEEN 1 AND 300 AND grace_kmh >= 0)$$);
-- An invalid outline (crossing itself) would make every later crossing an error in the middle of a race.
SELECT control.ensure_constraint('geofences', 'geofences_area_valid', $$CHECK (ST_IsValid(area) AND NOT ST_IsEmpty(area))$$);
SELECT control.ensure_constraint('speed_limit_zones', 'speed_limit_zones_area_valid', $$CHECK (ST_IsValid(area) AND NOT ST_IsEmpty(area))$$);

-- Timing
SELECT control.ensure_constraint('start_lists', 'start_lists_version_from_one', $$CHECK (version >= 1)$$);
SELECT control.ensure_constraint('start_lists', 'start_lists_published_with_date', $$CHECK (status = 'draft' OR published_at IS NOT NULL)$$);
SELECT control.ensure_constraint('entry_segment_starts', 'entry_segment_starts_position_from_one', $$CHECK (start_position >= 1)$$);
SELECT control.ensure_constraint('entry_segment_starts', 'entry_segment_starts_pinned_with_reason', $$CHECK (NOT manual_override OR btrim(coalesce(pin_reason, '')) <> '')$$);
SELECT control.ensure_constraint('control_times', 'control_times_open_before_they_close', $$CHECK (opens_at <= closes_at)$$);
SELECT control.ensure_constraint('entry_crossings', 'entry_crossings_by_hand_with_reason', $$CHECK (source <> 'manual' OR btrim(coalesce(reason, '')) <> '')$$);
SELECT control.ensure_constraint('penalty_formulas', 'penalty_formulas_offence_in_order', $$CHECK (offence_min <= offence_max)$$);
SELECT control.ensure_constraint('penalty_formulas', 'penalty_formulas_per_positive', $$CHECK (per > 0)$$);
SELECT control.ensure_constraint('penalty_formulas', 'penalty_formulas_version_from_one', $$CHECK (version >= 1)$$);
SELECT control.ensure_constraint('entry_penalties', 'entry_penalties_overridden_with_reason', $$CHECK (status NOT IN ('overridden', 'cancelled') OR btrim(coalesce(override_reason, '')) <> '')$$);
SELECT control.ensure_constraint('stage_results', 'stage_results_places_from_one', $$CHECK (place >= 1 AND class_place >= 1)$$);
SELECT control.ensure_constraint('stage_results', 'stage_results_times_not_negative', $$CHECK (elapsed_ms >= 0 AND neutralised_ms >= 0 AND bonus_ms >= 0 AND penalty_ms >= 0)$$);

-- Operations
SELECT control.ensure_constraint('position_faults', 'position_faults_tracker_or_entry', $$CHECK (num_nonnulls(device_id, entry_id) = 1)$$);
SELECT control.ensure_constraint('position_faults', 'position_faults_from_before_to', $$CHECK (ts_from <= ts_to)$$);
SELECT control.ensure_constraint('position_faults', 'position_faults_reason_given', $$CHECK (btrim(reason) <> '')$$);
SELECT control.ensure_constraint('recompute_requests', 'recompute_requests_counts_sane', $$CHECK (targets_total >= 0 AND targets_applied >= 0 AND targets_failed >= 0 AND targets_applied + targets_failed <= targets_total)$$);
