import { Injectable } from '@nestjs/common';
import type { EntryStatus } from '@trm/rules';
import { EntryCommands, type EntryAnswer, type EntryOrder, type EntryPlan } from './entry-command.js';
import { holdsPlace, isFull, judge, labelOf } from './entry-facts.js';
import { chooseNumber, type NumberWish } from './race-numbers.js';
import { EntryWaits, MoveNotYours, RulesForbid } from './registration.problems.js';
import type { EntryFile } from './registration-store.js';
import { MAY_CHECK } from './who-may.js';

export interface StatusOrder extends EntryOrder {
  readonly to: EntryStatus;
  readonly reason: string | null;
  /** Of a confirmation: the number to take when the entry has none. */
  readonly raceNumber?: NumberWish;
}

/** The move would be right, but not from this person. */
const OF_THE_PERSON: ReadonlySet<string> = new Set(['STATUS_ROLE', 'ENTRY_OF_OTHERS']);

const DEEDS: Record<EntryStatus, string> = {
  registered: 'put back an entry to registered',
  confirmed: 'confirm an entry',
  started: 'set an entry to started',
  finished: 'set an entry to finished',
  dnf: 'set an entry to did not finish',
  dns: 'set an entry to did not start',
  dsq: 'disqualify an entry',
  withdrawn: 'withdraw an entry',
};

/**
 * Moves an entry to another status, by the status machine of the rulebook.
 *   1. It has that status already: nothing to do.
 *   2. A confirmation without a number takes the next free one of the class. A reinstatement keeps its number and its
 *      place when they are still free; otherwise the number is cleared, and the entry waits for a place.
 *   3. The machine says who may, whether a reason is needed, and what has to be true. Every refusal is one sentence
 *      for each reason.
 *   4. What follows from the move (trackers given back, places for those who wait, the hole in an open list) is done
 *      by the database and the worker, whoever makes the move.
 */
@Injectable()
export class ChangeStatus {
  constructor(private readonly commands: EntryCommands) {}

  /** @throws EntryNotFound, RoleMissing, RulesForbid, EntryWaits, RaceNumberTaken, NoNumberLeft, RefusedByDirectus */
  async execute(order: StatusOrder): Promise<EntryAnswer> {
    const who = { roles: MAY_CHECK, action: DEEDS[order.to], crewToo: true };
    return this.commands.run(order, who, (entry) => this.plan(entry, order));
  }

  private async plan(entry: EntryFile, order: StatusOrder): Promise<EntryPlan> {
    const { to, reason } = order;
    const label = labelOf(entry);
    if (entry.status === to) return { change: null, summary: `${label} is ${to} already.` };
    const isReinstatement = entry.status === 'withdrawn' && to === 'registered';
    const isConfirmation = entry.status === 'registered' && to === 'confirmed';
    const taken =
      isReinstatement || isConfirmation ? await this.commands.store.takenNumbers(entry.event.eventId) : [];
    const isNumberFree = !taken.some(
      ({ raceNumber, entryId }) => raceNumber === entry.raceNumber && entryId !== entry.entryId,
    );
    if (isConfirmation && !holdsPlace(entry)) throw new EntryWaits(label);
    const raceNumber =
      isConfirmation && entry.raceNumber === null && entry.class !== null
        ? chooseNumber(order.raceNumber ?? 'next', entry.class, taken, entry.entryId)
        : isReinstatement && !isNumberFree
          ? null
          : entry.raceNumber;
    const after = { ...entry, raceNumber };
    const judged = judge(isReinstatement ? entry : after, { to, caller: order.caller, reason }, isNumberFree);
    const faults = judged.filter(({ severity }) => severity === 'error');
    if (faults.some(({ code }) => OF_THE_PERSON.has(code))) throw new MoveNotYours(faults);
    if (faults.length > 0) throw new RulesForbid(`${label} stays ${entry.status}`, faults);

    const waits = isReinstatement && isFull(entry.class);
    return {
      change: {
        entryId: entry.entryId,
        fields: {
          status: to,
          ...(reason !== null && { statusReason: reason }),
          ...((raceNumber !== entry.raceNumber || waits) && { raceNumber: waits ? null : raceNumber }),
          ...(waits && { waitingSince: new Date() }),
        },
      },
      summary: [`${labelOf(after)} is ${to} now.`, ...judged.map(({ message }) => message)].join(' '),
    };
  }
}
