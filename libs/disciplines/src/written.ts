import { isId } from '@trm/platform';

/**
 * What Directus is about to write, as far as the gate reads it. Everything here came from outside: a field may hold
 * anything, and what cannot be read is left to Directus and the database, which refuse it.
 */

/** A row, or the changed fields of one, by the names of the columns. */
export type Fields = Readonly<Record<string, unknown>>;

/** What happens to the rows of a one-to-many field. */
export interface ChildChanges {
  readonly create: readonly Fields[];
  /** Each with its `id`. */
  readonly update: readonly (Fields & { readonly id: string })[];
  /** Which rows go: those ids, or every row that is not named. */
  readonly remove: readonly string[] | { readonly allBut: readonly string[] };
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/**
 * Where a many-to-one field leads.
 * @returns undefined when it is not written or leads to a row that this very save makes; null when it is emptied
 */
export function idIn(fields: Fields, field: string): string | null | undefined {
  const value = fields[field];
  if (value === null) return null;
  if (isId(value)) return value.toLowerCase();
  const { id } = fieldsOf(value);
  return isId(id) ? id.toLowerCase() : undefined;
}

export function textIn(fields: Fields, field: string): string | null | undefined {
  const value = fields[field];
  return typeof value === 'string' || value === null ? value : undefined;
}

/** @returns undefined also for a time without an offset, which depends on where it is read */
export function instantIn(fields: Fields, field: string): Date | undefined {
  const value = fields[field];
  if (typeof value !== 'string' || !/T.*(Z|[+-]\d\d:?\d\d)$/.test(value)) return undefined;
  const instant = new Date(value);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

/** Numbers may come as text. */
export function integerIn(fields: Fields, field: string): number | null | undefined {
  const value = fields[field];
  if (value === null) return null;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}

/**
 * Reads a one-to-many field: a list (rows and ids that stay or come; the others go), or what the Admin UI sends,
 * `{ create, update, delete }`.
 * @returns undefined when the field is not written
 */
export function childrenIn(fields: Fields, field: string): ChildChanges | undefined {
  const value = fields[field];
  if (value === undefined) return undefined;
  if (value === null || Array.isArray(value)) {
    const rows = (value ?? []) as readonly unknown[];
    const objects = rows.map(fieldsOf);
    const update = objects.filter(hasId);
    return {
      create: objects.filter((row) => !hasId(row) && Object.keys(row).length > 0),
      update,
      remove: { allBut: [...rows.filter(isId), ...update.map(({ id }) => id)] },
    };
  }
  const { create, update, delete: remove } = fieldsOf(value);
  return {
    create: listOf(create).map(fieldsOf),
    update: listOf(update).map(fieldsOf).filter(hasId),
    remove: listOf(remove).filter(isId),
  };
}

/**
 * The rows as they are after the changes.
 * @param merge makes the row; undefined when it is none any more
 */
export function withChanges<Row extends { readonly rowId: string | null }>(
  rows: readonly Row[],
  { create, update, remove }: ChildChanges,
  merge: (before: Row | undefined, fields: Fields) => Row | undefined,
): Row[] {
  const goes = (id: string | null) =>
    id !== null && ('allBut' in remove ? !remove.allBut.includes(id) : remove.includes(id));
  const updates = new Map(update.map((fields) => [fields.id, fields]));
  const known = new Set(rows.map(({ rowId }) => rowId));
  return [
    ...rows
      .filter(({ rowId }) => !goes(rowId))
      .map((row) => merge(row, (row.rowId === null ? undefined : updates.get(row.rowId)) ?? {})),
    // A row that is not here yet may come from elsewhere, or bring its id along.
    ...update.filter(({ id }) => !known.has(id)).map((fields) => merge(undefined, fields)),
    ...create.map((fields) => merge(undefined, fields)),
  ].filter((row) => row !== undefined);
}

function hasId(fields: Fields): fields is Fields & { readonly id: string } {
  return isId(fields['id']);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
