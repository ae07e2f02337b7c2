-- What: positions that turn faulty, or good again, are looked at once.
-- Why:  023 compared the old and the new rows of a statement twice and laid each of them over the windows of the stages.
--       With 100,000 positions in one statement that was two fifths of the time of the statement itself.
-- Read by: every UPDATE of positions, as the body of the trigger positions_9_capture of 023.

CREATE OR REPLACE FUNCTION control.capture_faulty_positions() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
-- Old and new rows come unsorted: sorting both to merge them takes three times as long as hashing one.
SET enable_mergejoin = off AS $$
DECLARE
  fault position_faults;
  touched record;
BEGIN
  -- One plan for the single marks that people make, another for each mass of them: it depends on how many there are.
  IF (SELECT count(*) FROM (SELECT FROM new_positions LIMIT 301) few) > 300 THEN
    PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
  END IF;
  FOR touched IN
    WITH changed AS MATERIALIZED (
      SELECT n.device_id, n.ts, n.faulty FROM old_positions o JOIN new_positions n USING (device_id, ts) WHERE o.faulty <> n.faulty
    ), spans AS MATERIALIZED (
      SELECT d.id AS device_id, c.*
      FROM (SELECT c.device_id AS imei, tstzrange(min(c.ts), max(c.ts), '[]') AS span, count(*) AS fixes, bool_or(c.faulty) AS is_faulty
            FROM changed c GROUP BY c.device_id) c
      JOIN devices d ON d.imei = c.imei
    ), bound AS MATERIALIZED (
      SELECT b.entry_id, s.*, tstzrange(b.valid_from, b.valid_to) AS valid
      FROM spans s JOIN entry_devices b ON b.device_id = s.device_id AND tstzrange(b.valid_from, b.valid_to) && s.span
    ), windows AS MATERIALIZED (
      SELECT w.* FROM control.recompute_windows(ARRAY(SELECT DISTINCT b.entry_id FROM bound b)) w
    ), meetings AS MATERIALIZED (
      SELECT w.event_id, w.entry_id, w.stage_id, b.imei, b.span, b.fixes, b.is_faulty, b.valid * w.during AS counted
      FROM bound b JOIN windows w ON w.entry_id = b.entry_id AND w.during && b.span
    ), hits AS (
      -- All of them count: nobody has to look at each.
      SELECT m.event_id, m.entry_id, m.stage_id, m.fixes, m.is_faulty, m.span
      FROM meetings m WHERE m.counted @> m.span
      UNION ALL
      SELECT m.event_id, m.entry_id, m.stage_id, count(*), bool_or(c.faulty), tstzrange(min(c.ts), max(c.ts), '[]')
      FROM meetings m JOIN changed c ON c.device_id = m.imei AND m.counted @> c.ts
      WHERE NOT m.counted @> m.span
      GROUP BY m.event_id, m.entry_id, m.stage_id, m.imei
    )
    SELECT h.event_id, array_agg(h.entry_id) AS entries, array_agg(h.stage_id) AS stages, sum(h.fixes) AS fixes,
           bool_or(h.is_faulty) AS is_faulty, tstzrange(min(lower(h.span)), max(upper(h.span)), '[]') AS during
    FROM hits h GROUP BY h.event_id ORDER BY h.event_id
  LOOP
    IF fault.id IS NULL AND coalesce(current_setting('trm.position_fault', true), '') <> '' THEN
      SELECT * INTO fault FROM position_faults f WHERE f.id = current_setting('trm.position_fault')::uuid;
    END IF;
    PERFORM control.request_recompute(
      touched.event_id, touched.entries, touched.stages, 7,
      CASE WHEN touched.is_faulty THEN 'position_faulty' ELSE 'position_restored' END,
      CASE WHEN touched.is_faulty THEN fault.reason ELSE fault.restore_reason END,
      coalesce(nullif(current_setting('trm.actor', true), '')::uuid, CASE WHEN touched.is_faulty THEN fault.created_by ELSE coalesce(fault.restored_by, fault.updated_by) END),
      jsonb_build_object('positions', touched.fixes, 'positionFaultId', fault.id), touched.during);
  END LOOP;
  RETURN NULL;
END
$$;
