import type { Caller } from '@trm/platform';
import {
  checkEntry,
  type CheckItem,
  checklistOf,
  checkReadiness,
  type EntryFacts,
  type EntryStatus,
  judgeMove,
  type EntryActor,
  type MoveFacts,
  rulesOfClass,
  type Violation,
} from '@trm/rules';
import type { ChecklistItem } from './entry-command.js';
import type { ClassFile, EntryFile } from './registration-store.js';

/** What the rulebook asks about an entry. */
export function factsOf(
  entry: Pick<EntryFile, 'event' | 'class' | 'raceNumber' | 'vehicle' | 'crew' | 'devices' | 'checks'>,
): EntryFacts {
  const { event, class: entryClass, raceNumber, vehicle, crew, devices, checks } = entry;
  return {
    discipline: event.discipline,
    event: { startsOn: event.startsOn, classCount: event.classCount },
    class: entryClass,
    entry: {
      raceNumber,
      vehicle,
      crew: [...crew],
      devices: [...devices],
      checks: checks.map(({ item, state }) => ({ item, state })),
    },
  };
}

/** What it is called in sentences: its number, else its name. */
export function labelOf({
  raceNumber,
  name,
}: {
  readonly raceNumber: number | null;
  readonly name: string;
}): string {
  return raceNumber === null ? `"${name}"` : `#${raceNumber}`;
}

export function faultsOf(entry: EntryFile): Violation[] {
  return checkEntry(factsOf(entry));
}

export function notReady(entry: EntryFile): Violation[] {
  return checkReadiness(factsOf(entry));
}

/** What is looked at before it is confirmed and before it starts, each with where it stands. */
export function checklist(entry: EntryFile): ChecklistItem[] {
  const facts = factsOf(entry);
  const { documents, readiness } = checklistOf(rulesOfClass(facts.discipline, facts.class), facts);
  const stateOf = (item: CheckItem) => entry.checks.find((check) => check.item === item)?.state ?? 'pending';
  return [
    ...documents.map((item) => ({ item, kind: 'document', state: stateOf(item) }) as const),
    ...readiness.map((item) => ({ item, kind: 'readiness', state: stateOf(item) }) as const),
  ];
}

/** Whether the caller directs the organisation, where he or she has these roles. */
export function isDirection(caller: Caller, roles: readonly EntryActor[]): boolean {
  return actorsOf(caller, roles).some((role) => role === 'org-admin' || role === 'race-director');
}

/** In which capacities the caller moves an entry; an administrator of Directus acts for the organisation's. */
export function actorsOf(caller: Caller, roles: readonly EntryActor[]): EntryActor[] {
  return caller.isAdmin ? [...new Set<EntryActor>(['org-admin', 'race-director', ...roles])] : [...roles];
}

/**
 * What the status machine says of a move: errors refuse it, warnings come with it.
 * @param raceNumberFree whether its number could be taken (again)
 */
export function judge(
  entry: EntryFile,
  move: { readonly to: EntryStatus; readonly caller: Caller; readonly reason: string | null },
  raceNumberFree: boolean,
): Violation[] {
  const { event, class: entryClass } = entry;
  const facts: MoveFacts = {
    ...event,
    ...entry.moveFacts,
    raceNumberFree,
    faults: faultsOf(entry),
    placeFree: !isFull(entryClass) || holdsPlace(entry),
    notReady: notReady(entry),
  };
  return judgeMove({
    from: entry.status,
    to: move.to,
    actors: actorsOf(move.caller, entry.actorRoles),
    isOfTheCrew: entry.actorIsOfTheCrew,
    reason: move.reason,
    facts,
  });
}

/** Whether all places of a class are taken; without a limit they never are. */
export function isFull(entryClass: Pick<ClassFile, 'capacity' | 'placesTaken'> | null): boolean {
  return entryClass !== null && entryClass.capacity !== null && entryClass.placesTaken >= entryClass.capacity;
}

export function holdsPlace({ status, waitingSince }: EntryFile): boolean {
  return status !== 'withdrawn' && waitingSince === null;
}
