-- What: how a target goes on when its job fails, is given up, or is lost on the way to the note of it; and jobs that were
--       not heard of are looked for after half a minute instead of five.
-- Why:  a search of all orders of steps (test/model-check) found some in which a target waited until the time of a job
--       had run out, though nobody worked on it, and some in which staff gave a target up and it was computed after all.
--       Nothing was lost or written twice in any of them.
-- Read by: as 022, whose functions these replace. The columns and everything else are as there.

-- Tells which Redis the jobs go into. When it is another one than before, or it was emptied, every job is gone: all that
-- were under way are due again, and so are those that a relay is just sending, because it may have sent them before.
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
  UPDATE control.recompute_targets t SET inflight_until = NULL, claim_owner = NULL, claim_until = NULL
  WHERE t.id IN (
    SELECT r.id FROM control.recompute_targets r
    WHERE r.applied_generation < r.enqueued_generation AND r.inflight_until IS NOT NULL OR r.claim_owner IS NOT NULL
    ORDER BY r.entry_id, r.stage_id FOR UPDATE);
  GET DIAGNOSTICS again = ROW_COUNT;
  RETURN again;
END
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
    -- Nor does it take up again what failed since or was given up.
    state = CASE
      WHEN r.generation = of_generation THEN 'applied'
      WHEN r.state IN ('failed', 'cancelled') THEN r.state
      WHEN of_generation >= r.enqueued_generation THEN 'pending'
      ELSE r.state END,
    failures = CASE WHEN r.generation > of_generation AND r.state = 'failed' THEN r.failures ELSE 0 END,
    last_error = CASE WHEN r.generation > of_generation AND r.state = 'failed' THEN r.last_error END
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
-- The queue hears of it later, and until then its job looks as if somebody worked on it: so it counts as never sent. A
-- relay that is just about to note the job comes too late. When a newer job was sent, a relay looks whether it is there.
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
    enqueued_generation = CASE WHEN of_generation >= r.enqueued_generation THEN r.applied_generation ELSE r.enqueued_generation END,
    inflight_until = NULL, claim_owner = NULL, claim_until = NULL,
    failures = r.failures + 1, last_error = left(of_error, 2000)
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

-- Tries again what failed or was cancelled of a request, under another attempt, because the queue remembers the job of
-- before. That one may be an attempt ahead of what a relay has come to note. What the request alone gave up, and others
-- still wait for, it waits for again.
-- @returns how many targets the request waits for again
CREATE OR REPLACE FUNCTION control.retry_recompute(of_request uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  again bigint[];
  rejoined bigint[];
BEGIN
  PERFORM control.lock_recompute_of(r.event_id) FROM recompute_requests r WHERE r.id = of_request;
  -- First the targets, in their order.
  PERFORM FROM control.recompute_request_targets k JOIN control.recompute_targets t ON t.id = k.target_id
  WHERE k.request_id = of_request AND t.applied_generation < t.generation ORDER BY t.entry_id, t.stage_id FOR UPDATE OF t;
  WITH own AS (
    UPDATE control.recompute_request_targets k SET state = 'waiting', log_id = NULL
    FROM control.recompute_targets t
    WHERE t.id = k.target_id AND k.request_id = of_request AND k.state = 'cancelled' AND t.applied_generation < k.generation
      AND t.state IN ('pending', 'queued')
    RETURNING k.target_id)
  SELECT array_agg(o.target_id) INTO rejoined FROM own o;
  WITH rearmed AS (
    UPDATE control.recompute_targets t SET state = 'pending', failures = 0, last_error = NULL, inflight_until = NULL,
           queue_attempt = t.queue_attempt + 2, rank = clock_timestamp() + t.priority * interval '10 minutes'
    FROM control.recompute_request_targets k
    WHERE k.target_id = t.id AND k.request_id = of_request AND t.state IN ('failed', 'cancelled') AND t.applied_generation < t.generation
    RETURNING t.id)
  SELECT array_agg(a.id) INTO again FROM rearmed a;
  IF again IS NULL AND rejoined IS NULL THEN
    RETURN 0;
  END IF;
  -- A failure or a cancellation that is not told to the requests yet is not told any more: it would end the new wait.
  PERFORM pg_advisory_xact_lock(hashtextextended('control.settle_recompute', 0));
  UPDATE control.recompute_log l SET settled_at = clock_timestamp()
  WHERE l.target_id = ANY (again) AND l.outcome <> 'applied' AND l.settled_at IS NULL;
  UPDATE control.recompute_request_targets k SET state = 'waiting', log_id = NULL
  WHERE k.target_id = ANY (again) AND k.state IN ('failed', 'cancelled');
  PERFORM control.count_recompute_requests(ARRAY(
    SELECT DISTINCT k.request_id FROM control.recompute_request_targets k WHERE k.target_id = ANY (again)
    UNION SELECT of_request));
  PERFORM pg_notify('control_recompute', '');
  RETURN coalesce(cardinality(again), 0) + coalesce(cardinality(rejoined), 0);
END
$$;

-- Gives up what a request still waits for; a target that nobody else waits for is not computed any more. Its results
-- stay as they are, and it stays behind until somebody asks again. What others wait for is computed all the same, and
-- the request is told. So two requests for the same targets can both be given up, in whatever order.
-- @returns how many targets the request does not wait for any more
CREATE OR REPLACE FUNCTION control.cancel_recompute(of_request uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  given_up bigint[];
BEGIN
  PERFORM control.lock_recompute_of(r.event_id) FROM recompute_requests r WHERE r.id = of_request;
  -- First the targets, in their order: whoever applies one of them at this moment is awaited.
  PERFORM FROM control.recompute_request_targets k JOIN control.recompute_targets t ON t.id = k.target_id
  WHERE k.request_id = of_request AND k.state = 'waiting' ORDER BY t.entry_id, t.stage_id FOR UPDATE OF t;
  WITH own AS (
    UPDATE control.recompute_request_targets k SET state = 'cancelled', log_id = NULL
    FROM control.recompute_targets t
    WHERE t.id = k.target_id AND k.request_id = of_request AND k.state = 'waiting' AND t.applied_generation < k.generation
      AND t.state IN ('pending', 'queued')
    RETURNING k.target_id)
  SELECT array_agg(o.target_id) INTO given_up FROM own o;
  IF given_up IS NULL THEN
    RETURN 0;
  END IF;
  WITH cancelled AS (
    -- As with one that failed, its job counts as never sent: it ends without having done anything.
    UPDATE control.recompute_targets t SET state = 'cancelled', enqueued_generation = t.applied_generation,
           inflight_until = NULL, claim_owner = NULL, claim_until = NULL
    WHERE t.id = ANY (given_up) AND t.applied_generation < t.generation AND t.state IN ('pending', 'queued')
      AND NOT EXISTS (
        SELECT FROM control.recompute_request_targets o
        WHERE o.target_id = t.id AND o.state = 'waiting' AND o.generation > t.applied_generation)
    RETURNING t.*)
  INSERT INTO control.recompute_log (target_id, entry_id, stage_id, generation, outcome, since_request)
  SELECT c.id, c.entry_id, c.stage_id, c.generation, 'cancelled', clock_timestamp() - c.first_requested_at FROM cancelled c;
  PERFORM control.count_recompute_requests(ARRAY[of_request]);
  RETURN cardinality(given_up);
END
$$;

-- A job begins: its time counts from now. Own transaction, before anything is read. When it is over a relay only looks
-- whether the job is still in the queue, so a longer computation takes no harm.
-- @returns whether there is anything to do; false when it was applied, cancelled or given up in the meantime
CREATE OR REPLACE FUNCTION control.start_recompute(of_entry uuid, of_stage uuid, of_generation bigint, visible interval DEFAULT '30 seconds')
RETURNS boolean LANGUAGE sql AS $$
  WITH begun AS (
    UPDATE control.recompute_targets t SET started_at = clock_timestamp(), inflight_until = clock_timestamp() + visible
    WHERE t.entry_id = of_entry AND t.stage_id = of_stage
      AND t.applied_generation < of_generation AND t.state NOT IN ('failed', 'cancelled')
    RETURNING 1)
  SELECT EXISTS (SELECT FROM begun)
$$;
