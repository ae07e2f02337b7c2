-- What: marks on the same positions are made one behind the other, follow a tracker that is bound anew, and a restored one
--       also has those results computed again that only depend on positions that came in after it was made.
-- Why:  two people who restored two overlapping marks at the same moment each saw the other's still standing, so the
--       positions stayed faulty for good. One who marked while another restored saw them faulty already, and nobody asked
--       for the results once more. A mark on an entry stayed on the positions of a tracker that it had never carried.
-- Read by: every writer of position_faults and entry_devices, and MarkPositions (libs/recompute), which counts behind the lock.
--
-- Order of locks: this one, then positions, then control.lock_recompute_of.

-- Held to the end of the transaction, for the events whose results may depend on it; for a tracker of no entry, for itself.
CREATE OR REPLACE FUNCTION control.lock_marks_of(of_entries uuid[], of_devices uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  held bigint;
BEGIN
  FOR held IN
    SELECT DISTINCT hashtextextended('control.position_faults ' || k.id, 0) AS key
    FROM (
      SELECT n.event_id AS id FROM entries n WHERE n.id = ANY (of_entries)
      UNION ALL
      SELECT n.event_id FROM entry_devices b JOIN entries n ON n.id = b.entry_id WHERE b.device_id = ANY (of_devices)
      UNION ALL
      SELECT d FROM unnest(of_devices) d WHERE d IS NOT NULL
    ) k
    ORDER BY key
  LOOP
    PERFORM pg_advisory_xact_lock(held);
  END LOOP;
END
$$;

-- Results that leave out positions which no mark has turned faulty, because they came in when it stood already.
CREATE OR REPLACE FUNCTION control.ask_for_late_positions(mark position_faults) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  late record;
BEGIN
  FOR late IN
    SELECT w.event_id, array_agg(DISTINCT w.entry_id) AS entries, w.stage_id
    FROM entry_devices b
    JOIN devices d ON d.id = b.device_id
    JOIN control.recompute_windows(ARRAY(
      SELECT x.entry_id FROM entry_devices x WHERE x.entry_id = mark.entry_id OR x.device_id = mark.device_id)) w ON w.entry_id = b.entry_id
    WHERE (b.entry_id = mark.entry_id OR b.device_id = mark.device_id) AND EXISTS (
      SELECT FROM positions p
      WHERE p.device_id = d.imei AND NOT p.faulty AND p.ts BETWEEN mark.ts_from AND mark.ts_to
        AND tstzrange(b.valid_from, b.valid_to) @> p.ts AND w.during @> p.ts
        AND NOT control.position_is_marked(p.device_id, p.ts))
    GROUP BY w.event_id, w.stage_id ORDER BY w.event_id, w.stage_id
  LOOP
    PERFORM control.request_recompute(
      late.event_id, late.entries, array_fill(late.stage_id, ARRAY[cardinality(late.entries)]), 7, 'position_restored', mark.restore_reason,
      coalesce(nullif(current_setting('trm.actor', true), '')::uuid, mark.restored_by, mark.updated_by),
      jsonb_build_object('positionFaultId', mark.id), tstzrange(mark.ts_from, mark.ts_to, '[]'));
  END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION control.apply_position_fault() RETURNS trigger LANGUAGE plpgsql AS $$
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
    PERFORM control.ask_for_late_positions(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE jsonb_populate_record(NEW, jsonb_build_object(
      'entry_id', OLD.entry_id, 'device_id', OLD.device_id, 'ts_from', OLD.ts_from, 'ts_to', OLD.ts_to)) END);
    PERFORM control.remark_positions(OLD.device_id, OLD.entry_id, OLD.ts_from, OLD.ts_to);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM control.remark_positions(NEW.device_id, NEW.entry_id, NEW.ts_from, NEW.ts_to);
  END IF;
  PERFORM set_config('trm.position_fault', '', true);
  RETURN NULL;
END
$$;

-- The marks on an entry hold for the trackers that it carries, and no longer for one that it does not.
CREATE OR REPLACE FUNCTION control.remark_binding() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  bindings entry_devices[] := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW] WHEN 'DELETE' THEN ARRAY[OLD] ELSE ARRAY[OLD, NEW] END;
  marked record;
BEGIN
  -- Most entries have no mark: binding their trackers waits for nobody.
  IF NOT EXISTS (SELECT FROM unnest(bindings) b JOIN position_faults f ON f.entry_id = b.entry_id) THEN
    RETURN NULL;
  END IF;
  PERFORM control.lock_marks_of(ARRAY(SELECT b.entry_id FROM unnest(bindings) b), ARRAY(SELECT b.device_id FROM unnest(bindings) b));
  FOR marked IN
    SELECT DISTINCT b.device_id, f.ts_from, f.ts_to FROM unnest(bindings) b JOIN position_faults f ON f.entry_id = b.entry_id
    WHERE f.restored_at IS NULL ORDER BY b.device_id, f.ts_from, f.ts_to
  LOOP
    PERFORM control.remark_positions(marked.device_id, NULL, marked.ts_from, marked.ts_to);
  END LOOP;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER entry_devices_7_remark AFTER INSERT OR DELETE OR UPDATE OF entry_id, device_id, valid_from, valid_to ON entry_devices
  FOR EACH ROW EXECUTE FUNCTION control.remark_binding();
