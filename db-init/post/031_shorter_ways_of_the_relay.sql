-- What: a claim counts what is under way in the statement that leases; a mark finds its rows one by one.
-- Why:  counting before it, in a function of its own, was a fifth of what a claim costs the way from a mark to its job. The
--       mark of a batch compared each of its targets with each of its jobs, which took longer than all the rest of sending.
-- Read by: the relay of the worker (libs/recompute/src/send-targets.ts). Everything else is as in 022 and 029.

CREATE OR REPLACE FUNCTION control.claim_recompute(relay uuid, batch integer, most_live integer, most_other integer, lease interval)
RETURNS TABLE (id bigint, entry_id uuid, stage_id uuid, generation bigint, queue_attempt integer, priority smallint,
               layers smallint, reasons integer, first_requested_at timestamptz, sent_generation bigint)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  IF most_live > 0 THEN
    RETURN QUERY
      WITH due AS (
        SELECT t.id FROM control.recompute_targets t
        WHERE t.applied_generation < t.generation AND t.priority <= 4 AND control.is_claimable(t)
        ORDER BY t.rank LIMIT (
          SELECT greatest(0, least(batch, most_live - count(*))) FROM control.recompute_targets u
          WHERE u.applied_generation < u.enqueued_generation AND u.inflight_until > clock_timestamp() AND u.priority <= 4)
        FOR UPDATE SKIP LOCKED)
      UPDATE control.recompute_targets t SET claim_owner = relay, claim_until = clock_timestamp() + lease
      FROM due WHERE t.id = due.id
      RETURNING t.id, t.entry_id, t.stage_id, t.generation, t.queue_attempt, t.priority, t.layers, t.reasons,
                t.first_requested_at, CASE WHEN t.enqueued_generation > t.applied_generation THEN t.enqueued_generation END;
  END IF;
  IF most_other > 0 THEN
    RETURN QUERY
      WITH due AS (
        SELECT t.id FROM control.recompute_targets t
        WHERE t.applied_generation < t.generation AND t.priority > 4 AND control.is_claimable(t)
        ORDER BY t.rank LIMIT (
          SELECT greatest(0, least(batch, most_other - count(*))) FROM control.recompute_targets u
          WHERE u.applied_generation < u.enqueued_generation AND u.inflight_until > clock_timestamp() AND u.priority > 4)
        FOR UPDATE SKIP LOCKED)
      UPDATE control.recompute_targets t SET claim_owner = relay, claim_until = clock_timestamp() + lease
      FROM due WHERE t.id = due.id
      RETURNING t.id, t.entry_id, t.stage_id, t.generation, t.queue_attempt, t.priority, t.layers, t.reasons,
                t.first_requested_at, CASE WHEN t.enqueued_generation > t.applied_generation THEN t.enqueued_generation END;
  END IF;
END
$$;

-- Notes that jobs are in the queue. Only what this claim still leases: after a pause another may have sent it.
-- Rows that are locked at this moment are left out; the caller asks again for them, so that nothing waits in a circle.
-- @returns the ids that are settled: marked, or not leased by this claim any more
CREATE OR REPLACE FUNCTION control.mark_recompute_queued(relay uuid, ids bigint[], generations bigint[], attempts integer[], visible interval)
RETURNS SETOF bigint LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY WITH sent AS (
    SELECT s.id, s.generation, s.attempt
    FROM unnest(ids, generations, attempts) AS s (id, generation, attempt)
    JOIN control.recompute_targets t ON t.id = s.id
    WHERE t.claim_owner = relay
    ORDER BY t.entry_id, t.stage_id FOR UPDATE OF t SKIP LOCKED
  ), marked AS (
    UPDATE control.recompute_targets t SET
      enqueued_generation = greatest(t.enqueued_generation, s.generation),
      queue_attempt = s.attempt,
      inflight_until = clock_timestamp() + visible,
      enqueued_at = clock_timestamp(),
      state = CASE WHEN t.applied_generation >= s.generation OR t.state IN ('failed', 'cancelled') THEN t.state ELSE 'queued' END,
      claim_owner = NULL, claim_until = NULL
    FROM sent s WHERE t.id = s.id
    RETURNING t.id
  )
  SELECT m.id FROM marked m
  UNION ALL
  SELECT t.id FROM control.recompute_targets t WHERE t.id = ANY (ids) AND t.claim_owner IS DISTINCT FROM relay;
END
$$;
