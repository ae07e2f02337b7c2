-- What: a published start list never changes and is never deleted, a stage past planning has one, and the logs only grow.
-- Why:  crews were told their minute. A correction is a new version with a reason; the old one becomes superseded.
--       Marking a list stale tells that its input changed; it moves nobody.
-- Read by: every writer of start_lists, stages, stage_changes and entry_status_changes.

CREATE OR REPLACE FUNCTION control.keep_published_start_list() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  may_change CONSTANT text[] := ARRAY['status', 'stale', 'stale_diff', 'updated_at', 'updated_by'];
BEGIN
  IF OLD.status = 'draft' THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' THEN
    PERFORM control.refuse('START_LIST_PUBLISHED', format('Start list version %s was published and can''t be deleted. Publish a new version.', OLD.version), 'start_lists');
  END IF;
  IF to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change THEN
    PERFORM control.refuse('START_LIST_PUBLISHED', format('Start list version %s was published and can''t be changed. Publish a new version with a reason.', OLD.version), 'start_lists');
  END IF;
  IF NEW.status <> OLD.status AND NOT (OLD.status = 'published' AND NEW.status = 'superseded') THEN
    PERFORM control.refuse('START_LIST_PUBLISHED', format('Start list version %s is %s and can''t become %s.', OLD.version, OLD.status, NEW.status), 'start_lists');
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER start_lists_published_stays BEFORE UPDATE OR DELETE ON start_lists
  FOR EACH ROW EXECUTE FUNCTION control.keep_published_start_list();

CREATE OR REPLACE FUNCTION control.stage_has_its_start_list() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state NOT IN ('draft', 'planned') AND NEW.current_start_list_id IS NULL THEN
    PERFORM control.refuse('STAGE_WITHOUT_START_LIST', format('Stage "%s" can''t be %s: it has no start list. Open it; that publishes one.', NEW.name, NEW.state), 'stages');
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER stages_with_start_list BEFORE INSERT OR UPDATE ON stages
  FOR EACH ROW EXECUTE FUNCTION control.stage_has_its_start_list();

CREATE OR REPLACE FUNCTION control.keep_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM control.refuse('LOG_STAYS', 'The log can''t be changed or deleted; it only grows.', TG_TABLE_NAME);
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER stage_changes_stay BEFORE UPDATE OR DELETE ON stage_changes
  FOR EACH ROW EXECUTE FUNCTION control.keep_log();
CREATE OR REPLACE TRIGGER entry_status_changes_stay BEFORE UPDATE OR DELETE ON entry_status_changes
  FOR EACH ROW EXECUTE FUNCTION control.keep_log();
