-- What: nobody gets at something of others by writing a row that points at it: a crew row in an entry of somebody else,
--       or a vehicle or tracker of another organisation in the list of the own one.
-- Why:  a policy of Directus compares a new row with the caller's own organisations, not with the caller's place in
--       them, nor with who has the thing already; and whoever is in the crew, or lists the vehicle, may read it.
-- Read by: every writer of entry_crew, organization_vehicles and organization_devices. The author is SET LOCAL trm.actor,
--       else `created_by`; without an author a program writes, which is trusted. So is an administrator of Directus.

CREATE OR REPLACE FUNCTION control.is_administrator(person uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM directus_access a JOIN directus_policies p ON p.id = a.policy AND p.admin_access
    WHERE a."user" = person OR a.role = (SELECT u.role FROM directus_users u WHERE u.id = person))
$$;

CREATE OR REPLACE FUNCTION control.crew_of_own_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  actor uuid := coalesce(nullif(current_setting('trm.actor', true), '')::uuid, NEW.created_by);
  entry record;
BEGIN
  IF actor IS NULL OR control.is_administrator(actor) THEN
    RETURN NEW;
  END IF;
  SELECT e.id, e.status, e.created_by, v.organization_id, coalesce('#' || e.race_number, '"' || e.name || '"') AS label INTO entry
  FROM entries e JOIN events v ON v.id = e.event_id WHERE e.id = NEW.entry_id;
  IF EXISTS (SELECT FROM organization_users m WHERE m.organization_id = entry.organization_id AND m.user_id = actor
                AND m.role IN ('org-admin', 'race-director')) THEN
    RETURN NEW;
  END IF;
  IF entry.created_by IS DISTINCT FROM actor
     AND NOT EXISTS (SELECT FROM entry_crew c WHERE c.entry_id = entry.id AND c.user_id = actor) THEN
    PERFORM control.refuse('ENTRY_OF_OTHERS', 'Only the crew of an entry and the race office add people to it.', 'entry_crew');
  END IF;
  IF entry.status <> 'registered' THEN
    PERFORM control.refuse('CREW_IS_FIXED', format('Entry %s is %s, so its crew can no longer change it. Ask the race office.', entry.label, entry.status), 'entry_crew');
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER entry_crew_0_own_entry BEFORE INSERT ON entry_crew
  FOR EACH ROW EXECUTE FUNCTION control.crew_of_own_entry();

-- A vehicle or a tracker that another organisation lists is taken over by those who direct that one too; one that nobody
-- lists, by the organisation whose member entered it.
CREATE OR REPLACE FUNCTION control.may_list(things text, lists text, thing_column text, thing uuid, organization uuid, actor uuid)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  maker uuid;
  is_listed boolean;
  is_listed_by_mine boolean;
BEGIN
  IF control.is_administrator(actor) THEN
    RETURN true;
  END IF;
  EXECUTE format('SELECT created_by FROM %I WHERE id = $1', things) INTO maker USING thing;
  EXECUTE format(
    'SELECT count(*) > 0, count(m.id) > 0 FROM %I l
       LEFT JOIN organization_users m ON m.organization_id = l.organization_id AND m.user_id = $2
                                     AND m.role IN (''org-admin'', ''race-director'')
      WHERE l.%I = $1 AND l.organization_id <> $3', lists, thing_column)
    INTO is_listed, is_listed_by_mine USING thing, actor, organization;
  RETURN is_listed_by_mine
      OR (NOT is_listed AND EXISTS (SELECT FROM organization_users m
                                     WHERE m.organization_id = organization AND m.user_id = maker));
END
$$;

-- The same sentence for a thing that is not there and for one of others.
CREATE OR REPLACE FUNCTION control.list_own_things() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  actor uuid := coalesce(nullif(current_setting('trm.actor', true), '')::uuid, NEW.created_by);
  thing uuid := (to_jsonb(NEW) ->> TG_ARGV[1])::uuid;
BEGIN
  IF actor IS NULL OR thing IS NULL
     OR control.may_list(TG_ARGV[0], TG_TABLE_NAME, TG_ARGV[1], thing, NEW.organization_id, actor) THEN
    RETURN NEW;
  END IF;
  PERFORM control.refuse(TG_ARGV[2], format('Your organisation cannot list this %s: it did not enter it. Enter it anew, or ask the administrator.', TG_ARGV[3]), TG_TABLE_NAME);
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER organization_vehicles_0_own BEFORE INSERT ON organization_vehicles
  FOR EACH ROW EXECUTE FUNCTION control.list_own_things('vehicles', 'vehicle_id', 'VEHICLE_OF_OTHER_ORGANISATION', 'vehicle');
CREATE OR REPLACE TRIGGER organization_devices_0_own BEFORE INSERT ON organization_devices
  FOR EACH ROW EXECUTE FUNCTION control.list_own_things('devices', 'device_id', 'TRACKER_OF_OTHER_ORGANISATION', 'tracker');
