import { Injectable } from '@nestjs/common';
import type { StageOpened } from '@trm/contracts';
import { StageNotFound, StageNotOpenYet, type Tx } from '@trm/platform';
import { diffLists, type LineChange, type PlanRemark } from '@trm/rules';
import { drawList } from './draw-list.js';
import { planStageControlTimes, type PlannedControlTime } from './plan-control-times.js';
import { PublishVersion, writeOut } from './publish-version.js';
import { segmentDelaysOf } from './redraw-start-list.js';
import { StageCommands, type StageCommand } from './stage-command.js';
import { StageNotPlanned } from './stage-opening.problems.js';
import {
  openingOf,
  type PublishedStartList,
  type StartListDocument,
  type StageState,
} from './stage-store.js';

export interface OpenStageCommand extends StageCommand {
  readonly authorId: string;
}

/** A start list as an opening or a redraw would publish it now. */
export interface StartListPreview extends StartListDocument {
  readonly stageId: string;
  readonly stageName: string;
  readonly stageState: StageState;
  readonly timezone: string;
  readonly strategy: string;
  readonly checksum: string;
  readonly notices: readonly PlanRemark[];
  readonly controlTimes: readonly PlannedControlTime[];
  /** What it would move against the list in force; null before the opening. */
  readonly diff: readonly LineChange[] | null;
}

const ANY: readonly StageState[] = [
  'draft',
  'planned',
  'open',
  'running',
  'closed',
  'provisional',
  'official',
];

/**
 * Opens a stage, in one transaction.
 *   1. Lock the stage: a second opening, and an entry being confirmed, wait here.
 *   2. A stage that is open already answers with the list it has.
 *   3. Load the facts: startable entries, segments, pins, the classification that the order comes from.
 *   4. Plan the list (rules); what is missing is refused, in words.
 *   5. Publish: the frozen list, a start for each entry × segment, control times, the stage's state, its log, the
 *      outbox row.
 * Doing it again changes nothing and gives the same answer.
 */
@Injectable()
export class OpenStage {
  constructor(
    private readonly commands: StageCommands,
    private readonly versions: PublishVersion,
  ) {}

  /**
   * @throws StageNotFound, StageNotPlanned, StageOpenedBefore, StartListNotPossible, FactsChangedMeanwhile,
   *   IdempotencyKeyReused
   */
  async execute(command: OpenStageCommand): Promise<StageOpened> {
    const { stages } = this.commands;
    return this.commands.run(command, { states: ANY, verb: 'opened' }, async (tx, stage) => {
      if (stage.state === 'open') return openingOf(await this.commands.listOf(tx, stage));
      if (stage.state !== 'planned') throw new StageNotPlanned(stage.name, stage.state);
      const facts = await stages.readFacts(tx, stage);
      const { lines, segments, seed, notices } = drawList(facts);
      const answer = await this.versions.publish(tx, command, {
        facts,
        before: undefined,
        lines,
        segments,
        seed,
        notices,
        classification: facts.classification ?? null,
        action: 'opened',
        toState: 'open',
        delaySeconds: stage.delaySeconds,
      });
      return this.opening(tx, answer);
    });
  }

  /**
   * The list that an opening, or a redraw of an open stage, would publish now; writes nothing.
   * @throws StageNotFound, StartListNotPossible
   */
  async preview(stageId: string): Promise<StartListPreview> {
    const { stages } = this.commands;
    return stages.snapshot(async (tx) => {
      const stage = await stages.read(tx, stageId);
      if (stage === undefined) throw new StageNotFound();
      const before = await stages.readPublished(tx, stageId);
      const facts = await stages.readFacts(tx, stage);
      const drawn = drawList(facts, before && { segmentDelays: segmentDelaysOf(before), seed: before.seed });
      const { document, checksum } = writeOut(drawn, stage.timezone);
      const controlTimes = planStageControlTimes(facts, document, stage.delaySeconds);
      return {
        stageId,
        stageName: stage.name,
        stageState: stage.state,
        timezone: stage.timezone,
        strategy: stage.strategy,
        checksum,
        notices: [...drawn.notices, ...controlTimes.notices],
        controlTimes: controlTimes.times,
        diff: before === undefined ? null : diffLists(before.lines, document.lines),
        ...document,
      };
    });
  }

  /** @throws StageNotFound, StageNotOpenYet */
  async published(stageId: string): Promise<PublishedStartList> {
    const { stages } = this.commands;
    return stages.snapshot(async (tx) => {
      const list = await stages.readPublished(tx, stageId);
      if (list !== undefined) return list;
      const stage = await stages.read(tx, stageId);
      throw stage === undefined ? new StageNotFound() : new StageNotOpenYet(stage.name);
    });
  }

  private async opening(tx: Tx, { stageId }: { stageId: string }): Promise<StageOpened> {
    const list = await this.commands.stages.readPublished(tx, stageId);
    if (list === undefined) throw new Error(`stage ${stageId} was opened without a start list`);
    return openingOf(list);
  }
}
