import type { OrganisationRole } from '@trm/platform';

/** Who may say that positions are wrong, and have results computed again; the same as in Directus. */
export const MAY_CORRECT: readonly OrganisationRole[] = ['org-admin', 'race-director', 'timekeeper'];
/** Who may follow it. */
export const MAY_FOLLOW: readonly OrganisationRole[] = [...MAY_CORRECT, 'marshal'];
