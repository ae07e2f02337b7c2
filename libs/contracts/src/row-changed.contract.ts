/**
 * Topics of outbox rows that triggers write for changes which can alter a result. Their payloads have `v: 1` and:
 */

/** A row of the catalogue: `table`, `operation`, `before`, `after`, `changed`, `authorId`; the key is `table:id`. */
export const ROW_CHANGED = 'row.changed';
/** Starts of a stage: `stageId`, `operation`, `entryIds`, `changed`, `authorId`; the key is the stage's id. */
export const STARTS_CHANGED = 'starts.changed';
