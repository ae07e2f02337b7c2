-- @role admin
-- What: an event trigger that refuses to drop a table or a column of the schema `public`.
-- Why:  a stale snapshot, one missing key in it, or a click in the Admin UI would otherwise take a table with its
--       rows. The boot program compares first; this is the second lock, for whatever way the DROP came.
-- Opened for one session by: PGOPTIONS="-c control.allow_drop=on" (or SET control.allow_drop = on).

CREATE OR REPLACE FUNCTION control.refuse_drop() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
  dropped record;
BEGIN
  IF coalesce(current_setting('control.allow_drop', true), 'off') = 'on' THEN
    RETURN;
  END IF;
  FOR dropped IN
    SELECT * FROM pg_event_trigger_dropped_objects()
    WHERE original AND NOT is_temporary AND schema_name = 'public' AND object_type IN ('table', 'table column')
  LOOP
    RAISE EXCEPTION USING
      ERRCODE = 'check_violation',
      CONSTRAINT = 'drop_refused',
      MESSAGE = format('[DROP_REFUSED] The %s %s would be dropped with all it holds. Set control.allow_drop = on for this one session if that is intended.', dropped.object_type, dropped.object_identity);
  END LOOP;
END
$$;

DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_event_trigger WHERE evtname = 'control_refuse_drop') THEN
    CREATE EVENT TRIGGER control_refuse_drop ON sql_drop EXECUTE FUNCTION control.refuse_drop();
  END IF;
END
$$;
