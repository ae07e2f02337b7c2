import type { Filter } from './filters.js';
import type { MemberRole } from './roles.js';

/**
 * A list that a role finds ready-made below a collection in the navigation of the Admin UI. Role, collection and name
 * say which one it is: Directus gives bookmarks ids of its own.
 */
export interface BookmarkDefinition {
  readonly collection: string;
  readonly name: string;
  readonly icon: string;
  readonly color: string;
  /** Who finds it. */
  readonly roles: readonly MemberRole[];
  /** Which rows, of those that the role may read. */
  readonly filter: Filter;
  /** With their widths in pixels. */
  readonly columns: Readonly<Record<string, number>>;
  /** Column names; a leading minus is descending. */
  readonly sort: readonly string[];
}

const DIRECTION: readonly MemberRole[] = ['org-admin', 'race-director'];
const STAFF: readonly MemberRole[] = [...DIRECTION, 'timekeeper', 'marshal'];

const BLUE = '#3399FF';
const GREEN = '#2ECDA7';
const GREY = '#A2B5CD';
const ORANGE = '#FFA439';
const RED = '#E35169';
const TEAL = '#18A0AA';

/**
 * An event that the office still works on. By its status and not by the clock: until the results are official there are
 * protests and corrections, however long that takes.
 */
export const CURRENT_EVENT: Filter = { status: { _nin: ['official', 'archived'] } };

/** Confirmed, and something is still missing or was not passed. Never `_some`: Directus 11.17.4 counts wrong with it. */
export const NOT_READY: Filter = {
  _and: [
    { status: { _eq: 'confirmed' } },
    { checks: { state: { _in: ['pending', 'failed'] } } },
    { event_id: CURRENT_EVENT },
  ],
};

/** Registered, and nobody has said yet that there is no place. */
export const TO_CONFIRM: Filter = {
  _and: [{ status: { _eq: 'registered' } }, { waiting_since: { _null: true } }, { event_id: CURRENT_EVENT }],
};

export const WAITING: Filter = {
  _and: [{ status: { _eq: 'registered' } }, { waiting_since: { _nnull: true } }, { event_id: CURRENT_EVENT }],
};

/** Bindings of a tracker to an entry that hold at this moment. */
export const IN_USE: Filter = {
  _and: [
    { valid_from: { _lte: '$NOW' } },
    { _or: [{ valid_to: { _null: true } }, { valid_to: { _gt: '$NOW' } }] },
  ],
};

const BY_CLASS = ['event_id.starts_at', 'class_id.sort_order', 'race_number', 'name'];

/** The lists of the race office, in the order in which an event needs them. */
export const BOOKMARKS: readonly BookmarkDefinition[] = [
  {
    collection: 'entries',
    name: 'Entries by class',
    icon: 'category',
    color: BLUE,
    roles: STAFF,
    filter: { event_id: CURRENT_EVENT },
    columns: { class_id: 200, race_number: 100, name: 200, status: 130, vehicle_id: 180, event_id: 200 },
    sort: BY_CLASS,
  },
  {
    collection: 'entries',
    name: 'To confirm',
    icon: 'hourglass_top',
    color: ORANGE,
    roles: DIRECTION,
    filter: TO_CONFIRM,
    columns: { created_at: 170, name: 200, class_id: 200, vehicle_id: 180, checks: 120, event_id: 200 },
    sort: ['created_at'],
  },
  {
    collection: 'entries',
    name: 'Waiting list',
    icon: 'playlist_add',
    color: GREY,
    roles: DIRECTION,
    filter: WAITING,
    columns: { class_id: 200, waiting_since: 180, name: 200, vehicle_id: 180, event_id: 200 },
    sort: ['event_id.starts_at', 'class_id.sort_order', 'waiting_since'],
  },
  {
    collection: 'entries',
    name: 'Not ready',
    icon: 'rule',
    color: RED,
    roles: STAFF,
    filter: NOT_READY,
    columns: { race_number: 100, name: 200, class_id: 200, checks: 120, event_id: 200 },
    sort: BY_CLASS,
  },
  {
    collection: 'entries',
    name: 'On course',
    icon: 'sports_motorsports',
    color: TEAL,
    roles: STAFF,
    filter: { _and: [{ status: { _eq: 'started' } }, { event_id: CURRENT_EVENT }] },
    columns: { race_number: 100, name: 200, class_id: 200, vehicle_id: 180, devices: 120, event_id: 200 },
    sort: ['event_id.starts_at', 'race_number'],
  },
  {
    // In the history: the list of entries leaves out withdrawn ones, as its archive.
    collection: 'entry_status_changes',
    name: 'Withdrawn',
    icon: 'logout',
    color: RED,
    roles: DIRECTION,
    filter: {
      _and: [
        { to_status: { _eq: 'withdrawn' } },
        { entry_id: { status: { _eq: 'withdrawn' } } },
        { entry_id: { event_id: CURRENT_EVENT } },
      ],
    },
    columns: { at: 180, entry_id: 220, from_status: 140, reason: 320, author_id: 180 },
    sort: ['-at'],
  },
  {
    collection: 'entries',
    name: 'My entries',
    icon: 'person_pin',
    color: BLUE,
    roles: ['participant'],
    filter: { crew: { user_id: { _eq: '$CURRENT_USER' } } },
    columns: { event_id: 220, race_number: 100, name: 200, class_id: 200, status: 130, vehicle_id: 180 },
    sort: ['-event_id.starts_at'],
  },
  {
    // From three days before the start: the checks are held then, and what is missing later is missing still.
    collection: 'entry_checks',
    name: 'To check today',
    icon: 'fact_check',
    color: ORANGE,
    roles: STAFF,
    filter: {
      _and: [
        { state: { _in: ['pending', 'failed'] } },
        { entry_id: { status: { _in: ['registered', 'confirmed'] } } },
        { entry_id: { event_id: { _and: [CURRENT_EVENT, { starts_at: { _lte: '$NOW(+3 days)' } }] } } },
      ],
    },
    columns: { 'entry_id.race_number': 110, 'entry_id.name': 200, item: 240, state: 120, updated_at: 170 },
    sort: ['entry_id.race_number', 'item'],
  },
  {
    collection: 'devices',
    name: 'Trackers in use',
    icon: 'gps_fixed',
    color: TEAL,
    roles: STAFF,
    filter: { entries: IN_USE },
    columns: { last_position_at: 190, imei: 200, kind: 130, entries: 220, model: 180 },
    // Who was not heard for the longest time comes first; who was never heard, last: so the database sorts.
    sort: ['last_position_at', 'imei'],
  },
  {
    collection: 'stages',
    name: 'Open stages',
    icon: 'play_circle',
    color: GREEN,
    roles: STAFF,
    filter: { state: { _in: ['open', 'running'] } },
    columns: { code: 90, name: 260, state: 130, starts_at: 180, delay_seconds: 120, event_id: 220 },
    sort: ['starts_at'],
  },
];
