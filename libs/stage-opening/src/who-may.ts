import type { OrganisationRole } from '@trm/platform';

/** Who may do what with a stage, through the API as by the buttons of the Admin UI. */
export const MAY_OPEN: readonly OrganisationRole[] = ['org-admin', 'race-director'];
/** Steer a stage that is open: change its list, close it, declare its results. */
export const MAY_STEER = MAY_OPEN;
/** Record what happens at the start. */
export const MAY_TIME: readonly OrganisationRole[] = [...MAY_OPEN, 'timekeeper'];
export const MAY_PREVIEW: readonly OrganisationRole[] = [...MAY_OPEN, 'timekeeper', 'marshal'];
export const MAY_READ: readonly OrganisationRole[] = [...MAY_PREVIEW, 'participant', 'viewer'];
