import { Injectable } from '@nestjs/common';
import { drawList } from './draw-list.js';
import { PublishVersion } from './publish-version.js';
import { StageCommands, type StageAnswer, type StageCommand } from './stage-command.js';
import { StageHasStarted } from './stage-opening.problems.js';
import type { PublishedStartList } from './stage-store.js';

/**
 * Draws the list of an open stage anew, from the results, entries and settings as they are now.
 *   1. Refused once somebody has started: from then on single starts are changed, not the whole list.
 *   2. Pins, announced delays and the seed of a draw by lot hold.
 *   3. A new version with the difference; equal to the one in force, nothing is written.
 */
@Injectable()
export class RedrawStartList {
  constructor(
    private readonly commands: StageCommands,
    private readonly versions: PublishVersion,
  ) {}

  /** @throws StageNotFound, StageNotInState, StageHasStarted, StartListNotPossible, StartListMovedOn */
  async execute(command: StageCommand): Promise<StageAnswer> {
    const { stages } = this.commands;
    return this.commands.run(command, { states: ['open'], verb: 'redrawn' }, async (tx, stage) => {
      const before = await this.commands.listOf(tx, stage);
      const started = await stages.readStarted(
        tx,
        before.segments.map(({ segmentId }) => segmentId),
      );
      if (started.size > 0) throw new StageHasStarted(stage.name, started.size);
      const facts = await stages.readFacts(tx, stage);
      const { lines, segments, seed, notices } = drawList(facts, {
        segmentDelays: segmentDelaysOf(before),
        seed: before.seed,
      });
      const answer = await this.versions.publish(tx, command, {
        facts,
        before,
        lines,
        segments,
        seed,
        notices,
        classification: facts.classification ?? null,
        action: 'redrawn',
        toState: stage.state,
        delaySeconds: stage.delaySeconds,
      });
      // The list in force is drawn from today's results again, whether or not a line moved.
      if (!answer.changed && before.stale) await stages.markStale(tx, before.startListId, null);
      return answer;
    });
  }
}

/** The announced delays that a list carries, by the segment from which they count. */
export function segmentDelaysOf(list: PublishedStartList): ReadonlyMap<string, number> {
  return new Map(
    list.segments.flatMap(({ segmentId, delaySeconds }) =>
      delaySeconds === undefined ? [] : [[segmentId, delaySeconds] as const],
    ),
  );
}
