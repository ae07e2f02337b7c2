import { Injectable } from '@nestjs/common';
import { checkEntry, isImpossible } from '@trm/rules';
import { EntryCommands, type EntryAnswer, type EntryOrder } from './entry-command.js';
import { factsOf, isFull, labelOf } from './entry-facts.js';
import { chooseNumber, type NumberWish } from './race-numbers.js';
import {
  ClassFull,
  ClassNotFound,
  EntryOnStartList,
  EntryHasStarted,
  RulesForbid,
} from './registration.problems.js';
import { MAY_MANAGE } from './who-may.js';

export interface ClassOrder extends EntryOrder {
  readonly classId: string;
  /** Which number it has in the new class; left out, it keeps its own when that fits, else gets the next free one. */
  readonly raceNumber?: number | 'next';
  readonly waitingList: boolean;
}

const STILL_CHANGING: ReadonlySet<string> = new Set(['registered', 'confirmed']);

/**
 * Moves an entry to another class and checks it again there.
 *   1. The class is of the same event and has a place, or the entry waits for one.
 *   2. Its number fits the range of the new class, or it gets another one.
 *   3. A confirmed entry has to satisfy the new class in everything; a registered one in what can never become right.
 *      The rest is in the answer.
 */
@Injectable()
export class ChangeClass {
  constructor(private readonly commands: EntryCommands) {}

  /** @throws EntryNotFound, RoleMissing, ClassNotFound, ClassFull, RaceNumberTaken, NoNumberLeft, RulesForbid, EntryOnStartList */
  async execute(order: ClassOrder): Promise<EntryAnswer> {
    const who = { roles: MAY_MANAGE, action: 'change the class of an entry' };
    return this.commands.run(order, who, async (entry) => {
      const { event } = entry;
      const label = labelOf(entry);
      const entryClass = await this.commands.store.class(order.classId);
      if (entryClass?.eventId !== event.eventId) throw new ClassNotFound(event.name);
      if (entry.class?.classId === entryClass.classId)
        return { change: null, summary: `${label} is in class ${entryClass.code} already.` };
      if (!STILL_CHANGING.has(entry.status)) throw new EntryHasStarted(label, entry.status, 'class');
      if (entry.moveFacts.onOpenStartList) throw new EntryOnStartList(label, 'class');
      const waits = isFull(entryClass);
      if (waits && (!order.waitingList || entry.status !== 'registered'))
        throw new ClassFull(`Class ${entryClass.code}`, entryClass.capacity ?? 0, entryClass.waiting);

      const taken = await this.commands.store.takenNumbers(event.eventId);
      const raceNumber = waits
        ? null
        : chooseNumber(wish(order, entry.raceNumber, entryClass), entryClass, taken, entry.entryId);
      const after = { ...entry, class: entryClass, raceNumber };
      const faults = checkEntry(factsOf(after)).filter(
        (fault) => isImpossible(fault) || (entry.status === 'confirmed' && fault.severity === 'error'),
      );
      if (faults.length > 0)
        throw new RulesForbid(
          `${label} stays in ${entry.class === null ? 'no class' : `class ${entry.class.code}`}`,
          faults,
        );
      const number =
        raceNumber === entry.raceNumber
          ? ''
          : raceNumber === null
            ? ' without a number'
            : ` with number ${raceNumber}`;
      return {
        change: {
          entryId: entry.entryId,
          fields: {
            classId: entryClass.classId,
            ...(raceNumber !== entry.raceNumber && { raceNumber }),
            ...(waits ? { waitingSince: new Date() } : entry.waitingSince !== null && { waitingSince: null }),
          },
        },
        summary: `"${entry.name}" is in class ${entryClass.code} now${number}${waits ? ', on its waiting list' : ''}.`,
      };
    });
  }
}

/** An entry without a number stays without one until it is confirmed. */
function wish(
  { raceNumber }: ClassOrder,
  before: number | null,
  { numberFrom, numberTo }: { readonly numberFrom: number | null; readonly numberTo: number | null },
): NumberWish {
  if (raceNumber !== undefined) return raceNumber;
  if (before === null) return null;
  const fits = before >= (numberFrom ?? 0) && before <= (numberTo ?? Number.MAX_SAFE_INTEGER);
  return fits ? before : 'next';
}
