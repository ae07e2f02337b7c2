import { Injectable } from '@nestjs/common';
import {
  type DirectusCommand,
  type IdempotentRequest,
  OrganisationAccess,
  type OrganisationRole,
  validated,
} from '@trm/platform';
import { OpenStage } from './open-stage.js';
import { type Answer, openingInWords, previewInWords } from './stage-answers.js';
import { PressedButton } from './stage-buttons.dto.js';
import { ButtonUnknown } from './stage-opening.problems.js';
import { MAY_OPEN, MAY_PREVIEW } from './who-may.js';

/** A button that was pressed by somebody who may press it. */
interface Press {
  readonly stageId: string;
  readonly authorId: string;
  readonly reason: string | null;
  readonly idempotency: IdempotentRequest;
}

interface StageButton {
  readonly mayPress: readonly OrganisationRole[];
  /** Completes the sentence "To … you must be". */
  readonly action: string;
  readonly press: (press: Press) => Promise<Answer>;
}

/**
 * The buttons on the form of a stage in the Admin UI.
 *   1. The button is known and what came with it can be read: one stage, a reason.
 *   2. The person is active and may do this in the organisation of the stage; Directus only lets in who can see it.
 *   3. The same use case as behind the API does it, once for each signed call.
 *   4. The answer is a title and a text for people.
 */
@Injectable()
export class StageButtons {
  private readonly buttons: Readonly<Record<string, StageButton>> = {
    preview: {
      mayPress: MAY_PREVIEW,
      action: 'preview a start list',
      press: async ({ stageId }) => previewInWords(await this.openStage.preview(stageId)),
    },
    open: {
      mayPress: MAY_OPEN,
      action: 'open a stage',
      press: async (press) => {
        await this.openStage.execute(press);
        return openingInWords(await this.openStage.published(press.stageId));
      },
    },
  };

  constructor(
    private readonly openStage: OpenStage,
    private readonly access: OrganisationAccess,
  ) {}

  /** @throws ButtonUnknown, RequestInvalid, PersonNotActive, StageNotFound, RoleMissing, and what the button throws */
  async press({ command, body, userId, isAdmin, callId }: DirectusCommand): Promise<Answer> {
    const button = Object.hasOwn(this.buttons, command) ? this.buttons[command] : undefined;
    if (button === undefined) throw new ButtonUnknown();
    const pressed = await validated(PressedButton, body);
    const person = await this.access.vouchedFor(userId, isAdmin);
    await this.access.requireForStage(person, pressed.stageId, button.mayPress, button.action);
    return button.press({
      stageId: pressed.stageId,
      authorId: userId,
      reason: pressed.reason?.trim() || null,
      idempotency: { scope: `directus command ${command}`, key: callId, body },
    });
  }
}
