import { SQL_MUTANTS } from '../faults/mutants.js';
import { CALM, lookFor } from './bounds.js';
import { explore } from './explore.js';
import type { Bounds } from './protocol-model.js';
import { compile } from './sql-expression.js';
import { readTransitions } from './transitions.js';

const SMALL: Bounds = { ...CALM, crashes: 1 };

it('finds nothing wrong with the protocol within small bounds', () => {
  const { violation, states } = explore(readTransitions(), SMALL);
  expect(violation).toBeUndefined();
  expect(states).toBeGreaterThan(1_000);
});

it.each(SQL_MUTANTS.map((mutant) => [mutant.name, mutant] as const))('finds "%s"', (_, mutant) => {
  expect(lookFor(mutant).violation?.trace.length).toBeGreaterThan(2);
});

describe('an expression of SQL', () => {
  const columns = new Set(['generation', 'state', 'claim_until']);
  const value = (text: string, row: Record<string, number | string | null> = {}) =>
    compile(text, 'test', columns)({ row, given: { wanted: 3 } });

  it.each([
    ['NULL OR true', true],
    ['NULL AND false', false],
    ['NOT (NULL AND true)', null],
    ['1 + 2 * 3 = 7', true],
    ["t.state NOT IN ('failed', 'cancelled')", true],
    ['t.claim_until IS NULL OR t.claim_until < clock_timestamp()', true],
    ['t.claim_until < clock_timestamp()', null],
    ["coalesce(t.claim_until, '-infinity') < clock_timestamp()", true],
    ["clock_timestamp() + interval '5 minutes' > clock_timestamp()", true],
    ['greatest(NULL, 2, wanted)', 3],
    ["CASE WHEN t.generation = wanted THEN 'applied' WHEN NULL THEN 'never' ELSE r.state END", 'queued'],
    ['t.generation < 3 -- a comment, (with all of that\n AND true', true],
  ])('%s is %p', (text, expected) => {
    expect(value(text, { generation: 2, state: 'queued', claim_until: null })).toBe(expected);
  });

  it.each(['t.unknown = 1', 'now() < 2', 't.generation = ', 't.generation 2', "t.state LIKE 'x'"])(
    'refuses %s, which it does not know',
    (text) => {
      expect(() => value(text)).toThrow(/test: not understood/);
    },
  );
});
