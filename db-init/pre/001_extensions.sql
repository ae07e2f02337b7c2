-- @role admin
-- What: the extensions that the schema stands on. PostGIS for every shape on the map, btree_gist for
--       "a tracker is on one entry at a time", TimescaleDB for positions when this server offers it.
-- Why:  PostGIS and TimescaleDB may only be created by a superuser, so this file runs on the admin connection.
-- Read by: 004_positions.sql (hypertable or plain table), every geometry column, entry_devices.

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS btree_gist;

DO $$
DECLARE
  available boolean := EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb');
  -- A setting that only the preloaded loader defines. shared_preload_libraries itself is hidden from ordinary
  -- roles, and CREATE EXTENSION without the preload ends the session with a FATAL that nothing can catch.
  preloaded boolean := current_setting('timescaledb.bgw_launcher_poll_time', true) IS NOT NULL;
BEGIN
  IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'timescaledb') THEN
    IF NOT preloaded THEN
      RAISE EXCEPTION 'TimescaleDB is installed in this database, but the server does not preload it. Add timescaledb to shared_preload_libraries and restart the server.';
    END IF;
  ELSIF available AND preloaded THEN
    EXECUTE 'CREATE EXTENSION timescaledb';
  ELSE
    RAISE NOTICE 'TimescaleDB is not offered here (available: %, preloaded: %): positions stays a plain table.', available, preloaded;
  END IF;
END
$$;
