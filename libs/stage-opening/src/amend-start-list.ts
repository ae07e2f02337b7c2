import { Injectable } from '@nestjs/common';
import type { Tx } from '@trm/platform';
import { type Amendment, tailGapSeconds } from '@trm/rules';
import { PublishVersion } from './publish-version.js';
import { StageCommands, type StageAnswer, type StageCommand } from './stage-command.js';
import { AmendmentRefused, EntryNotFound } from './stage-opening.problems.js';
import type { EntryOfStage, PublishedLine, PublishedStartList, Stage, StageAction } from './stage-store.js';

const DAY_MS = 86_400_000;

/** What every amendment of a published list shares: reading it, and publishing the amended lines as a new version. */
@Injectable()
export class AmendStartList {
  constructor(
    private readonly commands: StageCommands,
    private readonly versions: PublishVersion,
  ) {}

  /** @throws EntryNotFound when the event of the stage has no such entry */
  async entry(tx: Tx, stage: Stage, entryId: string): Promise<EntryOfStage> {
    const entry = await this.commands.stages.readEntry(tx, stage, entryId);
    if (entry === undefined) throw new EntryNotFound(stage.name);
    return entry;
  }

  /**
   * The instant before which no start is given or moved any more. A list whose last start is more than a day ago is
   * not being run now but worked up afterwards: there the clock says nothing.
   */
  notBefore(list: PublishedStartList): Date {
    const now = this.commands.now();
    const lastMs = Math.max(...list.lines.map(({ startAt }) => Date.parse(startAt)));
    return lastMs < now.getTime() - DAY_MS ? new Date(0) : now;
  }

  gapBehindLast(stage: Stage, list: PublishedStartList, entry: EntryOfStage): number {
    const pools = stage.strategyParams?.['pools'];
    const own = Array.isArray(pools)
      ? pools.find((pool: { id?: unknown }) => pool?.id === entry.pool)
      : undefined;
    return tailGapSeconds(list.lines, {
      pool: entry.pool ?? null,
      joins: stage.strategy === 'mass' ? 'always' : stage.strategy === 'waves' ? 'while_smaller' : 'never',
      intervalSeconds: stage.startIntervalSeconds,
      poolGapSeconds: Number(own?.gap_before_s ?? 0),
    });
  }

  /** @throws AmendmentRefused, FactsChangedMeanwhile */
  async publish(
    tx: Tx,
    command: StageCommand,
    change: {
      readonly stage: Stage;
      readonly before: PublishedStartList;
      readonly amendment: Amendment<PublishedLine>;
      readonly action: StageAction;
      readonly entryId: string;
    },
  ): Promise<StageAnswer> {
    const { stage, before, amendment, action, entryId } = change;
    if ('refusal' in amendment) throw new AmendmentRefused(amendment.refusal);
    const { stages } = this.commands;
    const facts = await stages.readFacts(tx, stage);
    return this.versions.publish(tx, command, {
      facts,
      before,
      lines: amendment.lines,
      segments: before.segments,
      seed: before.seed,
      // An amendment does not draw: the list still comes from the classification of its draw.
      classification: (await stages.readFrozenClassification(tx, before.startListId)) ?? null,
      action,
      entryId,
      toState: stage.state,
      delaySeconds: stage.delaySeconds,
    });
  }
}
