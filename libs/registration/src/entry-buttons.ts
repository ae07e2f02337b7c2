import { Injectable } from '@nestjs/common';
import {
  ButtonUnknown,
  type Caller,
  type DirectusCommand,
  type IdempotentRequest,
  OrganisationAccess,
  ReasonMissing,
  validated,
} from '@trm/platform';
import { ChangeStatus } from './change-status.js';
import { CopyCrew } from './copy-crew.js';
import { checkInWords, copyInWords, type EntryButtonAnswer, moveInWords } from './entry-answers.js';
import { PressedEntryButton } from './entry-buttons.dto.js';
import { answerOf, EntryCommands } from './entry-command.js';
import { TickChecks } from './tick-checks.js';
import { MAY_SEE_OFFICE } from './who-may.js';

/** A button that was pressed. */
interface Press {
  readonly entryId: string;
  readonly caller: Caller;
  readonly reason: string | null;
  readonly pressed: PressedEntryButton;
  readonly idempotency: IdempotentRequest;
}

/**
 * The buttons on the form of an entry in the Admin UI.
 *   1. The button is known and what came with it can be read: one entry, a reason.
 *   2. The person is active; Directus only lets in who can see the entry.
 *   3. The same use case as behind the API asks for the role and does it, once for each signed call.
 *   4. The answer is a title and a text for people.
 */
@Injectable()
export class EntryButtons {
  private readonly buttons: Readonly<Record<string, (press: Press) => Promise<EntryButtonAnswer>>> = {
    check: async ({ entryId, caller }) => {
      await this.access.requireForEntry(caller, entryId, MAY_SEE_OFFICE, 'check an entry', { crewToo: true });
      const entry = await this.commands.load(entryId, caller);
      return checkInWords(answerOf(entry, { changed: false, summary: 'Nothing was changed.' }));
    },
    confirm: async (press) => {
      const raceNumber = press.pressed.race_number ?? undefined;
      return moveInWords(
        await this.changeStatus.execute({
          ...press,
          to: 'confirmed',
          ...(raceNumber !== undefined && { raceNumber }),
        }),
      );
    },
    withdraw: async (press) => {
      if (press.reason === null) throw new ReasonMissing('withdraw the entry');
      return moveInWords(await this.changeStatus.execute({ ...press, to: 'withdrawn' }));
    },
    reinstate: async (press) => {
      if (press.reason === null) throw new ReasonMissing('reinstate the entry');
      return moveInWords(await this.changeStatus.execute({ ...press, to: 'registered' }));
    },
    'check-in': async (press) =>
      checkInWords(
        await this.tickChecks.execute({
          ...press,
          checks: [{ item: 'administrative', state: 'passed', reason: null }],
        }),
      ),
    'copy-crew': async (press) => {
      const order = { ...press, fromEntryId: null, foundBy: press.pressed.found_by ?? 'any' };
      return copyInWords(
        press.pressed.do_it === true
          ? await this.copyCrew.execute(order)
          : await this.copyCrew.preview(order),
      );
    },
  };

  constructor(
    private readonly commands: EntryCommands,
    private readonly changeStatus: ChangeStatus,
    private readonly tickChecks: TickChecks,
    private readonly copyCrew: CopyCrew,
    private readonly access: OrganisationAccess,
  ) {}

  /** @throws ButtonUnknown, RequestInvalid, PersonNotActive, EntryNotFound, RoleMissing, and what the use case throws */
  async press({ command, body, userId, isAdmin, callId }: DirectusCommand): Promise<EntryButtonAnswer> {
    const button = Object.hasOwn(this.buttons, command) ? this.buttons[command] : undefined;
    if (button === undefined) throw new ButtonUnknown();
    const pressed = await validated(PressedEntryButton, body);
    return button({
      entryId: pressed.entryId,
      caller: await this.access.vouchedFor(userId, isAdmin),
      reason: pressed.reason?.trim() || null,
      pressed,
      idempotency: { scope: `directus entry command ${command}`, key: callId, body },
    });
  }
}
