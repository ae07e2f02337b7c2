-- What: a claim only looks for what it may take.
-- Why:  live targets and the others are claimed apart, and each claim of 022 ran both statements, one of them for nothing:
--       a tenth of the way from a mark to its job.
-- Read by: the relay of the worker (libs/recompute/src/send-targets.ts). Everything else is as in 022.

CREATE OR REPLACE FUNCTION control.claim_recompute(relay uuid, batch integer, most_live integer, most_other integer, lease interval)
RETURNS TABLE (id bigint, entry_id uuid, stage_id uuid, generation bigint, queue_attempt integer, priority smallint,
               layers smallint, reasons integer, first_requested_at timestamptz, sent_generation bigint)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  live integer;
  other integer;
BEGIN
  SELECT * INTO live, other FROM control.recompute_in_flight();
  IF most_live > live THEN
    RETURN QUERY
      WITH due AS (
        SELECT t.id FROM control.recompute_targets t
        WHERE t.applied_generation < t.generation AND t.priority <= 4 AND control.is_claimable(t)
        ORDER BY t.rank LIMIT least(batch, most_live - live) FOR UPDATE SKIP LOCKED)
      UPDATE control.recompute_targets t SET claim_owner = relay, claim_until = clock_timestamp() + lease
      FROM due WHERE t.id = due.id
      RETURNING t.id, t.entry_id, t.stage_id, t.generation, t.queue_attempt, t.priority, t.layers, t.reasons,
                t.first_requested_at, CASE WHEN t.enqueued_generation > t.applied_generation THEN t.enqueued_generation END;
  END IF;
  IF most_other > other THEN
    RETURN QUERY
      WITH due AS (
        SELECT t.id FROM control.recompute_targets t
        WHERE t.applied_generation < t.generation AND t.priority > 4 AND control.is_claimable(t)
        ORDER BY t.rank LIMIT least(batch, most_other - other) FOR UPDATE SKIP LOCKED)
      UPDATE control.recompute_targets t SET claim_owner = relay, claim_until = clock_timestamp() + lease
      FROM due WHERE t.id = due.id
      RETURNING t.id, t.entry_id, t.stage_id, t.generation, t.queue_attempt, t.priority, t.layers, t.reasons,
                t.first_requested_at, CASE WHEN t.enqueued_generation > t.applied_generation THEN t.enqueued_generation END;
  END IF;
END
$$;
