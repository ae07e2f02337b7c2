-- What: every change that can alter a result leaves a row in control.outbox (or, for positions, the targets themselves),
--       in the transaction that makes it, whoever makes it.
-- Why:  a correction that no trigger saw is a result that never follows. Webhooks may be lost; these rows can't.
-- Read by: the planner of the worker (libs/recompute), which turns the rows into requests by libs/rules/src/recompute.
-- Inserts into positions are not looked at: fixes arrive by the thousand a second.

-- ── Rows of the catalogue ───────────────────────────────────────────────────────────────────────────────────────

-- The person behind a change: a program says so with SET LOCAL trm.actor; Directus writes it into the row.
CREATE OR REPLACE FUNCTION control.author_of(changed_row jsonb, is_new boolean) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    nullif(current_setting('trm.actor', true), ''),
    CASE WHEN current_setting('application_name') LIKE 'directus%'
      THEN CASE WHEN is_new THEN changed_row ->> 'created_by' ELSE changed_row ->> 'updated_by' END END)::uuid
$$;

-- Writes down a changed row with what it was and what it is. Nothing is written when no field differs, and nothing for
-- what a processor writes itself (it says so with SET LOCAL trm.computing = 'on'): its results are no wish for results.
-- Arguments: further fields that do not matter.
CREATE OR REPLACE FUNCTION control.capture_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  becomes jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
  fields text[];
BEGIN
  IF current_setting('trm.computing', true) = 'on' THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(k.field ORDER BY k.field) INTO fields
  FROM jsonb_object_keys(coalesce(becomes, was)) AS k (field)
  WHERE was -> k.field IS DISTINCT FROM becomes -> k.field
    AND k.field <> ALL (ARRAY['created_at', 'created_by', 'updated_at', 'updated_by'] || TG_ARGV::text[]);
  IF fields IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO control.outbox (topic, key, payload)
  VALUES ('row.changed', TG_TABLE_NAME || ':' || (coalesce(becomes, was) ->> 'id'), jsonb_build_object(
    'v', 1, 'table', TG_TABLE_NAME, 'operation', lower(TG_OP), 'before', was, 'after', becomes, 'changed', to_jsonb(fields),
    'authorId', control.author_of(coalesce(becomes, was), TG_OP = 'INSERT')));
  RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER geofences_9_capture AFTER INSERT OR UPDATE OR DELETE ON geofences
  FOR EACH ROW EXECUTE FUNCTION control.capture_change();
CREATE OR REPLACE TRIGGER waypoints_9_capture AFTER INSERT OR UPDATE OR DELETE ON waypoints
  FOR EACH ROW EXECUTE FUNCTION control.capture_change();
CREATE OR REPLACE TRIGGER speed_limit_zones_9_capture AFTER INSERT OR UPDATE OR DELETE ON speed_limit_zones
  FOR EACH ROW EXECUTE FUNCTION control.capture_change();
CREATE OR REPLACE TRIGGER segments_9_capture AFTER INSERT OR UPDATE OR DELETE ON segments
  FOR EACH ROW EXECUTE FUNCTION control.capture_change();
CREATE OR REPLACE TRIGGER events_9_capture AFTER UPDATE ON events
  FOR EACH ROW EXECUTE FUNCTION control.capture_change('name', 'slug', 'notes', 'regulation_doc_url');
CREATE OR REPLACE TRIGGER stages_9_capture AFTER UPDATE ON stages
  FOR EACH ROW EXECUTE FUNCTION control.capture_change('current_start_list_id');
CREATE OR REPLACE TRIGGER penalty_formulas_9_capture AFTER INSERT OR UPDATE OR DELETE ON penalty_formulas
  FOR EACH ROW EXECUTE FUNCTION control.capture_change();
CREATE OR REPLACE TRIGGER entry_devices_9_capture AFTER INSERT OR UPDATE OR DELETE ON entry_devices
  FOR EACH ROW EXECUTE FUNCTION control.capture_change('assigned_user_id');
CREATE OR REPLACE TRIGGER devices_9_capture AFTER UPDATE ON devices
  FOR EACH ROW EXECUTE FUNCTION control.capture_change('last_position_at', 'model', 'kind', 'has_panic_button');
CREATE OR REPLACE TRIGGER entries_9_capture AFTER UPDATE ON entries
  FOR EACH ROW EXECUTE FUNCTION control.capture_change('name', 'team_name', 'status_reason', 'waiting_since', 'seed', 'race_number', 'vehicle_id', 'priority_group');
CREATE OR REPLACE TRIGGER entry_penalties_9_capture AFTER INSERT OR UPDATE OR DELETE ON entry_penalties
  FOR EACH ROW EXECUTE FUNCTION control.capture_change();
CREATE OR REPLACE TRIGGER entry_crossings_9_capture AFTER INSERT OR UPDATE OR DELETE ON entry_crossings
  FOR EACH ROW EXECUTE FUNCTION control.capture_change();

-- ── Starts ──────────────────────────────────────────────────────────────────────────────────────────────────────

-- An opening writes them by the hundred thousand, so one row is left for each stage and statement, not for each start.
CREATE OR REPLACE FUNCTION control.capture_starts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  stage record;
BEGIN
  IF current_setting('trm.computing', true) = 'on' THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    FOR stage IN
      SELECT g.stage_id, array_agg(DISTINCT n.entry_id) AS entries, ARRAY['target_at'] AS changed
      FROM new_starts n JOIN segments g ON g.id = n.segment_id GROUP BY g.stage_id
    LOOP
      PERFORM control.note_starts(stage.stage_id, 'insert', stage.entries, stage.changed);
    END LOOP;
  ELSIF TG_OP = 'DELETE' THEN
    FOR stage IN
      SELECT g.stage_id, array_agg(DISTINCT o.entry_id) AS entries, ARRAY['target_at', 'actual_at'] AS changed
      FROM old_starts o JOIN segments g ON g.id = o.segment_id GROUP BY g.stage_id
    LOOP
      PERFORM control.note_starts(stage.stage_id, 'delete', stage.entries, stage.changed);
    END LOOP;
  ELSE
    FOR stage IN
      SELECT g.stage_id, array_agg(DISTINCT n.entry_id) AS entries, array_remove(ARRAY[
               CASE WHEN bool_or(o.target_at IS DISTINCT FROM n.target_at) THEN 'target_at' END,
               CASE WHEN bool_or(o.actual_at IS DISTINCT FROM n.actual_at) THEN 'actual_at' END,
               CASE WHEN bool_or(o.state <> n.state) THEN 'state' END], NULL) AS changed
      FROM old_starts o JOIN new_starts n USING (id) JOIN segments g ON g.id = n.segment_id
      WHERE (o.target_at, o.actual_at, o.state) IS DISTINCT FROM (n.target_at, n.actual_at, n.state)
      GROUP BY g.stage_id
    LOOP
      PERFORM control.note_starts(stage.stage_id, 'update', stage.entries, stage.changed);
    END LOOP;
  END IF;
  RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION control.note_starts(of_stage uuid, operation text, entries uuid[], changed text[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO control.outbox (topic, key, payload)
  VALUES ('starts.changed', of_stage, jsonb_build_object(
    'v', 1, 'stageId', of_stage, 'operation', operation, 'entryIds', to_jsonb(entries), 'changed', to_jsonb(changed),
    'authorId', nullif(current_setting('trm.actor', true), '')))
$$;
CREATE OR REPLACE TRIGGER entry_segment_starts_9_capture_insert AFTER INSERT ON entry_segment_starts
  REFERENCING NEW TABLE AS new_starts FOR EACH STATEMENT EXECUTE FUNCTION control.capture_starts();
CREATE OR REPLACE TRIGGER entry_segment_starts_9_capture_update AFTER UPDATE ON entry_segment_starts
  REFERENCING OLD TABLE AS old_starts NEW TABLE AS new_starts FOR EACH STATEMENT EXECUTE FUNCTION control.capture_starts();
CREATE OR REPLACE TRIGGER entry_segment_starts_9_capture_delete AFTER DELETE ON entry_segment_starts
  REFERENCING OLD TABLE AS old_starts FOR EACH STATEMENT EXECUTE FUNCTION control.capture_starts();

-- ── Positions ───────────────────────────────────────────────────────────────────────────────────────────────────

-- When fixes of an entry count for a stage: from an hour before its first start there (crews are early) until the stage
-- must be over, a day later or six hours behind the longest time that its segments allow. Windows of an entry may
-- overlap: a crew that is late can still be on its way when its next stage was to start.
-- A processor reads fixes in the same window (control.fixes_of), so what is outside can't change a result.
CREATE OR REPLACE FUNCTION control.recompute_windows(of_entries uuid[])
RETURNS TABLE (entry_id uuid, stage_id uuid, event_id uuid, during tstzrange) LANGUAGE sql STABLE AS $$
  SELECT x.entry_id, s.id, s.event_id, tstzrange(
    min(coalesce(x.actual_at, x.target_at)) - interval '1 hour',
    min(coalesce(x.actual_at, x.target_at)) + greatest(interval '24 hours', interval '6 hours' + make_interval(secs => (
      SELECT coalesce(sum(m.max_duration_seconds), 0) FROM segments m WHERE m.stage_id = s.id))))
  FROM entry_segment_starts x
  JOIN segments g ON g.id = x.segment_id
  JOIN stages s ON s.id = g.stage_id
  WHERE x.entry_id = ANY (of_entries)
  GROUP BY x.entry_id, s.id
  HAVING min(coalesce(x.actual_at, x.target_at)) IS NOT NULL
$$;

-- The fixes that count for an entry in a stage: of the trackers that it carried then, not faulty and in no range that
-- is marked so (a tracker that was out of reach sends its fixes after the mark was made).
CREATE OR REPLACE FUNCTION control.fixes_of(of_entry uuid, of_stage uuid)
RETURNS TABLE (device_id uuid, kind text, ts timestamptz, lat double precision, lon double precision, speed_kmh real, satellites smallint)
LANGUAGE sql STABLE AS $$
  SELECT d.id, d.kind, p.ts, p.lat, p.lon, p.speed_kmh, p.satellites
  FROM control.recompute_windows(ARRAY[of_entry]) w
  JOIN entry_devices b ON b.entry_id = w.entry_id
  JOIN devices d ON d.id = b.device_id
  CROSS JOIN LATERAL (
    SELECT coalesce(range_agg(tstzrange(f.ts_from, f.ts_to, '[]')), '{}') AS marked
    FROM position_faults f WHERE f.restored_at IS NULL AND (f.device_id = d.id OR f.entry_id = of_entry)
  ) faults
  JOIN positions p ON p.device_id = d.imei
    AND p.ts >= greatest(lower(w.during), b.valid_from) AND p.ts < least(upper(w.during), coalesce(b.valid_to, 'infinity'))
  WHERE w.stage_id = of_stage AND NOT p.faulty AND NOT faults.marked @> p.ts
  ORDER BY d.id, p.ts
$$;

-- One statement that turns fixes faulty, or good again, is one request for each event, however many fixes and entries.
CREATE OR REPLACE FUNCTION control.capture_faulty_positions() RETURNS trigger LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  fault position_faults;
  touched record;
  is_faulty boolean;
BEGIN
  -- Most updates of positions do not touch the mark: find that out before anything else is looked at.
  SELECT n.faulty INTO is_faulty FROM old_positions o JOIN new_positions n USING (device_id, ts)
  WHERE o.faulty <> n.faulty LIMIT 1;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  -- One plan for the single marks that people make, another for each mass of them: it depends on how many there are.
  IF (SELECT count(*) FROM (SELECT FROM new_positions LIMIT 301) few) > 300 THEN
    PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
  END IF;
  IF coalesce(current_setting('trm.position_fault', true), '') <> '' THEN
    SELECT * INTO fault FROM position_faults f WHERE f.id = current_setting('trm.position_fault')::uuid;
  END IF;
  FOR touched IN
    WITH changed AS MATERIALIZED (
      SELECT d.id AS device_id, n.ts
      FROM old_positions o JOIN new_positions n USING (device_id, ts) JOIN devices d ON d.imei = n.device_id
      WHERE o.faulty <> n.faulty
    ), spans AS MATERIALIZED (
      SELECT c.device_id, min(c.ts) AS first_ts, max(c.ts) AS last_ts FROM changed c GROUP BY c.device_id
    ), bound AS MATERIALIZED (
      SELECT b.entry_id, b.device_id, tstzrange(b.valid_from, b.valid_to) AS valid
      FROM entry_devices b JOIN spans s ON s.device_id = b.device_id
        AND tstzrange(b.valid_from, b.valid_to) && tstzrange(s.first_ts, s.last_ts, '[]')
    ), windows AS MATERIALIZED (
      SELECT w.* FROM control.recompute_windows(ARRAY(SELECT DISTINCT b.entry_id FROM bound b)) w
    ), hits AS (
      SELECT w.event_id, w.entry_id, w.stage_id, count(*) AS fixes, min(c.ts) AS first_ts, max(c.ts) AS last_ts
      FROM changed c
      JOIN bound b ON b.device_id = c.device_id AND b.valid @> c.ts
      JOIN windows w ON w.entry_id = b.entry_id AND w.during @> c.ts
      GROUP BY w.event_id, w.entry_id, w.stage_id
    )
    SELECT h.event_id, array_agg(h.entry_id) AS entries, array_agg(h.stage_id) AS stages, sum(h.fixes) AS fixes,
           tstzrange(min(h.first_ts), max(h.last_ts), '[]') AS during
    FROM hits h GROUP BY h.event_id ORDER BY h.event_id
  LOOP
    PERFORM control.request_recompute(
      touched.event_id, touched.entries, touched.stages, 7,
      CASE WHEN is_faulty THEN 'position_faulty' ELSE 'position_restored' END,
      CASE WHEN is_faulty THEN fault.reason ELSE fault.restore_reason END,
      coalesce(nullif(current_setting('trm.actor', true), '')::uuid, CASE WHEN is_faulty THEN fault.created_by ELSE coalesce(fault.restored_by, fault.updated_by) END),
      jsonb_build_object('positions', touched.fixes, 'positionFaultId', fault.id), touched.during);
  END LOOP;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER positions_9_capture AFTER UPDATE ON positions
  REFERENCING OLD TABLE AS old_positions NEW TABLE AS new_positions
  FOR EACH STATEMENT EXECUTE FUNCTION control.capture_faulty_positions();

-- 015, with one change: the request that follows knows which mark it comes from.
CREATE OR REPLACE FUNCTION control.apply_position_fault() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('trm.position_fault', coalesce(NEW.id, OLD.id)::text, true);
  IF TG_OP <> 'INSERT' THEN
    PERFORM control.remark_positions(OLD.device_id, OLD.entry_id, OLD.ts_from, OLD.ts_to);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM control.remark_positions(NEW.device_id, NEW.entry_id, NEW.ts_from, NEW.ts_to);
  END IF;
  PERFORM set_config('trm.position_fault', '', true);
  RETURN NULL;
END
$$;

-- ── Results ─────────────────────────────────────────────────────────────────────────────────────────────────────

-- What a result is to people: its key, version and stamps are left out. Takes the row as jsonb, because a function that
-- takes a row of the table would stand in the way of every change to that table.
CREATE OR REPLACE FUNCTION control.result_facts(r jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object('status', r -> 'status', 'place', r -> 'place', 'classPlace', r -> 'class_place',
    'elapsedMs', r -> 'elapsed_ms', 'neutralisedMs', r -> 'neutralised_ms', 'bonusMs', r -> 'bonus_ms',
    'penaltyMs', r -> 'penalty_ms', 'netMs', r -> 'net_ms', 'points', r -> 'points')
$$;

CREATE OR REPLACE FUNCTION control.note_result_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO control.result_changes (stage_id, entry_id, after)
    SELECT n.stage_id, n.entry_id, control.result_facts(to_jsonb(n)) FROM new_results n;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO control.result_changes (stage_id, entry_id, before)
    SELECT o.stage_id, o.entry_id, control.result_facts(to_jsonb(o)) FROM old_results o;
  ELSE
    INSERT INTO control.result_changes (stage_id, entry_id, before, after)
    SELECT n.stage_id, n.entry_id, control.result_facts(to_jsonb(o)), control.result_facts(to_jsonb(n))
    FROM old_results o JOIN new_results n USING (id)
    WHERE control.result_facts(to_jsonb(o)) <> control.result_facts(to_jsonb(n));
  END IF;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER stage_results_9_changes_after_insert AFTER INSERT ON stage_results
  REFERENCING NEW TABLE AS new_results FOR EACH STATEMENT EXECUTE FUNCTION control.note_result_changes();
CREATE OR REPLACE TRIGGER stage_results_9_changes_after_update AFTER UPDATE ON stage_results
  REFERENCING OLD TABLE AS old_results NEW TABLE AS new_results FOR EACH STATEMENT EXECUTE FUNCTION control.note_result_changes();
CREATE OR REPLACE TRIGGER stage_results_9_changes_after_delete AFTER DELETE ON stage_results
  REFERENCING OLD TABLE AS old_results FOR EACH STATEMENT EXECUTE FUNCTION control.note_result_changes();
