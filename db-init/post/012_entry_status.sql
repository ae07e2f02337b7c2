-- What: an entry's status only makes the moves of control.entry_status_transitions, with a reason where one is
--       needed, and every move is logged in entry_status_changes.
-- Why:  the same lock for REST, Admin UI, import and psql.
-- Read by: every writer of entries.
-- Who and why: a program that writes by SQL says so with SET LOCAL trm.actor (user id) and trm.reason. Otherwise the
--       author is `updated_by` of this very change, and the reason is a new text in `status_reason`. A move without
--       a reason empties status_reason, so an old one is never taken for the new one.

CREATE OR REPLACE FUNCTION control.check_entry_status() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before text;
  given text := nullif(btrim(current_setting('trm.reason', true)), '');
  move control.entry_status_transitions;
  possible text;
  entry_label text := coalesce('#' || NEW.race_number, '"' || NEW.name || '"');
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.status = OLD.status THEN
      RETURN NEW;
    END IF;
    before := OLD.status;
    IF given IS NULL AND NEW.status_reason IS DISTINCT FROM OLD.status_reason THEN
      given := nullif(btrim(NEW.status_reason), '');
    END IF;
  ELSE
    given := coalesce(given, nullif(btrim(NEW.status_reason), ''));
  END IF;

  SELECT * INTO move FROM control.entry_status_transitions t
  WHERE t.from_status IS NOT DISTINCT FROM before AND t.to_status = NEW.status;
  IF NOT FOUND THEN
    SELECT string_agg(t.to_status, ', ' ORDER BY t.to_status) INTO possible
    FROM control.entry_status_transitions t WHERE t.from_status IS NOT DISTINCT FROM before;
    PERFORM control.refuse('ENTRY_STATUS_MOVE', CASE
      WHEN before IS NULL THEN format('A new entry begins as registered; entry %s can''t begin as %s.', entry_label, NEW.status)
      ELSE format('Entry %s can''t go from %s to %s. From %s it can go to: %s.', entry_label, before, NEW.status, before, coalesce(possible, 'nothing'))
    END, 'entries');
  END IF;
  IF move.needs_reason AND given IS NULL THEN
    PERFORM control.refuse('ENTRY_STATUS_REASON', format('Say why entry %s goes from %s to %s: fill in a new reason.', entry_label, before, NEW.status), 'entries');
  END IF;
  NEW.status_reason := left(given, 500);
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER entries_2_status_move BEFORE INSERT OR UPDATE ON entries
  FOR EACH ROW EXECUTE FUNCTION control.check_entry_status();

CREATE OR REPLACE FUNCTION control.log_entry_status() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  author uuid := nullif(current_setting('trm.actor', true), '')::uuid;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.status = OLD.status THEN
    RETURN NULL;
  END IF;
  -- updated_by speaks of this change only when updated_at moved with it; else it is left from an earlier one.
  IF author IS NULL AND TG_OP = 'INSERT' THEN
    author := NEW.created_by;
  ELSIF author IS NULL AND NEW.updated_at IS DISTINCT FROM OLD.updated_at THEN
    author := NEW.updated_by;
  END IF;
  INSERT INTO entry_status_changes (entry_id, from_status, to_status, at, author_id, reason)
  VALUES (NEW.id, CASE TG_OP WHEN 'UPDATE' THEN OLD.status END, NEW.status, clock_timestamp(), author, NEW.status_reason);

  -- A withdrawn entry gives its trackers back: the bindings end now, or are emptied when they lie ahead.
  IF NEW.status = 'withdrawn' THEN
    UPDATE entry_devices b SET valid_to = greatest(b.valid_from, now())
    WHERE b.entry_id = NEW.id AND (b.valid_to IS NULL OR b.valid_to > now());
  END IF;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER entries_9_status_log AFTER INSERT OR UPDATE ON entries
  FOR EACH ROW EXECUTE FUNCTION control.log_entry_status();
