import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REFUSAL_TITLES } from '../apps/schema/src/provision/settings.js';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = ['libs/disciplines/src', 'libs/rules/src/disciplines', 'libs/rules/src/entry-status'];
/** Told by other ways than a refusal: warnings, and what a person's role forbids (ROLE_MISSING). */
const NEVER_FIRST = new Set([
  'AGES_NOT_CHECKED',
  'CREW_FORMAT_UNKNOWN',
  'DEVICE_NO_BACKUP',
  'DEVICE_NO_PANIC_BUTTON',
  'ENTRY_OF_OTHERS',
  'RACE_NUMBER_CLEARED',
  'STATUS_ROLE',
]);

it('has a title for each code that the gate may refuse with', () => {
  const codes = SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((file) => file.endsWith('.ts') && !/spec\.ts$|document\.ts$|example/.test(file))
      .flatMap((file) => [
        ...readFileSync(join(ROOT, folder, file), 'utf8').matchAll(
          /(?:error|tell|refuse)\(\s*'([A-Z_]{5,})'|\bcode(?: =|:) '([A-Z_]{5,})'/g,
        ),
      ])
      .map(([, given, declared]) => given ?? declared ?? ''),
  );
  // Of marks on positions: what their judge throws.
  const read = (file: string) => readFileSync(join(ROOT, 'libs/recompute/src', file), 'utf8');
  const problems = read('recompute.problems.ts');
  for (const [, name] of read('judge-mark.ts').matchAll(/throw new (\w+)/g))
    codes.push(new RegExp(`class ${name} [^}]*?code = '([A-Z_]+)'`).exec(problems)![1]!);
  expect(new Set(codes).size).toBeGreaterThan(40);
  expect([...new Set(codes)].filter((code) => !(code in REFUSAL_TITLES) && !NEVER_FIRST.has(code))).toEqual(
    [],
  );
});
