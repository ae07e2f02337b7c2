-- What: a claim, a mark and a release find each of their rows by its key, whatever the table was like when they were
--       planned; what is called less often is planned each time. A claim says itself that its commit need not wait.
-- Why:  a session keeps its plans. One that was made while there was one target, or of statistics that were gathered while a
--       mass was being written and could not be seen yet, read all targets for each that it leased or noted, until the
--       statistics were gathered anew: with 20,000 that came at once, 100 took half a second instead of 4 ms. A live mark
--       waited behind a mass of others for as long as that took.
-- Read by: the relay of the worker (libs/recompute/src/send-targets.ts). What can be claimed, and what a mark notes, is as in
--       032 and 031.

CREATE OR REPLACE FUNCTION control.claim_recompute(relay uuid, batch integer, most_live integer, most_other integer, lease interval)
RETURNS TABLE (id bigint, entry_id uuid, stage_id uuid, generation bigint, queue_attempt integer, priority smallint,
               layers smallint, reasons integer, first_requested_at timestamptz, sent_generation bigint)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  -- An index can be searched by an instant that stands still, not by a clock that runs.
  at timestamptz := clock_timestamp();
BEGIN
  -- To the end of the transaction. Somebody would wait for the disk on the way from a mark to its job; a claim that a crash
  -- takes back is a lease that ended early, and whatever is committed after it and waits, as a mark does, holds it too.
  PERFORM set_config('synchronous_commit', 'off', true);
  IF most_live > 0 THEN
    RETURN QUERY
      WITH room AS (
        SELECT greatest(0, least(batch, most_live - count(*))) AS n FROM control.recompute_targets u
        WHERE u.applied_generation < u.enqueued_generation AND coalesce(u.inflight_until, '-infinity') > at AND u.priority <= 4
      ), unheard AS (
        SELECT t.id FROM control.recompute_targets t
        WHERE t.applied_generation < t.enqueued_generation AND coalesce(t.inflight_until, '-infinity') < at AND t.priority <= 4
          AND control.is_claimable(t)
        ORDER BY t.rank LIMIT (SELECT n FROM room)
        FOR UPDATE SKIP LOCKED
      ), unsent AS (
        SELECT t.id FROM control.recompute_targets t
        WHERE t.applied_generation < t.generation AND t.enqueued_generation <= t.applied_generation AND t.priority <= 4
          AND t.state NOT IN ('failed', 'cancelled') AND control.is_claimable(t)
        ORDER BY t.rank LIMIT (SELECT n FROM room) - (SELECT count(*) FROM unheard)
        FOR UPDATE SKIP LOCKED
      ), leased AS (
        -- Not a join: which side of it is walked would be a matter of how many there were.
        UPDATE control.recompute_targets t SET claim_owner = relay, claim_until = clock_timestamp() + lease
        WHERE t.id = ANY (ARRAY(SELECT h.id FROM unheard h UNION ALL SELECT s.id FROM unsent s))
        RETURNING t.*
      )
      SELECT t.id, t.entry_id, t.stage_id, t.generation, t.queue_attempt, t.priority, t.layers, t.reasons,
             t.first_requested_at, CASE WHEN t.enqueued_generation > t.applied_generation THEN t.enqueued_generation END
      FROM leased t ORDER BY t.enqueued_generation > t.applied_generation DESC, t.rank;
  END IF;
  IF most_other > 0 THEN
    RETURN QUERY
      WITH room AS (
        SELECT greatest(0, least(batch, most_other - count(*))) AS n FROM control.recompute_targets u
        WHERE u.applied_generation < u.enqueued_generation AND coalesce(u.inflight_until, '-infinity') > at AND u.priority > 4
      ), unheard AS (
        SELECT t.id FROM control.recompute_targets t
        WHERE t.applied_generation < t.enqueued_generation AND coalesce(t.inflight_until, '-infinity') < at AND t.priority > 4
          AND control.is_claimable(t)
        ORDER BY t.rank LIMIT (SELECT n FROM room)
        FOR UPDATE SKIP LOCKED
      ), unsent AS (
        SELECT t.id FROM control.recompute_targets t
        WHERE t.applied_generation < t.generation AND t.enqueued_generation <= t.applied_generation AND t.priority > 4
          AND t.state NOT IN ('failed', 'cancelled') AND control.is_claimable(t)
        ORDER BY t.rank LIMIT (SELECT n FROM room) - (SELECT count(*) FROM unheard)
        FOR UPDATE SKIP LOCKED
      ), leased AS (
        UPDATE control.recompute_targets t SET claim_owner = relay, claim_until = clock_timestamp() + lease
        WHERE t.id = ANY (ARRAY(SELECT h.id FROM unheard h UNION ALL SELECT s.id FROM unsent s))
        RETURNING t.*
      )
      SELECT t.id, t.entry_id, t.stage_id, t.generation, t.queue_attempt, t.priority, t.layers, t.reasons,
             t.first_requested_at, CASE WHEN t.enqueued_generation > t.applied_generation THEN t.enqueued_generation END
      FROM leased t ORDER BY t.enqueued_generation > t.applied_generation DESC, t.rank;
  END IF;
END
$$;

-- Notes that jobs are in the queue. Only what this claim still leases: after a pause another may have sent it.
-- Rows that are locked at this moment are left out; the caller asks again for them. It waits for nobody, so the order in
-- which it locks is nobody's concern.
-- @returns the ids that are settled: marked, or not leased by this claim any more
CREATE OR REPLACE FUNCTION control.mark_recompute_queued(relay uuid, ids bigint[], generations bigint[], attempts integer[], visible interval)
RETURNS SETOF bigint LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY WITH sent AS (
    SELECT t.id FROM control.recompute_targets t
    WHERE t.id = ANY (ids) AND t.claim_owner = relay
    FOR UPDATE SKIP LOCKED
  ), marked AS (
    UPDATE control.recompute_targets t SET
      enqueued_generation = greatest(t.enqueued_generation, generations[array_position(ids, t.id)]),
      queue_attempt = attempts[array_position(ids, t.id)],
      inflight_until = clock_timestamp() + visible,
      enqueued_at = clock_timestamp(),
      state = CASE WHEN t.applied_generation >= generations[array_position(ids, t.id)] OR t.state IN ('failed', 'cancelled')
        THEN t.state ELSE 'queued' END,
      claim_owner = NULL, claim_until = NULL
    WHERE t.id = ANY (ARRAY(SELECT s.id FROM sent s))
    RETURNING t.id
  )
  SELECT m.id FROM marked m
  UNION ALL
  SELECT t.id FROM control.recompute_targets t WHERE t.id = ANY (ids) AND t.claim_owner IS DISTINCT FROM relay;
END
$$;

-- Gives leases back: at once when jobs could not be sent, so that the next round, or another relay, does. By their keys:
-- while Redis is away that is in each round, and nothing else tells who leases what.
DROP FUNCTION IF EXISTS control.release_recompute(uuid, bigint[]);
CREATE OR REPLACE FUNCTION control.release_recompute(relay uuid, ids bigint[]) RETURNS void LANGUAGE sql AS $$
  UPDATE control.recompute_targets t SET claim_owner = NULL, claim_until = NULL
  WHERE t.id = ANY (ARRAY(
    SELECT r.id FROM control.recompute_targets r
    WHERE r.id = ANY (ids) AND r.claim_owner = relay
    FOR UPDATE SKIP LOCKED))
$$;

ALTER FUNCTION control.settle_recompute(integer) SET plan_cache_mode = force_custom_plan;
ALTER FUNCTION control.retry_recompute(uuid) SET plan_cache_mode = force_custom_plan;
ALTER FUNCTION control.cancel_recompute(uuid) SET plan_cache_mode = force_custom_plan;
