-- What: a tracker is bound to a live entry, to one entry at a time, and worn only by a member of that crew.
-- Why:  which entry a fix belongs to comes from these rows alone.
-- Read by: every writer of entry_devices and entry_crew.
-- The exclusion constraint of 006 holds under concurrency; the sentence here only says which entry has the tracker.

CREATE OR REPLACE FUNCTION control.check_entry_device() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  entry record;
  other record;
  span tstzrange := tstzrange(NEW.valid_from, NEW.valid_to);
BEGIN
  SELECT e.status, coalesce('#' || e.race_number, e.name) AS label INTO entry FROM entries e WHERE e.id = NEW.entry_id;
  IF entry.status = 'withdrawn' AND NOT isempty(span) AND coalesce(NEW.valid_to, 'infinity') > now() THEN
    PERFORM control.refuse('ENTRY_WITHDRAWN', format('Entry %s is withdrawn and can''t carry a tracker. Reinstate it first.', entry.label), 'entry_devices');
  END IF;
  SELECT coalesce('#' || e.race_number, e.name) AS label, d.imei INTO other
  FROM entry_devices b JOIN entries e ON e.id = b.entry_id JOIN devices d ON d.id = b.device_id
  WHERE b.device_id = NEW.device_id AND b.id <> NEW.id AND tstzrange(b.valid_from, b.valid_to) && span
  LIMIT 1;
  IF FOUND THEN
    PERFORM control.refuse('TRACKER_IN_USE', format('Tracker %s is on entry %s in that time. End that binding first.', other.imei, other.label), 'entry_devices');
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER entry_devices_check BEFORE INSERT OR UPDATE ON entry_devices
  FOR EACH ROW EXECUTE FUNCTION control.check_entry_device();

-- At commit, because an entry is saved together with its crew and trackers in no certain order.
CREATE OR REPLACE FUNCTION control.check_wearer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wrong record;
BEGIN
  SELECT d.imei, coalesce('#' || e.race_number, e.name) AS label INTO wrong
  FROM entry_devices b JOIN entries e ON e.id = b.entry_id JOIN devices d ON d.id = b.device_id
  WHERE b.entry_id IN (SELECT (to_jsonb(OLD) ->> 'entry_id')::uuid WHERE TG_OP <> 'INSERT'
                       UNION SELECT (to_jsonb(NEW) ->> 'entry_id')::uuid WHERE TG_OP <> 'DELETE')
    AND b.assigned_user_id IS NOT NULL
    AND coalesce(b.valid_to, 'infinity') > now()
    AND NOT EXISTS (SELECT 1 FROM entry_crew c WHERE c.entry_id = b.entry_id AND c.user_id = b.assigned_user_id)
  LIMIT 1;
  IF FOUND THEN
    PERFORM control.refuse('WEARER_NOT_IN_CREW', format('Tracker %s of entry %s must be worn by a member of its crew.', wrong.imei, wrong.label), TG_TABLE_NAME);
  END IF;
  RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS entry_devices_wearer ON entry_devices;
CREATE CONSTRAINT TRIGGER entry_devices_wearer AFTER INSERT OR UPDATE ON entry_devices
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION control.check_wearer();
DROP TRIGGER IF EXISTS entry_crew_wearer ON entry_crew;
CREATE CONSTRAINT TRIGGER entry_crew_wearer AFTER UPDATE OR DELETE ON entry_crew
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION control.check_wearer();
