import { type Desired, desiredRows } from './desired.js';
import type { DirectusState, Row } from './directus-state.js';
import { buildTree, type OperationRow, type OperationTree } from './flow-tree.js';
import { planWrites } from './plan-writes.js';

const desired = desiredRows({ DIRECTUS_SERVICE_TOKEN: 'token-of-the-service' });

function rowsOf(tree: OperationTree): OperationRow[] {
  const { resolve, reject, ...row } = tree;
  return [
    { ...row, resolve: resolve?.id ?? null, reject: reject?.id ?? null },
    ...(resolve ? rowsOf(resolve) : []),
    ...(reject ? rowsOf(reject) : []),
  ];
}

/** A Directus that has everything, with the further columns that Directus adds. */
function complete(): { -readonly [Key in keyof DirectusState]: DirectusState[Key] } {
  const trees = desired.flows.map(({ id, definition }) => buildTree(definition, id, new Set()));
  const added = (rows: readonly Row[]): Row[] => rows.map((row) => ({ parent: null, ...row }));
  return {
    roles: added(desired.roles),
    policies: added(desired.policies),
    access: added(desired.access),
    permissions: desired.permissions.map((row, index) => ({ id: index + 1, ...row })),
    users: desired.users.map((row) => ({ ...row, token: '**********' })),
    translations: added(desired.translations),
    presets: desired.presets.map((row, index) => ({ id: index + 1, user: null, ...row })),
    dashboards: added(desired.dashboards),
    panels: added(desired.panels),
    settings: { ...desired.settings, public_foreground: null },
    flows: desired.flows.map(({ row }, index) => ({ ...row, operation: trees[index]!.id })),
    operations: trees.flatMap(rowsOf),
    serviceTokenWorks: true,
  };
}
const empty: DirectusState = {
  roles: [],
  policies: [],
  access: [],
  permissions: [],
  users: [],
  translations: [],
  presets: [],
  dashboards: [],
  panels: [],
  settings: {},
  flows: [],
  operations: [],
  serviceTokenWorks: false,
};
const plan = (state: DirectusState, wanted: Desired = desired) =>
  planWrites(wanted, state).map(({ method, path }) => `${method} ${path.replace(/[0-9a-f-]{36}/, '…')}`);

describe('provisioning', () => {
  it('writes nothing when everything is there', () => {
    expect(plan(complete())).toEqual([]);
  });

  it('makes a flow inactive first, and everything in an order that holds its references', () => {
    expect(plan(empty)).toEqual([
      'PATCH /settings',
      'POST /roles',
      'POST /policies',
      'POST /access',
      'POST /permissions',
      'POST /users',
      'PATCH /users/…',
      'POST /translations',
      'POST /presets',
      'POST /dashboards',
      'POST /panels',
      ...desired.flows.flatMap(() => ['POST /flows', 'PATCH /flows/…']),
    ]);
    const made = planWrites(desired, empty).filter(
      ({ path, method }) => path === '/flows' && method === 'POST',
    );
    expect(made.map(({ body }) => (body as Row)['status'])).toEqual(desired.flows.map(() => 'inactive'));
  });

  it('undoes an edited permission, a second one for the same action, and one that we did not give', () => {
    const state = complete();
    const [first, ...rest] = state.permissions as [Row, ...Row[]];
    state.permissions = [
      { ...first, fields: ['name'] },
      ...rest,
      { ...first, id: 901 },
      { ...first, id: 902, action: 'share' },
    ];
    expect(planWrites(desired, state)).toEqual([
      expect.objectContaining({ method: 'PATCH', path: '/permissions/1', body: { fields: first['fields'] } }),
      expect.objectContaining({ method: 'DELETE', path: '/permissions', body: [901, 902] }),
    ]);
  });

  it('brings a list back to its columns and order', () => {
    const state = complete();
    const [first, ...rest] = state.presets as [Row, ...Row[]];
    state.presets = [{ ...first, layout_query: null }, ...rest];
    expect(planWrites(desired, state)).toEqual([
      expect.objectContaining({
        method: 'PATCH',
        path: '/presets/1',
        body: { layout_query: first['layout_query'] },
      }),
    ]);
  });

  it('brings a bookmark back to its filter, and deletes a second one of the same name', () => {
    const state = complete();
    const at = state.presets.findIndex(({ bookmark }) => bookmark === 'Not ready');
    const before = state.presets[at]!;
    state.presets = [
      ...state.presets.map((row, index) => (index === at ? { ...row, filter: null } : row)),
      { ...before, id: 900 },
      // Of another name or another role: somebody's own work.
      { ...before, id: 901, bookmark: 'Not ready, bikes only' },
      { ...before, id: 902, role: 'of the federation' },
    ];
    expect(planWrites(desired, state)).toEqual([
      expect.objectContaining({
        method: 'PATCH',
        path: `/presets/${String(before['id'])}`,
        body: { filter: before['filter'] },
      }),
      expect.objectContaining({ method: 'DELETE', path: '/presets', body: [900] }),
    ]);
  });

  it('brings panels of our dashboard back, also moved ones, and deletes what somebody added to it', () => {
    const state = complete();
    const [first, second, ...rest] = state.panels as [Row, Row, ...Row[]];
    state.panels = [
      { ...first, options: {} },
      { ...second, dashboard: 'of a person' },
      ...rest,
      { ...first, id: 'theirs' },
    ];
    expect(planWrites(desired, state)).toEqual([
      expect.objectContaining({
        method: 'PATCH',
        path: `/panels/${String(first['id'])}`,
        body: { options: first['options'] },
      }),
      expect.objectContaining({
        method: 'PATCH',
        path: `/panels/${String(second['id'])}`,
        body: { dashboard: second['dashboard'] },
      }),
      expect.objectContaining({ method: 'DELETE', path: '/panels', body: ['theirs'] }),
    ]);
  });

  it('touches nothing that it does not own, even when it is shown to it', () => {
    const state = complete();
    state.permissions = [
      ...state.permissions,
      { id: 900, policy: 'of a person', collection: 'events', action: 'read' },
    ];
    state.access = [...state.access, { id: 'a', policy: 'administrator', role: 'r', user: null }];
    expect(plan(state)).toEqual([]);
  });

  it('takes a policy of ours from a further role, but leaves it to a person who got it', () => {
    const state = complete();
    const [policy] = desired.policies;
    state.access = [
      ...state.access,
      { id: 'to-a-role', policy: policy?.id, role: 'other', user: null },
      { id: 'to-a-person', policy: policy?.id, role: null, user: 'u' },
    ];
    expect(planWrites(desired, state)).toEqual([
      expect.objectContaining({ method: 'DELETE', path: '/access', body: ['to-a-role'] }),
    ]);
  });

  it('replaces an edited flow by one atomic update with new operations, then deletes the old ones', () => {
    const state = complete();
    const [{ id } = { id: '' }] = desired.flows;
    const own = state.operations.filter(({ flow }) => flow === id);
    state.operations = state.operations.map((row) =>
      row.flow === id && row.key === 'ask' ? { ...row, options: {} } : row,
    );
    const [update, removal, ...more] = planWrites(desired, state);
    expect(more).toEqual([]);
    expect(update?.body).toMatchObject({
      status: 'active',
      operation: { key: 'who', resolve: { key: 'number' } },
    });
    expect(removal).toMatchObject({
      method: 'DELETE',
      path: '/operations',
      body: own.map((row) => row.id),
    });
  });

  it('switches a flow on again without touching its operations', () => {
    const state = complete();
    state.flows = state.flows.map((row, index) => (index === 0 ? { ...row, status: 'inactive' } : row));
    expect(planWrites(desired, state)).toEqual([
      expect.objectContaining({ method: 'PATCH', body: { status: 'active' } }),
    ]);
  });

  it('names an owner only while there is none', () => {
    const owned = desiredRows({ DIRECTUS_SERVICE_TOKEN: 'x', PROJECT_OWNER: 'owner@example.com' });
    expect(planWrites(owned, complete())).toEqual([
      expect.objectContaining({ path: '/settings', body: { project_owner: 'owner@example.com' } }),
    ]);
    const state = complete();
    state.settings = { ...state.settings, project_owner: 'somebody@example.com' };
    expect(plan(state, owned)).toEqual([]);
  });

  it('keeps the row of a translation that somebody made, and corrects its text', () => {
    const state = complete();
    state.translations = state.translations.map((row, index) =>
      index === 0 ? { ...row, id: 'theirs', value: 'x' } : row,
    );
    expect(plan(state)).toEqual(['PATCH /translations/theirs']);
  });
});
