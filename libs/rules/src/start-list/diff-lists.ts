import type { AmendableLine, VacancyStatus } from './types.js';

/** One line's way from one version of a list to the next. */
export interface LineChange {
  readonly entryId: string;
  readonly raceNumber: number | null;
  readonly name: string | null;
  readonly change:
    'added' | 'removed' | 'moved' | 'vacated' | 'reinstated' | 'pinned' | 'unpinned' | 'respaced';
  readonly from: Slot | null;
  readonly to: Slot | null;
}

interface Slot {
  readonly position: number;
  /** ISO 8601, UTC. */
  readonly startAt: string;
  readonly status?: VacancyStatus;
}

type ComparedLine = AmendableLine & { readonly raceNumber: number | null; readonly name: string | null };

/**
 * What moved between two versions of a list, in the order of the new one, those that left at the end. A line
 * whose explanation alone differs is not a change.
 */
export function diffLists(before: readonly ComparedLine[], after: readonly ComparedLine[]): LineChange[] {
  const old = new Map(before.map((line) => [line.entryId, line]));
  const kept = new Set(after.map(({ entryId }) => entryId));
  return [
    ...after.flatMap((line) => {
      const was = old.get(line.entryId);
      const change = was === undefined ? 'added' : changeOf(was, line);
      return change === undefined ? [] : [changed(line, change, was ?? null, line)];
    }),
    ...before.filter(({ entryId }) => !kept.has(entryId)).map((line) => changed(line, 'removed', line, null)),
  ];
}

function changeOf(was: ComparedLine, is: ComparedLine): LineChange['change'] | undefined {
  if (was.status === undefined && is.status !== undefined) return 'vacated';
  if (was.status !== undefined && is.status === undefined) return 'reinstated';
  if (was.position !== is.position || was.startAt !== is.startAt) return 'moved';
  if (was.pinned !== is.pinned) return is.pinned === undefined ? 'unpinned' : 'pinned';
  if (was.group !== is.group || JSON.stringify(was.shifts) !== JSON.stringify(is.shifts)) return 'respaced';
  return undefined;
}

function changed(
  { entryId, raceNumber, name }: ComparedLine,
  change: LineChange['change'],
  from: ComparedLine | null,
  to: ComparedLine | null,
): LineChange {
  const slot = (line: ComparedLine | null): Slot | null =>
    line === null
      ? null
      : {
          position: line.position,
          startAt: line.startAt,
          ...(line.status !== undefined && { status: line.status }),
        };
  return { entryId, raceNumber, name, change, from: slot(from), to: slot(to) };
}
