/**
 * docs/permissions.md: the matrix of policies.ts in words, for whoever runs an installation and for a jury.
 *
 *  1. for each role one table: a line for each collection that it reaches, with what it reads, makes, changes, deletes
 *  2. what must hold for a written row stands behind the arrow
 *  3. the fields, in a list below, where they are not all
 */
import { COLLECTIONS } from './filters.js';
import { type Action, type PermissionDefinition, POLICIES, type PolicyDefinition } from './policies.js';
import { ROLES } from './roles.js';

const NOTHING = '–';
const ACTIONS: readonly Action[] = ['read', 'create', 'update', 'delete'];
/** What the Admin UI needs for itself is no right in the race. */
const SHOWN: readonly string[] = [...COLLECTIONS, 'directus_users'];

const PREAMBLE = `# Permissions

Written by \`npm run permissions\` from \`apps/schema/src/provision/policies.ts\`; a test tries each cell on a real
Directus. Do not edit.

**How to read it.** A cell says which rows; "${NOTHING}" is nothing. Behind "→" stands what a written row must be. Nothing
crosses organisations: "own organisations" are those where the person is a member *in this role* (a participant and a
viewer: in any), and a row of another one cannot be told from one that does not exist.

**Words.** An event is *published* once it is no draft, until it is archived. An entry is a person's *own* when he or she is
in its crew or registered it. The *public* is whoever is not signed in.

**Three things that hold for all.** What happens in a race (start lists, starts, control times, crossings, penalties,
results, logs) is written by the race control service alone. Nothing is deleted but a place in a crew. A person has one role
in Directus, the most that he or she is anywhere; in an organisation where it is less, staff see what is published only
when they sign out.

**What Directus cannot decide.** A row that is made is compared with the own organisations, not with the role there, and a
new place in a crew not with whose entry it is. Race control refuses these in words before they are written, and the
database after it (\`db-init/post/021_not_by_claim.sql\`).
`;

/** The document for these policies, as Markdown. */
export function permissionsDocument(policies: readonly PolicyDefinition[] = POLICIES): string {
  return [PREAMBLE, summary(policies), ...policies.map(section)].join('\n');
}

/** One line for each collection: the letters of what each role may do with some rows of it. */
function summary(policies: readonly PolicyDefinition[]): string {
  const rows = SHOWN.map((collection) => [
    `\`${collection}\``,
    ...policies.map(({ permissions }) => {
      const letters = ACTIONS.filter((action) => find(permissions, collection, action)).map(
        (action) => LETTERS[action],
      );
      return letters.length === 0 ? NOTHING : letters.join('');
    }),
  ]);
  return [
    '## At a glance\n',
    'R reads, C creates, U updates, D deletes: some rows, some fields.\n',
    table(['', ...policies.map(titleOf)], rows),
  ].join('\n');
}

const LETTERS: Readonly<Record<Action, string>> = { read: 'R', create: 'C', update: 'U', delete: 'D' };

function section(policy: PolicyDefinition): string {
  const { permissions } = policy;
  const reached = SHOWN.filter((collection) =>
    permissions.some((permission) => permission.collection === collection),
  );
  const rows = reached.map((collection) => [
    `\`${collection}\``,
    ...ACTIONS.map((action) => cell(find(permissions, collection, action))),
  ]);
  const fields = reached.flatMap((collection) =>
    ACTIONS.filter((action) => action !== 'delete').flatMap((action) => {
      const permission = find(permissions, collection, action);
      return permission === undefined || permission.fields.includes('*')
        ? []
        : [`- \`${collection}\`, ${action}: ${permission.fields.join(', ')}`];
    }),
  );
  const role = ROLES.find(({ key }) => key === policy.role);
  return [
    `## ${titleOf(policy)}\n`,
    `${role?.description ?? 'Whoever is not signed in.'}\n`,
    table(['', 'reads', 'creates', 'updates', 'deletes'], rows),
    ...(fields.length === 0 ? [] : [`Fields, where they are not all:\n\n${fields.join('\n')}\n`]),
  ].join('\n');
}

function cell(permission: PermissionDefinition | undefined): string {
  if (permission === undefined) return NOTHING;
  const { action, rows, written, presets } = permission;
  const words = [
    action === 'create' ? (written === null ? 'yes' : `→ ${written.words}`) : rows.words,
    ...(action !== 'create' && written !== null ? [`→ ${written.words}`] : []),
    ...(presets === null ? [] : [`(with ${Object.keys(presets).join(', ')})`]),
  ];
  return words.join(' ');
}

function find(permissions: readonly PermissionDefinition[], collection: string, action: Action) {
  return permissions.find((each) => each.collection === collection && each.action === action);
}

function titleOf({ role, name }: PolicyDefinition): string {
  return role === 'public' ? 'Public' : name;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}
