import { readFileSync } from 'node:fs';
import { CONFORMANCE_CASES } from './cases.js';

it('has each case under a name of its own', () => {
  expect(new Set(CONFORMANCE_CASES.map(({ id }) => id)).size).toBe(CONFORMANCE_CASES.length);
});

it('is described case by case in docs/processor-contract.md', () => {
  const rows = readFileSync('docs/processor-contract.md', 'utf8')
    .split('## Is it right?')[1]!
    .matchAll(/^\| `([\w-]+)` *\| (.*?) *\|$/gm);
  expect([...rows].map(([, id, title]) => ({ id, title }))).toEqual(
    CONFORMANCE_CASES.map(({ id, title }) => ({ id, title })),
  );
});
