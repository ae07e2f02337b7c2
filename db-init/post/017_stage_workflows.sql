-- What: starts that an official holds in place (pins), and the list of start lists that have to be looked at again.
-- Why:  a pin is made before or after the opening and survives every redraw, so it belongs to the stage, not to one
--       version of its list. A list is looked at again when an entry on it changes its status, a result that it
--       was drawn from changes, somebody finishes, or a segment is corrected; the trigger writes that down in the transaction that made it true.
-- Read by: every command on a stage (libs/stage-opening); the worker empties start_lists_to_check.

CREATE TABLE IF NOT EXISTS control.start_pins (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stage_id uuid NOT NULL REFERENCES stages ON DELETE CASCADE,
  entry_id uuid NOT NULL REFERENCES entries ON DELETE CASCADE,
  position integer NOT NULL,
  reason text NOT NULL,
  author_id uuid,
  pinned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  released_at timestamptz,
  CONSTRAINT start_pins_position_from_one CHECK (position >= 1),
  CONSTRAINT start_pins_with_reason CHECK (btrim(reason) <> '')
);
CREATE UNIQUE INDEX IF NOT EXISTS start_pins_entry_once ON control.start_pins (stage_id, entry_id) WHERE released_at IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS start_pins_position_once ON control.start_pins (stage_id, position) WHERE released_at IS NULL;

CREATE TABLE IF NOT EXISTS control.start_lists_to_check (
  stage_id uuid PRIMARY KEY REFERENCES stages ON DELETE CASCADE,
  since timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE OR REPLACE FUNCTION control.check_lists_of_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status IS DISTINCT FROM OLD.status THEN
    INSERT INTO control.start_lists_to_check (stage_id)
    SELECT s.id FROM stages s
    WHERE s.event_id = NEW.event_id AND s.state IN ('open', 'running')
    ORDER BY s.id
    ON CONFLICT (stage_id) DO UPDATE SET since = clock_timestamp();
  END IF;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER entries_9_lists_to_check AFTER UPDATE ON entries
  FOR EACH ROW EXECUTE FUNCTION control.check_lists_of_entry();

-- An overall classification sums up all stages to the input stage, so any earlier stage of the event concerns a list.
CREATE OR REPLACE FUNCTION control.check_lists_of_results() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO control.start_lists_to_check (stage_id)
  SELECT DISTINCT s.id
  FROM changed_results r
  JOIN stages input ON input.id = r.stage_id
  JOIN stages s ON s.event_id = input.event_id AND s.state IN ('open', 'running')
                AND s.start_order_input_stage_id IS NOT NULL AND s.id <> input.id
  ORDER BY s.id
  ON CONFLICT (stage_id) DO UPDATE SET since = clock_timestamp();
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER stage_results_9_lists_after_insert AFTER INSERT ON stage_results
  REFERENCING NEW TABLE AS changed_results FOR EACH STATEMENT EXECUTE FUNCTION control.check_lists_of_results();
CREATE OR REPLACE TRIGGER stage_results_9_lists_after_update AFTER UPDATE ON stage_results
  REFERENCING NEW TABLE AS changed_results FOR EACH STATEMENT EXECUTE FUNCTION control.check_lists_of_results();
CREATE OR REPLACE TRIGGER stage_results_9_lists_after_delete AFTER DELETE ON stage_results
  REFERENCING OLD TABLE AS changed_results FOR EACH STATEMENT EXECUTE FUNCTION control.check_lists_of_results();

-- A control may close some time behind the first finisher, and its rule may be corrected while the stage is open.
CREATE OR REPLACE FUNCTION control.check_controls_of_crossings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO control.start_lists_to_check (stage_id)
  SELECT DISTINCT s.id
  FROM changed_crossings c
  JOIN segments g ON g.exit_geofence_id = c.geofence_id
  JOIN stages s ON s.id = g.stage_id AND s.state IN ('open', 'running')
  WHERE EXISTS (SELECT FROM segments r WHERE r.stage_id = s.id AND r.closing_rule ->> 'mode' = 'first_finisher_plus')
  ORDER BY s.id
  ON CONFLICT (stage_id) DO UPDATE SET since = clock_timestamp();
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER entry_crossings_9_controls_after_insert AFTER INSERT ON entry_crossings
  REFERENCING NEW TABLE AS changed_crossings FOR EACH STATEMENT EXECUTE FUNCTION control.check_controls_of_crossings();
CREATE OR REPLACE TRIGGER entry_crossings_9_controls_after_update AFTER UPDATE ON entry_crossings
  REFERENCING NEW TABLE AS changed_crossings FOR EACH STATEMENT EXECUTE FUNCTION control.check_controls_of_crossings();
CREATE OR REPLACE TRIGGER entry_crossings_9_controls_after_delete AFTER DELETE ON entry_crossings
  REFERENCING OLD TABLE AS changed_crossings FOR EACH STATEMENT EXECUTE FUNCTION control.check_controls_of_crossings();

CREATE OR REPLACE FUNCTION control.check_controls_of_segment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO control.start_lists_to_check (stage_id)
  SELECT s.id FROM stages s WHERE s.id = NEW.stage_id AND s.state IN ('open', 'running')
  ON CONFLICT (stage_id) DO UPDATE SET since = clock_timestamp();
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER segments_9_controls_to_check AFTER UPDATE ON segments
  FOR EACH ROW EXECUTE FUNCTION control.check_controls_of_segment();

-- Late entries exist now: the refusal of 013 says what to do instead. Everything else in it is unchanged.
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
      'Entry %s can''t become %s now: stage "%s" is %s and its start list has no place for it. Add it to that stage as a late entry, which also confirms it, or wait until the stage is closed.',
      entry_label, NEW.status, stage.name, stage.state), 'entries');
  END IF;
  RETURN NEW;
END
$$;
