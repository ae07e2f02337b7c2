-- What: the actions that the log of a stage knows now, the state of a start, and the reason that a void one needs.
-- Why:  a dropdown only guides the Admin UI; a CHECK holds for every writer. The list of actions replaces that of 007,
--       which was applied and stays as it is.
-- Read by: every writer of stage_changes and entry_segment_starts.

ALTER TABLE stage_changes DROP CONSTRAINT IF EXISTS stage_changes_action_known;
SELECT control.ensure_constraint('stage_changes', 'stage_changes_action_known', $$CHECK (action IN ('opened', 'redrawn', 'late_entry_added', 'entry_removed', 'entry_reinstated', 'pinned', 'unpinned', 'delayed', 'started', 'start_recorded', 'closed', 'reopened', 'made_provisional', 'made_official', 'marked_stale', 'unmarked_stale'))$$);

SELECT control.ensure_constraint('entry_segment_starts', 'entry_segment_starts_state_known', $$CHECK (state IN ('planned', 'void'))$$);
SELECT control.ensure_constraint('entry_segment_starts', 'entry_segment_starts_void_with_reason', $$CHECK (state <> 'void' OR btrim(coalesce(void_reason, '')) <> '')$$);

-- "What happened to this entry?", and the foreign key followed backwards.
CREATE INDEX IF NOT EXISTS stage_changes_by_entry ON stage_changes (entry_id, at);
