import { type Difference, compareSnapshots, livesBeyond } from './compare-snapshots.js';
import type { JsonObject, Snapshot } from './snapshot-file.js';

const column = (overrides: JsonObject = {}): JsonObject => ({
  name: 'name',
  table: 'events',
  data_type: 'character varying',
  default_value: null,
  max_length: 100,
  numeric_precision: null,
  numeric_scale: null,
  is_nullable: true,
  is_unique: false,
  is_indexed: false,
  is_primary_key: false,
  is_generated: false,
  generation_expression: null,
  has_auto_increment: false,
  foreign_key_table: null,
  foreign_key_column: null,
  ...overrides,
});

/** Two tables and a folder; `organization_id` points from events to organizations. */
function snapshot(): Snapshot {
  return {
    version: 1,
    directus: '11.17.4',
    vendor: 'postgres',
    collections: [
      {
        collection: 'events',
        meta: {
          collection: 'events',
          icon: 'flag',
          versioning: false,
          translations: [{ language: 'en-US', singular: 'Event', plural: 'Events' }],
        },
        schema: { name: 'events' },
      },
      {
        collection: 'organizations',
        meta: { collection: 'organizations', icon: 'domain', versioning: false, translations: null },
        schema: { name: 'organizations' },
      },
      { collection: 'group_event', meta: { collection: 'group_event', icon: 'folder' }, schema: null },
    ],
    fields: [
      {
        collection: 'events',
        field: 'name',
        type: 'string',
        meta: { note: 'As printed', options: { font: 'monospace' } },
        schema: column(),
      },
      {
        collection: 'events',
        field: 'organization_id',
        type: 'uuid',
        meta: { note: null },
        schema: column({
          name: 'organization_id',
          data_type: 'uuid',
          max_length: null,
          foreign_key_table: 'organizations',
          foreign_key_column: 'id',
        }),
      },
      { collection: 'organizations', field: 'events', type: 'alias', meta: { note: null }, schema: null },
    ],
    systemFields: [
      { collection: 'directus_activity', field: 'timestamp', schema: { is_indexed: true } },
      { collection: 'directus_revisions', field: 'parent', schema: { is_indexed: true } },
    ],
    relations: [
      {
        collection: 'events',
        field: 'organization_id',
        related_collection: 'organizations',
        meta: { one_field: 'events', one_allowed_collections: null },
        schema: {
          table: 'events',
          column: 'organization_id',
          foreign_key_table: 'organizations',
          foreign_key_column: 'id',
          constraint_name: 'events_organization_id_foreign',
          on_update: 'NO ACTION',
          on_delete: 'RESTRICT',
        },
      },
    ],
  };
}

const live = snapshot();
const lines = (differences: readonly Difference[]) =>
  differences.map(
    ({ severity, collection, field, change }) =>
      `${severity} ${collection}${field ? `.${field}` : ''}: ${change}`,
  );

/** What differs when the file was changed like this. */
function changed(edit: (file: Snapshot) => void): string[] {
  const file = snapshot();
  edit(file);
  return lines(compareSnapshots(live, file));
}
const meta = (item: JsonObject | undefined) => item?.['meta'] as JsonObject;
const schema = (item: JsonObject | undefined) => item?.['schema'] as JsonObject;

describe('comparing the live schema with the snapshot', () => {
  it('finds nothing between equal ones, whatever their order', () => {
    expect(
      changed((file) => {
        file.collections.reverse();
        file.fields.reverse();
        meta(file.fields[0]);
      }),
    ).toEqual([]);
  });

  describe('is destructive when', () => {
    it('a collection is not in the snapshot; its fields and relations are not listed again', () => {
      expect(
        changed((file) => {
          file.collections = file.collections.filter(({ collection }) => collection !== 'events');
          file.fields = file.fields.filter(({ collection }) => collection !== 'events');
          file.relations = [];
        }),
      ).toEqual(['destructive events: is not in the snapshot; the table would be dropped']);
    });

    it('one key is missing in the meta of a collection: Directus deletes the collection', () => {
      const differences = changed((file) => delete meta(file.collections[0])['versioning']);
      expect(differences).toEqual([
        'destructive events: meta.versioning is missing in the snapshot; Directus takes that for a deletion of the whole collection',
      ]);
    });

    it('a key is missing in a list inside that meta', () => {
      expect(
        changed((file) => {
          const [translation] = meta(file.collections[0])['translations'] as JsonObject[];
          delete translation?.['plural'];
        }),
      ).toEqual([expect.stringMatching(/^destructive events: meta\.translations\.0\.plural is missing/)]);
    });

    it('the whole meta of a collection is missing', () => {
      expect(changed((file) => delete file.collections[0]?.['meta'])).toEqual([
        expect.stringMatching(/^destructive events: meta is missing/),
      ]);
    });

    it('a field is not in the snapshot; its relation goes with it', () => {
      expect(
        changed((file) => {
          file.fields = file.fields.filter(({ field }) => field !== 'organization_id');
          file.relations = [];
        }),
      ).toEqual(['destructive events.organization_id: is not in the snapshot; the column would be dropped']);
    });

    it('a field becomes an alias', () => {
      expect(changed((file) => (file.fields[0]!.type = 'alias'))).toEqual([
        'destructive events.name: changes from string to alias; the column would be dropped',
      ]);
    });

    it.each(['type', 'schema', 'meta'])('the %s of a field is missing', (key) => {
      expect(changed((file) => delete file.fields[0]![key])).toEqual([
        expect.stringMatching(/^destructive events\.name: .*(missing in the snapshot|changes from string)/),
      ]);
    });

    it('one key is missing in the column of a field', () => {
      expect(changed((file) => delete schema(file.fields[0])['is_indexed'])).toEqual([
        expect.stringMatching(/^destructive events\.name: schema\.is_indexed is missing/),
      ]);
    });

    it('a relation is not in the snapshot, or lacks a key', () => {
      expect(changed((file) => (file.relations = []))).toEqual([
        'destructive events.organization_id: the relation is not in the snapshot; its foreign key would be dropped',
      ]);
      expect(changed((file) => delete schema(file.relations[0])['on_delete'])).toEqual([
        expect.stringMatching(/^destructive events\.organization_id: schema\.on_delete is missing/),
      ]);
    });
  });

  describe('is narrowing when', () => {
    it.each<[string, JsonObject, string]>([
      ['a type changes', { data_type: 'text' }, 'schema.data_type "character varying" → "text"'],
      ['a text gets shorter', { max_length: 50 }, 'schema.max_length 100 → 50'],
      ['a column must be filled', { is_nullable: false }, 'schema.is_nullable true → false'],
      ['a column must be unique', { is_unique: true }, 'schema.is_unique false → true'],
      ['a key changes', { is_primary_key: true }, 'schema.is_primary_key false → true'],
    ])('%s', (_case, edit, change) => {
      expect(changed((file) => Object.assign(schema(file.fields[0]), edit))).toEqual([
        `narrowing events.name: ${change}`,
      ]);
    });

    it('an index goes, from our columns or from those of Directus', () => {
      const before = snapshot();
      schema(before.fields[0])['is_indexed'] = true;
      const after = snapshot();
      after.systemFields.pop();
      expect(lines(compareSnapshots(before, after))).toEqual([
        'narrowing events.name: schema.is_indexed true → false',
        'narrowing directus_revisions.parent: loses its index',
      ]);
    });

    it('what happens on deletion of a parent changes', () => {
      expect(changed((file) => (schema(file.relations[0])['on_delete'] = 'CASCADE'))).toEqual([
        'narrowing events.organization_id: relation: schema.on_delete "RESTRICT" → "CASCADE"',
      ]);
    });

    it('the snapshot was taken with another Directus or from another database', () => {
      expect(
        changed((file) => {
          file.directus = '11.16.0';
          file.vendor = 'mysql';
        }),
      ).toEqual([
        expect.stringMatching(/^narrowing snapshot: written by Directus 11\.16\.0/),
        expect.stringMatching(/^narrowing snapshot: written for mysql/),
      ]);
    });

    it('the snapshot has a key that the live collection lacks', () => {
      expect(changed((file) => (meta(file.collections[0])['future'] = true))).toEqual([
        expect.stringMatching(/^narrowing events: the snapshot has meta\.future/),
      ]);
    });
  });

  describe('is additive when', () => {
    it('collections, fields or relations are new; a new collection is one line', () => {
      const before = snapshot();
      before.collections = before.collections.filter(({ collection }) => collection !== 'events');
      before.fields = before.fields.filter(({ collection }) => collection !== 'events');
      before.relations = [];
      expect(lines(compareSnapshots(before, snapshot()))).toEqual(['additive events: is new']);

      const without = snapshot();
      without.fields = without.fields.filter(({ field }) => field !== 'name');
      expect(lines(compareSnapshots(without, snapshot()))).toEqual(['additive events.name: is new']);
    });

    it.each<[string, JsonObject]>([
      ['a text gets longer', { max_length: 200 }],
      ['a text loses its limit', { max_length: null }],
      ['a default changes', { default_value: 'x' }],
      ['an index is added', { is_indexed: true }],
    ])('%s', (_case, edit) => {
      expect(changed((file) => Object.assign(schema(file.fields[0]), edit))).toEqual([
        expect.stringMatching(/^additive events\.name: /),
      ]);
    });

    it('only the looks change, also when a key of a form is gone', () => {
      expect(
        changed((file) => {
          meta(file.collections[0])['icon'] = 'sports';
          meta(file.fields[0])['options'] = {};
        }),
      ).toEqual(['additive events: changes meta.icon', 'additive events.name: changes meta.options.font']);
    });
  });

  it('lists the worst first, and knows when the live schema has more than the file', () => {
    const file = snapshot();
    file.collections.push({ collection: 'new', meta: {}, schema: { name: 'new' } });
    file.fields = file.fields.filter(({ field }) => field !== 'name');
    schema(file.relations[0])['on_delete'] = 'CASCADE';
    const differences = compareSnapshots(live, file);
    expect(differences.map(({ severity }) => severity)).toEqual(['destructive', 'narrowing', 'additive']);
    expect(livesBeyond(differences)).toBe(true);
    expect(livesBeyond(differences.slice(1))).toBe(false);
  });
});
