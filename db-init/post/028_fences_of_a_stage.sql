-- What: which shape of a geofence counts in a stage.
-- Why:  a change that is not retroactive reaches only stages that open later. Nobody is asked for because of it; but an
--       entry of an earlier stage that is computed again for another reason would have been timed at the new shape.
-- Read by: processors (control.fences_of), see docs/processor-contract.md.

CREATE TABLE IF NOT EXISTS control.geofence_versions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  geofence_id uuid NOT NULL REFERENCES geofences ON DELETE CASCADE,
  area geometry(Geometry, 4326) NOT NULL,
  direction text NOT NULL,
  -- Whether the change that made it reaches stages that were open by then.
  is_retroactive boolean NOT NULL,
  since timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS geofence_versions_by_geofence ON control.geofence_versions (geofence_id, id);

-- As the planner sees it: a change is retroactive when the geofence was or becomes so.
CREATE OR REPLACE FUNCTION control.note_geofence_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.area::bytea, OLD.direction, OLD.retroactive) IS NOT DISTINCT FROM (NEW.area::bytea, NEW.direction, NEW.retroactive) THEN
    RETURN NULL;
  END IF;
  INSERT INTO control.geofence_versions (geofence_id, area, direction, is_retroactive)
  VALUES (NEW.id, NEW.area, NEW.direction, NEW.retroactive OR (TG_OP = 'UPDATE' AND OLD.retroactive));
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER geofences_8_version AFTER INSERT OR UPDATE OF area, direction, retroactive ON geofences
  FOR EACH ROW WHEN (NEW.area IS NOT NULL) EXECUTE FUNCTION control.note_geofence_version();

INSERT INTO control.geofence_versions (geofence_id, area, direction, is_retroactive, since)
SELECT g.id, g.area, g.direction, g.retroactive, '-infinity' FROM geofences g
WHERE g.area IS NOT NULL AND NOT EXISTS (SELECT FROM control.geofence_versions v WHERE v.geofence_id = g.id);

-- The entry and exit geofences of the segments of a stage, as they count there: the last shape that was there when the
-- stage opened, or came later and is retroactive. One that was made later counts as it was made.
CREATE OR REPLACE FUNCTION control.fences_of(of_stage uuid) RETURNS TABLE (geofence_id uuid, area geometry, direction text)
LANGUAGE sql STABLE AS $$
  SELECT f.id, v.area, v.direction
  FROM stages s
  JOIN geofences f ON f.id IN (SELECT unnest(ARRAY[g.entry_geofence_id, g.exit_geofence_id]) FROM segments g WHERE g.stage_id = s.id)
  CROSS JOIN LATERAL (
    SELECT x.* FROM control.geofence_versions x WHERE x.geofence_id = f.id
    ORDER BY (s.opened_at IS NULL OR x.is_retroactive OR x.since <= s.opened_at) DESC,
             CASE WHEN s.opened_at IS NULL OR x.is_retroactive OR x.since <= s.opened_at THEN x.id ELSE -x.id END DESC
    LIMIT 1) v
  WHERE s.id = of_stage
$$;
