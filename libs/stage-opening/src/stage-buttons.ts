import { Injectable } from '@nestjs/common';
import {
  ButtonUnknown,
  type DirectusCommand,
  type IdempotentRequest,
  OrganisationAccess,
  type OrganisationRole,
  ReasonMissing,
  validated,
} from '@trm/platform';
import { OpenStage } from './open-stage.js';
import { CloseStage } from './close-stage.js';
import { DelayStage } from './delay-stage.js';
import { RedrawStartList } from './redraw-start-list.js';
import { type Answer, changeInWords, openingInWords, previewInWords } from './stage-answers.js';
import type { StageAnswer } from './stage-command.js';
import { PressedButton } from './stage-buttons.dto.js';
import { MinutesMissing, SegmentNotFound } from './stage-opening.problems.js';
import { MAY_OPEN, MAY_PREVIEW, MAY_STEER } from './who-may.js';

/** A button that was pressed by somebody who may press it. */
interface Press {
  readonly stageId: string;
  readonly authorId: string;
  readonly reason: string | null;
  readonly minutes: number | null;
  readonly fromSegment: number | null;
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
    redraw: {
      mayPress: MAY_STEER,
      action: 'redraw a start list',
      press: (press) => this.change('redraw a start list', press, (order) => this.redraw.execute(order)),
    },
    delay: {
      mayPress: MAY_STEER,
      action: 'delay a stage',
      press: (press) =>
        this.change('delay a stage', press, async (order) => {
          if (press.minutes === null) throw new MinutesMissing();
          return this.delay.execute({
            ...order,
            seconds: press.minutes * 60,
            fromSegmentId: await this.segmentId(press),
          });
        }),
    },
    close: {
      mayPress: MAY_STEER,
      action: 'close a stage',
      press: async (press) => changeInWords(await this.close.execute(press)),
    },
  };

  constructor(
    private readonly openStage: OpenStage,
    private readonly redraw: RedrawStartList,
    private readonly delay: DelayStage,
    private readonly close: CloseStage,
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
      minutes: pressed.minutes ?? null,
      fromSegment: pressed.from_segment ?? null,
      idempotency: { scope: `directus command ${command}`, key: callId, body },
    });
  }

  /** A change of a published list needs a reason; the answer shows the list as it is then. */
  private async change(
    deed: string,
    press: Press,
    execute: (order: Press) => Promise<StageAnswer>,
  ): Promise<Answer> {
    if (press.reason === null) throw new ReasonMissing(deed);
    const answer = await execute(press);
    return changeInWords(answer, await this.openStage.published(press.stageId));
  }

  /** The segment that people count from 1; null for the whole stage. @throws SegmentNotFound */
  private async segmentId({ stageId, fromSegment }: Press): Promise<string | null> {
    if (fromSegment === null) return null;
    const { segments, stageName } = await this.openStage.published(stageId);
    const segment = segments[fromSegment - 1];
    if (segment === undefined) throw new SegmentNotFound(stageName);
    return segment.segmentId;
  }
}
