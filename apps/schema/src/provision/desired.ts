import { SERVICE_USER_ID, stableId } from '@trm/directus';
import { FLOWS, type FlowDefinition } from './flows.js';
import { LISTS } from './lists.js';
import { POLICIES } from './policies.js';
import { ROLES } from './roles.js';
import { REFUSAL_TITLES, SETTINGS, WORDS } from './settings.js';

type WithId = { readonly id: string } & Readonly<Record<string, unknown>>;

/** The rows that Directus shall have, with the same ids in every installation. */
export interface Desired {
  readonly roles: readonly WithId[];
  readonly policies: readonly WithId[];
  readonly access: readonly WithId[];
  readonly permissions: readonly (Readonly<Record<string, unknown>> & {
    readonly policy: string;
    readonly collection: string;
    readonly action: string;
  })[];
  readonly users: readonly WithId[];
  readonly serviceToken: string;
  readonly translations: readonly (WithId & { readonly key: string; readonly language: string })[];
  readonly settings: Readonly<Record<string, unknown>>;
  /** Set when Directus has no owner yet; a person may have become it in the Admin UI. */
  readonly projectOwner: string | undefined;
  /** How a list looks to whoever has not changed it; named by its collection. */
  readonly presets: readonly (Readonly<Record<string, unknown>> & { readonly collection: string })[];
  readonly flows: readonly (WithId & { readonly definition: FlowDefinition; readonly row: WithId })[];
}

/** Turns the definitions beside this file into rows. */
export function desiredRows(config: { DIRECTUS_SERVICE_TOKEN: string; PROJECT_OWNER?: string }): Desired {
  const policyId = (role: string) => stableId('policy', role);
  const roleId = (role: string) => stableId('role', role);
  return {
    roles: ROLES.map(({ key, name, icon, description }) => ({ id: roleId(key), name, icon, description })),
    policies: POLICIES.map(({ role, name, icon, description, appAccess }) => ({
      id: policyId(role),
      name,
      icon,
      description,
      app_access: appAccess,
      admin_access: false,
    })),
    access: POLICIES.map(({ role }) => ({
      id: stableId('access', role),
      role: roleId(role),
      user: null,
      policy: policyId(role),
    })),
    permissions: POLICIES.flatMap(({ role, permissions }) =>
      permissions.map((permission) => ({ policy: policyId(role), presets: null, ...permission })),
    ),
    users: [
      {
        id: SERVICE_USER_ID,
        first_name: 'Race control',
        last_name: 'service',
        status: 'active',
        role: roleId('control-plane'),
      },
    ],
    serviceToken: config.DIRECTUS_SERVICE_TOKEN,
    translations: Object.entries({ ...keyed('errors', REFUSAL_TITLES), ...WORDS }).map(([key, value]) => ({
      id: stableId('translation', `en-US/${key.replace(/^errors\./, '')}`),
      key,
      language: 'en-US',
      value,
    })),
    settings: SETTINGS,
    projectOwner: config.PROJECT_OWNER,
    presets: Object.entries(LISTS).map(([collection, { columns, sort }]) => ({
      collection,
      layout: 'tabular',
      layout_query: { tabular: { fields: Object.keys(columns), sort, limit: 50 } },
      layout_options: { tabular: { widths: columns, spacing: 'cozy' } },
    })),
    flows: FLOWS.map((definition) => {
      const { key, name, icon, color, description, trigger, options } = definition;
      const id = stableId('flow', key);
      const row = {
        id,
        name,
        icon,
        color,
        description,
        trigger,
        options,
        status: 'active',
        accountability: null,
      };
      return { id, definition, row };
    }),
  };
}

function keyed(prefix: string, words: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(words).map(([key, value]) => [`${prefix}.${key}`, value]));
}
