-- What: what a status move needs beyond being in the table of 003: a reason of the right form, a place in a start list
--       that is open, a first stage that is closed, results that are complete, or not official yet, a rejoin that is left,
--       the status from before a disqualification.
-- Why:  the rulebook (libs/rules/src/entry-status) explains these to people; here they hold for psql, too.
-- Read by: every writer of entries. Replaces check_entry_status of 012; what is not named above is unchanged.

ALTER TABLE control.entry_status_transitions ADD COLUMN IF NOT EXISTS reason_pattern text;
ALTER TABLE control.entry_status_transitions ADD COLUMN IF NOT EXISTS reason_form text;
COMMENT ON COLUMN control.entry_status_transitions.reason_pattern IS 'Regular expression, any case, that the reason matches; null for any text.';
COMMENT ON COLUMN control.entry_status_transitions.reason_form IS 'The same in words; completes "the reason must …".';

UPDATE control.entry_status_transitions
SET reason_pattern = '^(mechanical|accident|medical|retired|otl|cutoff|missed_cp|device_lost)\s*(:\s*\S.*)?$',
    reason_form = 'begin with mechanical, accident, medical, retired, otl, cutoff, missed_cp or device_lost, for example "mechanical: gearbox"'
WHERE (from_status, to_status) IN (('started', 'dnf'));
UPDATE control.entry_status_transitions
SET reason_pattern = '^decision\s+(no\.?\s*)?[\w./-]*\d[\w./-]*\s*:\s*\S',
    reason_form = 'name the decision, for example "Decision 12: short cut at WP 7"'
WHERE to_status = 'dsq';

-- What the moves are judged by. The service asks for the same (move_facts, race_facts), so that it cannot say otherwise.

-- Whether the results that an entry counts in are official: those of its event, or of the last stage that it was listed in.
CREATE OR REPLACE FUNCTION control.results_are_official(of_entry uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM entries n JOIN events e ON e.id = n.event_id WHERE n.id = of_entry AND e.status IN ('official', 'archived')
  ) OR coalesce((
    SELECT s.state = 'official'
    FROM entry_segment_starts x JOIN segments g ON g.id = x.segment_id JOIN stages s ON s.id = g.stage_id
    WHERE x.entry_id = of_entry
    ORDER BY s.sort_order DESC, s.id LIMIT 1
  ), false)
$$;

-- The open or running stage that has a start for an entry, not a void one; null when none has.
CREATE OR REPLACE FUNCTION control.open_stage_of(of_entry uuid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT s.name
  FROM entry_segment_starts x JOIN segments g ON g.id = x.segment_id JOIN stages s ON s.id = g.stage_id
  WHERE x.entry_id = of_entry AND x.state <> 'void' AND s.state IN ('open', 'running')
  ORDER BY s.sort_order, s.id LIMIT 1
$$;

-- The first stage that counts and has no result of an entry; null when each has.
CREATE OR REPLACE FUNCTION control.stage_without_result(of_entry uuid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT s.name
  FROM entries n JOIN stages s ON s.event_id = n.event_id
  WHERE n.id = of_entry AND s.role <> 'transfer'
    AND NOT EXISTS (SELECT FROM stage_results r WHERE r.stage_id = s.id AND r.entry_id = n.id AND r.status <> 'pending')
  ORDER BY s.sort_order, s.id LIMIT 1
$$;

CREATE OR REPLACE FUNCTION control.recompute_pending(of_entry uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM control.recompute_targets t WHERE t.entry_id = of_entry AND t.applied_generation < t.generation)
$$;

CREATE OR REPLACE FUNCTION control.rejoins_of(of_entry uuid) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT count(*)::integer FROM entry_status_changes c
  WHERE c.entry_id = of_entry AND c.from_status = 'dnf' AND c.to_status = 'started'
$$;

-- The status that an entry had before it came into the one that it has; null when that is not known.
CREATE OR REPLACE FUNCTION control.status_before(of_entry uuid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT c.from_status
  FROM entries n JOIN entry_status_changes c ON c.entry_id = n.id AND c.to_status = n.status
  WHERE n.id = of_entry AND c.from_status IS DISTINCT FROM c.to_status
  ORDER BY c.at DESC, c.id LIMIT 1
$$;

CREATE OR REPLACE FUNCTION control.first_stage_closed(of_event uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT s.state IN ('closed', 'provisional', 'official') FROM stages s
    WHERE s.event_id = of_event ORDER BY s.sort_order, s.id LIMIT 1), false)
$$;

-- @returns what MoveFacts of the rulebook has of an entry
CREATE OR REPLACE FUNCTION control.move_facts(of_entry uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'onOpenStartList', control.open_stage_of(of_entry) IS NOT NULL,
    'everyResultThere', control.stage_without_result(of_entry) IS NULL,
    'recomputePending', control.recompute_pending(of_entry),
    'rejoinCount', control.rejoins_of(of_entry),
    'resultsOfficial', control.results_are_official(of_entry),
    'previousStatus', control.status_before(of_entry))
$$;

-- @returns what MoveFacts and EntryFacts of the rulebook have of an event
CREATE OR REPLACE FUNCTION control.race_facts(of_event uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'startsOn', to_char(e.starts_at AT TIME ZONE e.timezone, 'YYYY-MM-DD'),
    'classCount', (SELECT count(*) FROM classes k WHERE k.event_id = e.id),
    'registrationOpen', e.status IN ('published', 'running')
      AND now() >= coalesce(e.registration_opens_at, '-infinity')
      AND now() < coalesce(e.registration_closes_at, e.starts_at),
    'rejoinMax', e.rejoin_max,
    'firstStageOpened', EXISTS (SELECT FROM stages s WHERE s.event_id = e.id AND s.current_start_list_id IS NOT NULL),
    'firstStageClosed', control.first_stage_closed(e.id))
  FROM events e WHERE e.id = of_event
$$;

CREATE OR REPLACE FUNCTION control.check_entry_status() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before text;
  given text := nullif(btrim(current_setting('trm.reason', true)), '');
  move control.entry_status_transitions;
  possible text;
  entry_label text := coalesce('#' || NEW.race_number, '"' || NEW.name || '"');
  open_stage text;
  unfinished text;
  before_that text;
  rejoins integer;
  rejoins_allowed integer;
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
  IF move.reason_pattern IS NOT NULL AND given !~* move.reason_pattern THEN
    PERFORM control.refuse('ENTRY_STATUS_REASON', format('To take entry %s from %s to %s the reason must %s.', entry_label, before, NEW.status, move.reason_form), 'entries');
  END IF;

  IF (before, NEW.status) IN (('confirmed', 'started'), ('confirmed', 'registered')) THEN
    open_stage := control.open_stage_of(NEW.id);
    IF NEW.status = 'started' AND open_stage IS NULL THEN
      PERFORM control.refuse('NO_START_IN_OPEN_STAGE', format('Entry %s can''t become started: no open stage lists it. Open a stage, or add it there as a late entry.', entry_label), 'entries');
    ELSIF NEW.status = 'registered' AND open_stage IS NOT NULL THEN
      PERFORM control.refuse('ON_OPEN_START_LIST', format('Entry %s can''t become registered: stage "%s" is open and has a start for it. Withdraw it, or wait until the stage is closed.', entry_label, open_stage), 'entries');
    END IF;
  ELSIF (before, NEW.status) = ('confirmed', 'dns') AND given IS NULL AND NOT control.first_stage_closed(NEW.event_id) THEN
    PERFORM control.refuse('FIRST_STAGE_NOT_CLOSED', format('Entry %s can''t become dns yet: the first stage is not closed, so it may still start. If the crew has declared that it does not, give that as the reason.', entry_label), 'entries');
  ELSIF (before, NEW.status) = ('started', 'finished') THEN
    unfinished := control.stage_without_result(NEW.id);
    IF unfinished IS NOT NULL THEN
      PERFORM control.refuse('RESULT_MISSING', format('Entry %s can''t be finished: it has no result in stage "%s". Complete its results first.', entry_label, unfinished), 'entries');
    ELSIF control.recompute_pending(NEW.id) THEN
      PERFORM control.refuse('RECOMPUTE_PENDING', format('Entry %s can''t be finished: its results are being computed again. Wait until they are there.', entry_label), 'entries');
    END IF;
  ELSIF before = 'dnf' AND NEW.status = 'started' AND given IS NULL THEN
    rejoins := control.rejoins_of(NEW.id);
    SELECT e.rejoin_max INTO rejoins_allowed FROM events e WHERE e.id = NEW.event_id;
    IF rejoins >= rejoins_allowed THEN
      PERFORM control.refuse('NO_REJOIN_LEFT', format('Entry %s has started again %s of %s times. To let it start again all the same, give a reason.', entry_label, rejoins, rejoins_allowed), 'entries');
    END IF;
  ELSIF before = 'dsq' THEN
    before_that := control.status_before(NEW.id);
    IF before_that <> NEW.status THEN
      PERFORM control.refuse('STATUS_BEFORE_DIFFERS', format('Entry %s was %s before it was disqualified and can only go back to that.', entry_label, before_that), 'entries');
    END IF;
  ELSIF (before, NEW.status) IN (('dns', 'started'), ('dns', 'confirmed'), ('finished', 'started'), ('finished', 'dnf'))
        AND control.results_are_official(NEW.id) THEN
    PERFORM control.refuse('RESULTS_OFFICIAL', format('Entry %s can''t go from %s to %s: the results are official. Reopen them first, with a reason.', entry_label, before, NEW.status), 'entries');
  END IF;
  NEW.status_reason := left(given, 500);
  RETURN NEW;
END
$$;
