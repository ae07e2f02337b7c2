import { readSnapshotFile } from '../guard/snapshot-file.js';
import { findProjectFiles } from '../project-files.js';
import { POLICIES } from './policies.js';

const all = POLICIES.flatMap(({ role, permissions }) =>
  permissions.map((permission) => ({ role, ...permission })),
);
const people = all.filter(({ role }) => role !== 'control-plane');

describe('the policies', () => {
  it('never use _some or _none: with them Directus lets rows of another organisation be deleted', () => {
    expect(JSON.stringify(all)).not.toMatch(/_some|_none/);
  });

  it("tie every row that a person makes to the own organisations, except what is nobody's yet", () => {
    const free = people
      .filter(
        ({ action, written }) => action === 'create' && !JSON.stringify(written).includes('$CURRENT_USER'),
      )
      .map(({ collection }) => collection);
    expect([...new Set(free)].toSorted()).toEqual(['devices', 'vehicles']);
  });

  it('show the public no people, no equipment, no checks and no reasons', () => {
    const shown = all.filter(({ role }) => role === 'public');
    expect(shown.map(({ action }) => action)).toEqual(shown.map(() => 'read'));
    expect(
      shown.filter(({ collection }) => /user|crew|device|vehicle|check|change|directus/.test(collection)),
    ).toEqual([]);
    expect(
      shown.flatMap(({ fields }) => fields).filter((field) => /\*|reason|notes|_by$|_by_/.test(field)),
    ).toEqual([]);
  });

  it('say each collection and action once', () => {
    const keys = all.map(({ role, collection, action }) => `${role} ${action} ${collection}`);
    expect(keys).toEqual([...new Set(keys)]);
  });

  it('let people reach no row without a rule, and delete nothing but a place in a crew', () => {
    expect(
      people.filter(({ action, rows }) => action !== 'create' && Object.keys(rows.filter).length === 0),
    ).toEqual([]);
    expect(
      all.filter(({ action }) => action === 'delete').map(({ role, collection }) => `${role} ${collection}`),
    ).toEqual(['org-admin entry_crew', 'race-director entry_crew', 'participant entry_crew']);
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
