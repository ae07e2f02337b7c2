/**
 * Which rows a person reaches, as filters of Directus with the words that say the same.
 *
 * Two forms never occur: `_some` and `_none`. With them Directus 11.17.4 lets rows of another organisation be deleted
 * (docs/decisions/0008). A list of related rows without either means "one of them", and conditions that stand in one
 * object bind to the same related row.
 */
import type { MemberRole } from './roles.js';

/** A filter of Directus, as JSON. */
export type Filter = { readonly [key: string]: unknown };

/** Rows, or what a written row has to satisfy: the filter for Directus, the words for people. */
export interface Rule {
  readonly filter: Filter;
  readonly words: string;
}

export const ME = '$CURRENT_USER';
const MY_ORGANISATIONS = '$CURRENT_USER.memberships.organization_id';

/**
 * From a collection to the organisation that owns its rows. The last name is the column that holds the
 * organisation, the names before it are relations on the way; a collection with two is owned through either.
 */
const OWNERS = {
  organizations: ['id'],
  organization_users: ['organization_id'],
  organization_vehicles: ['organization_id'],
  organization_devices: ['organization_id'],
  events: ['organization_id'],
  classes: ['event_id.organization_id'],
  entries: ['event_id.organization_id'],
  stages: ['event_id.organization_id'],
  geofences: ['event_id.organization_id'],
  penalty_formulas: ['event_id.organization_id'],
  recompute_requests: ['event_id.organization_id'],
  entry_crew: ['entry_id.event_id.organization_id'],
  entry_devices: ['entry_id.event_id.organization_id'],
  entry_checks: ['entry_id.event_id.organization_id'],
  entry_status_changes: ['entry_id.event_id.organization_id'],
  entry_segment_starts: ['entry_id.event_id.organization_id'],
  entry_crossings: ['entry_id.event_id.organization_id'],
  entry_penalties: ['entry_id.event_id.organization_id'],
  segments: ['stage_id.event_id.organization_id'],
  start_lists: ['stage_id.event_id.organization_id'],
  control_times: ['stage_id.event_id.organization_id'],
  stage_results: ['stage_id.event_id.organization_id'],
  stage_changes: ['stage_id.event_id.organization_id'],
  waypoints: ['segment_id.stage_id.event_id.organization_id'],
  speed_limit_zones: ['segment_id.stage_id.event_id.organization_id'],
  vehicles: ['organizations.organization_id'],
  devices: ['organizations.organization_id'],
  position_faults: ['entry_id.event_id.organization_id', 'device_id.organizations.organization_id'],
} as const;

export type OwnedCollection = keyof typeof OWNERS;

/** Every collection of the race, in the order of the documents. */
export const COLLECTIONS = Object.keys(OWNERS) as OwnedCollection[];

/** Rows of organisations that the caller is a member of, in whatever role. */
export function ofMyOrganisations(collection: OwnedCollection): Rule {
  const ways = OWNERS[collection].map((path) => at(path, { _in: MY_ORGANISATIONS }));
  return { words: 'own organisations', filter: oneOf(ways) };
}

/** Rows of organisations where the caller has one of these roles; user and role bind to the same membership. */
export function whereIAm(roles: readonly MemberRole[], collection: OwnedCollection): Rule {
  const member = { members: { user_id: { _eq: ME }, role: { _in: roles } } };
  const ways = OWNERS[collection].map((path) => {
    // The column `id` of an organisation is no relation: its members stand beside it.
    return path === 'id' ? member : at(path, member);
  });
  return { words: 'own organisations', filter: oneOf(ways) };
}

const PARENTS = {
  organization_id: { ids: MY_ORGANISATIONS, words: 'own organisations' },
  event_id: { ids: `${MY_ORGANISATIONS}.events.id`, words: 'events of the own organisations' },
  entry_id: { ids: `${MY_ORGANISATIONS}.events.entries.id`, words: 'entries of the own organisations' },
  stage_id: { ids: `${MY_ORGANISATIONS}.events.stages.id`, words: 'stages of the own organisations' },
  segment_id: {
    ids: `${MY_ORGANISATIONS}.events.stages.segments.id`,
    words: 'segments of the own organisations',
  },
  device_id: {
    ids: `${MY_ORGANISATIONS}.devices.device_id`,
    words: 'trackers of the own organisations',
  },
  user_id: {
    ids: `${MY_ORGANISATIONS}.members.user_id`,
    words: 'members of the own organisations',
  },
} as const;

/**
 * What a written row has to point at. Directus cannot follow a relation while it validates a row that does not exist
 * yet, so this names the ids of the caller's own parents; the role in that organisation is not part of it. The ids
 * are read in the transaction of the write, so a row that is made together with its parent finds it.
 */
export function pointsAtMine(...columns: readonly (keyof typeof PARENTS)[]): Rule {
  return {
    words: columns.map((column) => PARENTS[column].words).join('; '),
    // A column that is not written is not validated: that one of them is there, the database sees to.
    filter: all(columns.map((column) => ({ [column]: { _in: PARENTS[column].ids } }))),
  };
}

/** Rows that the caller made: between being made and being linked, a vehicle or a tracker is nobody else's. */
export const madeByMe: Rule = { words: 'made by oneself', filter: { created_by: { _eq: ME } } };

export function either(...rules: readonly Rule[]): Rule {
  return {
    words: [...new Set(rules.map(({ words }) => words))].join(', or '),
    filter: oneOf(rules.map(({ filter }) => filter)),
  };
}

export function both(...rules: readonly Rule[]): Rule {
  return {
    words: rules
      .map(({ words }) => words)
      .filter((words) => words !== '')
      .join(', '),
    filter: all(rules.map(({ filter }) => filter)),
  };
}

/** The condition at the end of a path of relations: `at('stage_id.event_id', …)`. */
export function at(path: string, condition: Filter): Filter {
  if (path === '') return condition;
  return path.split('.').reduceRight<Filter>((inner, name) => ({ [name]: inner }), condition);
}

export function oneOf(filters: readonly Filter[]): Filter {
  return filters.length === 1 ? filters[0]! : { _or: filters };
}

export function all(filters: readonly Filter[]): Filter {
  return filters.length === 1 ? filters[0]! : { _and: filters };
}
