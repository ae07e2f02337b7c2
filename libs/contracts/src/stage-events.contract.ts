/**
 * Topics of further outbox rows about a stage; their key is the stage's id. The payload has `v: 1`, `stageId` and
 * what is named here. The facts are in the tables; a row only says that there is something new.
 */

/** An actual start was recorded or corrected: `entryId`, `segmentId`, `startedAt`. */
export const START_RECORDED = 'stage.start_recorded';
/** The stage is closed: `dns` are the entries that never started any stage, `notStarted` all that did not start this one. */
export const STAGE_CLOSED = 'stage.closed';
/** The stage goes on after all: `toState`. */
export const STAGE_REOPENED = 'stage.reopened';
/** The results became provisional or official: `toState`. */
export const STAGE_RESULTS_DECLARED = 'stage.results_declared';
/** The result that the list was drawn from differs now, or is again what it was: `startListId`, `stale`. */
export const START_LIST_STALE = 'start_list.stale';
/** A start was pinned or let go before the opening: `entryId`. Afterwards it is a new version of the list. */
export const STAGE_PINS_CHANGED = 'stage.pins_changed';
