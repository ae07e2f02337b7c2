import type { JsonObject, Snapshot, SnapshotField } from '../guard/snapshot-file.js';
import { generateTypes } from './generate-types.js';

const field = (name: string, type: string, nullable: boolean, meta: JsonObject = {}): SnapshotField => ({
  collection: 'entry_devices',
  field: name,
  type,
  meta,
  schema: { is_nullable: nullable },
});
const choices = (...values: string[]) => ({
  options: { choices: values.map((value) => ({ value, text: value })) },
});

const snapshot: Snapshot = {
  version: 1,
  directus: '11.17.4',
  vendor: 'postgres',
  collections: [
    {
      collection: 'entry_devices',
      meta: { note: 'Which tracker\nis where.' },
      schema: { name: 'entry_devices' },
    },
    { collection: 'entries', meta: {}, schema: { name: 'entries' } },
    { collection: 'classes', meta: {}, schema: { name: 'classes' } },
    { collection: 'group_event', meta: {}, schema: null },
  ],
  fields: [
    field('id', 'uuid', false),
    field('entry_id', 'uuid', false),
    field('assigned_user_id', 'uuid', true),
    field('state', 'string', true, choices('on', "driver's")),
    field(
      'long',
      'string',
      false,
      choices(...Array.from({ length: 12 }, (_, index) => `choice-number-${index}`)),
    ),
    field('free', 'string', false, { options: { ...choices('a').options, allowOther: true } }),
    field('tags', 'csv', false, choices('x', 'y')),
    field('area', 'geometry.Polygon', true),
    field('net_ms', 'bigInteger', true),
    field('params', 'json', true),
    field('details', 'alias', true),
    { collection: 'entries', field: 'devices', type: 'alias', meta: { note: 'Carried.' }, schema: null },
    { collection: 'directus_users', field: 'phone', type: 'string', meta: {}, schema: { is_nullable: true } },
  ],
  systemFields: [],
  relations: [
    {
      collection: 'entry_devices',
      field: 'entry_id',
      related_collection: 'entries',
      meta: { one_field: 'devices' },
    },
    {
      collection: 'entry_devices',
      field: 'assigned_user_id',
      related_collection: 'directus_users',
      meta: { one_field: null },
    },
  ],
};

describe('the types of the collections', () => {
  const text = generateTypes(snapshot);

  it.each([
    ['an interface for each table, named in the singular', /export interface EntryDevice \{/],
    ['ies and sses in the singular', /export interface Class \{[^]*export interface Entry \{/],
    [
      'the note as its description, on one line',
      /\/\*\* Which tracker is where\. \*\/\nexport interface EntryDevice/,
    ],
    ['a relation as the id or the item', / {2}entry_id: string \| Entry;\n/],
    ['a relation that may be empty', / {2}assigned_user_id: string \| UserFields \| null;\n/],
    ['the items that point back', / {2}\/\*\* Carried\. \*\/\n {2}devices: string\[\] \| EntryDevice\[\];\n/],
    ['choices as a union, quotes escaped', /export type EntryDeviceState = 'on' \| 'driver\\'s';\n/],
    ['a long union over several lines', /export type EntryDeviceLong =\n {2}\| 'choice-number-0'\n/],
    ['several choices as a list', / {2}tags: EntryDeviceTags\[\];\n/],
    ['choices that are only suggestions as text', / {2}free: string;\n/],
    ['geometry as GeoJSON', / {2}area: GeoPolygon \| null;\n/],
    ['a bigint as text', / {2}net_ms: string \| null;\n/],
    ['json as unknown', / {2}params: unknown;\n/],
    ['our fields of the users', /export interface UserFields \{\n {2}phone: string \| null;\n\}/],
    [
      'the schema',
      /export interface Schema \{\n {2}classes: Class\[\];\n[^]* {2}directus_users: UserFields;\n\}/,
    ],
  ])('has %s', (_case, pattern) => {
    expect(text).toMatch(pattern);
  });

  it('leaves out folders and what only structures a form', () => {
    expect(text).not.toMatch(/GroupEvent|details/);
  });

  it('is the same for another order in the file', () => {
    expect(
      generateTypes({
        ...snapshot,
        fields: snapshot.fields.toReversed(),
        collections: snapshot.collections.toReversed(),
      }),
    ).toBe(text);
  });

  it('refuses a type that it does not know', () => {
    expect(() => generateTypes({ ...snapshot, fields: [field('x', 'hash', true)] })).toThrow(
      /does not know the Directus type hash/,
    );
  });
});
