import { Injectable } from '@nestjs/common';
import { STAGE_PINS_CHANGED } from '@trm/contracts';
import type { Tx } from '@trm/platform';
import { pinStart, unpinStart } from '@trm/rules';
import { AmendStartList } from './amend-start-list.js';
import { nothingToDo, StageCommands, type StageAnswer, type StageCommand } from './stage-command.js';
import { PinTaken } from './stage-opening.problems.js';
import type { Stage } from './stage-store.js';

export interface PinStartCommand extends StageCommand {
  readonly entryId: string;
  /** In the whole list, from 1. */
  readonly position: number;
  readonly authorId: string;
  readonly reason: string;
}

export interface UnpinStartCommand extends StageCommand {
  readonly entryId: string;
}

/**
 * Holds an entry in a position by decision of an official.
 *   1. Before the opening the pin is only kept; the opening draws around it.
 *   2. On a published list as few starts as possible move, none that is over.
 *   3. It survives every redraw until it is released.
 */
@Injectable()
export class PinStart {
  constructor(
    private readonly commands: StageCommands,
    private readonly lists: AmendStartList,
  ) {}

  /** @throws StageNotFound, StageNotInState, EntryNotFound, PinTaken, AmendmentRefused */
  async pin(command: PinStartCommand): Promise<StageAnswer> {
    const { entryId, position, reason, authorId } = command;
    const { stages } = this.commands;
    const rules = { states: ['draft', 'planned', 'open', 'running'] as const, verb: 'given a pinned start' };
    return this.commands.run(command, rules, async (tx, stage) => {
      const entry = await this.lists.entry(tx, stage, entryId);
      const label = `#${entry.raceNumber ?? entry.name}`;
      const pins = await stages.readPins(tx, stage.stageId);
      const other = pins.find((pin) => pin.position === position && pin.entryId !== entryId);
      if (other !== undefined) throw new PinTaken(position, other.reason ?? '');
      const own = pins.find((pin) => pin.entryId === entryId);
      const isKept = own?.position === position && own.reason === reason;
      if (stage.version === null) {
        if (isKept)
          return nothingToDo(stage, undefined, `${label} is pinned to position ${position} already.`);
        await stages.writePin(tx, { stageId: stage.stageId, entryId, position, reason, authorId });
        await this.log(tx, command, stage, 'pinned', { position });
        return {
          ...nothingToDo(
            stage,
            undefined,
            `${label} is pinned to position ${position}; the opening draws the others around it.`,
          ),
          changed: true,
        };
      }
      const before = await this.commands.listOf(tx, stage);
      if (!isKept) await stages.writePin(tx, { stageId: stage.stageId, entryId, position, reason, authorId });
      return this.lists.publish(tx, command, {
        stage,
        before,
        amendment: pinStart(before.lines, {
          entryId,
          position,
          reason,
          gapSeconds: this.lists.gapBehindLast(stage, before, entry),
          notBefore: this.lists.notBefore(before),
        }),
        action: 'pinned',
        entryId,
      });
    });
  }

  /** The entry stays where it is until the next redraw. @throws StageNotFound, StageNotInState, EntryNotFound */
  async unpin(command: UnpinStartCommand): Promise<StageAnswer> {
    const { entryId } = command;
    const { stages } = this.commands;
    const rules = {
      states: ['draft', 'planned', 'open', 'running'] as const,
      verb: 'freed of a pinned start',
    };
    return this.commands.run(command, rules, async (tx, stage) => {
      const entry = await this.lists.entry(tx, stage, entryId);
      const label = `#${entry.raceNumber ?? entry.name}`;
      const wasPinned = await stages.releasePin(tx, { stageId: stage.stageId, entryId });
      if (stage.version === null) {
        if (wasPinned) await this.log(tx, command, stage, 'unpinned', {});
        const summary = wasPinned ? `${label} is no longer pinned.` : `${label} was not pinned.`;
        return { ...nothingToDo(stage, undefined, summary), changed: wasPinned };
      }
      const before = await this.commands.listOf(tx, stage);
      if (!before.lines.some((line) => line.entryId === entryId && line.pinned !== undefined))
        return nothingToDo(stage, before, `${label} was not pinned.`);
      return this.lists.publish(tx, command, {
        stage,
        before,
        amendment: unpinStart(before.lines, entryId),
        action: 'unpinned',
        entryId,
      });
    });
  }

  /** Before the opening there is no version that would tell of it. */
  private async log(
    tx: Tx,
    { entryId, reason, authorId }: UnpinStartCommand,
    stage: Stage,
    action: 'pinned' | 'unpinned',
    details: object,
  ): Promise<void> {
    await this.commands.stages.log(tx, {
      stage,
      action,
      toState: stage.state,
      entryId,
      reason,
      authorId,
      details,
      topic: STAGE_PINS_CHANGED,
      payload: { entryId },
    });
  }
}
