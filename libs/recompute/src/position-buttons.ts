import { Injectable } from '@nestjs/common';
import {
  ButtonUnknown,
  type DirectusCommand,
  escaped,
  OrganisationAccess,
  ReasonMissing,
  validated,
} from '@trm/platform';
import { MarkPositions, type MarkPreview } from './mark-positions.js';
import { PressedPositionButton } from './position-buttons.dto.js';

/** What the Admin UI shows to whoever pressed the button: a notification with a link. */
export interface PositionButtonAnswer {
  /** One short line: the list of notifications cuts a longer one. */
  readonly title: string;
  /** Markdown. */
  readonly message: string;
  readonly collection: 'entries';
  readonly item: string;
}

/** The button on the form of an entry in the Admin UI: what would a mark touch, or mark. The same as by REST. */
@Injectable()
export class PositionButtons {
  constructor(
    private readonly positions: MarkPositions,
    private readonly access: OrganisationAccess,
  ) {}

  /** @throws ButtonUnknown, RequestInvalid, PersonNotActive, ReasonMissing, and what `MarkPositions` throws */
  async press({ command, body, userId, isAdmin, callId }: DirectusCommand): Promise<PositionButtonAnswer> {
    if (command !== 'mark') throw new ButtonUnknown();
    const pressed = await validated(PressedPositionButton, body);
    const { entryId, from, to, do_it: isMeant } = pressed;
    const caller = await this.access.vouchedFor(userId, isAdmin);
    const order = { entryId, from: new Date(from), to: new Date(to ?? from) };
    const shown = { collection: 'entries', item: entryId } as const;
    if (isMeant !== true) {
      const preview = await this.positions.preview(caller, order);
      return {
        ...shown,
        title: `${counted(preview.positions)} would be marked`,
        message: lines([
          '**Nothing was changed.**',
          preview.alreadyFaulty > 0 ? `${counted(preview.alreadyFaulty)} in this range: faulty already.` : '',
          ...whatFollows(preview),
        ]),
      };
    }
    const reason = pressed.reason?.trim();
    if (!reason) throw new ReasonMissing('mark positions as faulty');
    const answer = await this.positions.mark(caller, { ...order, reason }, callId);
    return {
      ...shown,
      title: `${counted(answer.positions)} marked as faulty`,
      message: lines([`**${escaped(answer.summary)}**`, ...whatFollows(answer)]),
    };
  }
}

function whatFollows({ positions, stages }: MarkPreview): string[] {
  if (positions === 0) return ['No position of it would turn faulty.'];
  if (stages.length === 0) return ['They are of no stage that has opened, so no result depends on them.'];
  return [
    'Computed again:',
    stages
      .map(
        ({ entry, stage, positions: ofStage, isOfficial }) =>
          `- ${escaped(entry)} in "${escaped(stage)}": ${counted(ofStage)}${isOfficial ? '; its results are official and stay until it is reopened' : ''}`,
      )
      .join('\n'),
  ];
}

const counted = (n: number) => (n === 1 ? 'One position' : `${n} positions`);

const lines = (parts: readonly string[]) => parts.filter((part) => part !== '').join('\n\n');
