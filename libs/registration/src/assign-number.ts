import { Injectable } from '@nestjs/common';
import { InTurn } from '@trm/platform';
import { checkEntry } from '@trm/rules';
import { EntryCommands, type EntryAnswer, type EntryOrder } from './entry-command.js';
import { factsOf, labelOf } from './entry-facts.js';
import { chooseNumber } from './race-numbers.js';
import { EntryOnStartList, EntryWaits, RulesForbid } from './registration.problems.js';
import { MAY_MANAGE } from './who-may.js';

export interface NumberOrder extends EntryOrder {
  /** A number that is wished for, or the next free one of the class. */
  readonly raceNumber: number | 'next';
}

/**
 * Gives an entry a race number: the wished one, or the next free one in the range of its class.
 *   1. `next` leaves an entry that has a number in the range of its class as it is.
 *   2. A number that another live entry has is refused, with the next free one.
 *   3. One outside the range of the class is refused. Numbers on an open start list stay: crews carry them.
 */
@Injectable()
export class AssignNumber {
  private readonly numbersOf = new InTurn();

  constructor(private readonly commands: EntryCommands) {}

  /** @throws EntryNotFound, RoleMissing, RaceNumberTaken, NoNumberLeft, RulesForbid, EntryOnStartList, EntryWaits */
  async execute(order: NumberOrder): Promise<EntryAnswer> {
    const who = { roles: MAY_MANAGE, action: 'give out race numbers' };
    const { eventId } = (await this.commands.load(order.entryId, order.caller)).event;
    return this.numbersOf.run(eventId, () =>
      this.commands.run(order, who, async (entry) => {
        const { class: entryClass, raceNumber: before } = entry;
        const range = entryClass ?? { code: 'of the event', numberFrom: null, numberTo: null };
        const isInRange = before !== null && isWithin(before, range);
        if (order.raceNumber === before || (order.raceNumber === 'next' && isInRange))
          return { change: null, summary: `${labelOf(entry)} has that number already.` };
        if (entry.waitingSince !== null) throw new EntryWaits(labelOf(entry));
        if (entry.moveFacts.onOpenStartList) throw new EntryOnStartList(labelOf(entry), 'number');
        const taken = await this.commands.store.takenNumbers(eventId);
        const raceNumber = chooseNumber(order.raceNumber, range, taken, entry.entryId);
        const faults = checkEntry(factsOf({ ...entry, raceNumber })).filter(
          ({ code }) => code === 'RACE_NUMBER_OUT_OF_RANGE',
        );
        if (faults.length > 0) throw new RulesForbid(`${labelOf(entry)} keeps its number`, faults);
        return {
          change: { entryId: entry.entryId, fields: { raceNumber } },
          summary: `"${entry.name}" has number ${raceNumber}${before === null ? '' : `, it had ${before}`}.`,
        };
      }),
    );
  }
}

function isWithin(
  number: number,
  { numberFrom, numberTo }: { readonly numberFrom: number | null; readonly numberTo: number | null },
): boolean {
  return number >= (numberFrom ?? 0) && number <= (numberTo ?? Number.MAX_SAFE_INTEGER);
}
