/**
 * What a race publishes, and what of it is a participant's own.
 *
 *  1. an event is published once it is no draft, until it is archived
 *  2. of it anybody sees the stages that are planned, the start lists in force and those that they replaced, and the
 *     results that the direction declared provisional or official
 *  3. an entry is published with the first of these that names it; before, nobody learns that it exists
 *  4. an entry is one's own when one is in its crew, or registered it
 */
import { all, at, type Filter, ME, oneOf, type Rule } from './filters.js';

const EVENT: Filter = { status: { _nin: ['draft', 'archived'] } };
const STAGE: Filter = { state: { _neq: 'draft' }, event_id: EVENT };
const START_LIST: Filter = { status: { _in: ['published', 'superseded'] }, stage_id: { event_id: EVENT } };
const RESULT: Filter = { stage_id: { state: { _in: ['provisional', 'official'] }, event_id: EVENT } };
const ENTRY: Filter = oneOf([{ starts: { start_list_id: START_LIST } }, { results: RESULT }]);

/** What anybody sees, signed in or not. */
export const PUBLISHED = {
  organizations: { words: 'with a published event', filter: { events: EVENT } },
  events: { words: 'published', filter: EVENT },
  classes: { words: 'of published events', filter: { event_id: EVENT } },
  stages: { words: 'planned, of published events', filter: STAGE },
  segments: { words: 'of planned stages of published events', filter: { stage_id: STAGE } },
  start_lists: { words: 'published, with the versions before', filter: START_LIST },
  entry_segment_starts: { words: 'on published start lists', filter: { start_list_id: START_LIST } },
  stage_results: { words: 'provisional or official', filter: RESULT },
  entries: { words: 'on a published start list or with a published result', filter: ENTRY },
} as const satisfies Readonly<Record<string, Rule>>;

export type PublishedCollection = keyof typeof PUBLISHED;

/** No people, no equipment, no checks, no reasons; of an entry what stands on the board. */
export const PUBLISHED_FIELDS: Readonly<Record<PublishedCollection, readonly string[]>> = {
  organizations: ['id', 'name', 'slug', 'events'],
  events: [
    'id',
    'organization_id',
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
    'regulation_doc_url',
    'classes',
    'stages',
    'entries',
    'dates',
    'rules',
  ],
  classes: [
    'id',
    'event_id',
    'code',
    'name',
    'vehicle_kind',
    'crew_format',
    'sort_order',
    'number_from',
    'number_to',
    'capacity',
    'min_age',
    'max_age',
    'rating_system',
    'numbers',
    'special_rules',
  ],
  stages: [
    'id',
    'event_id',
    'code',
    'name',
    'state',
    'role',
    'leg_number',
    'sort_order',
    'starts_at',
    'delay_seconds',
    'current_start_list_id',
    'segments',
    'start_lists',
    'results',
    'route',
    'outcome',
  ],
  segments: [
    'id',
    'stage_id',
    'sort_order',
    'name',
    'type',
    'distance_km',
    'target_duration_seconds',
    'max_duration_seconds',
    'starts',
    'times',
  ],
  start_lists: ['id', 'stage_id', 'version', 'status', 'strategy', 'lines', 'checksum', 'published_at'],
  entry_segment_starts: [
    'id',
    'entry_id',
    'segment_id',
    'start_list_id',
    'start_position',
    'group_no',
    'target_at',
    'actual_at',
    'state',
  ],
  stage_results: [
    'id',
    'stage_id',
    'entry_id',
    'place',
    'class_place',
    'elapsed_ms',
    'neutralised_ms',
    'penalty_ms',
    'bonus_ms',
    'net_ms',
    'points',
    'status',
    'provisional',
    'version',
  ],
  entries: ['id', 'event_id', 'class_id', 'race_number', 'name', 'team_name', 'starts', 'results'],
};

/**
 * Rows of own entries.
 * @param path the relation that leads to the entry; '' for the entries themselves
 * @param status only while the entry has it
 */
export function ofMyEntries(path: '' | 'entry_id', status?: 'registered'): Rule {
  const mine = oneOf([at(path, { created_by: { _eq: ME } }), at(path, { crew: { user_id: { _eq: ME } } })]);
  return status === undefined
    ? { words: 'own entries', filter: mine }
    : { words: `own entries while ${status}`, filter: all([at(path, { status: { _eq: status } }), mine]) };
}
