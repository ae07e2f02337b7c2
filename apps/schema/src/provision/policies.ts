/**
 * Who may do what with which rows, as one matrix. From it the policies are provisioned (desired.ts) and
 * docs/permissions.md is written (permissions-document.ts); permissions.e2e-spec.ts tries each cell on a real Directus.
 *
 *  1. everybody sees what is published (published.ts), a participant the own entries as well, a viewer the race of the
 *     own organisations, staff everything of them
 *  2. a participant registers entries and changes them until they are confirmed; marshals and timekeepers move the
 *     status of entries as far as their work goes, and keep checks; the direction prepares the rest (catalogue.ts)
 *  3. what happens in a race is written by the race control service alone, and what somebody did is superseded, not
 *     deleted; only a person is taken out of a crew again
 */
import { CATALOGUE } from './catalogue.js';
import {
  all,
  both,
  COLLECTIONS,
  either,
  madeByMe,
  ME,
  ofMyOrganisations,
  type OwnedCollection,
  pointsAtMine,
  type Rule,
  whereIAm,
} from './filters.js';
import { INSIGHTS_READING } from './insights-permissions.js';
import { ofMyEntries, PUBLISHED, PUBLISHED_FIELDS, type PublishedCollection } from './published.js';
import type { MemberRole, RoleDefinition } from './roles.js';

export type Action = 'create' | 'read' | 'update' | 'delete';

/** One cell of the matrix. */
export interface PermissionDefinition {
  readonly collection: string;
  readonly action: Action;
  readonly fields: readonly string[];
  /** Which rows; of no meaning for `create`. */
  readonly rows: Rule;
  /** What a written row has to satisfy. Directus looks only at the fields that are written. */
  readonly written: Rule | null;
  /** What is filled in when the writer does not. */
  readonly presets: Readonly<Record<string, unknown>> | null;
}

export interface PolicyDefinition {
  /** `public` is whoever is not signed in. */
  readonly role: RoleDefinition['key'] | 'public';
  readonly name: string;
  readonly icon: string;
  readonly description: string;
  readonly appAccess: boolean;
  readonly permissions: readonly PermissionDefinition[];
}

const STAFF: readonly MemberRole[] = ['org-admin', 'race-director', 'marshal', 'timekeeper'];
const DIRECTION: readonly MemberRole[] = ['org-admin', 'race-director'];

const EVERY_ROW: Rule = { words: 'everything', filter: {} };
const EVERY_FIELD = ['*'];

const read = (
  collection: string,
  rows: Rule,
  fields: readonly string[] = EVERY_FIELD,
): PermissionDefinition => ({
  collection,
  action: 'read',
  fields,
  rows,
  written: null,
  presets: null,
});
const create = (
  collection: string,
  fields: readonly string[],
  written: Rule | null,
): PermissionDefinition => ({
  collection,
  action: 'create',
  fields,
  rows: EVERY_ROW,
  written,
  presets: null,
});
const update = (
  collection: string,
  fields: readonly string[],
  rows: Rule,
  written: Rule | null = null,
): PermissionDefinition => ({ collection, action: 'update', fields, rows, written, presets: null });
const remove = (collection: string, rows: Rule): PermissionDefinition => ({
  collection,
  action: 'delete',
  fields: EVERY_FIELD,
  rows,
  written: null,
  presets: null,
});

// ── What is seen ────────────────────────────────────────────────────────────────────────────────────────────────────

const myself: Rule = { words: 'oneself', filter: { id: { _eq: ME } } };
const ownMembership: Rule = { words: 'own memberships', filter: { user_id: { _eq: ME } } };
const OWN_USER_FIELDS = ['id', 'status', 'first_name', 'last_name', 'email', 'memberships'];
const COLLEAGUE_FIELDS = ['id', 'status', 'first_name', 'last_name', 'nationality', 'memberships'];

/** What people see of a vehicle that is not theirs; plate and frame number are nobody's business. */
const VEHICLE_FIELDS = ['id', 'kind', 'year', 'make', 'model', 'cc', 'sail_number', 'rating'];

/** The buttons of the Admin UI: it asks for Flows with their operations, of which it needs no more than that they are. */
const manual = { trigger: { _eq: 'manual' } };
const buttons: readonly PermissionDefinition[] = [
  read('directus_flows', { words: 'buttons', filter: manual }, [
    'id',
    'name',
    'icon',
    'color',
    'status',
    'trigger',
    'options',
    'operations',
  ]),
  read('directus_operations', { words: 'of buttons', filter: { flow: manual } }, ['id']),
];

const publicReading = (Object.keys(PUBLISHED) as PublishedCollection[]).map((collection) =>
  read(collection, PUBLISHED[collection], PUBLISHED_FIELDS[collection]),
);

/** A participant registers for an event of the own organisations, and looks back at those that are archived. */
const ownEvents: Rule = {
  words: 'own organisations unless draft',
  filter: all([ofMyOrganisations('events').filter, { status: { _neq: 'draft' } }]),
};
const PARTICIPANT_SEES: Partial<
  Readonly<Record<PublishedCollection, { rows: Rule; fields?: readonly string[] }>>
> = {
  organizations: { rows: ofMyOrganisations('organizations') },
  events: { rows: ownEvents },
  classes: {
    rows: { words: 'own organisations unless draft', filter: { event_id: ownEvents.filter } },
  },
  entries: {
    rows: ofMyEntries(''),
    fields: ['vehicle_id', 'status', 'waiting_since', 'crew', 'devices', 'checks', 'status_changes', 'start'],
  },
  entry_segment_starts: { rows: ofMyEntries('entry_id') },
  stage_results: { rows: ofMyEntries('entry_id') },
};

const participantReading: readonly PermissionDefinition[] = [
  ...publicReading.map((published): PermissionDefinition => {
    const own = PARTICIPANT_SEES[published.collection as PublishedCollection];
    return own === undefined
      ? published
      : {
          ...published,
          rows: either(own.rows, published.rows),
          fields: [...published.fields, ...(own.fields ?? [])],
        };
  }),
  read('entry_crew', ofMyEntries('entry_id'), ['id', 'entry_id', 'user_id', 'role']),
  read('entry_devices', ofMyEntries('entry_id'), [
    'id',
    'entry_id',
    'device_id',
    'assigned_user_id',
    'valid_from',
    'valid_to',
  ]),
  read('entry_checks', ofMyEntries('entry_id'), ['id', 'entry_id', 'item', 'state', 'checked_at']),
  read('entry_status_changes', ofMyEntries('entry_id'), [
    'id',
    'entry_id',
    'from_status',
    'to_status',
    'at',
    'reason',
  ]),
  read('entry_penalties', ofMyEntries('entry_id'), [
    'id',
    'entry_id',
    'stage_id',
    'segment_id',
    'type',
    'value',
    'unit',
    'status',
    'because',
    'version',
  ]),
  read('vehicles', madeByMe, [...VEHICLE_FIELDS, 'plate', 'vin']),
  read('organization_users', ownMembership),
  read('directus_users', myself, OWN_USER_FIELDS),
  ...buttons,
];

/** What a viewer sees of the own organisations beside the published fields: the course, the crews and the timing. */
const VIEWER_SEES: readonly (readonly [OwnedCollection, readonly string[]])[] = [
  ['organizations', PUBLISHED_FIELDS.organizations],
  ['events', [...PUBLISHED_FIELDS.events, 'rejoin_max', 'geofences', 'penalty_formulas']],
  ['classes', [...PUBLISHED_FIELDS.classes, 'start_pool_order', 'downgrade_to_class_id']],
  [
    'entries',
    [...PUBLISHED_FIELDS.entries, 'vehicle_id', 'status', 'seed', 'priority_group', 'crew', 'start'],
  ],
  ['entry_crew', ['id', 'entry_id', 'user_id', 'role']],
  [
    'stages',
    [
      ...PUBLISHED_FIELDS.stages,
      'start_interval_seconds',
      'start_order_strategy',
      'start_order_strategy_params',
      'start_order_input_stage_id',
      'absent_slot_policy',
      'opened_at',
      'control_times',
      'start',
    ],
  ],
  [
    'segments',
    [
      ...PUBLISHED_FIELDS.segments,
      'entry_geofence_id',
      'exit_geofence_id',
      'lead_time_seconds',
      'break_seconds',
      'bogey_seconds',
      'enforcement',
      'closing_rule',
      'waypoints',
      'speed_limit_zones',
      'places',
      'along_the_way',
    ],
  ],
  ['geofences', EVERY_FIELD],
  ['waypoints', EVERY_FIELD],
  ['speed_limit_zones', EVERY_FIELD],
  ['penalty_formulas', EVERY_FIELD],
  ['entry_segment_starts', PUBLISHED_FIELDS.entry_segment_starts],
  ['control_times', EVERY_FIELD],
  ['entry_crossings', ['id', 'entry_id', 'segment_id', 'geofence_id', 'ts', 'direction', 'source']],
  [
    'entry_penalties',
    [
      'id',
      'entry_id',
      'stage_id',
      'segment_id',
      'formula_id',
      'type',
      'value',
      'unit',
      'status',
      'because',
      'version',
    ],
  ],
  ['stage_results', PUBLISHED_FIELDS.stage_results],
  ['vehicles', VEHICLE_FIELDS],
];

const viewerReading: readonly PermissionDefinition[] = [
  ...VIEWER_SEES.map(([collection, fields]) => read(collection, ofMyOrganisations(collection), fields)),
  // A draft is the office's own business.
  read(
    'start_lists',
    both(ofMyOrganisations('start_lists'), { words: 'no drafts', filter: { status: { _neq: 'draft' } } }),
    PUBLISHED_FIELDS.start_lists,
  ),
  read('organization_users', ownMembership),
  read('directus_users', myself, OWN_USER_FIELDS),
  ...buttons,
];

/** Vehicles that no organisation lists, on entries of the own ones: a participant has just brought them. */
const broughtAlong: Rule = {
  words: 'unlisted ones on own entries',
  filter: all([{ organizations: { id: { _null: true } } }, { entries: whereIAm(STAFF, 'entries').filter }]),
};

/**
 * Staff see everything of the organisations where they are staff, and nothing of others: a permission has one list of
 * fields, and with this one a viewer elsewhere would read there what is the office's own.
 */
const staffReading: readonly PermissionDefinition[] = [
  ...COLLECTIONS.map((collection) => read(collection, staffSee(collection))),
  read('directus_users', either(myself, colleagues()), [
    ...new Set([...OWN_USER_FIELDS.filter((field) => field !== 'email'), ...COLLEAGUE_FIELDS]),
  ]),
  ...buttons,
  ...INSIGHTS_READING,
];

function colleagues(): Rule {
  return {
    words: 'members of the own organisations',
    filter: { memberships: whereIAm(STAFF, 'organization_users').filter },
  };
}

function staffSee(collection: OwnedCollection): Rule {
  const asStaff = whereIAm(STAFF, collection);
  if (collection === 'organization_users') return either(ownMembership, asStaff);
  if (collection === 'vehicles') return either(asStaff, madeByMe, broughtAlong);
  if (collection === 'devices') return either(asStaff, madeByMe);
  return asStaff;
}

// ── What is written ─────────────────────────────────────────────────────────────────────────────────────────────────

/** A stage that is open is steered by race control, no longer by its form. */
const notYetOpen: Rule = { words: 'not yet open', filter: { state: { _in: ['draft', 'planned'] } } };

/** What a new row has to point at, where it points at anything; a vehicle is nobody's until it is linked. */
const NEW_ROWS: Partial<Readonly<Record<OwnedCollection, Rule>>> = {
  organization_vehicles: pointsAtMine('organization_id'),
  organization_devices: pointsAtMine('organization_id'),
  events: pointsAtMine('organization_id'),
  classes: pointsAtMine('event_id'),
  entries: pointsAtMine('event_id'),
  stages: both(pointsAtMine('event_id'), notYetOpen),
  geofences: pointsAtMine('event_id'),
  penalty_formulas: pointsAtMine('event_id'),
  entry_crew: pointsAtMine('entry_id', 'user_id'),
  entry_devices: pointsAtMine('entry_id', 'device_id'),
  entry_checks: pointsAtMine('entry_id'),
  position_faults: pointsAtMine('entry_id', 'device_id'),
  segments: pointsAtMine('stage_id'),
  waypoints: pointsAtMine('segment_id'),
  speed_limit_zones: pointsAtMine('segment_id'),
};

const CHANGED_ROWS: Partial<Readonly<Record<OwnedCollection, Rule>>> = {
  stages: notYetOpen,
  entry_crew: pointsAtMine('user_id'),
};

const directionWriting: readonly PermissionDefinition[] = [
  ...CATALOGUE.flatMap((prepared) => {
    const { collection } = prepared;
    const made = create(collection, [...prepared.create, ...prepared.update], NEW_ROWS[collection] ?? null);
    if (prepared.update.length === 0) return [made];
    const own = whereIAm(DIRECTION, collection);
    const rows = collection === 'stages' ? both(own, notYetOpen) : own;
    return [made, update(collection, prepared.update, rows, CHANGED_ROWS[collection] ?? null)];
  }),
  remove('entry_crew', whereIAm(DIRECTION, 'entry_crew')),
];

/**
 * New members are made by the administrator: a policy cannot tell in which role the caller belongs to the
 * organisation of a row that does not exist yet, and a viewer must not make himself more.
 */
const membersAdministration: readonly PermissionDefinition[] = [
  update('organizations', ['name', 'vehicles', 'devices'], whereIAm(['org-admin'], 'organizations')),
  update('organization_users', ['role'], whereIAm(['org-admin'], 'organization_users')),
];

const statusIn = (...statuses: readonly string[]): Rule => ({
  words: statuses.join(', '),
  filter: { status: { _in: statuses } },
});
const statusTo = (...statuses: readonly string[]): Rule => ({
  ...statusIn(...statuses),
  words: `to ${statuses.join(', ')}`,
});
const moves = (of: Rule, from: readonly string[], to: readonly string[]): PermissionDefinition =>
  update('entries', ['status', 'status_reason'], both(of, statusIn(...from)), statusTo(...to));

/** Who looks at a check is written down with it; to waive one is for the direction. */
const checks = (role: MemberRole): readonly PermissionDefinition[] => {
  const looked: Rule = {
    words: 'pending, passed or failed',
    filter: { state: { _in: ['pending', 'passed', 'failed'] } },
  };
  const now = { checked_by: ME, checked_at: '$NOW' };
  const notWaived: Rule = { words: 'not waived', filter: { state: { _neq: 'waived' } } };
  return [
    {
      ...create('entry_checks', ['entry_id', 'item', 'state'], both(pointsAtMine('entry_id'), looked)),
      presets: now,
    },
    {
      ...update('entry_checks', ['state'], both(whereIAm([role], 'entry_checks'), notWaived), looked),
      presets: now,
    },
  ];
};

const marshalWriting: readonly PermissionDefinition[] = [
  moves(whereIAm(['marshal'], 'entries'), ['started'], ['dnf']),
  ...checks('marshal'),
];

const prepared = (collection: OwnedCollection) => CATALOGUE.find((each) => each.collection === collection)!;
const timekeeperWriting: readonly PermissionDefinition[] = [
  moves(
    whereIAm(['timekeeper'], 'entries'),
    ['confirmed', 'started', 'dns'],
    ['started', 'dns', 'finished', 'dnf'],
  ),
  ...checks('timekeeper'),
  ...(['entry_devices', 'position_faults'] as const).flatMap((collection) => [
    create(
      collection,
      [...prepared(collection).create, ...prepared(collection).update],
      NEW_ROWS[collection] ?? null,
    ),
    update(collection, prepared(collection).update, whereIAm(['timekeeper'], collection)),
  ]),
];

/**
 * A participant's own entry, until the office confirms it. Which entry a new place in a crew belongs to, Directus can
 * only compare with the entries of the own organisations; that it is an own one that is registered is for race control
 * and the database to see to.
 */
const participantWriting: readonly PermissionDefinition[] = [
  create(
    'entries',
    ['id', 'event_id', 'class_id', 'vehicle_id', 'race_number', 'name', 'team_name', 'crew', 'waiting_since'],
    pointsAtMine('event_id'),
  ),
  update(
    'entries',
    ['class_id', 'vehicle_id', 'race_number', 'name', 'team_name', 'crew', 'status', 'status_reason'],
    ofMyEntries('', 'registered'),
    statusTo('withdrawn'),
  ),
  create('entry_crew', ['entry_id', 'user_id', 'role'], pointsAtMine('entry_id', 'user_id')),
  update('entry_crew', ['user_id', 'role'], ofMyEntries('entry_id', 'registered'), pointsAtMine('user_id')),
  remove('entry_crew', ofMyEntries('entry_id', 'registered')),
  create('vehicles', prepared('vehicles').update, null),
];

/** Everything of ours, but no deletion: what staff did is superseded, not removed. */
const serviceWriting: readonly PermissionDefinition[] = COLLECTIONS.flatMap((collection) => [
  create(collection, EVERY_FIELD, null),
  read(collection, EVERY_ROW),
  update(collection, EVERY_FIELD, EVERY_ROW),
]);

/**
 * One policy for each role, whole: on 11.17.4 a role with several policies loses its lists of related items. Who has a
 * role does not get the one of the public as well.
 */
export const POLICIES: readonly PolicyDefinition[] = [
  {
    role: 'org-admin',
    name: 'Organisation administrator',
    icon: 'admin_panel_settings',
    description: 'Reads and prepares everything of the own organisations, and their members.',
    appAccess: true,
    permissions: [...staffReading, ...directionWriting, ...membersAdministration],
  },
  {
    role: 'race-director',
    name: 'Race director',
    icon: 'stars',
    description: 'Reads and prepares everything of the own organisations.',
    appAccess: true,
    permissions: [...staffReading, ...directionWriting],
  },
  {
    role: 'timekeeper',
    name: 'Timekeeper',
    icon: 'timer',
    description:
      'Reads everything of the own organisations; starts and finishes of entries, checks, trackers.',
    appAccess: true,
    permissions: [...staffReading, ...timekeeperWriting],
  },
  {
    role: 'marshal',
    name: 'Marshal',
    icon: 'flag',
    description: 'Reads everything of the own organisations; retirements of entries, checks.',
    appAccess: true,
    permissions: [...staffReading, ...marshalWriting],
  },
  {
    role: 'participant',
    name: 'Participant',
    icon: 'person',
    description: 'Registers entries and follows them; reads what is published.',
    appAccess: true,
    permissions: [...participantReading, ...participantWriting],
  },
  {
    role: 'viewer',
    name: 'Viewer',
    icon: 'visibility',
    description: 'Reads the race of the own organisations.',
    appAccess: true,
    permissions: viewerReading,
  },
  {
    role: 'public',
    name: '$t:public_label',
    icon: 'public',
    description: '$t:public_description',
    appAccess: false,
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
      read('directus_users', EVERY_ROW, ['id', 'status', 'first_name', 'last_name', 'memberships']),
    ],
  },
];
