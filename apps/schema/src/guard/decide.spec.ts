import type { Difference, Severity } from './compare-snapshots.js';
import { type ApplyMode, decide, printDifferences } from './decide.js';

const difference = (severity: Severity): Difference => ({
  severity,
  collection: 'entries',
  field: 'seed',
  change: 'is new',
});
const given = { mode: undefined as ApplyMode | undefined, production: true, allowDestructive: false };

describe('the guard', () => {
  it('does nothing when nothing differs', () => {
    expect(decide([], given)).toEqual({ action: 'nothing' });
  });

  it.each<[string, Severity, Partial<typeof given>, object]>([
    ['applies additions in production', 'additive', {}, { action: 'apply', destructive: false }],
    ['refuses to narrow in production', 'narrowing', {}, { action: 'refuse' }],
    ['refuses to drop in production', 'destructive', {}, { action: 'refuse' }],
    ['drops when told so', 'destructive', { allowDestructive: true }, { action: 'apply', destructive: true }],
    [
      'applies additions elsewhere',
      'additive',
      { production: false },
      { action: 'apply', destructive: false },
    ],
    ['refuses to narrow elsewhere', 'narrowing', { production: false }, { action: 'refuse' }],
    [
      'only reports work in the Admin UI elsewhere',
      'destructive',
      { production: false },
      { action: 'report' },
    ],
    [
      'refuses it when auto was asked for',
      'destructive',
      { production: false, mode: 'auto' },
      { action: 'refuse' },
    ],
    [
      'drops it elsewhere when told so',
      'destructive',
      { production: false, allowDestructive: true },
      { action: 'apply', destructive: true },
    ],
    ['reports everything in dry-run', 'additive', { mode: 'dry-run' }, { action: 'report' }],
    [
      'reports in dry-run whatever is allowed',
      'destructive',
      { mode: 'dry-run', allowDestructive: true },
      { action: 'report' },
    ],
    ['looks away in skip', 'destructive', { mode: 'skip' }, { action: 'nothing' }],
  ])('%s', (_case, severity, overrides, decision) => {
    expect(decide([difference(severity)], { ...given, ...overrides })).toEqual(decision);
  });

  it('prints one difference a line', () => {
    expect(printDifferences([difference('destructive'), { ...difference('additive'), field: null }])).toBe(
      '  - destructive entries.seed: is new\n  - additive    entries: is new',
    );
  });
});
