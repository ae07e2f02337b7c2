-- What: an entry that becomes able to start (confirmed or started) while a stage of its event is open or running must
--       already have its place in that stage's start list, or it is refused.
-- Why:  a crew confirmed in the instant a stage opens would otherwise be in no list and noticed by nobody. Whoever
--       opens a stage takes FOR UPDATE on the stage row first; this trigger takes FOR SHARE on all stages of the
--       event, so one of the two waits for the other. (The lock of a foreign key, FOR KEY SHARE, does not wait.)
-- Read by: every writer of entries; the opening of a stage relies on it.
-- Lock order for programs that take both: the entry first, then stages by id.

CREATE OR REPLACE FUNCTION control.refuse_late_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  stage record;
  entry_label text := coalesce('#' || NEW.race_number, '"' || NEW.name || '"');
BEGIN
  IF NEW.status NOT IN ('confirmed', 'started') THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.status = OLD.status AND NEW.event_id = OLD.event_id THEN
    RETURN NEW;
  END IF;

  PERFORM 1 FROM stages s WHERE s.event_id = NEW.event_id ORDER BY s.id FOR SHARE;

  -- A new statement, so that it sees what was committed while we waited for the lock.
  SELECT s.name, s.state INTO stage
  FROM stages s
  WHERE s.event_id = NEW.event_id
    AND s.state IN ('open', 'running')
    AND NOT EXISTS (
      SELECT 1 FROM segments g JOIN entry_segment_starts x ON x.segment_id = g.id
      WHERE g.stage_id = s.id AND x.entry_id = NEW.id
    )
  ORDER BY s.sort_order, s.id
  LIMIT 1;
  IF FOUND THEN
    PERFORM control.refuse('STAGE_ALREADY_OPEN', format(
      'Entry %s can''t become %s now: stage "%s" is %s and its start list has no place for it. Confirm it once the stage is closed.',
      entry_label, NEW.status, stage.name, stage.state), 'entries');
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER entries_3_no_late_entry BEFORE INSERT OR UPDATE ON entries
  FOR EACH ROW EXECUTE FUNCTION control.refuse_late_entry();
