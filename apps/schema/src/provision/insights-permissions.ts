import { stableId } from '@trm/directus';
import { DASHBOARDS } from './dashboards.js';
import type { Filter } from './filters.js';
import type { PermissionDefinition } from './policies.js';

const ours = { _in: DASHBOARDS.map(({ key }) => stableId('dashboard', key)) };
const seen = (collection: string, filter: Filter): PermissionDefinition => ({
  collection,
  action: 'read',
  fields: ['*'],
  rows: { words: 'of the race office', filter },
  written: null,
  presets: null,
});

/** Who sees our dashboards; the numbers in them are of the rows that the person may read. Not those of other people. */
export const INSIGHTS_READING: readonly PermissionDefinition[] = [
  seen('directus_dashboards', { id: ours }),
  seen('directus_panels', { dashboard: ours }),
];
