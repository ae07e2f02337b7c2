-- What: a claim finds what it can send without reading what was sent, given up or has failed.
-- Why:  the index of what is due held every target until it was applied. Each claim read all that was under way or given
--       up before it came to what it could send: a replay of a whole event that was cancelled slowed down every later one.
-- Read by: the relay of the worker (libs/recompute/src/send-targets.ts). What can be claimed is as before
--       (control.is_claimable of 022); what was not heard of goes first, its place under way is free already.

-- A claim and a mark rewrite their rows; with room for it in the page, a claim touches no index.
ALTER TABLE control.recompute_targets SET (fillfactor = 45);

CREATE INDEX IF NOT EXISTS recompute_targets_unsent_live ON control.recompute_targets (rank)
  WHERE applied_generation < generation AND enqueued_generation <= applied_generation AND priority <= 4 AND state NOT IN ('failed', 'cancelled');
CREATE INDEX IF NOT EXISTS recompute_targets_unsent_other ON control.recompute_targets (rank)
  WHERE applied_generation < generation AND enqueued_generation <= applied_generation AND priority > 4 AND state NOT IN ('failed', 'cancelled');
-- Instead of the one on inflight_until alone: the time of a job that is gone is null.
CREATE INDEX IF NOT EXISTS recompute_targets_under_way ON control.recompute_targets (coalesce(inflight_until, '-infinity'))
  WHERE applied_generation < enqueued_generation;
DROP INDEX IF EXISTS control.recompute_targets_due_live;
DROP INDEX IF EXISTS control.recompute_targets_due_bulk;
DROP INDEX IF EXISTS control.recompute_targets_in_flight;

-- Both statements are the same but for the indexes that they walk.
CREATE OR REPLACE FUNCTION control.claim_recompute(relay uuid, batch integer, most_live integer, most_other integer, lease interval)
RETURNS TABLE (id bigint, entry_id uuid, stage_id uuid, generation bigint, queue_attempt integer, priority smallint,
               layers smallint, reasons integer, first_requested_at timestamptz, sent_generation bigint)
-- Planned once for a session, maybe while hardly anything was waiting: always in the order of the index.
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  -- An index can be searched by an instant that stands still, not by a clock that runs.
  at timestamptz := clock_timestamp();
BEGIN
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
      ), due AS (SELECT * FROM unheard UNION ALL SELECT * FROM unsent)
      UPDATE control.recompute_targets t SET claim_owner = relay, claim_until = clock_timestamp() + lease
      FROM due WHERE t.id = due.id
      RETURNING t.id, t.entry_id, t.stage_id, t.generation, t.queue_attempt, t.priority, t.layers, t.reasons,
                t.first_requested_at, CASE WHEN t.enqueued_generation > t.applied_generation THEN t.enqueued_generation END;
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
      ), due AS (SELECT * FROM unheard UNION ALL SELECT * FROM unsent)
      UPDATE control.recompute_targets t SET claim_owner = relay, claim_until = clock_timestamp() + lease
      FROM due WHERE t.id = due.id
      RETURNING t.id, t.entry_id, t.stage_id, t.generation, t.queue_attempt, t.priority, t.layers, t.reasons,
                t.first_requested_at, CASE WHEN t.enqueued_generation > t.applied_generation THEN t.enqueued_generation END;
  END IF;
END
$$;
