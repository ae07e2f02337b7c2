import { SERVICE_USER_ID, stableId } from '@trm/directus';
import { BOOKMARKS } from './bookmarks.js';
import { DASHBOARDS } from './dashboards.js';
import { FLOWS, type FlowDefinition } from './flows.js';
import { type ListDefinition, LISTS } from './lists.js';
import { POLICIES } from './policies.js';
import { ROLES } from './roles.js';
import { REFUSAL_TITLES, SETTINGS, WORDS } from './settings.js';

/** The policy that Directus makes for the public with every installation; a second one beside it could differ. */
export const PUBLIC_POLICY_ID = 'abf8a154-5b1c-4a46-ac9c-7300570f4f17';

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
  /** How a list looks to whoever has not changed it, and the bookmarks of the roles. */
  readonly presets: readonly (Readonly<Record<string, unknown>> & {
    readonly collection: string;
    readonly role: string | null;
    readonly bookmark: string | null;
  })[];
  readonly dashboards: readonly WithId[];
  readonly panels: readonly WithId[];
  readonly flows: readonly (WithId & { readonly definition: FlowDefinition; readonly row: WithId })[];
}

/** Turns the definitions beside this file into rows. */
export function desiredRows(config: { DIRECTUS_SERVICE_TOKEN: string; PROJECT_OWNER?: string }): Desired {
  const policyId = (role: string) => (role === 'public' ? PUBLIC_POLICY_ID : stableId('policy', role));
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
      // Directus gives to whoever is not signed in what belongs to no role and no user.
      role: role === 'public' ? null : roleId(role),
      user: null,
      policy: policyId(role),
    })),
    permissions: POLICIES.flatMap(({ role, permissions }) =>
      permissions.map(({ collection, action, fields, rows, written, presets }) => ({
        policy: policyId(role),
        collection,
        action,
        fields,
        permissions: rows.filter,
        validation: written?.filter ?? null,
        presets,
      })),
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
    presets: [
      ...Object.entries(LISTS).map(([collection, list]) => ({
        collection,
        role: null,
        bookmark: null,
        ...table(list),
      })),
      ...BOOKMARKS.flatMap(({ roles, collection, name, icon, color, filter, ...list }) =>
        roles.map((role) => ({
          collection,
          role: roleId(role),
          bookmark: name,
          icon,
          color,
          filter,
          search: null,
          ...table(list),
        })),
      ),
    ],
    dashboards: DASHBOARDS.map(({ key, name, icon, color, note }) => ({
      id: stableId('dashboard', key),
      name,
      icon,
      color,
      note,
    })),
    panels: DASHBOARDS.flatMap((dashboard) =>
      dashboard.panels.map(({ key, at: [x, y], size: [width, height], note, ...panel }) => ({
        id: stableId('panel', `${dashboard.key}/${key}`),
        dashboard: stableId('dashboard', dashboard.key),
        position_x: x,
        position_y: y,
        width,
        height,
        show_header: true,
        note: note ?? null,
        ...panel,
      })),
    ),
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

/** A list as the layout "table" of Directus keeps it. */
function table({ columns, sort }: ListDefinition): Record<string, unknown> {
  return {
    layout: 'tabular',
    layout_query: { tabular: { fields: Object.keys(columns), sort, limit: 50 } },
    layout_options: { tabular: { widths: columns, spacing: 'cozy' } },
  };
}

function keyed(prefix: string, words: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(words).map(([key, value]) => [`${prefix}.${key}`, value]));
}
