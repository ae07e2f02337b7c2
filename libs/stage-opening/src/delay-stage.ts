import { Injectable } from '@nestjs/common';
import { delayStarts } from '@trm/rules';
import { PublishVersion } from './publish-version.js';
import { StageCommands, type StageAnswer, type StageCommand } from './stage-command.js';
import { NobodyLeftToDelay, SegmentNotFound } from './stage-opening.problems.js';
import type { PublishedSegment } from './stage-store.js';

export interface DelayStageCommand extends StageCommand {
  /** Added to what was announced before. */
  readonly seconds: number;
  /** The first segment that is delayed; null for the whole stage. */
  readonly fromSegmentId: string | null;
}

/**
 * Delays an open stage, from its beginning or from a segment on.
 *   1. Entries that have started at that point are past it: nothing of theirs moves.
 *   2. For all others every start from there on moves, and with them the opening and closing of the controls.
 *   3. A new version; delays add up.
 */
@Injectable()
export class DelayStage {
  constructor(
    private readonly commands: StageCommands,
    private readonly versions: PublishVersion,
  ) {}

  /** @throws StageNotFound, StageNotInState, SegmentNotFound, NobodyLeftToDelay */
  async execute(command: DelayStageCommand): Promise<StageAnswer> {
    const { seconds, fromSegmentId } = command;
    const { stages } = this.commands;
    const rules = { states: ['open', 'running'] as const, verb: 'delayed' };
    return this.commands.run(command, rules, async (tx, stage) => {
      const before = await this.commands.listOf(tx, stage);
      const from = pointOf(before.segments, fromSegmentId);
      if (from === undefined) throw new SegmentNotFound(stage.name);
      const isWhole = from === before.segments[0];
      const exempt = await stages.readStarted(tx, [from.segmentId]);
      if (before.lines.every(({ entryId, status }) => status !== undefined || exempt.has(entryId)))
        throw new NobodyLeftToDelay(stage.name, from.name);
      const delayed = delayStarts(before, { seconds, fromSegmentId: from.segmentId, exempt });
      const facts = await stages.readFacts(tx, stage);
      return this.versions.publish(tx, command, {
        facts,
        before,
        ...delayed,
        seed: before.seed,
        classification: (await stages.readFrozenClassification(tx, before.startListId)) ?? null,
        action: 'delayed',
        toState: stage.state,
        delaySeconds: stage.delaySeconds + (isWhole ? seconds : 0),
      });
    });
  }
}

function pointOf(
  segments: readonly PublishedSegment[],
  fromSegmentId: string | null,
): PublishedSegment | undefined {
  return fromSegmentId === null ? segments[0] : segments.find(({ segmentId }) => segmentId === fromSegmentId);
}
