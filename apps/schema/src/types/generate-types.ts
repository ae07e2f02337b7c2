import { compareText, type JsonObject, type Snapshot, type SnapshotField } from '../guard/snapshot-file.js';

const WIDTH = 110;

/**
 * The TypeScript types of all collections, from a snapshot alone, so that they can be made and checked offline.
 *
 * Choices of a dropdown become unions, geometry becomes GeoJSON, a relation is the id or the related item, and
 * what is nullable in the database is nullable here. A bigint and a decimal come as text, as Directus sends them.
 */
export function generateTypes(snapshot: Snapshot): string {
  const withTable = snapshot.collections.filter(({ schema }) => schema !== null && schema !== undefined);
  const collections = withTable.map(({ collection }) => collection).toSorted(compareText);
  const names = new Map(collections.map((collection) => [collection, interfaceName(collection)]));
  const related = (collection: string) => names.get(collection) ?? systemName(collection);
  const toOne = new Map<string, string | null>(
    snapshot.relations.map(({ collection, field, related_collection }) => [
      `${collection}.${field}`,
      related_collection,
    ]),
  );
  const toMany = new Map<string, string>(
    snapshot.relations.flatMap((relation) => {
      const meta = relation['meta'] as JsonObject | null;
      const list = meta?.['one_field'];
      if (typeof list !== 'string') return [];
      return [[`${String(relation.related_collection)}.${list}`, relation.collection] as const];
    }),
  );
  const unions: string[] = [];

  const typeOf = (field: SnapshotField): string | undefined => {
    const key = `${field.collection}.${field.field}`;
    const many = toMany.get(key);
    if (many !== undefined) return `string[] | ${related(many)}[]`;
    if (field.type === 'alias') return undefined;
    const one = toOne.get(key);
    if (one !== undefined && one !== null) return `string | ${related(one)}`;
    const choices = choicesOf(field);
    if (choices.length === 0) return plainType(field.type);
    const owner = names.get(field.collection) ?? interfaceName(field.collection);
    const name = `${owner}${pascal(field.field)}`;
    unions.push(printUnion(name, choices));
    return field.type === 'csv' ? `${name}[]` : name;
  };

  const bodies = [...names].map(([collection, name]) => {
    const about = withTable.find((item) => item.collection === collection);
    const fields = fieldsOf(snapshot, collection).flatMap((field) => printField(field, typeOf(field)));
    return `${comment(noteOf(about), '')}export interface ${name} {\n${fields.join('')}}\n`;
  });
  const ownFieldsOfUsers = fieldsOf(snapshot, 'directus_users').flatMap((field) =>
    printField(field, typeOf(field)),
  );

  return [
    '// Generated from snapshots/schema.yaml by `npm run types`. Do not edit.\n',
    GEOMETRY,
    ...unions.toSorted(compareText),
    ...bodies,
    `/** What this project adds to the users of Directus. */\nexport interface UserFields {\n${ownFieldsOfUsers.join('')}}\n`,
    `/** Every collection, for \`createDirectus<Schema>()\`. */\nexport interface Schema {\n${[...names]
      .map(([collection, name]) => `  ${collection}: ${name}[];\n`)
      .join('')}  directus_users: UserFields;\n}\n`,
  ].join('\n');
}

const GEOMETRY = `/** Longitude and latitude in degrees (WGS 84), in this order, as GeoJSON has it. */
export type GeoPosition = [longitude: number, latitude: number];

export interface GeoPoint {
  type: 'Point';
  coordinates: GeoPosition;
}

export interface GeoLineString {
  type: 'LineString';
  coordinates: GeoPosition[];
}

/** The first ring is the outline, the others are holes; the last position of a ring repeats the first. */
export interface GeoPolygon {
  type: 'Polygon';
  coordinates: GeoPosition[][];
}
`;

const PLAIN_TYPES: Record<string, string> = {
  bigInteger: 'string',
  boolean: 'boolean',
  csv: 'string[]',
  date: 'string',
  dateTime: 'string',
  decimal: 'string',
  float: 'number',
  integer: 'number',
  json: 'unknown',
  string: 'string',
  text: 'string',
  time: 'string',
  timestamp: 'string',
  uuid: 'string',
  'geometry.LineString': 'GeoLineString',
  'geometry.Point': 'GeoPoint',
  'geometry.Polygon': 'GeoPolygon',
};

/** A type of Directus that is not in the table is a mistake of ours, better seen here than as a silent unknown. */
function plainType(type: string): string {
  const plain = PLAIN_TYPES[type];
  if (plain === undefined) throw new Error(`The types generator does not know the Directus type ${type}.`);
  return plain;
}

function fieldsOf(snapshot: Snapshot, collection: string): SnapshotField[] {
  return snapshot.fields
    .filter((field) => field.collection === collection)
    .toSorted((a, b) => compareText(a.field, b.field));
}

function printField(field: SnapshotField, type: string | undefined): string[] {
  if (type === undefined) return [];
  const schema = field['schema'] as JsonObject | null | undefined;
  const nullable = schema?.['is_nullable'] === true && type !== 'unknown' ? ' | null' : '';
  return [`${comment(noteOf(field), '  ')}  ${field.field}: ${type}${nullable};\n`];
}

function choicesOf(field: SnapshotField): string[] {
  const options = (field['meta'] as JsonObject | null)?.['options'] as JsonObject | null | undefined;
  // Where people may type their own value, the choices are only suggestions.
  if (options?.['allowOther'] === true) return [];
  const choices = options?.['choices'];
  if (!Array.isArray(choices)) return [];
  if (field.type !== 'string' && field.type !== 'text' && field.type !== 'csv') return [];
  return choices.flatMap((choice) => {
    const value = (choice as JsonObject | null)?.['value'];
    return typeof value === 'string' ? [value] : [];
  });
}

function noteOf(item: JsonObject | undefined): string {
  const note = (item?.['meta'] as JsonObject | null | undefined)?.['note'];
  return typeof note === 'string' ? note : '';
}

function comment(note: string, indent: string): string {
  return note === '' ? '' : `${indent}/** ${note.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ')} */\n`;
}

/** Wrapped as the formatter of this repository wraps a union. */
function printUnion(name: string, values: readonly string[]): string {
  const quoted = values.map((value) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`);
  const head = `export type ${name} =`;
  const line = `${quoted.join(' | ')};`;
  if (`${head} ${line}`.length <= WIDTH) return `${head} ${line}\n`;
  if (`  ${line}`.length <= WIDTH) return `${head}\n  ${line}\n`;
  return `${head}\n${quoted.map((value) => `  | ${value}`).join('\n')};\n`;
}

/** `entry_devices` → `EntryDevice`. */
function interfaceName(collection: string): string {
  const singular = collection
    .replace(/ies$/, 'y')
    .replace(/sses$/, 'ss')
    .replace(/([^s])s$/, '$1');
  return pascal(singular);
}

/** Directus's own collections are typed by the SDK; ours refer to them by what we add. */
function systemName(collection: string): string {
  return collection === 'directus_users' ? 'UserFields' : 'unknown';
}

function pascal(snake: string): string {
  return snake
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
