-- What: the fixes that trackers send, owned by the processor; a hypertable when TimescaleDB is there, else a plain
--       table with the same columns.
-- Why:  device_id is the IMEI as sent and has no foreign key: a tracker that nobody registered yet must not lose
--       fixes. Nothing is deleted: `faulty` takes a fix out of the computation.
-- Read by: the processor, and staff through position_faults. Directus ignores it (its key has two columns).
-- Writers use INSERT … ON CONFLICT DO NOTHING; ts never changes (a hypertable can't move a row between chunks).

CREATE TABLE IF NOT EXISTS positions (
  device_id text NOT NULL,
  ts timestamptz NOT NULL,
  lat double precision NOT NULL,
  lon double precision NOT NULL,
  altitude real,
  angle real,
  speed_kmh real, -- 0 can also mean that the tracker had no fix
  satellites smallint,
  priority smallint NOT NULL DEFAULT 0, -- 0 low, 1 high, 2 panic
  attributes jsonb,
  geom geometry(Point, 4326) GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(lon, lat), 4326)) STORED,
  faulty boolean NOT NULL DEFAULT false,
  CONSTRAINT positions_pkey PRIMARY KEY (device_id, ts),
  CONSTRAINT positions_on_earth CHECK (lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180),
  CONSTRAINT positions_priority_known CHECK (priority BETWEEN 0 AND 2)
);

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'timescaledb') THEN
    EXECUTE $q$ SELECT create_hypertable('positions', by_range('ts', INTERVAL '1 day'), if_not_exists => true, migrate_data => true, create_default_indexes => false) $q$;
  END IF;
END
$$;

-- Faulty fixes are few; this finds them without reading the rest.
CREATE INDEX IF NOT EXISTS positions_faulty ON positions (device_id, ts) WHERE faulty;
