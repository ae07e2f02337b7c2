-- What: which moves an entry's status may make, who may make them, and which need a reason.
-- Why:  the rulebook in libs/rules explains a refusal; this table is the last lock, for every writer alike.
-- Read by: the status trigger on entries (post), the control plane for the roles.
-- Made from the entry status machine of the rulebook. `from_status` is null for a new entry; `system` is a program.

CREATE TABLE IF NOT EXISTS control.entry_status_transitions (
  from_status text,
  to_status text NOT NULL,
  roles text[] NOT NULL,
  needs_reason boolean NOT NULL,
  CONSTRAINT entry_status_transitions_once UNIQUE NULLS NOT DISTINCT (from_status, to_status)
);

INSERT INTO control.entry_status_transitions (from_status, to_status, roles, needs_reason) VALUES
  (NULL, 'registered', '{participant,org-admin,race-director}', false),
  ('registered', 'confirmed', '{org-admin,race-director}', false),
  ('confirmed', 'registered', '{org-admin,race-director}', true),
  ('registered', 'withdrawn', '{participant,org-admin,race-director}', false),
  ('confirmed', 'withdrawn', '{participant,org-admin,race-director}', false),
  ('withdrawn', 'registered', '{org-admin,race-director}', true),
  ('confirmed', 'started', '{timekeeper,race-director,system}', false),
  ('confirmed', 'dns', '{timekeeper,race-director,system}', false),
  ('dns', 'started', '{timekeeper,race-director}', true),
  ('dns', 'confirmed', '{race-director}', true),
  ('started', 'finished', '{timekeeper,race-director,system}', false),
  ('started', 'dnf', '{marshal,timekeeper,race-director,system}', true),
  ('dnf', 'started', '{race-director}', false),
  ('finished', 'started', '{race-director}', true),
  ('finished', 'dnf', '{race-director}', true),
  ('started', 'dsq', '{race-director}', true),
  ('finished', 'dsq', '{race-director}', true),
  ('dnf', 'dsq', '{race-director}', true),
  ('dsq', 'started', '{race-director}', true),
  ('dsq', 'finished', '{race-director}', true),
  ('dsq', 'dnf', '{race-director}', true)
ON CONFLICT (from_status, to_status) DO UPDATE SET roles = excluded.roles, needs_reason = excluded.needs_reason;
