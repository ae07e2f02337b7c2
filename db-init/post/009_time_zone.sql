-- What: an event's time zone must be one that the database knows, by its region name.
-- Why:  start times are read in local time; a misspelt zone would only show on the start list. pg_timezone_names
--       reads every zone file, so the zone is tried instead, and only when it changes.
-- Read by: every writer of events.

CREATE OR REPLACE FUNCTION control.check_time_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.timezone IS NOT DISTINCT FROM OLD.timezone THEN
    RETURN NEW;
  END IF;
  BEGIN
    -- Abbreviations and home-made offsets would also pass the clock, but know nothing of summer time.
    IF NEW.timezone = 'UTC' OR NEW.timezone ~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)+$' THEN
      PERFORM now() AT TIME ZONE NEW.timezone;
      RETURN NEW;
    END IF;
  EXCEPTION WHEN invalid_parameter_value THEN
    NULL; -- refused below, in our words
  END;
  PERFORM control.refuse('TIMEZONE_UNKNOWN', format('"%s" is not a time zone. Use a region name such as Europe/Tirane.', NEW.timezone), 'events');
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER events_time_zone BEFORE INSERT OR UPDATE ON events
  FOR EACH ROW EXECUTE FUNCTION control.check_time_zone();
