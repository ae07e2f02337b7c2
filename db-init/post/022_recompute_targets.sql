-- What: how a wish to recompute becomes a job and a result: ask, claim, mark as queued, complete, fail, settle.
-- Why:  for each entry and stage stands what is wanted (generation) and what is done (applied_generation). The queue
--       is only a transport: whatever it loses is sent again, whatever it doubles is refused here.
-- Read by: the triggers of 023 and the worker (ask, claim, mark, settle); any processor (see docs/processor-contract.md).
--
-- Order of locks, for everybody: the lock of the event, then targets by entry and stage. Who can't wait skips.

-- Why something is recomputed. `live` and `other` are priorities: 1 first, up to 4 with the live ones; `live` holds
-- while the stage is open or running. The same list stands in libs/rules/src/recompute; a test compares them.
CREATE TABLE IF NOT EXISTS control.recompute_reasons (
  reason text PRIMARY KEY,
  bit integer NOT NULL UNIQUE,
  live smallint NOT NULL,
  other smallint NOT NULL
);
INSERT INTO control.recompute_reasons (reason, bit, live, other) VALUES
  ('manual_correction', 1, 1, 5),
  ('position_faulty', 2, 2, 5),
  ('position_restored', 4, 2, 5),
  ('start_list_changed', 8, 3, 5),
  ('device_changed', 16, 3, 5),
  ('entry_changed', 32, 3, 5),
  ('penalty_changed', 64, 3, 5),
  ('rejoin', 128, 3, 5),
  ('timing_changed', 256, 4, 6),
  ('waypoint_changed', 512, 8, 8),
  ('formula_changed', 1024, 8, 8),
  ('geometry_changed', 2048, 9, 9),
  ('replay', 4096, 10, 10)
ON CONFLICT (reason) DO UPDATE SET bit = excluded.bit, live = excluded.live, other = excluded.other;

-- A change that the planner cannot make anything of stands aside, with the error, and is tried again later.
ALTER TABLE control.outbox ADD COLUMN IF NOT EXISTS attempts integer NOT NULL DEFAULT 0;
ALTER TABLE control.outbox ADD COLUMN IF NOT EXISTS not_before timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE control.outbox ADD COLUMN IF NOT EXISTS last_error text;

-- Layers are bits: 1 crossings, 2 penalties, 4 results; each needs those behind it.
ALTER TABLE control.recompute_targets ADD COLUMN IF NOT EXISTS layers smallint NOT NULL DEFAULT 7;
-- When a target would be first in line: one class of priority is worth ten minutes of waiting.
ALTER TABLE control.recompute_targets ADD COLUMN IF NOT EXISTS rank timestamptz NOT NULL DEFAULT clock_timestamp();
ALTER TABLE control.recompute_targets ADD COLUMN IF NOT EXISTS started_at timestamptz;
ALTER TABLE control.recompute_targets DROP CONSTRAINT IF EXISTS recompute_targets_state_known;
ALTER TABLE control.recompute_targets ADD CONSTRAINT recompute_targets_state_known
  CHECK (state IN ('pending', 'queued', 'applied', 'failed', 'cancelled'));
DROP INDEX IF EXISTS control.recompute_targets_dirty;
CREATE INDEX IF NOT EXISTS recompute_targets_due_live ON control.recompute_targets (rank)
  WHERE applied_generation < generation AND priority <= 4;
CREATE INDEX IF NOT EXISTS recompute_targets_due_bulk ON control.recompute_targets (rank)
  WHERE applied_generation < generation AND priority > 4;
CREATE INDEX IF NOT EXISTS recompute_targets_by_stage ON control.recompute_targets (stage_id);

-- Which targets a request asked for, and up to which generation.
CREATE TABLE IF NOT EXISTS control.recompute_request_targets (
  request_id uuid NOT NULL REFERENCES recompute_requests ON DELETE CASCADE,
  target_id bigint NOT NULL REFERENCES control.recompute_targets ON DELETE CASCADE,
  generation bigint NOT NULL,
  state text NOT NULL DEFAULT 'waiting',
  -- Which line of the log settled it.
  log_id bigint,
  PRIMARY KEY (request_id, target_id),
  CONSTRAINT recompute_request_targets_state_known CHECK (state IN ('waiting', 'applied', 'failed', 'cancelled'))
);
CREATE INDEX IF NOT EXISTS recompute_request_targets_open ON control.recompute_request_targets (target_id) WHERE state <> 'applied';
CREATE INDEX IF NOT EXISTS recompute_request_targets_count ON control.recompute_request_targets (request_id, state);

-- Every effect, in the transaction that made it: what was applied, what failed. Never changed but for settled_at.
CREATE TABLE IF NOT EXISTS control.recompute_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  target_id bigint NOT NULL,
  entry_id uuid NOT NULL,
  stage_id uuid NOT NULL,
  generation bigint NOT NULL,
  outcome text NOT NULL,
  error text,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- How long after the wish, and after the job began.
  since_request interval,
  since_start interval,
  txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  settled_at timestamptz,
  CONSTRAINT recompute_log_outcome_known CHECK (outcome IN ('applied', 'failed', 'cancelled'))
);
CREATE INDEX IF NOT EXISTS recompute_log_unsettled ON control.recompute_log (id) WHERE settled_at IS NULL;
CREATE INDEX IF NOT EXISTS recompute_log_by_target ON control.recompute_log (target_id, generation);

-- What changed in results, so that a request can say what it brought. In the transaction of the computation.
CREATE TABLE IF NOT EXISTS control.result_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  stage_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  before jsonb,
  after jsonb,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS result_changes_by_transaction ON control.result_changes (txid);
CREATE INDEX IF NOT EXISTS result_changes_by_stage ON control.result_changes (stage_id, at);

-- One row: which Redis the jobs were put into. Another one, or the same emptied, has none of them.
CREATE TABLE IF NOT EXISTS control.recompute_transport (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  epoch text NOT NULL,
  since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- ── Ask ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Plans that are kept are made for the table as it was: with few targets a scan of all is the best, and stays when there
-- are suddenly a quarter of a million. So the functions that keep plans may not scan.

-- Who changes targets of an event holds this to the end of the transaction, so that two transactions that each touch
-- many targets wait for one another instead of ending in a deadlock.
CREATE OR REPLACE FUNCTION control.lock_recompute_of(of_event uuid) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('control.recompute ' || of_event, 0))
$$;

-- Asks for the pairs (entries[i], stages[i]) of one event, together as one request that staff can follow.
-- Left out: pairs whose stage has never opened (nothing was computed yet), and official stages, which are named in
-- the request instead: their results follow only when they are reopened.
-- @returns the request; null when there is nothing to recompute and nothing to tell of
CREATE OR REPLACE FUNCTION control.request_recompute(
  of_event uuid, entries uuid[], stages uuid[], of_layers integer, of_reason text,
  of_reason_text text DEFAULT NULL, author uuid DEFAULT NULL, of_scope jsonb DEFAULT NULL, during tstzrange DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  request uuid := gen_random_uuid();
  why control.recompute_reasons;
  of_entries uuid[];
  of_stages uuid[];
  priorities smallint[];
  official text[];
  total integer;
BEGIN
  SELECT * INTO STRICT why FROM control.recompute_reasons r WHERE r.reason = of_reason;
  PERFORM control.lock_recompute_of(of_event);

  SELECT array_agg(w.entry_id) FILTER (WHERE NOT w.is_official), array_agg(w.stage_id) FILTER (WHERE NOT w.is_official),
         array_agg(w.priority) FILTER (WHERE NOT w.is_official), array_agg(DISTINCT w.stage) FILTER (WHERE w.is_official)
  INTO of_entries, of_stages, priorities, official
  FROM (
    SELECT DISTINCT u.entry_id, u.stage_id, s.name AS stage,
           CASE WHEN s.state IN ('open', 'running') THEN why.live ELSE why.other END AS priority,
           s.state = 'official' OR e.status IN ('official', 'archived') AS is_official
    FROM unnest(entries, stages) AS u (entry_id, stage_id)
    JOIN stages s ON s.id = u.stage_id AND s.event_id = of_event AND s.state IN ('open', 'running', 'closed', 'provisional', 'official')
    JOIN events e ON e.id = s.event_id
    JOIN entries n ON n.id = u.entry_id AND n.event_id = s.event_id
    ORDER BY u.entry_id, u.stage_id
  ) w;
  total := coalesce(cardinality(of_entries), 0);
  IF total = 0 AND official IS NULL THEN
    RETURN NULL;
  END IF;

  INSERT INTO recompute_requests (id, event_id, reason, reason_text, requested_by, scope, layers, window_from, window_to,
                                  targets_total, status, finished_at, result)
  VALUES (request, of_event, of_reason, of_reason_text, author, of_scope, array_to_string(control.layer_names(of_layers), ','),
          lower(during), upper(during), total, CASE WHEN total = 0 THEN 'done' ELSE 'queued' END,
          CASE WHEN total = 0 THEN clock_timestamp() END,
          CASE WHEN official IS NOT NULL THEN jsonb_build_object('official', to_jsonb(official)) END);
  IF total = 0 THEN
    RETURN request;
  END IF;

  WITH bumped AS (
    INSERT INTO control.recompute_targets AS t (entry_id, stage_id, priority, layers, reasons, rank)
    SELECT u.entry_id, u.stage_id, u.priority, of_layers, why.bit, clock_timestamp() + u.priority * interval '10 minutes'
    FROM unnest(of_entries, of_stages, priorities) AS u (entry_id, stage_id, priority)
    ON CONFLICT (entry_id, stage_id) DO UPDATE SET
      generation = t.generation + 1,
      layers = CASE WHEN t.applied_generation = t.generation THEN excluded.layers ELSE t.layers | excluded.layers END,
      reasons = CASE WHEN t.applied_generation = t.generation THEN excluded.reasons ELSE t.reasons | excluded.reasons END,
      priority = CASE WHEN t.applied_generation = t.generation THEN excluded.priority ELSE least(t.priority, excluded.priority) END,
      rank = CASE WHEN t.applied_generation = t.generation THEN excluded.rank ELSE least(t.rank, excluded.rank) END,
      first_requested_at = CASE WHEN t.applied_generation = t.generation THEN clock_timestamp() ELSE t.first_requested_at END,
      last_requested_at = clock_timestamp(),
      -- The first wish goes at once. A storm behind it waits for a second of quiet, three seconds at most. What waits
      -- to be sent already is not put off by another wish for the same, unless it is part of a storm itself.
      not_before = CASE
        WHEN why.live = 1 THEN '-infinity'
        WHEN t.applied_generation = t.generation THEN
          CASE WHEN greatest(t.enqueued_at, t.started_at) > clock_timestamp() - interval '1 second'
            THEN clock_timestamp() + interval '1 second' ELSE '-infinity' END
        WHEN t.enqueued_generation <= t.applied_generation AND t.not_before <= clock_timestamp() THEN t.not_before
        ELSE least(clock_timestamp() + interval '1 second', t.first_requested_at + interval '3 seconds') END,
      -- A new wish takes up again what had failed or was cancelled.
      state = CASE WHEN t.state = 'queued' THEN 'queued' ELSE 'pending' END,
      inflight_until = CASE WHEN t.state IN ('failed', 'cancelled') THEN NULL ELSE t.inflight_until END,
      failures = CASE WHEN t.state IN ('failed', 'cancelled') THEN 0 ELSE t.failures END,
      last_error = CASE WHEN t.state IN ('failed', 'cancelled') THEN NULL ELSE t.last_error END
    RETURNING t.id, t.generation
  )
  INSERT INTO control.recompute_request_targets (request_id, target_id, generation)
  SELECT request, b.id, b.generation FROM bumped b;
  PERFORM pg_notify('control_recompute', '');
  RETURN request;
END
$$;

CREATE OR REPLACE FUNCTION control.layer_names(of_layers integer) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array_remove(ARRAY[
    CASE WHEN of_layers & 1 > 0 THEN 'crossings' END,
    CASE WHEN of_layers & 2 > 0 THEN 'penalties' END,
    CASE WHEN of_layers & 4 > 0 THEN 'results' END], NULL)
$$;

CREATE OR REPLACE FUNCTION control.reason_names(bits integer) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(r.reason ORDER BY r.bit), '{}') FROM control.recompute_reasons r WHERE r.bit & bits > 0
$$;

-- ── Send (the relay) ────────────────────────────────────────────────────────────────────────────────────────────

-- How many jobs are in the queue or being computed, live ones and others.
CREATE OR REPLACE FUNCTION control.recompute_in_flight(OUT live integer, OUT other integer)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  SELECT count(*) FILTER (WHERE t.priority <= 4), count(*) FILTER (WHERE t.priority > 4) INTO live, other
  FROM control.recompute_targets t
  WHERE t.applied_generation < t.enqueued_generation AND t.inflight_until > clock_timestamp();
END
$$;

-- Nobody leases it, and no job of it is under way: one job for each target at a time.
CREATE OR REPLACE FUNCTION control.is_claimable(t control.recompute_targets) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT t.state NOT IN ('failed', 'cancelled')
    AND t.not_before <= clock_timestamp()
    AND (t.claim_until IS NULL OR t.claim_until < clock_timestamp())
    AND (t.applied_generation >= t.enqueued_generation OR coalesce(t.inflight_until, '-infinity') < clock_timestamp())
$$;

-- Leases up to `batch` targets that are due, of the live ones and of the others each, as long as no more than so many of
-- each are under way: a mass of others never stands in front of a live one, and what waits here can still be overtaken.
-- `sent_generation` is not null when a job of before was not heard of in time: look whether it is still in the queue.
-- The two statements differ in the index that they walk. plpgsql plans each once for a session; SQL would each time.
CREATE OR REPLACE FUNCTION control.claim_recompute(relay uuid, batch integer, most_live integer, most_other integer, lease interval)
RETURNS TABLE (id bigint, entry_id uuid, stage_id uuid, generation bigint, queue_attempt integer, priority smallint,
               layers smallint, reasons integer, first_requested_at timestamptz, sent_generation bigint)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  live integer;
  other integer;
BEGIN
  SELECT * INTO live, other FROM control.recompute_in_flight();
  RETURN QUERY
    WITH due AS (
      SELECT t.id FROM control.recompute_targets t
      WHERE t.applied_generation < t.generation AND t.priority <= 4 AND control.is_claimable(t)
      ORDER BY t.rank LIMIT greatest(0, least(batch, most_live - live)) FOR UPDATE SKIP LOCKED)
    UPDATE control.recompute_targets t SET claim_owner = relay, claim_until = clock_timestamp() + lease
    FROM due WHERE t.id = due.id
    RETURNING t.id, t.entry_id, t.stage_id, t.generation, t.queue_attempt, t.priority, t.layers, t.reasons,
              t.first_requested_at, CASE WHEN t.enqueued_generation > t.applied_generation THEN t.enqueued_generation END;
  RETURN QUERY
    WITH due AS (
      SELECT t.id FROM control.recompute_targets t
      WHERE t.applied_generation < t.generation AND t.priority > 4 AND control.is_claimable(t)
      ORDER BY t.rank LIMIT greatest(0, least(batch, most_other - other)) FOR UPDATE SKIP LOCKED)
    UPDATE control.recompute_targets t SET claim_owner = relay, claim_until = clock_timestamp() + lease
    FROM due WHERE t.id = due.id
    RETURNING t.id, t.entry_id, t.stage_id, t.generation, t.queue_attempt, t.priority, t.layers, t.reasons,
              t.first_requested_at, CASE WHEN t.enqueued_generation > t.applied_generation THEN t.enqueued_generation END;
END
$$;

-- Notes that jobs are in the queue. Only what this relay still leases: after a pause another may have sent it.
-- Rows that are locked at this moment are left out; the caller asks again for them, so that nothing waits in a circle.
-- @returns the ids that are settled: marked, or not this relay's any more
CREATE OR REPLACE FUNCTION control.mark_recompute_queued(relay uuid, ids bigint[], generations bigint[], attempts integer[], visible interval)
RETURNS SETOF bigint LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY WITH mine AS (
    SELECT t.id FROM control.recompute_targets t
    WHERE t.id = ANY (ids) AND t.claim_owner = relay
    ORDER BY t.entry_id, t.stage_id FOR UPDATE SKIP LOCKED
  ), sent AS (
    SELECT * FROM unnest(ids, generations, attempts) AS s (id, generation, attempt)
  ), marked AS (
    UPDATE control.recompute_targets t SET
      enqueued_generation = greatest(t.enqueued_generation, s.generation),
      queue_attempt = s.attempt,
      inflight_until = clock_timestamp() + visible,
      enqueued_at = clock_timestamp(),
      state = CASE WHEN t.applied_generation >= s.generation OR t.state IN ('failed', 'cancelled') THEN t.state ELSE 'queued' END,
      claim_owner = NULL, claim_until = NULL
    FROM mine, sent s WHERE t.id = mine.id AND s.id = t.id
    RETURNING t.id
  )
  SELECT m.id FROM marked m
  UNION ALL
  SELECT t.id FROM control.recompute_targets t WHERE t.id = ANY (ids) AND t.claim_owner IS DISTINCT FROM relay;
END
$$;

-- Gives leases back: at once when jobs could not be sent, so that the next round, or another relay, does.
CREATE OR REPLACE FUNCTION control.release_recompute(relay uuid, ids bigint[] DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
  UPDATE control.recompute_targets t SET claim_owner = NULL, claim_until = NULL
  WHERE t.id IN (
    SELECT r.id FROM control.recompute_targets r
    WHERE r.claim_owner = relay AND (ids IS NULL OR r.id = ANY (ids))
    ORDER BY r.entry_id, r.stage_id FOR UPDATE SKIP LOCKED)
$$;

-- Tells which Redis the jobs go into. When it is another one than before, or it was emptied, every job is gone, and
-- all that were under way are due again.
-- @returns how many are due again
CREATE OR REPLACE FUNCTION control.note_recompute_transport(of_epoch text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  known text;
  again integer := 0;
BEGIN
  SELECT t.epoch INTO known FROM control.recompute_transport t;
  IF known IS NOT DISTINCT FROM of_epoch THEN
    RETURN 0;
  END IF;
  INSERT INTO control.recompute_transport (epoch) VALUES (of_epoch)
  ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, since = clock_timestamp()
    WHERE control.recompute_transport.epoch <> excluded.epoch;
  IF NOT FOUND THEN
    RETURN 0; -- Another relay has told it in the meantime.
  END IF;
  UPDATE control.recompute_targets t SET inflight_until = NULL
  WHERE t.id IN (
    SELECT r.id FROM control.recompute_targets r
    WHERE r.applied_generation < r.enqueued_generation AND r.inflight_until IS NOT NULL
    ORDER BY r.entry_id, r.stage_id FOR UPDATE);
  GET DIAGNOSTICS again = ROW_COUNT;
  RETURN again;
END
$$;

-- ── Compute (the processor) ─────────────────────────────────────────────────────────────────────────────────────

-- A job begins: its time counts from now. Own transaction, before anything is read.
-- @returns whether there is anything to do; false when it was applied, cancelled or given up in the meantime
CREATE OR REPLACE FUNCTION control.start_recompute(of_entry uuid, of_stage uuid, of_generation bigint, visible interval DEFAULT '5 minutes')
RETURNS boolean LANGUAGE sql AS $$
  WITH begun AS (
    UPDATE control.recompute_targets t SET started_at = clock_timestamp(), inflight_until = clock_timestamp() + visible
    WHERE t.entry_id = of_entry AND t.stage_id = of_stage
      AND t.applied_generation < of_generation AND t.state NOT IN ('failed', 'cancelled')
    RETURNING 1)
  SELECT EXISTS (SELECT FROM begun)
$$;

-- What has to be computed now. Read it first in the REPEATABLE READ transaction that reads all facts: whatever is
-- committed later has a higher generation and comes again.
CREATE OR REPLACE FUNCTION control.recompute_wanted(of_entry uuid, of_stage uuid)
RETURNS TABLE (generation bigint, layers text[], reasons text[]) LANGUAGE sql STABLE AS $$
  SELECT t.generation, control.layer_names(t.layers), control.reason_names(t.reasons)
  FROM control.recompute_targets t
  WHERE t.entry_id = of_entry AND t.stage_id = of_stage AND t.applied_generation < t.generation
$$;

-- The last statement of the transaction that writes the results of `of_generation`.
-- @returns true: commit. false: this generation is applied already; roll back.
-- @raises GENERATION_SUPERSEDED when a newer one is applied, so that older results can't be committed over it
CREATE OR REPLACE FUNCTION control.complete_recompute(of_entry uuid, of_stage uuid, of_generation bigint)
RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  t control.recompute_targets;
BEGIN
  SELECT * INTO t FROM control.recompute_targets r WHERE r.entry_id = of_entry AND r.stage_id = of_stage FOR UPDATE;
  IF NOT FOUND OR of_generation > t.generation OR of_generation < 1 THEN
    PERFORM control.refuse('GENERATION_UNKNOWN', format('Nobody asked for generation %s of entry %s in stage %s.', of_generation, of_entry, of_stage));
  ELSIF of_generation < t.applied_generation THEN
    PERFORM control.refuse('GENERATION_SUPERSEDED', format(
      'Generation %s of entry %s in stage %s is older than %s, which is applied already. Roll back.', of_generation, of_entry, of_stage, t.applied_generation));
  ELSIF of_generation = t.applied_generation THEN
    RETURN false;
  END IF;
  UPDATE control.recompute_targets r SET
    applied_generation = of_generation,
    applied_at = clock_timestamp(),
    -- An older completion does not end the time of a newer job.
    inflight_until = CASE WHEN of_generation >= r.enqueued_generation THEN NULL ELSE r.inflight_until END,
    state = CASE WHEN r.generation = of_generation THEN 'applied' WHEN of_generation >= r.enqueued_generation THEN 'pending' ELSE r.state END,
    failures = 0, last_error = NULL
  WHERE r.id = t.id;
  INSERT INTO control.recompute_log (target_id, entry_id, stage_id, generation, outcome, since_request, since_start)
  VALUES (t.id, of_entry, of_stage, of_generation, 'applied', clock_timestamp() - t.first_requested_at, clock_timestamp() - t.started_at);
  IF t.generation > of_generation THEN
    PERFORM pg_notify('control_recompute', '');
  END IF;
  RETURN true;
END
$$;

-- All attempts of a job are used up, or one more can't help. It is not tried again until somebody asks.
-- @returns whether it stands as failed now; false when it was asked for or applied anew in the meantime
CREATE OR REPLACE FUNCTION control.fail_recompute(of_entry uuid, of_stage uuid, of_generation bigint, of_error text)
RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  t control.recompute_targets;
BEGIN
  SELECT * INTO t FROM control.recompute_targets r WHERE r.entry_id = of_entry AND r.stage_id = of_stage FOR UPDATE;
  IF NOT FOUND OR t.applied_generation >= of_generation OR t.state IN ('failed', 'cancelled') THEN
    RETURN false;
  END IF;
  UPDATE control.recompute_targets r SET
    state = CASE WHEN r.generation = of_generation THEN 'failed' ELSE 'pending' END,
    inflight_until = NULL, failures = r.failures + 1, last_error = left(of_error, 2000)
  WHERE r.id = t.id;
  IF t.generation > of_generation THEN
    PERFORM pg_notify('control_recompute', '');
    RETURN false;
  END IF;
  INSERT INTO control.recompute_log (target_id, entry_id, stage_id, generation, outcome, error, since_request, since_start)
  VALUES (t.id, of_entry, of_stage, of_generation, 'failed', left(of_error, 2000), clock_timestamp() - t.first_requested_at, clock_timestamp() - t.started_at);
  RETURN true;
END
$$;

-- ── Steer (staff) ───────────────────────────────────────────────────────────────────────────────────────────────

-- Tries again what failed or was cancelled of a request.
-- @returns how many targets are due again
CREATE OR REPLACE FUNCTION control.retry_recompute(of_request uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  again bigint[];
BEGIN
  PERFORM control.lock_recompute_of(r.event_id) FROM recompute_requests r WHERE r.id = of_request;
  WITH due AS (
    SELECT t.id FROM control.recompute_request_targets k JOIN control.recompute_targets t ON t.id = k.target_id
    WHERE k.request_id = of_request AND t.state IN ('failed', 'cancelled') AND t.applied_generation < t.generation
    ORDER BY t.entry_id, t.stage_id FOR UPDATE OF t
  ), rearmed AS (
    UPDATE control.recompute_targets t SET state = 'pending', failures = 0, last_error = NULL, inflight_until = NULL,
           rank = clock_timestamp() + t.priority * interval '10 minutes'
    FROM due WHERE t.id = due.id RETURNING t.id
  )
  SELECT array_agg(a.id) INTO again FROM rearmed a;
  IF again IS NULL THEN
    RETURN 0;
  END IF;
  UPDATE control.recompute_request_targets k SET state = 'waiting', log_id = NULL
  WHERE k.target_id = ANY (again) AND k.state IN ('failed', 'cancelled');
  PERFORM control.count_recompute_requests(ARRAY(
    SELECT DISTINCT k.request_id FROM control.recompute_request_targets k WHERE k.target_id = ANY (again)));
  PERFORM pg_notify('control_recompute', '');
  RETURN cardinality(again);
END
$$;

-- Gives up what a request still waits for and nobody else has asked for since. The results stay as they are, and the
-- target stays behind until somebody asks again.
-- @returns how many targets were given up
CREATE OR REPLACE FUNCTION control.cancel_recompute(of_request uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  given_up bigint[];
BEGIN
  PERFORM control.lock_recompute_of(r.event_id) FROM recompute_requests r WHERE r.id = of_request;
  WITH due AS (
    SELECT t.id FROM control.recompute_request_targets k JOIN control.recompute_targets t ON t.id = k.target_id
    WHERE k.request_id = of_request AND k.state = 'waiting' AND t.applied_generation < t.generation
      AND t.generation = k.generation AND t.state IN ('pending', 'queued')
      AND NOT EXISTS (
        SELECT FROM control.recompute_request_targets o
        WHERE o.target_id = t.id AND o.request_id <> of_request AND o.state = 'waiting')
    ORDER BY t.entry_id, t.stage_id FOR UPDATE OF t
  ), cancelled AS (
    UPDATE control.recompute_targets t SET state = 'cancelled', inflight_until = NULL, claim_owner = NULL, claim_until = NULL
    FROM due WHERE t.id = due.id RETURNING t.*
  ), logged AS (
    INSERT INTO control.recompute_log (target_id, entry_id, stage_id, generation, outcome, since_request)
    SELECT c.id, c.entry_id, c.stage_id, c.generation, 'cancelled', clock_timestamp() - c.first_requested_at FROM cancelled c
    RETURNING target_id
  )
  SELECT array_agg(l.target_id) INTO given_up FROM logged l;
  RETURN coalesce(cardinality(given_up), 0);
END
$$;

-- ── Follow (the worker) ─────────────────────────────────────────────────────────────────────────────────────────

-- Carries the log over into the requests that staff see. One at a time: a second caller finds nothing to do.
-- @returns how many lines of the log were settled
CREATE OR REPLACE FUNCTION control.settle_recompute(batch integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  lines bigint[];
  failing uuid[];
  applied uuid[];
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('control.settle_recompute', 0)) THEN
    RETURN 0;
  END IF;
  WITH taken AS (
    UPDATE control.recompute_log l SET settled_at = clock_timestamp()
    WHERE l.id IN (SELECT n.id FROM control.recompute_log n WHERE n.settled_at IS NULL ORDER BY n.id LIMIT batch)
    RETURNING l.id)
  SELECT array_agg(t.id) INTO lines FROM taken t;
  IF lines IS NULL THEN
    RETURN 0;
  END IF;
  WITH stuck AS (
    UPDATE control.recompute_request_targets k SET state = l.outcome, log_id = l.id
    FROM (SELECT DISTINCT ON (x.target_id) x.* FROM control.recompute_log x
          WHERE x.id = ANY (lines) AND x.outcome <> 'applied' ORDER BY x.target_id, x.id DESC) l
    WHERE k.target_id = l.target_id AND k.generation <= l.generation AND k.state <> 'applied'
    RETURNING k.request_id)
  SELECT array_agg(DISTINCT s.request_id) INTO failing FROM stuck s;
  WITH done AS (
    UPDATE control.recompute_request_targets k SET state = 'applied', log_id = l.id
    FROM (SELECT DISTINCT ON (x.target_id) x.* FROM control.recompute_log x
          WHERE x.id = ANY (lines) AND x.outcome = 'applied' ORDER BY x.target_id, x.generation DESC) l
    WHERE k.target_id = l.target_id AND k.generation <= l.generation AND k.state <> 'applied'
    RETURNING k.request_id)
  SELECT array_agg(DISTINCT d.request_id) INTO applied FROM done d;
  PERFORM control.count_recompute_requests(failing || applied);
  RETURN cardinality(lines);
END
$$;

-- What changed in results with the computations that settled a request: how many, and the first of them.
CREATE OR REPLACE FUNCTION control.results_changed_by(of_request uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  WITH changes AS (
    SELECT DISTINCT ON (c.stage_id, c.entry_id) c.stage_id, c.entry_id,
           first_value(c.before) OVER w AS before, c.after
    FROM control.recompute_request_targets k
    JOIN control.recompute_log l ON l.id = k.log_id
    JOIN control.result_changes c ON c.txid = l.txid
    WHERE k.request_id = of_request
    WINDOW w AS (PARTITION BY c.stage_id, c.entry_id ORDER BY c.id)
    ORDER BY c.stage_id, c.entry_id, c.id DESC
  ), real AS (
    SELECT c.*, n.race_number, n.name, s.name AS stage, s.sort_order, EXISTS (
             SELECT FROM control.recompute_request_targets k JOIN control.recompute_targets t ON t.id = k.target_id
             WHERE k.request_id = of_request AND t.entry_id = c.entry_id AND t.stage_id = c.stage_id) AS is_asked_for
    FROM changes c JOIN entries n ON n.id = c.entry_id JOIN stages s ON s.id = c.stage_id
    WHERE c.before IS DISTINCT FROM c.after
  ), first_ones AS (
    -- Whom it was about comes before those whose place has moved with it.
    SELECT * FROM real r ORDER BY r.is_asked_for DESC, r.sort_order, r.race_number LIMIT 50
  )
  SELECT jsonb_build_object(
    'resultsChanged', (SELECT count(*) FROM real),
    'changes', coalesce((
      SELECT jsonb_agg(jsonb_build_object('entryId', f.entry_id, 'raceNumber', f.race_number, 'name', f.name, 'stageId', f.stage_id,
                                          'stage', f.stage, 'before', f.before, 'after', f.after)
                       ORDER BY f.is_asked_for DESC, f.sort_order, f.race_number)
      FROM first_ones f), '[]'))
$$;

-- Counts the targets of requests and says how they stand; a request that has come to its end gets what it changed.
CREATE OR REPLACE FUNCTION control.count_recompute_requests(requests uuid[]) RETURNS void LANGUAGE sql AS $$
  WITH counted AS (
    SELECT k.request_id, count(*)::integer AS total,
           (count(*) FILTER (WHERE k.state = 'applied'))::integer AS applied,
           (count(*) FILTER (WHERE k.state = 'failed'))::integer AS failed,
           (count(*) FILTER (WHERE k.state = 'cancelled'))::integer AS cancelled
    FROM control.recompute_request_targets k WHERE k.request_id = ANY (requests)
    GROUP BY k.request_id
  ), judged AS (
    SELECT c.*, CASE
      WHEN c.applied + c.failed + c.cancelled < c.total THEN 'running'
      WHEN c.failed > 0 THEN 'failed'
      WHEN c.cancelled > 0 THEN 'cancelled'
      ELSE 'done' END AS status
    FROM counted c
  )
  UPDATE recompute_requests r SET
    targets_applied = j.applied, targets_failed = j.failed, status = j.status, updated_at = clock_timestamp(),
    finished_at = CASE WHEN j.status = 'running' THEN NULL ELSE coalesce(r.finished_at, clock_timestamp()) END,
    error = CASE WHEN j.failed > 0 THEN (
      SELECT t.last_error FROM control.recompute_request_targets k JOIN control.recompute_targets t ON t.id = k.target_id
      WHERE k.request_id = r.id AND k.state = 'failed' AND t.last_error IS NOT NULL ORDER BY t.id LIMIT 1) END,
    result = CASE WHEN j.status = 'running' THEN r.result
      ELSE (coalesce(r.result::jsonb, '{}') || control.results_changed_by(r.id))::json END
  FROM judged j WHERE r.id = j.request_id
$$;
