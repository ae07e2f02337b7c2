import { CURRENT_EVENT, IN_USE, NOT_READY, TO_CONFIRM, WAITING } from './bookmarks.js';
import type { Filter } from './filters.js';

/** A panel of a dashboard. Place and size are in cells of 20 pixels. */
export interface PanelDefinition {
  readonly key: string;
  readonly name: string;
  readonly icon: string;
  readonly color: string;
  readonly type: 'metric' | 'metric-list' | 'bar-chart' | 'list';
  readonly at: readonly [x: number, y: number];
  readonly size: readonly [width: number, height: number];
  readonly note?: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface DashboardDefinition {
  readonly key: string;
  readonly name: string;
  readonly icon: string;
  readonly color: string;
  readonly note: string;
  readonly panels: readonly PanelDefinition[];
}

const BLUE = '#3399FF';
const GREEN = '#2ECDA7';
const ORANGE = '#FFA439';
const RED = '#E35169';

/** A tracker sends every few seconds to minutes; after this long somebody should ask. */
const SILENT_FOR = '10 minutes';

/** Carried by an entry now, and not heard for a while, or never. */
const SILENT: Filter = {
  _and: [
    IN_USE,
    {
      device_id: {
        _or: [{ last_position_at: { _null: true } }, { last_position_at: { _lt: `$NOW(-${SILENT_FOR})` } }],
      },
    },
  ],
};

const CHECKS_OF_CONFIRMED: Filter = {
  _and: [{ entry_id: { status: { _eq: 'confirmed' } } }, { entry_id: { event_id: CURRENT_EVENT } }],
};

/** A number; in a colour of warning when it is not 0. */
function metric(
  panel: Pick<PanelDefinition, 'key' | 'name' | 'icon' | 'color' | 'at' | 'size'>,
  collection: string,
  filter: Filter,
  warning?: string,
): PanelDefinition {
  return {
    ...panel,
    type: 'metric',
    options: {
      collection,
      // Distinct, because a filter on checks brings an entry once for each of them.
      field: 'id',
      function: 'countDistinct',
      filter,
      ...(warning !== undefined && {
        conditionalFormatting: [{ operator: '>', value: 0, color: warning }],
      }),
    },
  };
}

const CONFIRMED: Filter = { _and: [{ status: { _eq: 'confirmed' } }, { event_id: CURRENT_EVENT }] };

/** As wide as a laptop shows beside both side bars. */
const overview: readonly PanelDefinition[] = [
  metric(
    { key: 'confirmed', name: 'Confirmed', icon: 'check_circle', color: BLUE, at: [1, 1], size: [9, 6] },
    'entries',
    CONFIRMED,
  ),
  metric(
    {
      key: 'to-confirm',
      name: 'To confirm',
      icon: 'hourglass_top',
      color: ORANGE,
      at: [10, 1],
      size: [8, 6],
    },
    'entries',
    TO_CONFIRM,
    ORANGE,
  ),
  metric(
    { key: 'waiting', name: 'Waiting list', icon: 'playlist_add', color: BLUE, at: [18, 1], size: [9, 6] },
    'entries',
    WAITING,
  ),
  metric(
    { key: 'not-ready', name: 'Not ready', icon: 'rule', color: RED, at: [27, 1], size: [8, 6] },
    'entries',
    NOT_READY,
    RED,
  ),
  metric(
    { key: 'silent', name: 'No signal', icon: 'gps_off', color: RED, at: [35, 1], size: [8, 6] },
    'entry_devices',
    SILENT,
    RED,
  ),
];

/** What a race office looks at in the morning, for all events that are not official yet. */
export const DASHBOARDS: readonly DashboardDefinition[] = [
  {
    key: 'race-office',
    name: 'Race office',
    icon: 'how_to_reg',
    color: '#1D6FA5',
    note: 'Entries, readiness and trackers of the events that are not official yet',
    panels: [
      ...overview,
      {
        key: 'by-class',
        name: 'Confirmed entries by class',
        icon: 'category',
        color: BLUE,
        type: 'bar-chart',
        at: [1, 8],
        size: [26, 16],
        options: {
          collection: 'entries',
          xAxis: 'class_id',
          xAxisDisplayField: 'code',
          yAxis: 'id',
          function: 'count',
          decimals: 0,
          color: BLUE,
          filter: CONFIRMED,
          showAxisLabels: 'both',
          showDataLabel: true,
          horizontal: false,
        },
      },
      {
        key: 'by-status',
        name: 'Entries by status',
        icon: 'donut_small',
        color: BLUE,
        type: 'metric-list',
        at: [27, 8],
        size: [16, 16],
        options: {
          collection: 'entries',
          groupByField: 'status',
          aggregateField: 'id',
          aggregateFunction: 'count',
          sortDirection: 'desc',
          limit: 8,
          filter: { event_id: CURRENT_EVENT },
        },
      },
      {
        key: 'checks-by-state',
        name: 'Checks of confirmed entries',
        icon: 'fact_check',
        color: GREEN,
        type: 'metric-list',
        at: [27, 25],
        size: [16, 16],
        options: {
          collection: 'entry_checks',
          groupByField: 'state',
          aggregateField: 'id',
          aggregateFunction: 'count',
          sortDirection: 'desc',
          limit: 4,
          filter: CHECKS_OF_CONFIRMED,
        },
      },
      {
        key: 'missing-by-item',
        name: 'What is missing',
        icon: 'rule',
        color: ORANGE,
        type: 'metric-list',
        at: [1, 25],
        size: [26, 16],
        options: {
          collection: 'entry_checks',
          groupByField: 'item',
          aggregateField: 'id',
          aggregateFunction: 'count',
          sortDirection: 'desc',
          limit: 15,
          filter: { _and: [{ state: { _in: ['pending', 'failed'] } }, CHECKS_OF_CONFIRMED] },
        },
      },
      {
        key: 'not-ready-entries',
        name: 'Confirmed, not ready',
        icon: 'rule',
        color: RED,
        type: 'list',
        at: [1, 42],
        size: [18, 20],
        options: {
          collection: 'entries',
          displayTemplate: '#{{race_number}} {{name}} · {{class_id.code}}',
          sortField: 'race_number',
          sortDirection: 'asc',
          limit: 50,
          filter: NOT_READY,
          linkToItem: true,
        },
      },
      {
        key: 'silent-trackers',
        name: `No signal for ${SILENT_FOR}`,
        icon: 'gps_off',
        color: RED,
        type: 'list',
        at: [19, 42],
        size: [24, 20],
        options: {
          collection: 'entry_devices',
          displayTemplate:
            '#{{entry_id.race_number}} {{entry_id.name}} · {{device_id.imei}} · {{device_id.last_position_at}}',
          sortField: 'device_id.last_position_at',
          sortDirection: 'asc',
          limit: 50,
          filter: SILENT,
          linkToItem: true,
        },
      },
    ],
  },
];
