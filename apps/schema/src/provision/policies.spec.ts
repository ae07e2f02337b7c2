import { readSnapshotFile } from '../guard/snapshot-file.js';
import { findProjectFiles } from '../project-files.js';
import { POLICIES } from './policies.js';

const all = POLICIES.flatMap(({ role, permissions }) =>
  permissions.map((permission) => ({ role, ...permission })),
);
const people = all.filter(({ role }) => role !== 'control-plane');

describe('the policies', () => {
  it('never use _some: with it Directus lets rows of another organisation be deleted', () => {
    expect(JSON.stringify(all)).not.toContain('_some');
  });

  it('say each collection and action once', () => {
    const keys = all.map(({ role, collection, action }) => `${role} ${action} ${collection}`);
    expect(keys).toEqual([...new Set(keys)]);
  });

  it('let people read no row without a rule, and delete none', () => {
    expect(
      people.filter(
        ({ action, permissions }) => action !== 'create' && Object.keys(permissions).length === 0,
      ),
    ).toEqual([]);
    expect(all.filter(({ action }) => action === 'delete')).toEqual([]);
  });

  it('let nobody but the service write what the service writes', () => {
    const written = [
      'start_lists',
      'entry_segment_starts',
      'control_times',
      'stage_results',
      'stage_changes',
      'entry_status_changes',
    ];
    expect(
      people.filter(({ action, collection }) => action !== 'read' && written.includes(collection)),
    ).toEqual([]);
  });

  it('let no update move a row to another owner', () => {
    const owners = ['organization_id', 'event_id', 'stage_id', 'segment_id', 'entry_id', 'user_id', 'id'];
    const moving = people.filter(
      ({ action, fields, collection }) =>
        action === 'update' &&
        collection !== 'entry_crew' &&
        fields.some((field) => owners.includes(field) || field === '*'),
    );
    expect(moving).toEqual([]);
  });

  it('let what may be changed be changed on its form: the section that it stands in is granted as well', async () => {
    const { fields } = await readSnapshotFile(findProjectFiles({}).snapshot);
    const sectionOf = new Map(
      fields.map(({ collection, field, meta }) => [
        `${collection}.${field}`,
        (meta as { group?: unknown } | undefined)?.group,
      ]),
    );
    const grey = people
      .filter(({ action, fields: named }) => action === 'update' && !named.includes('*'))
      .flatMap(({ role, collection, fields: named }) =>
        named
          .map((field) => sectionOf.get(`${collection}.${field}`))
          .filter((section) => typeof section === 'string' && !named.includes(section))
          .map((section) => `${role}: ${collection}.${String(section)}`),
      );
    expect([...new Set(grey)]).toEqual([]);
  });

  it('name only collections and fields that exist', async () => {
    const { fields } = await readSnapshotFile(findProjectFiles({}).snapshot);
    const known = new Set(fields.map(({ collection, field }) => `${collection}.${field}`));
    const unknown = all
      .filter(({ collection }) => !collection.startsWith('directus_'))
      .flatMap(({ collection, fields: named }) =>
        named.map((field) => (field === '*' ? `${collection}.id` : `${collection}.${field}`)),
      )
      .filter((name) => !known.has(name));
    expect(unknown).toEqual([]);
  });
});
