-- What: staff mark positions as wrong through position_faults; the positions in that range follow, also when the
--       mark is changed, restored or taken away.
-- Why:  positions has a key of two columns, which Directus can't edit, and one row here stands for thousands there,
--       with an author, a reason and a way back.
-- Read by: the processor, which leaves faulty positions out.

-- Whether some mark that still stands covers this fix: on its tracker, or on the entry that carried it then.
CREATE OR REPLACE FUNCTION control.position_is_marked(imei_sent text, at_ts timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM devices d JOIN position_faults f ON f.device_id = d.id
    WHERE d.imei = imei_sent AND f.restored_at IS NULL AND at_ts BETWEEN f.ts_from AND f.ts_to
  ) OR EXISTS (
    SELECT 1 FROM devices d
    JOIN entry_devices b ON b.device_id = d.id AND tstzrange(b.valid_from, b.valid_to) @> at_ts
    JOIN position_faults f ON f.entry_id = b.entry_id
    WHERE d.imei = imei_sent AND f.restored_at IS NULL AND at_ts BETWEEN f.ts_from AND f.ts_to
  )
$$;

CREATE OR REPLACE FUNCTION control.remark_positions(of_device uuid, of_entry uuid, from_ts timestamptz, to_ts timestamptz)
RETURNS void LANGUAGE sql AS $$
  UPDATE positions p
  SET faulty = NOT p.faulty
  FROM (
    SELECT d.imei FROM devices d
    WHERE d.id = of_device OR d.id IN (SELECT b.device_id FROM entry_devices b WHERE b.entry_id = of_entry)
  ) tracker
  WHERE p.device_id = tracker.imei AND p.ts BETWEEN from_ts AND to_ts
    AND p.faulty <> control.position_is_marked(p.device_id, p.ts)
$$;

CREATE OR REPLACE FUNCTION control.apply_position_fault() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM control.remark_positions(OLD.device_id, OLD.entry_id, OLD.ts_from, OLD.ts_to);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM control.remark_positions(NEW.device_id, NEW.entry_id, NEW.ts_from, NEW.ts_to);
  END IF;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER position_faults_apply AFTER INSERT OR UPDATE OR DELETE ON position_faults
  FOR EACH ROW EXECUTE FUNCTION control.apply_position_fault();
