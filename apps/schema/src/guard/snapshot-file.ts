import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { SchemaProblem } from '../schema-problem.js';

/** A value of JSON; what a snapshot is made of. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface SnapshotCollection extends JsonObject {
  collection: string;
}
export interface SnapshotField extends JsonObject {
  collection: string;
  field: string;
  type: string;
}
export interface SnapshotRelation extends JsonObject {
  collection: string;
  field: string;
  related_collection: string | null;
}
export interface SnapshotSystemField extends JsonObject {
  collection: string;
  field: string;
}

/** What `directus schema snapshot` writes. */
export interface Snapshot {
  version: number;
  /** The Directus that wrote it, for example `11.17.4`. */
  directus: string;
  vendor: string;
  collections: SnapshotCollection[];
  fields: SnapshotField[];
  systemFields: SnapshotSystemField[];
  relations: SnapshotRelation[];
}

/**
 * Reads a snapshot from a YAML or JSON file.
 * @throws SchemaProblem when the file cannot be read or is no snapshot
 */
export async function readSnapshotFile(path: string): Promise<Snapshot> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new SchemaProblem(
      `The snapshot ${path} cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
    );
  }
  let content: unknown;
  try {
    content = path.endsWith('.json') ? JSON.parse(text) : parse(text);
  } catch (cause) {
    throw new SchemaProblem(`The snapshot ${path} cannot be parsed: ${(cause as Error).message}`);
  }
  return asSnapshot(content, path);
}

/** @throws SchemaProblem when a list that belongs to a snapshot is missing: applying it would drop what it names */
export function asSnapshot(content: unknown, path: string): Snapshot {
  const given = (typeof content === 'object' && content !== null ? content : {}) as Partial<Snapshot>;
  const lists = ['collections', 'fields', 'relations'] as const;
  const missing = lists.filter((list) => !Array.isArray(given[list]));
  if (missing.length > 0 || typeof given.directus !== 'string' || typeof given.vendor !== 'string') {
    const what = missing.length > 0 ? ` It has no list of ${missing.join(', ')}.` : '';
    throw new SchemaProblem(
      `${path} is not a Directus snapshot.${what} Take it again from a running instance with the command snapshot.`,
    );
  }
  return { ...(given as Snapshot), systemFields: given.systemFields ?? [] };
}

/** Sorted by collection and field, keys too, so that two databases with different histories give the same file. */
export function sortSnapshot(snapshot: Snapshot): Snapshot {
  const { version, directus, vendor } = snapshot;
  const sorted = <Item extends JsonObject & { collection: string; field?: string }>(items: Item[]): Item[] =>
    items.map((item) => sortKeys(item) as Item).toSorted((a, b) => compareText(position(a), position(b)));
  return {
    version,
    directus,
    vendor,
    collections: sorted(snapshot.collections),
    fields: sorted(snapshot.fields),
    systemFields: sorted(snapshot.systemFields),
    relations: sorted(snapshot.relations),
  };
}

/** The text of a snapshot file. Quoted by the rules of YAML 1.1, which the reader in Directus follows for dates. */
export function printSnapshot(snapshot: Snapshot): string {
  return stringify(sortSnapshot(snapshot), { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

function position(item: { collection: string; field?: string }): string {
  return `${item.collection}\u0000${item.field ?? ''}`;
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => compareText(a, b))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}

/** By code unit: the same on every machine, unlike a locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
