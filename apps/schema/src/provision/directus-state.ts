import { customEndpoint } from '@directus/sdk';
import type { DirectusClient } from '@trm/directus';
import type { OperationRow } from './flow-tree.js';
import type { Desired } from './desired.js';

export type Row = Readonly<Record<string, unknown>>;

/** What a running Directus has of the things that the provisioner owns. */
export interface DirectusState {
  readonly roles: readonly Row[];
  readonly policies: readonly Row[];
  readonly access: readonly Row[];
  readonly permissions: readonly Row[];
  readonly users: readonly Row[];
  readonly translations: readonly Row[];
  readonly presets: readonly Row[];
  readonly dashboards: readonly Row[];
  readonly panels: readonly Row[];
  readonly settings: Row;
  readonly flows: readonly Row[];
  readonly operations: readonly OperationRow[];
  /** Whether the service user's token is the configured one. */
  readonly serviceTokenWorks: boolean;
}

/**
 * Reads all of it at once. Directus never shows a token, so that one is tried instead.
 * @throws whatever the SDK throws
 */
export async function readDirectusState(
  client: DirectusClient,
  desired: Desired,
  tokenWorks: () => Promise<boolean>,
): Promise<DirectusState> {
  const list = <Item = Row>(path: string, filter: object) =>
    client.request(
      // As an object: the SDK silently leaves out a filter that is text.
      customEndpoint<Item[]>({ path, method: 'GET', params: { limit: -1, filter } }),
    );
  const ids = (rows: readonly { readonly id: string }[]) => ({ _in: rows.map(({ id }) => id) });
  const [
    roles,
    policies,
    access,
    permissions,
    users,
    translations,
    presets,
    dashboards,
    panels,
    settings,
    flows,
    operations,
    serviceTokenWorks,
  ] = await Promise.all([
    list('/roles', { id: ids(desired.roles) }),
    list('/policies', { id: ids(desired.policies) }),
    list('/access', { policy: ids(desired.policies) }),
    list('/permissions', { policy: ids(desired.policies) }),
    list('/users', { id: ids(desired.users) }),
    list('/translations', { key: { _in: [...new Set(desired.translations.map(({ key }) => key))] } }),
    list('/presets', { user: { _null: true } }),
    list('/dashboards', { id: ids(desired.dashboards) }),
    // Also one of ours that was moved to another dashboard.
    list('/panels', { _or: [{ id: ids(desired.panels) }, { dashboard: ids(desired.dashboards) }] }),
    client.request(customEndpoint<Row>({ path: '/settings', method: 'GET' })),
    list('/flows', { id: ids(desired.flows) }),
    list<OperationRow>('/operations', { flow: ids(desired.flows) }),
    tokenWorks(),
  ]);
  return {
    roles,
    policies,
    access,
    permissions,
    users,
    translations,
    presets,
    dashboards,
    panels,
    settings,
    flows,
    operations,
    serviceTokenWorks,
  };
}
