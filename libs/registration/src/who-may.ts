import type { OrganisationRole } from '@trm/platform';

/** Who may do what with entries, through the API as by the buttons of the Admin UI. */
export const MAY_MANAGE: readonly OrganisationRole[] = ['org-admin', 'race-director'];
/** Hand out trackers, tick items of the checklist. */
export const MAY_CHECK: readonly OrganisationRole[] = [...MAY_MANAGE, 'timekeeper', 'marshal'];
export const MAY_BIND: readonly OrganisationRole[] = [...MAY_MANAGE, 'timekeeper'];
/** Read the entries of an event with everything that the office knows. */
export const MAY_SEE_OFFICE = MAY_CHECK;
export const MAY_REGISTER: readonly OrganisationRole[] = [...MAY_MANAGE, 'participant'];
