import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Tx } from '@trm/platform';
import { diffLists, type Classification, type PlanRemark } from '@trm/rules';
import { describeChanges } from './describe-changes.js';
import { localClock } from './local-clock.js';
import { planStageControlTimes } from './plan-control-times.js';
import { nothingToDo, type StageAnswer, type StageCommand } from './stage-command.js';
import {
  StageStore,
  type OpeningFacts,
  type PublishedLine,
  type PublishedSegment,
  type PublishedStartList,
  type StageAction,
  type StageState,
  type StartListDocument,
} from './stage-store.js';

export interface NewVersion {
  readonly facts: OpeningFacts;
  /** The version that it replaces; undefined for an opening. */
  readonly before: PublishedStartList | undefined;
  readonly lines: readonly PublishedLine[];
  readonly segments: readonly PublishedSegment[];
  readonly classification: Classification | null;
  readonly seed: string | null;
  readonly action: StageAction;
  readonly entryId?: string | null;
  readonly toState: StageState;
  readonly delaySeconds: number;
  readonly notices?: readonly PlanRemark[];
}

/**
 * Publishes a version of a start list: the frozen document, the starts that it moved, the control times that follow
 * from it, the stage, its log and the outbox row. A version equal to the one in force is not written.
 */
@Injectable()
export class PublishVersion {
  constructor(private readonly stages: StageStore) {}

  /** @throws StageOpenedBefore, FactsChangedMeanwhile */
  async publish(tx: Tx, command: StageCommand, version: NewVersion): Promise<StageAnswer> {
    const { facts, before, action, toState } = version;
    const { stage } = facts;
    const { document, checksum } = writeOut(version, stage.timezone);
    const diff = before === undefined ? null : diffLists(before.lines, document.lines);
    if (before !== undefined && before.checksum === checksum && stage.state === toState) {
      return nothingToDo(stage, before, `Nothing to change: version ${before.version} says this already.`);
    }
    const controlTimes = planStageControlTimes(facts, document, version.delaySeconds);
    const published = await this.stages.publish(tx, {
      stage,
      before,
      document,
      controlTimes: controlTimes.times,
      diff,
      classification: version.classification,
      seed: version.seed,
      checksum,
      action,
      entryId: version.entryId ?? null,
      toState,
      delaySeconds: version.delaySeconds,
      reason: command.reason,
      authorId: command.authorId,
    });
    return {
      v: 1,
      stageId: stage.stageId,
      stageName: stage.name,
      stageState: toState,
      version: published.version,
      startListId: published.startListId,
      changed: true,
      summary: `Version ${published.version} of the start list of ${stage.name} is published: ${describeChanges(diff ?? [], stage.timezone)}.`,
      diff: diff ?? [],
      notices: [...(version.notices ?? []), ...controlTimes.notices],
    };
  }
}

/** The list as the document that people read, with its checksum. */
export function writeOut(
  list: { readonly lines: readonly PublishedLine[]; readonly segments: readonly PublishedSegment[] },
  timezone: string,
): { readonly document: StartListDocument; readonly checksum: string } {
  const firstStartAt = list.lines[0]?.startAt;
  const clock = localClock(timezone, firstStartAt === undefined ? undefined : new Date(firstStartAt));
  const document: StartListDocument = {
    segments: list.segments,
    lines: list.lines.map((line) => ({ ...line, startLocal: clock(new Date(line.startAt)) })),
  };
  return { document, checksum: createHash('sha256').update(JSON.stringify(document)).digest('hex') };
}
