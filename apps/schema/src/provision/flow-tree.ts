import { stableId } from '@trm/directus';
import type { FlowDefinition, OperationDefinition } from './flows.js';
import { canonical } from './same.js';

/** A row of `directus_operations`. */
export interface OperationRow {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly options: unknown;
  readonly position_x: number;
  readonly position_y: number;
  readonly resolve: string | null;
  readonly reject: string | null;
  readonly flow: string;
}

/** An operation with those that follow it inside, as one PATCH of the flow takes it. */
export interface OperationTree extends Omit<OperationRow, 'resolve' | 'reject'> {
  readonly resolve: OperationTree | null;
  readonly reject: OperationTree | null;
}

/**
 * Whether a flow's operations are exactly the defined ones, linked as defined, options and positions included, and
 * nothing beside them. Ids do not matter.
 */
export function isSameTree(
  definition: FlowDefinition,
  root: string | null,
  rows: readonly OperationRow[],
): boolean {
  const keyOf = new Map(rows.map(({ id, key }) => [id, key]));
  const found = rows.map((row) => ({
    key: row.key,
    name: row.name,
    type: row.type,
    options: row.options,
    position: [row.position_x, row.position_y],
    resolve: row.resolve === null ? null : (keyOf.get(row.resolve) ?? row.resolve),
    reject: row.reject === null ? null : (keyOf.get(row.reject) ?? row.reject),
  }));
  const wanted = definition.operations.map((operation) => ({
    ...operation,
    resolve: operation.resolve ?? null,
    reject: operation.reject ?? null,
  }));
  const byKey = <Item extends { key: string }>(items: readonly Item[]) =>
    items.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const begins = root === null ? null : keyOf.get(root);
  return begins === wanted[0]?.key && canonical(byKey(found)) === canonical(byKey(wanted));
}

/**
 * The defined tree with ids that nothing in the flow has yet. Changing operations in place could collide on their
 * links; a whole new tree goes in with one atomic update, and the old one is deleted after it.
 */
export function buildTree(
  definition: FlowDefinition,
  flowId: string,
  taken: ReadonlySet<string>,
): OperationTree {
  const content = canonical(definition.operations);
  const idsFor = (attempt: number) =>
    new Map(
      definition.operations.map(({ key }) => [
        key,
        stableId('operation', `${definition.key}/${key}/${content}/${attempt}`),
      ]),
    );
  let attempt = 0;
  let ids = idsFor(attempt);
  while ([...ids.values()].some((id) => taken.has(id))) ids = idsFor((attempt += 1));

  const byKey = new Map(definition.operations.map((operation) => [operation.key, operation]));
  const used = new Set<string>();
  const grow = (key: string | undefined): OperationTree | null => {
    if (key === undefined) return null;
    const operation = byKey.get(key);
    const id = ids.get(key);
    if (operation === undefined || id === undefined) {
      throw new Error(`The flow ${definition.key} has no operation ${key}.`);
    }
    if (used.has(key))
      throw new Error(`The flow ${definition.key} leads to ${key} twice; Directus allows one way.`);
    used.add(key);
    return rowOf(operation, id, flowId, grow);
  };
  return grow(definition.operations[0]?.key) as OperationTree;
}

function rowOf(
  operation: OperationDefinition,
  id: string,
  flow: string,
  grow: (key: string | undefined) => OperationTree | null,
): OperationTree {
  const { key, name, type, options, position } = operation;
  return {
    id,
    key,
    name,
    type,
    options,
    position_x: position[0],
    position_y: position[1],
    flow,
    resolve: grow(operation.resolve),
    reject: grow(operation.reject),
  };
}
