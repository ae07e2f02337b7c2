-- What: the stored answer to a request that may be repeated keeps its text.
-- Why:  jsonb sorts the names in an object, so a repeat got the same facts in another order: not the first answer to the
--       letter, and a client that compares or signs what it got saw two.
-- Read by: libs/platform/src/store/idempotency-keys.ts.

ALTER TABLE control.idempotency_keys ALTER COLUMN response TYPE json USING response::text::json;
