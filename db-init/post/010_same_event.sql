-- What: what belongs together is of one event: class and entry, geofence and segment, a stage and the stage that its
--       order is drawn from, a class and its downgrade, a formula and where it is used.
-- Why:  a foreign key only says that the other row exists. Parts of an event never move to another one, so a check
--       at the time of writing stays true.
-- Read by: every writer. Row triggers that name no column, because Directus may alter the type of any column.

CREATE OR REPLACE FUNCTION control.keep_parent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  parent text := TG_ARGV[0];
  thing text := TG_ARGV[1];
  owner text := TG_ARGV[2];
BEGIN
  IF to_jsonb(NEW) ->> parent IS DISTINCT FROM to_jsonb(OLD) ->> parent THEN
    PERFORM control.refuse('STAYS_WITH_ITS_PARENT', format('A %s stays with its %s. Make a new one there instead.', thing, owner), TG_TABLE_NAME);
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER classes_keep_event BEFORE UPDATE ON classes
  FOR EACH ROW EXECUTE FUNCTION control.keep_parent('event_id', 'class', 'event');
CREATE OR REPLACE TRIGGER stages_keep_event BEFORE UPDATE ON stages
  FOR EACH ROW EXECUTE FUNCTION control.keep_parent('event_id', 'stage', 'event');
CREATE OR REPLACE TRIGGER geofences_keep_event BEFORE UPDATE ON geofences
  FOR EACH ROW EXECUTE FUNCTION control.keep_parent('event_id', 'geofence', 'event');
CREATE OR REPLACE TRIGGER penalty_formulas_keep_event BEFORE UPDATE ON penalty_formulas
  FOR EACH ROW EXECUTE FUNCTION control.keep_parent('event_id', 'penalty formula', 'event');
CREATE OR REPLACE TRIGGER segments_keep_stage BEFORE UPDATE ON segments
  FOR EACH ROW EXECUTE FUNCTION control.keep_parent('stage_id', 'segment', 'stage');
CREATE OR REPLACE TRIGGER start_lists_keep_stage BEFORE UPDATE ON start_lists
  FOR EACH ROW EXECUTE FUNCTION control.keep_parent('stage_id', 'start list', 'stage');

CREATE OR REPLACE FUNCTION control.entry_of_one_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  class_code text;
BEGIN
  SELECT c.code INTO class_code FROM classes c WHERE c.id = NEW.class_id AND c.event_id <> NEW.event_id;
  IF FOUND THEN
    PERFORM control.refuse('CLASS_OF_OTHER_EVENT', format('Class %s belongs to another event. Choose a class of the event of this entry.', class_code), 'entries');
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.event_id IS DISTINCT FROM OLD.event_id
     AND EXISTS (SELECT 1 FROM entry_segment_starts s WHERE s.entry_id = NEW.id) THEN
    PERFORM control.refuse('ENTRY_HAS_STARTS', 'This entry is on a start list and can''t move to another event. Withdraw it and register it there.', 'entries');
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER entries_1_of_one_event BEFORE INSERT OR UPDATE ON entries
  FOR EACH ROW EXECUTE FUNCTION control.entry_of_one_event();

CREATE OR REPLACE FUNCTION control.class_of_one_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.downgrade_to_class_id = NEW.id THEN
    PERFORM control.refuse('DOWNGRADE_TO_ITSELF', format('Class %s can''t be downgraded to itself.', NEW.code), 'classes');
  END IF;
  IF EXISTS (SELECT 1 FROM classes c WHERE c.id = NEW.downgrade_to_class_id AND c.event_id <> NEW.event_id) THEN
    PERFORM control.refuse('CLASS_OF_OTHER_EVENT', format('Class %s can only be downgraded to a class of the same event.', NEW.code), 'classes');
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER classes_of_one_event BEFORE INSERT OR UPDATE ON classes
  FOR EACH ROW EXECUTE FUNCTION control.class_of_one_event();

CREATE OR REPLACE FUNCTION control.stage_of_one_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  other text;
BEGIN
  SELECT s.name INTO other FROM stages s WHERE s.id = NEW.start_order_input_stage_id AND s.event_id <> NEW.event_id;
  IF FOUND THEN
    PERFORM control.refuse('STAGE_OF_OTHER_EVENT', format('The order can''t be drawn from stage "%s": it belongs to another event.', other), 'stages');
  END IF;
  IF EXISTS (SELECT 1 FROM start_lists l WHERE l.id = NEW.current_start_list_id AND l.stage_id <> NEW.id) THEN
    PERFORM control.refuse('START_LIST_OF_OTHER_STAGE', format('The start list in force of stage "%s" must be one of its own.', NEW.name), 'stages');
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER stages_of_one_event BEFORE INSERT OR UPDATE ON stages
  FOR EACH ROW EXECUTE FUNCTION control.stage_of_one_event();

CREATE OR REPLACE FUNCTION control.segment_of_one_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  other text;
BEGIN
  SELECT g.name INTO other
  FROM geofences g
  WHERE g.id IN (NEW.entry_geofence_id, NEW.exit_geofence_id)
    AND g.event_id <> (SELECT s.event_id FROM stages s WHERE s.id = NEW.stage_id)
  LIMIT 1;
  IF FOUND THEN
    PERFORM control.refuse('GEOFENCE_OF_OTHER_EVENT', format('Segment "%s" can''t use geofence "%s": it belongs to another event.', NEW.name, other), 'segments');
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER segments_of_one_event BEFORE INSERT OR UPDATE ON segments
  FOR EACH ROW EXECUTE FUNCTION control.segment_of_one_event();

-- Waypoints and speed limit zones name their formula in different columns; the first argument says which.
CREATE OR REPLACE FUNCTION control.formula_of_one_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  formula_name text;
BEGIN
  SELECT f.name INTO formula_name
  FROM penalty_formulas f
  WHERE f.id = (to_jsonb(NEW) ->> TG_ARGV[0])::uuid
    AND f.event_id <> (SELECT s.event_id FROM segments g JOIN stages s ON s.id = g.stage_id WHERE g.id = NEW.segment_id);
  IF FOUND THEN
    PERFORM control.refuse('FORMULA_OF_OTHER_EVENT', format('"%s" can''t use the penalty formula "%s": it belongs to another event.', NEW.name, formula_name), TG_TABLE_NAME);
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER waypoints_of_one_event BEFORE INSERT OR UPDATE ON waypoints
  FOR EACH ROW EXECUTE FUNCTION control.formula_of_one_event('missed_penalty_formula_id');
CREATE OR REPLACE TRIGGER speed_limit_zones_of_one_event BEFORE INSERT OR UPDATE ON speed_limit_zones
  FOR EACH ROW EXECUTE FUNCTION control.formula_of_one_event('penalty_formula_id');
