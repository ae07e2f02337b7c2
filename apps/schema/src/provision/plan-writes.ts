import type { Desired } from './desired.js';
import type { DirectusState, Row } from './directus-state.js';
import { buildTree, isSameTree } from './flow-tree.js';
import { canonical, changesTo } from './same.js';

/** One call of Directus. Calls of one list run in this order. */
export interface Write {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body: unknown;
  /** For the log and for `check`. */
  readonly why: string;
}

/**
 * What has to be written so that Directus has the desired rows: nothing when it has them. Only what the definitions
 * own is compared, and only there are extra rows deleted.
 */
export function planWrites(desired: Desired, state: DirectusState): Write[] {
  return [
    ...planSettings(desired, state),
    ...planRows('roles', desired.roles, state.roles),
    ...planRows('policies', desired.policies, state.policies),
    ...planRows('access', desired.access, state.access),
    ...planExtraAccess(desired, state),
    ...planPermissions(desired, state),
    ...planRows('users', desired.users, state.users),
    ...planServiceToken(desired, state),
    ...planTranslations(desired, state),
    ...planPresets(desired, state),
    ...planRows('dashboards', desired.dashboards, state.dashboards),
    ...planRows('panels', desired.panels, state.panels),
    ...planExtraPanels(desired, state),
    ...desired.flows.flatMap((flow) => planFlow(flow, state)),
  ];
}

function planSettings({ settings, projectOwner }: Desired, state: DirectusState): Write[] {
  const owner =
    projectOwner !== undefined && !state.settings['project_owner'] ? { project_owner: projectOwner } : {};
  const body = changesTo(state.settings, { ...settings, ...owner });
  return body === null
    ? []
    : [{ method: 'PATCH', path: '/settings', body, why: `settings: ${Object.keys(body).join(', ')}` }];
}

function planRows(
  endpoint: string,
  wanted: readonly ({ readonly id: string } & Row)[],
  found: readonly Row[],
): Write[] {
  const byId = new Map(found.map((row) => [row['id'], row]));
  const created = wanted.filter(({ id }) => !byId.has(id));
  const updates = wanted.flatMap((row): Write[] => {
    const { id } = row;
    const before = byId.get(id);
    const body = before === undefined ? null : changesTo(before, row);
    const why = `${endpoint}: change ${Object.keys(body ?? {}).join(', ')} of ${nameOf(row)}`;
    return body === null ? [] : [{ method: 'PATCH', path: `/${endpoint}/${id}`, body, why }];
  });
  if (created.length === 0) return updates;
  const why = `${endpoint}: create ${created.map(nameOf).join(', ')}`;
  return [{ method: 'POST', path: `/${endpoint}`, body: created, why }, ...updates];
}

/** A policy of ours that a person gave to one user stays so; one that is tied to a further role does not. */
function planExtraAccess({ access, policies }: Desired, state: DirectusState): Write[] {
  const known = new Set<unknown>(access.map(({ id }) => id));
  const own = new Set<unknown>(policies.map(({ id }) => id));
  const extra = state.access
    .filter((row) => own.has(row['policy']) && !known.has(row['id']) && row['user'] === null)
    .map((row) => row['id']);
  if (extra.length === 0) return [];
  return [{ method: 'DELETE', path: '/access', body: extra, why: `access: delete ${extra.length} extra` }];
}

/** Permissions have no id of ours: policy, collection and action name them. */
function planPermissions({ permissions: wanted, policies }: Desired, state: DirectusState): Write[] {
  const own = new Set<unknown>(policies.map(({ id }) => id));
  const found = state.permissions.filter((row) => own.has(row['policy']));
  const keyOf = (row: Row) => [row['policy'], row['collection'], row['action']].join('|');
  const left = grouped(found, keyOf);
  const created: Row[] = [];
  const writes: Write[] = [];
  for (const row of wanted) {
    const [before, ...duplicates] = left.get(keyOf(row)) ?? [];
    left.set(keyOf(row), duplicates);
    if (before === undefined) {
      created.push(row);
      continue;
    }
    const body = changesTo(before, row);
    if (body === null) continue;
    const why = `permissions: change ${Object.keys(body).join(', ')} of ${row.action} ${row.collection}`;
    writes.push({ method: 'PATCH', path: `/permissions/${String(before['id'])}`, body, why });
  }
  const extra = [...left.values()].flat().map((row) => row['id']);
  if (extra.length > 0) {
    const why = `permissions: delete ${extra.length} extra`;
    writes.push({ method: 'DELETE', path: '/permissions', body: extra, why });
  }
  if (created.length > 0) {
    const why = `permissions: create ${created.length}`;
    writes.push({ method: 'POST', path: '/permissions', body: created, why });
  }
  return writes;
}

function planServiceToken({ users, serviceToken }: Desired, { serviceTokenWorks }: DirectusState): Write[] {
  const [service] = users;
  if (serviceTokenWorks || service === undefined) return [];
  const why = 'users: set the token of the service user';
  return [{ method: 'PATCH', path: `/users/${service.id}`, body: { token: serviceToken }, why }];
}

/**
 * Presets have no id of ours: role, collection and bookmark name them. Of two with the same name the second goes, since
 * nobody could tell which of them Directus shows. Those of a person are not read.
 */
function planPresets({ presets }: Desired, state: DirectusState): Write[] {
  const keyOf = (row: Row) => canonical([row['role'], row['collection'], row['bookmark']]);
  const found = grouped(state.presets, keyOf);
  const created = presets.filter((row) => !found.has(keyOf(row)));
  const updates = presets.flatMap((row): Write[] => {
    const [before] = found.get(keyOf(row)) ?? [];
    const body = before === undefined ? null : changesTo(before, row);
    if (before === undefined || body === null) return [];
    const why = `presets: change ${Object.keys(body).join(', ')} of ${row.bookmark ?? row.collection}`;
    return [{ method: 'PATCH', path: `/presets/${String(before['id'])}`, body, why }];
  });
  const extra = presets.flatMap((row) => (found.get(keyOf(row)) ?? []).slice(1).map(({ id }) => id));
  const writes: Write[] = [];
  if (created.length > 0) {
    const why = `presets: create ${created.length}`;
    writes.push({ method: 'POST', path: '/presets', body: created, why });
  }
  writes.push(...updates);
  if (extra.length > 0) {
    const why = `presets: delete ${extra.length} extra`;
    writes.push({ method: 'DELETE', path: '/presets', body: extra, why });
  }
  return writes;
}

/** What somebody added to a dashboard of ours. An own one is made by copying it. */
function planExtraPanels({ panels, dashboards }: Desired, state: DirectusState): Write[] {
  const known = new Set<unknown>(panels.map(({ id }) => id));
  const own = new Set<unknown>(dashboards.map(({ id }) => id));
  const extra = state.panels
    .filter((row) => own.has(row['dashboard']) && !known.has(row['id']))
    .map((row) => row['id']);
  if (extra.length === 0) return [];
  return [{ method: 'DELETE', path: '/panels', body: extra, why: `panels: delete ${extra.length} extra` }];
}

/** Somebody may have added the same key in the Admin UI: Directus allows a key once for each language. */
function planTranslations({ translations }: Desired, state: DirectusState): Write[] {
  const found = new Map(state.translations.map((row) => [canonical([row['key'], row['language']]), row]));
  const created = translations.filter(({ key, language }) => !found.has(canonical([key, language])));
  const updates = translations.flatMap((row): Write[] => {
    const before = found.get(canonical([row.key, row.language]));
    const body = before === undefined ? null : changesTo(before, { value: row['value'] });
    if (before === undefined || body === null) return [];
    const path = `/translations/${String(before['id'])}`;
    return [{ method: 'PATCH', path, body, why: `translations: change ${row.key}` }];
  });
  if (created.length === 0) return updates;
  const why = `translations: create ${created.length}`;
  return [{ method: 'POST', path: '/translations', body: created, why }, ...updates];
}

/** A new flow is made inactive, so that it never lets a write pass before its operations are there. */
function planFlow({ id, definition, row }: Desired['flows'][number], state: DirectusState): Write[] {
  const before = state.flows.find((flow) => flow['id'] === id);
  const operations = state.operations.filter(({ flow }) => flow === id);
  const root = (before?.['operation'] ?? null) as string | null;
  const sameTree = isSameTree(definition, root, operations);
  const changes = before === undefined ? row : changesTo(before, row);
  if (before !== undefined && sameTree && changes === null) return [];
  const name = `flows: ${definition.name}`;
  if (before !== undefined && sameTree) {
    const why = `${name}: change ${Object.keys(changes ?? {}).join(', ')}`;
    return [{ method: 'PATCH', path: `/flows/${id}`, body: changes, why }];
  }
  const taken = new Set(operations.map((operation) => operation.id));
  const operation = buildTree(definition, id, taken);
  const writes: Write[] = [];
  if (before === undefined) {
    writes.push({
      method: 'POST',
      path: '/flows',
      body: { ...row, status: 'inactive' },
      why: `${name}: create`,
    });
  }
  writes.push({
    method: 'PATCH',
    path: `/flows/${id}`,
    body: { ...row, operation },
    why: `${name}: set operations`,
  });
  if (operations.length > 0) {
    const why = `${name}: delete ${operations.length} old operations`;
    writes.push({ method: 'DELETE', path: '/operations', body: [...taken], why });
  }
  return writes;
}

function grouped(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}

function nameOf(row: Row): string {
  return String(row['name'] ?? row['id']);
}
