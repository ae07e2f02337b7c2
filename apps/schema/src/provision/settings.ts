import { CUSTOM_CSS } from './custom-css.js';

/** How the Admin UI presents itself, and the settings that are the same in every installation. */
export const SETTINGS = {
  project_name: 'TRM Race Control',
  project_descriptor: 'Entries, stages, start lists and results',
  project_color: '#1D6FA5',
  default_language: 'en-US',
  custom_css: CUSTOM_CSS,
} as const;

/**
 * Titles of the dialogs in which the Admin UI shows a refusal. Directus puts the code of the refusal into the title;
 * the sentence itself comes from the race control service.
 */
export const REFUSAL_TITLES: Readonly<Record<string, string>> = {
  BUSY: 'Somebody else is working on this',
  CONTROLS_STILL_OPEN: 'Controls of this stage are still open',
  CONTROL_PLANE_UNAVAILABLE: 'Race control does not answer',
  CLASS_OF_OTHER_EVENT: 'This class belongs to another event',
  DATABASE_UNAVAILABLE: 'The database does not answer',
  ENTRY_HAS_STARTS: 'This entry has a place in a start list',
  ENTRY_STATUS_MOVE: 'This change of status is not possible',
  ENTRY_STATUS_REASON: 'Please give a reason',
  ENTRY_WITHDRAWN: 'This entry was withdrawn',
  INPUT_RESULT_MISSING: 'The result that gives the order is missing',
  INPUT_RESULT_PENDING: 'The result that gives the order is not complete',
  INPUT_STAGE_MISSING: 'The stage whose result gives the order is missing',
  MINUTES_MISSING: 'The minutes are missing',
  NOBODY_LEFT_TO_DELAY: 'Nobody is left to delay',
  PERSON_NOT_ACTIVE: 'This account is not active',
  RACE_NUMBER_MISSING: 'A race number is missing',
  REASON_MISSING: 'Please give a reason',
  REQUEST_INVALID: 'This cannot be accepted',
  ROLE_MISSING: 'Your role does not allow this',
  STAGE_ALREADY_OPEN: 'A stage of this event is open already',
  SEGMENT_NOT_FOUND: 'This segment is not there',
  STAGE_HAS_NO_ENTRIES: 'Nobody starts in this stage',
  STAGE_HAS_NO_SEGMENTS: 'This stage has no segments',
  STAGE_HAS_STARTED: 'This stage has started',
  STAGE_NOT_IN_STATE: 'Not possible in this state',
  STAGE_NOT_FOUND: 'This stage is not there',
  STAGE_NOT_PLANNED: 'This stage cannot be opened now',
  STAGE_OPENED_BEFORE: 'This stage was open before',
  STAGE_START_MISSING: 'The first start of this stage is missing',
  STAGE_WITHOUT_START_LIST: 'This stage has no start list yet',
  START_INTERVAL_MISSING: 'The start interval of this stage is missing',
  START_LIST_NOT_POSSIBLE: 'The start list lacks something',
  START_LIST_PUBLISHED: 'A published start list does not change',
  START_ORDER_UNKNOWN: 'This start order is not known',
  TARGET_DURATION_MISSING: 'A segment has no target duration',
};

/** What the Admin UI itself says about the buttons of a stage, in our words; by its keys. */
export const WORDS: Readonly<Record<string, string>> = {
  run_flow_on_current: 'Yes, do it',
  trigger_flow_success: '{flow}: done. The answer is under the bell, bottom left.',
};
