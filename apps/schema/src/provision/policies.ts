import { belongsToMe, type Filter, ofMyOrganisations, type OwnedCollection, whereIAm } from './filters.js';
import type { MemberRole, RoleDefinition } from './roles.js';

export interface PermissionDefinition {
  readonly collection: string;
  readonly action: 'create' | 'read' | 'update' | 'delete';
  readonly fields: readonly string[];
  /** Which rows. */
  readonly permissions: Filter;
  /** What a written row has to satisfy. */
  readonly validation: Filter | null;
}

export interface PolicyDefinition {
  readonly role: RoleDefinition['key'];
  readonly name: string;
  readonly icon: string;
  readonly description: string;
  readonly appAccess: boolean;
  readonly permissions: readonly PermissionDefinition[];
}

/** What every member may read: the race as it is published. */
const RACE: readonly OwnedCollection[] = [
  'events',
  'classes',
  'entries',
  'entry_crew',
  'stages',
  'segments',
  'geofences',
  'waypoints',
  'speed_limit_zones',
  'penalty_formulas',
  'entry_segment_starts',
  'control_times',
  'entry_crossings',
  'entry_penalties',
  'stage_results',
];

/** What only staff may read: people, equipment, checks and the logs. */
const OFFICE: readonly OwnedCollection[] = [
  'organization_users',
  'organization_vehicles',
  'organization_devices',
  'entry_devices',
  'entry_checks',
  'entry_status_changes',
  'stage_changes',
  'recompute_requests',
];

const STAFF: readonly MemberRole[] = ['org-admin', 'race-director', 'marshal', 'timekeeper'];
const DIRECTION: readonly MemberRole[] = ['org-admin', 'race-director'];

/**
 * What the direction prepares through Directus, with the fields it may set. Keys that say whose a row is are set
 * when it is made and never moved, so they stand under `create` only. The sections of a form are fields too: one that is
 * not here is grey with everything in it. Start lists, starts, control times, results
 * and logs are not here: the race control service writes those.
 */
const CATALOGUE: readonly {
  collection: OwnedCollection;
  create: readonly string[];
  update: readonly string[];
}[] = [
  {
    collection: 'events',
    create: ['organization_id'],
    update: [
      'name',
      'slug',
      'discipline',
      'status',
      'timezone',
      'starts_at',
      'ends_at',
      'registration_opens_at',
      'registration_closes_at',
      'ranking_basis',
      'rejoin_max',
      'regulation_doc_url',
      'notes',
      'stages',
      'classes',
      'entries',
      'geofences',
      'penalty_formulas',
      'dates',
      'rules',
    ],
  },
  {
    collection: 'classes',
    create: ['event_id'],
    update: [
      'code',
      'name',
      'vehicle_kind',
      'sort_order',
      'number_from',
      'number_to',
      'capacity',
      'start_pool_order',
      'min_age',
      'max_age',
      'rating_system',
      'downgrade_to_class_id',
      'crew_rules',
      'crew_rules_reason',
      'numbers',
      'special_rules',
    ],
  },
  {
    collection: 'entries',
    create: ['event_id'],
    update: [
      'race_number',
      'name',
      'class_id',
      'vehicle_id',
      'team_name',
      'status',
      'status_reason',
      'seed',
      'priority_group',
      'crew',
      'devices',
      'checks',
      'start',
    ],
  },
  { collection: 'entry_crew', create: ['entry_id'], update: ['user_id', 'role'] },
  {
    collection: 'entry_devices',
    create: ['entry_id', 'device_id'],
    update: ['assigned_user_id', 'valid_from', 'valid_to'],
  },
  {
    collection: 'entry_checks',
    create: ['entry_id', 'item'],
    update: ['state', 'checked_at', 'checked_by', 'waived_reason'],
  },
  {
    collection: 'stages',
    create: ['event_id'],
    update: [
      'code',
      'name',
      'state',
      'role',
      'leg_number',
      'sort_order',
      'starts_at',
      'start_interval_seconds',
      'start_order_strategy',
      'start_order_strategy_params',
      'start_order_input_stage_id',
      'absent_slot_policy',
      'segments',
      'start',
      'route',
    ],
  },
  {
    collection: 'segments',
    create: ['stage_id'],
    update: [
      'sort_order',
      'name',
      'type',
      'entry_geofence_id',
      'exit_geofence_id',
      'distance_km',
      'target_duration_seconds',
      'max_duration_seconds',
      'lead_time_seconds',
      'break_seconds',
      'bogey_seconds',
      'enforcement',
      'closing_rule',
      'waypoints',
      'speed_limit_zones',
      'times',
      'places',
      'along_the_way',
    ],
  },
  {
    collection: 'geofences',
    create: ['event_id'],
    update: ['name', 'kind', 'direction', 'manual_verification', 'retroactive', 'area'],
  },
  {
    collection: 'waypoints',
    create: ['segment_id'],
    update: [
      'sort_order',
      'name',
      'kind',
      'open_radius_m',
      'tolerance_m',
      'sequential',
      'missed_penalty_formula_id',
      'location',
    ],
  },
  {
    collection: 'speed_limit_zones',
    create: ['segment_id'],
    update: ['name', 'limit_kmh', 'grace_kmh', 'penalty_formula_id', 'area'],
  },
  {
    collection: 'penalty_formulas',
    create: ['event_id'],
    update: [
      'name',
      'code',
      'enabled',
      'scope',
      'metric',
      'unit',
      'bracket_mode',
      'offence_min',
      'offence_max',
      'brackets',
      'operator',
      'penalty',
      'penalty_unit',
      'per',
      'rounding',
      'cap',
      'stacking',
      'status_effect',
      'repeat',
      'applies_to_classes',
      'valid_from_stage_id',
      'retroactive',
      'offence',
      'cost',
      'reach',
    ],
  },
  { collection: 'organization_vehicles', create: ['organization_id', 'vehicle_id'], update: [] },
  { collection: 'organization_devices', create: ['organization_id', 'device_id'], update: [] },
  {
    collection: 'vehicles',
    create: [],
    update: ['kind', 'year', 'make', 'model', 'cc', 'plate', 'vin', 'sail_number', 'rating'],
  },
  { collection: 'devices', create: ['imei'], update: ['kind', 'model', 'has_panic_button'] },
];

/** What people see of a vehicle that is not theirs; the frame number is nobody's business. */
const VEHICLE_FIELDS = ['id', 'kind', 'year', 'make', 'model', 'cc', 'sail_number', 'rating'];
const OWN_USER_FIELDS = ['id', 'status', 'first_name', 'last_name', 'email', 'memberships'];
const COLLEAGUE_FIELDS = ['id', 'status', 'first_name', 'last_name', 'nationality', 'memberships'];

const read = (
  collection: string,
  permissions: Filter,
  fields: readonly string[] = ['*'],
): PermissionDefinition => ({
  collection,
  action: 'read',
  fields,
  permissions,
  validation: null,
});

const ownUser: Filter = { id: { _eq: '$CURRENT_USER' } };
const raceData: PermissionDefinition[] = [
  read('organizations', ofMyOrganisations('organizations')),
  ...RACE.map((collection) => read(collection, ofMyOrganisations(collection))),
];

/** The buttons of the Admin UI: it asks for Flows with their operations, of which it needs no more than that they are. */
const buttons: PermissionDefinition[] = [
  read('directus_flows', { trigger: { _eq: 'manual' } }, [
    'id',
    'name',
    'icon',
    'color',
    'status',
    'trigger',
    'options',
    'operations',
  ]),
  read('directus_operations', { flow: { trigger: { _eq: 'manual' } } }, ['id']),
];

/** A draft is the office's own business. */
const publishedLists: Filter = { _and: [{ status: { _neq: 'draft' } }, ofMyOrganisations('start_lists')] };

const publicReading: PermissionDefinition[] = [
  ...raceData,
  read('start_lists', publishedLists),
  read('vehicles', ofMyOrganisations('vehicles'), VEHICLE_FIELDS),
  read('organization_users', { user_id: { _eq: '$CURRENT_USER' } }),
  read('directus_users', ownUser, OWN_USER_FIELDS),
  ...buttons,
];

const mine: Filter = { created_by: { _eq: '$CURRENT_USER' } };

const officeReading: PermissionDefinition[] = [
  ...raceData,
  read('start_lists', {
    _or: [publishedLists, whereIAm(STAFF, 'start_lists')],
  }),
  ...OFFICE.map((collection) =>
    read(
      collection,
      collection === 'organization_users'
        ? { _or: [{ user_id: { _eq: '$CURRENT_USER' } }, whereIAm(STAFF, collection)] }
        : whereIAm(STAFF, collection),
    ),
  ),
  // Between being made and being linked, a vehicle or a tracker is visible to its author alone.
  read('vehicles', { _or: [mine, ofMyOrganisations('vehicles')] }),
  read('devices', { _or: [mine, whereIAm(STAFF, 'devices')] }),
  read('position_faults', {
    _or: [{ entry_id: whereIAm(STAFF, 'entries') }, { device_id: whereIAm(STAFF, 'devices') }],
  }),
  read('directus_users', { _or: [ownUser, { memberships: whereIAm(STAFF, 'organization_users') }] }, [
    ...new Set([...OWN_USER_FIELDS.filter((field) => field !== 'email'), ...COLLEAGUE_FIELDS]),
  ]),
  ...buttons,
];

/** A stage that is open is steered by race control, no longer by its form. */
const NOT_YET_OPEN = ['draft', 'planned'];

const directionWriting: PermissionDefinition[] = CATALOGUE.flatMap(({ collection, create, update }) => {
  const isStage = collection === 'stages';
  const ownState = isStage ? { state: { _in: NOT_YET_OPEN } } : {};
  const rows = isStage
    ? { _and: [ownState, whereIAm(DIRECTION, collection)] }
    : whereIAm(DIRECTION, collection);
  const made: PermissionDefinition = {
    collection,
    action: 'create',
    fields: [...create, ...update],
    permissions: {},
    validation: isStage ? { _and: [ownState, belongsToMe(collection)] } : belongsToMe(collection),
  };
  if (update.length === 0) return [made];
  return [
    made,
    {
      collection,
      action: 'update',
      fields: update,
      permissions: rows,
      validation: isStage ? ownState : null,
    },
  ];
});

/**
 * New members are made by the administrator: a policy cannot tell in which role the caller belongs to the
 * organisation of a row that does not exist yet, and a viewer must not make himself more.
 */
const membersAdministration: PermissionDefinition[] = [
  {
    collection: 'organizations',
    action: 'update',
    fields: ['name', 'vehicles', 'devices'],
    permissions: whereIAm(['org-admin'], 'organizations'),
    validation: null,
  },
  {
    collection: 'organization_users',
    action: 'update',
    fields: ['role'],
    permissions: whereIAm(['org-admin'], 'organization_users'),
    validation: null,
  },
];

/** Everything of ours, but no deletion: what staff did is superseded, not removed. */
const serviceWriting: PermissionDefinition[] = [
  'organizations',
  'position_faults',
  'start_lists',
  ...RACE,
  ...OFFICE,
  'vehicles',
  'devices',
].flatMap((collection) =>
  (['create', 'read', 'update'] as const).map((action): PermissionDefinition => ({
    collection,
    action,
    fields: ['*'],
    permissions: {},
    validation: null,
  })),
);

/**
 * One policy for each role, whole: on 11.17.4 a role with several policies loses its lists of related items.
 */
export const POLICIES: readonly PolicyDefinition[] = [
  {
    role: 'org-admin',
    name: 'Organisation administrator',
    icon: 'admin_panel_settings',
    description: 'Reads and prepares everything of the own organisations, and their members.',
    appAccess: true,
    permissions: [...officeReading, ...directionWriting, ...membersAdministration],
  },
  {
    role: 'race-director',
    name: 'Race director',
    icon: 'stars',
    description: 'Reads and prepares everything of the own organisations.',
    appAccess: true,
    permissions: [...officeReading, ...directionWriting],
  },
  {
    role: 'timekeeper',
    name: 'Timekeeper',
    icon: 'timer',
    description: 'Reads everything of the own organisations.',
    appAccess: true,
    permissions: officeReading,
  },
  {
    role: 'marshal',
    name: 'Marshal',
    icon: 'flag',
    description: 'Reads everything of the own organisations.',
    appAccess: true,
    permissions: officeReading,
  },
  {
    role: 'participant',
    name: 'Participant',
    icon: 'person',
    description: 'Reads the race, as it is published.',
    appAccess: true,
    permissions: publicReading,
  },
  {
    role: 'viewer',
    name: 'Viewer',
    icon: 'visibility',
    description: 'Reads the race, as it is published.',
    appAccess: true,
    permissions: publicReading,
  },
  {
    role: 'control-plane',
    name: 'Race control service',
    icon: 'memory',
    description: 'Writes what happens in a race, for the service user alone.',
    appAccess: false,
    permissions: [
      ...serviceWriting,
      read('directus_users', {}, ['id', 'status', 'first_name', 'last_name', 'memberships']),
    ],
  },
];
