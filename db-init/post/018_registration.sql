-- What: places in a class and its waiting list; crew formats; a lease on idempotency keys; the progress of imports.
-- Why:  "one place left, a hundred registrations" is decided by whoever holds the row of the class, not by a count that
--       was read earlier. A place that becomes free goes to whoever waits longest, whoever made it free.
-- Read by: every writer of entries and classes; libs/registration.
-- Lock order for programs that take both: entries first, then their class.

SELECT control.ensure_constraint('classes', 'classes_crew_format_known', $$CHECK (crew_format IN ('solo', 'duo', 'relay', 'team', 'oxfam', 'kvrp'))$$);

-- An entry holds a place of its class unless it is withdrawn or waits.
CREATE INDEX IF NOT EXISTS entries_by_class ON entries (class_id, waiting_since, id) WHERE status <> 'withdrawn';

CREATE OR REPLACE FUNCTION control.take_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  class record;
  taken integer;
  entry_label text := coalesce('#' || NEW.race_number, '"' || NEW.name || '"');
BEGIN
  IF NEW.status = 'withdrawn' THEN
    NEW.waiting_since := NULL;
    RETURN NEW;
  END IF;
  IF NEW.waiting_since IS NOT NULL THEN
    IF NEW.class_id IS NULL THEN
      PERFORM control.refuse('CLASS_MISSING', format('Entry %s can''t wait for a place without a class. Choose the class first.', entry_label), 'entries');
    END IF;
    IF NEW.status <> 'registered' THEN
      PERFORM control.refuse('ENTRY_IS_WAITING', format('Entry %s is on the waiting list of its class and can''t become %s before it has a place.', entry_label, NEW.status), 'entries');
    END IF;
    -- Nobody queues in front of others: waiting begins now, and goes on while the class stays the same.
    IF TG_OP = 'INSERT' THEN
      NEW.waiting_since := clock_timestamp();
    ELSIF OLD.waiting_since IS NULL OR NEW.class_id IS DISTINCT FROM OLD.class_id THEN
      NEW.waiting_since := clock_timestamp();
    ELSE
      NEW.waiting_since := OLD.waiting_since;
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.class_id IS NOT DISTINCT FROM OLD.class_id AND OLD.status <> 'withdrawn' AND OLD.waiting_since IS NULL THEN
    RETURN NEW;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM classes c WHERE c.id = NEW.class_id AND c.capacity IS NOT NULL) THEN
    RETURN NEW;
  END IF;

  SELECT c.code, c.capacity INTO class FROM classes c WHERE c.id = NEW.class_id FOR NO KEY UPDATE;
  -- A new statement, so that it sees who took a place while we waited for the lock.
  SELECT count(*) INTO taken FROM entries e
  WHERE e.class_id = NEW.class_id AND e.status <> 'withdrawn' AND e.waiting_since IS NULL AND e.id <> NEW.id;
  IF taken >= class.capacity THEN
    PERFORM control.refuse('CLASS_FULL', format('Class %s is full: all %s places are taken. Put entry %s on the waiting list, or choose another class.', class.code, class.capacity, entry_label), 'entries');
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER entries_4_take_place BEFORE INSERT OR UPDATE ON entries
  FOR EACH ROW EXECUTE FUNCTION control.take_place();

-- Gives the free places of a class to whoever waits longest. @returns how many moved up
CREATE OR REPLACE FUNCTION control.fill_places(of_class uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  places integer;
  free integer;
  moved integer;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM entries e WHERE e.class_id = of_class AND e.waiting_since IS NOT NULL AND e.status <> 'withdrawn') THEN
    RETURN 0;
  END IF;
  SELECT c.capacity INTO places FROM classes c WHERE c.id = of_class FOR NO KEY UPDATE;
  SELECT coalesce(places, 2147483647) - count(*) INTO free FROM entries e
  WHERE e.class_id = of_class AND e.status <> 'withdrawn' AND e.waiting_since IS NULL;
  WITH moving AS (
    UPDATE entries e SET waiting_since = NULL
    WHERE e.id IN (
      SELECT w.id FROM entries w
      WHERE w.class_id = of_class AND w.waiting_since IS NOT NULL AND w.status <> 'withdrawn'
      ORDER BY w.waiting_since, w.id LIMIT greatest(free, 0) FOR UPDATE)
    RETURNING e.id, e.status
  )
  INSERT INTO entry_status_changes (entry_id, from_status, to_status, at, author_id, reason)
  SELECT m.id, m.status, m.status, clock_timestamp(), nullif(current_setting('trm.actor', true), '')::uuid, 'moved up from the waiting list'
  FROM moving m;
  GET DIAGNOSTICS moved = ROW_COUNT;
  RETURN moved;
END
$$;

CREATE OR REPLACE FUNCTION control.free_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.waiting_since IS NULL AND OLD.status <> 'withdrawn'
     AND (TG_OP = 'DELETE' OR NEW.status = 'withdrawn' OR NEW.class_id IS DISTINCT FROM OLD.class_id) THEN
    PERFORM control.fill_places(OLD.class_id);
  END IF;
  RETURN NULL;
END
$$;
-- After the log of the status (entries_9_status_log), so that the log reads in the order of what happened.
CREATE OR REPLACE TRIGGER entries_9_zz_free_place AFTER UPDATE OR DELETE ON entries
  FOR EACH ROW EXECUTE FUNCTION control.free_place();

CREATE OR REPLACE FUNCTION control.more_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(NEW.capacity, 2147483647) > coalesce(OLD.capacity, 2147483647) THEN
    PERFORM control.fill_places(NEW.id);
  END IF;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER classes_9_more_places AFTER UPDATE ON classes
  FOR EACH ROW EXECUTE FUNCTION control.more_places();

-- A key whose work is done by another program (Directus) is leased while that takes; a lease that ran out is taken over.
ALTER TABLE control.idempotency_keys ADD COLUMN IF NOT EXISTS leased_until timestamptz;

-- An import writes its entries in one transaction; how far it has come is written beside it.
CREATE TABLE IF NOT EXISTS control.entry_imports (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  event_id uuid NOT NULL REFERENCES events ON DELETE CASCADE,
  author_id uuid,
  file_name text,
  file_sha256 text NOT NULL,
  state text NOT NULL DEFAULT 'running',
  rows_total integer NOT NULL DEFAULT 0,
  rows_done integer NOT NULL DEFAULT 0,
  report jsonb,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  CONSTRAINT entry_imports_state_known CHECK (state IN ('running', 'done', 'refused', 'failed'))
);
CREATE INDEX IF NOT EXISTS entry_imports_by_event ON control.entry_imports (event_id, started_at);
