import type { MemberRole } from './roles.js';

/** A filter of Directus, as JSON. */
export type Filter = { readonly [key: string]: unknown };

const MY_ORGANISATIONS = '$CURRENT_USER.memberships.organization_id';

/**
 * From a collection to the organisation that owns its rows. The last name is the column that holds the
 * organisation, the names before it are relations on the way. Null: the row is owned through a list of links.
 */
const OWNER = {
  organization_users: 'organization_id',
  organization_vehicles: 'organization_id',
  organization_devices: 'organization_id',
  events: 'organization_id',
  classes: 'event_id.organization_id',
  entries: 'event_id.organization_id',
  stages: 'event_id.organization_id',
  geofences: 'event_id.organization_id',
  penalty_formulas: 'event_id.organization_id',
  recompute_requests: 'event_id.organization_id',
  entry_crew: 'entry_id.event_id.organization_id',
  entry_devices: 'entry_id.event_id.organization_id',
  entry_checks: 'entry_id.event_id.organization_id',
  entry_status_changes: 'entry_id.event_id.organization_id',
  entry_segment_starts: 'entry_id.event_id.organization_id',
  entry_crossings: 'entry_id.event_id.organization_id',
  entry_penalties: 'entry_id.event_id.organization_id',
  segments: 'stage_id.event_id.organization_id',
  start_lists: 'stage_id.event_id.organization_id',
  control_times: 'stage_id.event_id.organization_id',
  stage_results: 'stage_id.event_id.organization_id',
  stage_changes: 'stage_id.event_id.organization_id',
  waypoints: 'segment_id.stage_id.event_id.organization_id',
  speed_limit_zones: 'segment_id.stage_id.event_id.organization_id',
  vehicles: 'organizations.organization_id',
  devices: 'organizations.organization_id',
} as const;

export type OwnedCollection = keyof typeof OWNER;

/** Rows of organisations that the caller is a member of, in whatever role. */
export function ofMyOrganisations(collection: OwnedCollection | 'organizations'): Filter {
  if (collection === 'organizations') return { id: { _in: MY_ORGANISATIONS } };
  return nest(OWNER[collection].split('.'), { _in: MY_ORGANISATIONS });
}

/**
 * Rows of organisations where the caller has one of these roles. User and role stand in one object, so that they
 * bind to the same membership row. Never `_some`: with it Directus 11.17.4 lets rows of others be deleted.
 */
export function whereIAm(
  roles: readonly MemberRole[],
  collection: OwnedCollection | 'organizations',
): Filter {
  const member = { members: { user_id: { _eq: '$CURRENT_USER' }, role: { _in: roles } } };
  if (collection === 'organizations') return member;
  return nest(OWNER[collection].split('.'), member);
}

/**
 * What a new row has to point at. Directus cannot follow a relation while it validates a row that does not exist
 * yet, so this names the ids of the caller's own parents; the role in that organisation is not part of it.
 */
export function belongsToMe(collection: OwnedCollection): Filter {
  const parent = OWNER[collection].split('.')[0] ?? '';
  const ids = IDS_OF_MINE[parent];
  // A vehicle or a tracker is nobody's until it is linked, and the link is checked.
  return ids === undefined ? {} : { [parent]: { _in: ids } };
}

const IDS_OF_MINE: Readonly<Record<string, string>> = {
  organization_id: MY_ORGANISATIONS,
  event_id: `${MY_ORGANISATIONS}.events.id`,
  entry_id: `${MY_ORGANISATIONS}.events.entries.id`,
  stage_id: `${MY_ORGANISATIONS}.events.stages.id`,
  segment_id: `${MY_ORGANISATIONS}.events.stages.segments.id`,
};

function nest(path: readonly string[], rule: Filter): Filter {
  return path.reduceRight<Filter>((inner, name) => ({ [name]: inner }), rule);
}
