-- What: fixes count for a stage until its last control has closed, however long that is; which other stages of an entry
--       use the same fences in the same time; a tracker of another kind, and another reason of a retirement, are changes that
--       results depend on.
-- Why:  a stage whose closing times come from a rule (a brevet of 600 km has 40 hours) has no longest time of its
--       segments: fixes behind its first day were left out, and who came in on the second stayed without a result. The
--       kind of a tracker says which of several is believed. Two races of a day between the same fences have the same
--       fixes: each must know of the other.
-- Read by: processors (control.fixes_of), the trigger on positions, the planner. Replaces the function of 023.

-- When fixes of an entry count for a stage: from an hour before its first start there (crews are early) until the stage
-- must be over: a day later, or six hours behind the longest time that its segments allow, or behind its last closing.
-- Closing times are written with each version of a start list, together with the starts. Windows of an entry may overlap:
-- a crew that is late can still be on its way when its next stage was to start.
-- A processor reads fixes in the same window (control.fixes_of), so what is outside can't change a result.
CREATE OR REPLACE FUNCTION control.recompute_windows(of_entries uuid[])
RETURNS TABLE (entry_id uuid, stage_id uuid, event_id uuid, during tstzrange) LANGUAGE sql STABLE AS $$
  SELECT x.entry_id, s.id, s.event_id, tstzrange(
    min(coalesce(x.actual_at, x.target_at)) - interval '1 hour',
    greatest(
      min(coalesce(x.actual_at, x.target_at)) + greatest(interval '24 hours', interval '6 hours' + make_interval(secs => (
        SELECT coalesce(sum(m.max_duration_seconds), 0) FROM segments m WHERE m.stage_id = s.id))),
      (SELECT max(c.closes_at) + interval '6 hours' FROM control_times c WHERE c.stage_id = s.id)))
  FROM entry_segment_starts x
  JOIN segments g ON g.id = x.segment_id
  JOIN stages s ON s.id = g.stage_id
  WHERE x.entry_id = ANY (of_entries)
  GROUP BY x.entry_id, s.id
  HAVING min(coalesce(x.actual_at, x.target_at)) IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION control.share_a_fence(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM segments a JOIN segments b
      ON ARRAY[a.entry_geofence_id, a.exit_geofence_id] && ARRAY[b.entry_geofence_id, b.exit_geofence_id]
    WHERE a.stage_id = one AND b.stage_id = other)
$$;

-- Other stages of an entry in whose time fixes may count for this one as well, between fences that both use.
CREATE OR REPLACE FUNCTION control.neighbours_of(of_entry uuid, of_stage uuid) RETURNS TABLE (stage_id uuid, during tstzrange)
LANGUAGE sql STABLE AS $$
  WITH mine AS MATERIALIZED (SELECT * FROM control.recompute_windows(ARRAY[of_entry]))
  SELECT w.stage_id, w.during
  FROM mine own JOIN mine w ON w.event_id = own.event_id AND w.stage_id <> own.stage_id AND w.during && own.during
  WHERE own.stage_id = of_stage AND control.share_a_fence(own.stage_id, w.stage_id)
$$;

CREATE OR REPLACE TRIGGER devices_9_capture AFTER UPDATE ON devices
  FOR EACH ROW EXECUTE FUNCTION control.capture_change('last_position_at', 'model', 'has_panic_button');
-- The code that the reason of a retirement begins with says whether the time of its stage stands.
CREATE OR REPLACE TRIGGER entries_9_capture AFTER UPDATE ON entries
  FOR EACH ROW EXECUTE FUNCTION control.capture_change('name', 'team_name', 'waiting_since', 'seed', 'race_number', 'vehicle_id', 'priority_group');
