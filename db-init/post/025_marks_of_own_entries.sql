-- What: nobody marks positions of a tracker in a time in which it was on an entry of an organisation that is not theirs.
-- Why:  trackers are lent from club to club. REST refuses such a mark in words (CARRIED_BY_ANOTHER_ORGANISATION); a form
--       of Directus only knows that the tracker belongs to the club, so another club's results would have followed.
-- Read by: every writer of position_faults. What no person writes (created_by is empty) is not looked at.

CREATE OR REPLACE FUNCTION control.refuse_mark_on_others() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  author uuid := CASE WHEN TG_OP = 'INSERT' THEN NEW.created_by ELSE coalesce(NEW.updated_by, NEW.created_by) END;
  imei text;
BEGIN
  IF NEW.device_id IS NULL OR author IS NULL THEN
    RETURN NEW;
  END IF;
  SELECT d.imei INTO imei
  FROM devices d
  JOIN entry_devices b ON b.device_id = d.id AND tstzrange(b.valid_from, b.valid_to) && tstzrange(NEW.ts_from, NEW.ts_to, '[]')
  JOIN entries n ON n.id = b.entry_id
  JOIN events e ON e.id = n.event_id
  WHERE d.id = NEW.device_id
    AND NOT EXISTS (SELECT FROM organization_users m WHERE m.organization_id = e.organization_id AND m.user_id = author)
  LIMIT 1;
  IF FOUND AND NOT EXISTS (
    SELECT FROM directus_users u
    JOIN directus_access a ON a."user" = u.id OR a.role = u.role
    JOIN directus_policies p ON p.id = a.policy
    WHERE u.id = author AND p.admin_access)
  THEN
    PERFORM control.refuse('CARRIED_BY_ANOTHER_ORGANISATION', format(
      'Tracker %s was on an entry of another organisation in that range. Mark the positions of your entry instead.', imei), 'position_faults');
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER position_faults_3_own_entries BEFORE INSERT OR UPDATE OF device_id, ts_from, ts_to, restored_at ON position_faults
  FOR EACH ROW EXECUTE FUNCTION control.refuse_mark_on_others();
