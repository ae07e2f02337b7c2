/** How the Admin UI presents itself, and the settings that are the same in every installation. */
export const SETTINGS = {
  project_name: 'TRM Race Control',
  project_descriptor: 'Entries, stages, start lists and results',
  project_color: '#1D6FA5',
  default_language: 'en-US',
} as const;

/**
 * Titles of the dialogs in which the Admin UI shows a refusal. Directus puts the code of the refusal into the title;
 * the sentence itself comes from the race control service.
 */
export const REFUSAL_TITLES: Readonly<Record<string, string>> = {
  CONTROL_PLANE_UNAVAILABLE: 'Race control does not answer',
  CLASS_OF_OTHER_EVENT: 'This class belongs to another event',
  ENTRY_HAS_STARTS: 'This entry has a place in a start list',
  ENTRY_STATUS_MOVE: 'This change of status is not possible',
  ENTRY_STATUS_REASON: 'Please give a reason',
  ENTRY_WITHDRAWN: 'This entry was withdrawn',
  STAGE_ALREADY_OPEN: 'A stage of this event is open already',
  STAGE_WITHOUT_START_LIST: 'This stage has no start list yet',
  START_LIST_PUBLISHED: 'A published start list does not change',
};
