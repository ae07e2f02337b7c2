import { Injectable } from '@nestjs/common';
import { ReasonMissing } from '@trm/platform';
import { type CheckItem, type CheckState, itemInWords } from '@trm/rules';
import { EntryCommands, type EntryAnswer, type EntryOrder } from './entry-command.js';
import { labelOf } from './entry-facts.js';
import { MAY_CHECK, MAY_MANAGE } from './who-may.js';

export interface CheckOrder extends EntryOrder {
  readonly checks: readonly {
    readonly item: CheckItem;
    readonly state: CheckState;
    /** Why it is waived; needed for that alone. */
    readonly reason: string | null;
  }[];
}

const WORDS: Readonly<Record<CheckState, string>> = {
  pending: 'is open again',
  passed: 'is in order',
  failed: 'has failed',
  waived: 'is waived',
};

/**
 * Ticks items of the readiness checklist: documents, scrutineering, administrative check.
 *   1. Scrutineers, timekeepers and the direction may; to waive an item takes the direction and a reason.
 *   2. Items that stand as wished stay untouched, with who decided them and when.
 */
@Injectable()
export class TickChecks {
  constructor(private readonly commands: EntryCommands) {}

  /** @throws EntryNotFound, RoleMissing, ReasonMissing */
  async execute(order: CheckOrder): Promise<EntryAnswer> {
    const waives = order.checks.some(({ state }) => state === 'waived');
    const who = waives
      ? { roles: MAY_MANAGE, action: 'waive a check' }
      : { roles: MAY_CHECK, action: 'decide a check' };
    for (const { item, state, reason } of order.checks)
      if (state === 'waived' && reason === null) throw new ReasonMissing(`waive ${itemInWords(item)}`);
    return this.commands.run(order, who, (entry) => {
      const checkedAt = new Date();
      const decided = order.checks.flatMap(({ item, state, reason }) => {
        const before = entry.checks.find((check) => check.item === item);
        const waivedReason = state === 'waived' ? reason : null;
        const isSame =
          before !== undefined && before.state === state && (before.waivedReason ?? null) === waivedReason;
        return isSame ? [] : [{ checkId: before?.checkId ?? null, item, state, waivedReason, checkedAt }];
      });
      const summary = order.checks
        .map(({ item, state }) => `${itemInWords(item)} ${WORDS[state]}.`)
        .join(' ');
      return {
        change: decided.length === 0 ? null : { entryId: entry.entryId, checks: decided },
        summary: `${labelOf(entry)}: ${summary}`,
      };
    });
  }
}
