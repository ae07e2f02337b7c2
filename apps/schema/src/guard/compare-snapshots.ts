import type { Json, JsonObject, Snapshot } from './snapshot-file.js';

/**
 * What applying a snapshot would do to the rows that are there.
 * `additive`: nothing is lost. `narrowing`: rows may be refused or a promise of the database goes.
 * `destructive`: a table, a column or a foreign key is dropped.
 */
export type Severity = 'additive' | 'narrowing' | 'destructive';

export interface Difference {
  readonly severity: Severity;
  readonly collection: string;
  /** Null for the collection itself. */
  readonly field: string | null;
  /** Completes the line "entries.race_number: …". */
  readonly change: string;
  /** The table or column whose rows would go, so that the caller can count them. */
  readonly loses?: 'table' | 'column';
}

/**
 * Compares the live schema with the snapshot that is to be applied, as `directus schema apply` would see it.
 *
 * Directus reads a key that the snapshot lacks as "delete the whole thing": one missing line under a collection's
 * `meta` drops its table. So a missing key is destructive here wherever Directus would act on it.
 *
 * @returns the differences, worst first; empty when there is nothing to apply
 */
export function compareSnapshots(live: Snapshot, target: Snapshot): Difference[] {
  const dropped = new Set<string>();
  const differences: Difference[] = [
    ...compareOrigin(live, target),
    ...compareCollections(live, target, dropped),
    ...compareFields(live, target, dropped),
    ...compareSystemFields(live, target),
    ...compareRelations(live, target, dropped),
  ];
  const order: Severity[] = ['destructive', 'narrowing', 'additive'];
  return order.flatMap((severity) => differences.filter((difference) => difference.severity === severity));
}

/** Whether the live schema has something that the snapshot lacks, as after work in the Admin UI. */
export function livesBeyond(differences: readonly Difference[]): boolean {
  return differences.some(({ severity }) => severity === 'destructive');
}

function compareOrigin(live: Snapshot, target: Snapshot): Difference[] {
  const differences: Difference[] = [];
  if (live.directus !== target.directus) {
    differences.push({
      severity: 'narrowing',
      collection: 'snapshot',
      field: null,
      change: `written by Directus ${target.directus}, but this is ${live.directus}; take it again with the command snapshot`,
    });
  }
  if (live.vendor !== target.vendor) {
    differences.push({
      severity: 'narrowing',
      collection: 'snapshot',
      field: null,
      change: `written for ${target.vendor}, but this database is ${live.vendor}`,
    });
  }
  return differences;
}

function compareCollections(live: Snapshot, target: Snapshot, dropped: Set<string>): Difference[] {
  const wanted = new Map(target.collections.map((item) => [item.collection, item]));
  const differences: Difference[] = [];
  for (const item of live.collections) {
    const { collection } = item;
    const after = wanted.get(collection);
    wanted.delete(collection);
    const at = { collection, field: null };
    const hasTable = item['schema'] !== null && item['schema'] !== undefined;
    const loses = hasTable ? ({ loses: 'table' } as const) : {};
    if (after === undefined) {
      dropped.add(collection);
      const what = hasTable ? 'the table would be dropped' : 'the folder would be removed';
      differences.push({
        severity: 'destructive',
        ...at,
        ...loses,
        change: `is not in the snapshot; ${what}`,
      });
      continue;
    }
    const changes = changesBetween(pick(item, ['meta']), pick(after, ['meta']));
    const missing = changes.filter(({ kind }) => kind === 'missing');
    if (missing.length > 0) {
      dropped.add(collection);
      differences.push({
        severity: 'destructive',
        ...at,
        ...loses,
        change: `${list(missing)} is missing in the snapshot; Directus takes that for a deletion of the whole collection`,
      });
      continue;
    }
    const added = changes.filter(({ kind }) => kind === 'added');
    if (added.length > 0) {
      differences.push({
        severity: 'narrowing',
        ...at,
        change: `the snapshot has ${list(added)}, which the live schema lacks; Directus would fail to apply that`,
      });
    }
    const edited = changes.filter(({ kind }) => kind === 'edited');
    if (edited.length > 0)
      differences.push({ severity: 'additive', ...at, change: `changes ${list(edited)}` });
  }
  for (const collection of wanted.keys()) {
    differences.push({ severity: 'additive', collection, field: null, change: 'is new' });
  }
  return differences;
}

/** The properties of a column that Directus compares. */
const COLUMN_PROPERTIES = [
  'data_type',
  'default_value',
  'max_length',
  'numeric_precision',
  'numeric_scale',
  'is_nullable',
  'is_unique',
  'is_indexed',
  'is_primary_key',
  'is_generated',
  'generation_expression',
  'has_auto_increment',
  'foreign_key_table',
  'foreign_key_column',
];

function compareFields(live: Snapshot, target: Snapshot, dropped: Set<string>): Difference[] {
  const key = (item: { collection: string; field: string }) => `${item.collection}.${item.field}`;
  const wanted = new Map(target.fields.map((item) => [key(item), item]));
  const known = new Set(live.collections.map(({ collection }) => collection));
  const differences: Difference[] = [];
  for (const item of live.fields) {
    const { collection, field } = item;
    const after = wanted.get(key(item));
    wanted.delete(key(item));
    // Dropping a collection takes its fields along; the collection is in the list already.
    if (dropped.has(collection)) continue;
    const at = { collection, field };
    const hasColumn = item.type !== 'alias';
    const loses = hasColumn ? ({ loses: 'column' } as const) : {};
    const gone = hasColumn ? 'the column would be dropped' : 'it would leave the forms';
    if (after === undefined) {
      differences.push({
        severity: 'destructive',
        ...at,
        ...loses,
        change: `is not in the snapshot; ${gone}`,
      });
      continue;
    }
    if (item.type !== after.type && (item.type === 'alias' || after.type === 'alias')) {
      const change = `changes from ${item.type} to ${after.type}; ${gone}`;
      differences.push({ severity: 'destructive', ...at, ...loses, change });
      continue;
    }
    // Directus leaves the column of an auto-incremented key alone.
    const schema = objectIn(item, 'schema');
    const ownKey = schema?.['is_primary_key'] === true && schema['has_auto_increment'] === true;
    const compared = ownKey ? ['type', 'meta'] : ['type', 'meta', 'schema'];
    const changes = changesBetween(columnOf(item, compared), columnOf(after, compared));
    const missing = changes.filter(({ kind, path }) => kind === 'missing' && !inside(path, 'meta'));
    if (missing.length > 0) {
      differences.push({
        severity: 'destructive',
        ...at,
        ...loses,
        change: `${list(missing)} is missing in the snapshot; Directus takes that for a deletion of the field`,
      });
      continue;
    }
    const column = changes.filter(({ path }) => inside(path, 'schema') || path === 'type');
    for (const change of column) {
      differences.push({ severity: severityOf(change), ...at, change: describe(change) });
    }
    const meta = changes.filter(({ path }) => inside(path, 'meta'));
    if (meta.length > 0) differences.push({ severity: 'additive', ...at, change: `changes ${list(meta)}` });
  }
  for (const item of wanted.values()) {
    // The fields of a new collection come with it.
    if (!known.has(item.collection)) continue;
    differences.push({
      severity: 'additive',
      collection: item.collection,
      field: item.field,
      change: 'is new',
    });
  }
  return differences;
}

/** Whether a changed column may refuse rows that are there, or takes a promise away. */
function severityOf({ kind, path, before, after }: Change): Severity {
  if (kind === 'added') return 'narrowing';
  const wider =
    typeof before === 'number' && (after === null || (typeof after === 'number' && after >= before));
  switch (path) {
    case 'schema.default_value':
      return 'additive';
    case 'schema.is_nullable':
    case 'schema.is_indexed':
      return after === true ? 'additive' : 'narrowing';
    case 'schema.max_length':
    case 'schema.numeric_precision':
    case 'schema.numeric_scale':
      return wider ? 'additive' : 'narrowing';
    default:
      return 'narrowing';
  }
}

function compareSystemFields(live: Snapshot, target: Snapshot): Difference[] {
  const indexed = (snapshot: Snapshot) =>
    new Map(
      snapshot.systemFields
        .filter((item) => objectIn(item, 'schema')?.['is_indexed'] === true)
        .map((item) => [`${item.collection}.${item.field}`, item]),
    );
  const before = indexed(live);
  const after = indexed(target);
  const change = (severity: Severity, text: string) => (item: { collection: string; field: string }) => ({
    severity,
    collection: item.collection,
    field: item.field,
    change: text,
  });
  return [
    ...[...before]
      .filter(([key]) => !after.has(key))
      .map(([, item]) => change('narrowing', 'loses its index')(item)),
    ...[...after]
      .filter(([key]) => !before.has(key))
      .map(([, item]) => change('additive', 'gets an index')(item)),
  ];
}

const FOREIGN_KEY_PROPERTIES = [
  'table',
  'column',
  'foreign_key_table',
  'foreign_key_column',
  'constraint_name',
  'on_update',
  'on_delete',
];

function compareRelations(live: Snapshot, target: Snapshot, dropped: Set<string>): Difference[] {
  const key = (item: { collection: string; field: string }) => `${item.collection}.${item.field}`;
  const wanted = new Map(target.relations.map((item) => [key(item), item]));
  const known = new Set(live.collections.map(({ collection }) => collection));
  const keptFields = new Set(target.fields.map(key));
  const differences: Difference[] = [];
  for (const item of live.relations) {
    const { collection, field } = item;
    const after = wanted.get(key(item));
    wanted.delete(key(item));
    if (dropped.has(collection)) continue;
    const at = { collection, field };
    if (after === undefined) {
      // A field that goes takes its relation along.
      if (!keptFields.has(key(item))) continue;
      const change = 'the relation is not in the snapshot; its foreign key would be dropped';
      differences.push({ severity: 'destructive', ...at, change });
      continue;
    }
    const parts = (relation: JsonObject) => ({
      ...pick(relation, ['related_collection', 'meta']),
      ...(objectIn(relation, 'schema') && {
        schema: pick(objectIn(relation, 'schema')!, FOREIGN_KEY_PROPERTIES),
      }),
    });
    const changes = changesBetween(parts(item), parts(after));
    const missing = changes.filter(({ kind }) => kind === 'missing');
    if (missing.length > 0) {
      differences.push({
        severity: 'destructive',
        ...at,
        change: `${list(missing)} is missing in the snapshot; Directus takes that for a deletion of the relation and its foreign key`,
      });
      continue;
    }
    for (const change of changes) {
      const severity = change.kind === 'edited' && inside(change.path, 'meta') ? 'additive' : 'narrowing';
      differences.push({ severity, ...at, change: `relation: ${describe(change)}` });
    }
  }
  for (const item of wanted.values()) {
    if (!known.has(item.collection)) continue;
    differences.push({
      severity: 'additive',
      collection: item.collection,
      field: item.field,
      change: 'relation is new',
    });
  }
  return differences;
}

interface Change {
  readonly path: string;
  /** `missing`: live has the key, the snapshot lacks it. `added`: the other way round. */
  readonly kind: 'edited' | 'missing' | 'added';
  readonly before?: Json;
  readonly after?: Json;
}

function changesBetween(before: JsonObject, after: JsonObject, prefix = ''): Change[] {
  const changes: Change[] = [];
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const path = prefix + key;
    const [from, to] = [before[key], after[key]];
    if (to === undefined) changes.push({ path, kind: 'missing', before: from! });
    else if (from === undefined) changes.push({ path, kind: 'added', after: to });
    else if (isObject(from) && isObject(to)) changes.push(...changesBetween(from, to, `${path}.`));
    else if (Array.isArray(from) && Array.isArray(to)) changes.push(...changesInList(from, to, path));
    else if (from !== to) changes.push({ path, kind: 'edited', before: from, after: to });
  }
  return changes;
}

/** Item by item, as Directus does: a key that one item of the list lacks counts like any other missing key. */
function changesInList(before: readonly Json[], after: readonly Json[], path: string): Change[] {
  const shared = Math.min(before.length, after.length);
  const changes = changesBetween(
    Object.fromEntries(before.slice(0, shared).entries()),
    Object.fromEntries(after.slice(0, shared).entries()),
    `${path}.`,
  );
  if (before.length === after.length) return changes;
  return [{ path, kind: 'edited', before: [...before], after: [...after] }, ...changes];
}

function columnOf(field: JsonObject, parts: readonly string[]): JsonObject {
  const schema = objectIn(field, 'schema');
  return {
    ...pick(
      field,
      parts.filter((part) => part !== 'schema'),
    ),
    ...(parts.includes('schema') && schema && { schema: pick(schema, COLUMN_PROPERTIES) }),
  };
}

function pick(from: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]!]));
}

function objectIn(from: JsonObject, key: string): JsonObject | undefined {
  const value = from[key];
  return value !== undefined && isObject(value) ? value : undefined;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inside(path: string, part: string): boolean {
  return path.startsWith(`${part}.`);
}

function list(changes: readonly Change[]): string {
  return changes.map(({ path }) => path).join(', ');
}

function describe({ kind, path, before, after }: Change): string {
  if (kind === 'edited') return `${path} ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
  return `${path} is ${kind} in the snapshot`;
}
