-- What: marks on the same positions are made one behind the other, follow a tracker that is bound anew, and a restored one
--       also has those results computed again that only depend on positions that came in after it was made.
-- Why:  two people who restored two overlapping marks at the same moment each saw the other's still standing, so the
--       positions stayed faulty for good. One who marked while another restored saw them faulty already, and nobody asked
--       for the results once more. A mark on an entry stayed on the positions of a tracker that it had never carried.
-- Read by: every writer of position_faults and entry_devices, and MarkPositions (libs/recompute), which counts behind the lock.
--
-- Order of locks: this one, then positions, then control.lock_recompute_of.

-- Held to the end of the transaction, for the events whose results may depend on it, and for the trackers that are named.
-- Events first: who waits for one holds no tracker.
CREATE OR REPLACE FUNCTION control.lock_marks_of(of_entries uuid[], of_devices uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  held bigint;
BEGIN
  FOR held IN
    SELECT hashtextextended('control.position_faults ' || k.id, 0)
    FROM (
      SELECT n.event_id AS id, 1 AS place FROM entries n WHERE n.id = ANY (of_entries)
      UNION
      SELECT n.event_id, 1 FROM entry_devices b JOIN entries n ON n.id = b.entry_id WHERE b.device_id = ANY (of_devices)
      UNION
      SELECT d, 2 FROM unnest(of_devices) d WHERE d IS NOT NULL
    ) k
    ORDER BY k.place, k.id
  LOOP
    PERFORM pg_advisory_xact_lock(held);
  END LOOP;
END
$$;

-- Entries and stages whose results leave out positions in the range of a mark that it has not turned faulty, because they
-- came in when it stood already, and that no other mark covers.
CREATE OR REPLACE FUNCTION control.late_positions_of(of_device uuid, of_entry uuid, from_ts timestamptz, to_ts timestamptz)
RETURNS TABLE (event_id uuid, entry_id uuid, stage_id uuid) LANGUAGE sql AS $$
  SELECT DISTINCT w.event_id, w.entry_id, w.stage_id
  FROM entry_devices b
  JOIN devices d ON d.id = b.device_id
  JOIN control.recompute_windows(ARRAY(
    SELECT x.entry_id FROM entry_devices x WHERE x.entry_id = of_entry OR x.device_id = of_device)) w ON w.entry_id = b.entry_id
  WHERE (b.entry_id = of_entry OR b.device_id = of_device) AND EXISTS (
    SELECT FROM positions p
    WHERE p.device_id = d.imei AND NOT p.faulty AND p.ts BETWEEN from_ts AND to_ts
      AND tstzrange(b.valid_from, b.valid_to) @> p.ts AND w.during @> p.ts
      AND NOT control.position_is_marked(p.device_id, p.ts))
$$;

CREATE OR REPLACE FUNCTION control.apply_position_fault() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  late jsonb;
  asked record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM control.lock_marks_of(ARRAY[NEW.entry_id], ARRAY[NEW.device_id]);
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM control.lock_marks_of(ARRAY[OLD.entry_id], ARRAY[OLD.device_id]);
  ELSE
    PERFORM control.lock_marks_of(ARRAY[OLD.entry_id, NEW.entry_id], ARRAY[OLD.device_id, NEW.device_id]);
  END IF;
  -- The request that follows knows which mark it comes from.
  PERFORM set_config('trm.position_fault', coalesce(NEW.id, OLD.id)::text, true);
  IF TG_OP <> 'INSERT' THEN
    -- Only a mark that stood has kept positions out.
    IF OLD.restored_at IS NULL THEN
      SELECT jsonb_agg(to_jsonb(l)) INTO late FROM control.late_positions_of(OLD.device_id, OLD.entry_id, OLD.ts_from, OLD.ts_to) l;
    END IF;
    PERFORM control.remark_positions(OLD.device_id, OLD.entry_id, OLD.ts_from, OLD.ts_to);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM control.remark_positions(NEW.device_id, NEW.entry_id, NEW.ts_from, NEW.ts_to);
  END IF;
  FOR asked IN
    SELECT l.event_id, array_agg(l.entry_id) AS entries, array_agg(l.stage_id) AS stages
    FROM jsonb_to_recordset(coalesce(late, '[]')) AS l (event_id uuid, entry_id uuid, stage_id uuid) GROUP BY l.event_id ORDER BY l.event_id
  LOOP
    PERFORM control.request_recompute(
      asked.event_id, asked.entries, asked.stages, 7, 'position_restored', coalesce(NEW.restore_reason, OLD.restore_reason),
      coalesce(nullif(current_setting('trm.actor', true), '')::uuid, NEW.restored_by, NEW.updated_by),
      jsonb_build_object('positionFaultId', OLD.id), tstzrange(OLD.ts_from, OLD.ts_to, '[]'));
  END LOOP;
  PERFORM set_config('trm.position_fault', '', true);
  RETURN NULL;
END
$$;

-- The marks on an entry hold for the trackers that it carries, and no longer for one that it does not.
CREATE OR REPLACE FUNCTION control.remark_binding() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  bindings entry_devices[] := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW] WHEN 'DELETE' THEN ARRAY[OLD] ELSE ARRAY[OLD, NEW] END;
  held bigint;
  marked record;
BEGIN
  -- Marks of these events wait until this is committed, or are there already; other bindings wait for nobody.
  FOR held IN
    SELECT hashtextextended('control.position_faults ' || e.id, 0)
    FROM (SELECT DISTINCT n.event_id AS id FROM unnest(bindings) b JOIN entries n ON n.id = b.entry_id) e ORDER BY e.id
  LOOP
    PERFORM pg_advisory_xact_lock_shared(held);
  END LOOP;
  FOR marked IN
    SELECT DISTINCT b.device_id, f.ts_from, f.ts_to FROM unnest(bindings) b JOIN position_faults f ON f.entry_id = b.entry_id
    WHERE f.restored_at IS NULL ORDER BY b.device_id, f.ts_from, f.ts_to
  LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('control.position_faults ' || marked.device_id, 0));
    PERFORM control.remark_positions(marked.device_id, NULL, marked.ts_from, marked.ts_to);
  END LOOP;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER entry_devices_7_remark AFTER INSERT OR DELETE OR UPDATE OF entry_id, device_id, valid_from, valid_to ON entry_devices
  FOR EACH ROW EXECUTE FUNCTION control.remark_binding();
