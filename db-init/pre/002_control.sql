-- What: the schema `control`, which Directus never sees: the change log (outbox), the desired state of every
--       recompute, idempotency keys, the fingerprint of the applied schema, and two helpers for later files.
-- Why:  these rows are written in the same transaction as the change they tell of, so that nothing is lost.
-- Read by: the relay and the planner of the worker, the processor, the api (idempotency), the boot program.

CREATE SCHEMA IF NOT EXISTS control;

-- Append-only change log. Identity ids are not in commit order: whoever writes a row for an aggregate holds that
-- aggregate's row lock, and readers sweep on done_at instead of remembering a highest id.
CREATE TABLE IF NOT EXISTS control.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  topic text NOT NULL,
  key text NOT NULL,
  payload jsonb NOT NULL DEFAULT '{}',
  actor text DEFAULT current_setting('application_name'),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  done_at timestamptz
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON control.outbox (id) WHERE done_at IS NULL;
CREATE INDEX IF NOT EXISTS outbox_by_key ON control.outbox (key, id);

-- A wake-up, not a message: the payload is constant, so one transaction sends it once however many rows it writes.
CREATE OR REPLACE FUNCTION control.wake_outbox_readers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('control_outbox', '');
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER outbox_wake AFTER INSERT ON control.outbox
  FOR EACH STATEMENT EXECUTE FUNCTION control.wake_outbox_readers();

-- What must be computed: one row per entry and stage. `generation` says what is wanted, `applied_generation` what
-- is done; both only grow. The queue is a transport that may be emptied at any time.
CREATE TABLE IF NOT EXISTS control.recompute_targets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id uuid NOT NULL,
  stage_id uuid NOT NULL,
  generation bigint NOT NULL DEFAULT 1,
  enqueued_generation bigint NOT NULL DEFAULT 0,
  applied_generation bigint NOT NULL DEFAULT 0,
  priority smallint NOT NULL DEFAULT 5,
  reasons integer NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'pending',
  first_requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  not_before timestamptz NOT NULL DEFAULT '-infinity',
  queue_attempt integer NOT NULL DEFAULT 0,
  claim_owner uuid,
  claim_until timestamptz,
  inflight_until timestamptz,
  enqueued_at timestamptz,
  applied_at timestamptz,
  last_error text,
  failures integer NOT NULL DEFAULT 0,
  CONSTRAINT recompute_targets_one_per_entry_and_stage UNIQUE (entry_id, stage_id),
  CONSTRAINT recompute_targets_state_known CHECK (state IN ('pending', 'queued', 'applied', 'failed')),
  CONSTRAINT recompute_targets_never_ahead CHECK (applied_generation <= generation AND enqueued_generation <= generation)
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS recompute_targets_dirty
  ON control.recompute_targets (priority, first_requested_at) WHERE applied_generation < generation;
CREATE INDEX IF NOT EXISTS recompute_targets_in_flight
  ON control.recompute_targets (inflight_until) WHERE applied_generation < enqueued_generation;

-- The answer to a request that is repeated under the same Idempotency-Key.
CREATE TABLE IF NOT EXISTS control.idempotency_keys (
  scope text NOT NULL,
  key text NOT NULL,
  fingerprint text NOT NULL,
  status integer,
  response jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL DEFAULT now() + interval '72 hours',
  PRIMARY KEY (scope, key)
);
CREATE INDEX IF NOT EXISTS idempotency_keys_expiry ON control.idempotency_keys (expires_at);

-- One row: which files and which live schema the last complete boot saw. Equal again = nothing to apply.
CREATE TABLE IF NOT EXISTS control.schema_state (
  id boolean PRIMARY KEY DEFAULT true,
  files_fingerprint text NOT NULL,
  live_fingerprint text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT schema_state_single_row CHECK (id)
);

-- Adds a constraint when a constraint of that name is not there yet; ADD CONSTRAINT itself has no IF NOT EXISTS.
CREATE OR REPLACE FUNCTION control.ensure_constraint(of_table regclass, constraint_name text, definition text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = of_table AND conname = constraint_name) THEN
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', of_table, constraint_name, definition);
  END IF;
END
$$;

-- Every refusal by a trigger goes through here, so that all have one shape: SQLSTATE 23514 (the same as a broken
-- CHECK), the name of the rule as the constraint name, and the message `[CODE] sentence for a race official`.
CREATE OR REPLACE FUNCTION control.refuse(code text, sentence text, of_table text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING
    ERRCODE = 'check_violation',
    MESSAGE = format('[%s] %s', code, sentence),
    CONSTRAINT = lower(code),
    TABLE = coalesce(of_table, '');
END
$$;
