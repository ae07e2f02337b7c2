import { type Difference, livesBeyond } from './compare-snapshots.js';

export type ApplyMode = 'auto' | 'dry-run' | 'skip';

export type Decision =
  | { readonly action: 'nothing' }
  /** Apply; `destructive` opens the lock against drops for this one call. */
  | { readonly action: 'apply'; readonly destructive: boolean }
  /** Go on with the live schema and say what was not applied. */
  | { readonly action: 'report' }
  | { readonly action: 'refuse' };

/**
 * What the guard does about the differences between the live schema and the snapshot.
 *
 * Without a mode: `auto` in production. Elsewhere a live schema that has more than the snapshot is somebody's
 * unfinished work in the Admin UI, so it is only reported (`dry-run`); otherwise `auto`.
 */
export function decide(
  differences: readonly Difference[],
  given: {
    readonly mode: ApplyMode | undefined;
    readonly production: boolean;
    readonly allowDestructive: boolean;
  },
): Decision {
  if (differences.length === 0) return { action: 'nothing' };
  const careful = !given.production && !given.allowDestructive && livesBeyond(differences);
  const mode = given.mode ?? (careful ? 'dry-run' : 'auto');
  if (mode === 'skip') return { action: 'nothing' };
  if (mode === 'dry-run') return { action: 'report' };
  const destructive = differences.some(({ severity }) => severity !== 'additive');
  if (destructive && !given.allowDestructive) return { action: 'refuse' };
  return { action: 'apply', destructive };
}

/** The list for the operator, worst first, one difference a line. */
export function printDifferences(differences: readonly Difference[]): string {
  return differences
    .map(({ severity, collection, field, change }) => {
      const subject = field === null ? collection : `${collection}.${field}`;
      return `  - ${severity.padEnd(11)} ${subject}: ${change}`;
    })
    .join('\n');
}
