import { buildTree, isSameTree, type OperationRow, type OperationTree } from './flow-tree.js';
import { FLOWS, type FlowDefinition } from './flows.js';

const [definition] = FLOWS as [FlowDefinition];
const FLOW_ID = 'f';

/** The rows that Directus makes of a tree. */
function rowsOf(tree: OperationTree): OperationRow[] {
  const { resolve, reject, ...row } = tree;
  return [
    { ...row, resolve: resolve?.id ?? null, reject: reject?.id ?? null },
    ...(resolve ? rowsOf(resolve) : []),
    ...(reject ? rowsOf(reject) : []),
  ];
}
const tree = buildTree(definition, FLOW_ID, new Set());
const rows = rowsOf(tree);

describe('the operations of a flow', () => {
  it('all hang on the first one, each once', () => {
    expect(rows.map(({ key }) => key).toSorted()).toEqual(
      definition.operations.map(({ key }) => key).toSorted(),
    );
    expect(tree.key).toBe(definition.operations[0]?.key);
    expect(isSameTree(definition, tree.id, rows)).toBe(true);
  });

  it('have the same ids in every installation', () => {
    expect(buildTree(definition, FLOW_ID, new Set())).toEqual(tree);
  });

  it('get other ids when an operation changes, and when the ids are taken', () => {
    const ids = new Set(rows.map(({ id }) => id));
    const [first, ...rest] = definition.operations;
    const changed = { ...definition, operations: [{ ...first!, name: 'Another name' }, ...rest] };
    for (const other of [buildTree(changed, FLOW_ID, new Set()), buildTree(definition, FLOW_ID, ids)]) {
      expect(rowsOf(other).filter(({ id }) => ids.has(id))).toEqual([]);
    }
  });

  it.each<[string, (row: OperationRow) => OperationRow]>([
    ['an option', (row) => (row.key === 'ask' ? { ...row, options: { url: 'http://elsewhere' } } : row)],
    ['a link', (row) => (row.key === 'who' ? { ...row, reject: null } : row)],
    ['a place', (row) => (row.key === 'who' ? { ...row, position_x: 1 } : row)],
    ['a name', (row) => (row.key === 'who' ? { ...row, name: 'x' } : row)],
  ])('differ when %s was edited', (_case, edit) => {
    expect(isSameTree(definition, tree.id, rows.map(edit))).toBe(false);
  });

  it('differ when one is added or gone, or when the flow begins elsewhere', () => {
    expect(isSameTree(definition, tree.id, [...rows, { ...rows[0]!, id: 'x', key: 'extra' }])).toBe(false);
    expect(isSameTree(definition, tree.id, rows.slice(1))).toBe(false);
    expect(isSameTree(definition, rows[1]!.id, rows)).toBe(false);
    expect(isSameTree(definition, null, [])).toBe(false);
  });

  it('do not mind the order of rows and keys', () => {
    const shuffled = rows.toReversed().map((row) => ({
      ...row,
      options: Object.fromEntries(Object.entries(row.options as object).toReversed()),
    }));
    expect(isSameTree(definition, tree.id, shuffled)).toBe(true);
  });

  it('may not share a follower: Directus allows one way to each', () => {
    const [first, ...rest] = definition.operations;
    const shared = { ...definition, operations: [{ ...first!, reject: 'sign' }, ...rest] };
    expect(() => buildTree(shared, FLOW_ID, new Set())).toThrow(/leads to sign twice/);
  });
});
