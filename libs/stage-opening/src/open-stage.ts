import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { StageOpened } from '@trm/contracts';
import {
  IdempotencyKeys,
  InTurn,
  StageNotFound,
  StageNotOpenYet,
  type IdempotentRequest,
  type Tx,
} from '@trm/platform';
import { planStartList, type StartListPlan } from '@trm/rules';
import { StageNotPlanned, StartListNotPossible } from './stage-opening.problems.js';
import {
  StageStore,
  type OpeningFacts,
  type PublishedStartList,
  type StartListDocument,
  type StageState,
} from './stage-store.js';

export interface OpenStageCommand {
  readonly stageId: string;
  readonly authorId: string;
  readonly reason: string | null;
  /** Present when the caller wants a repeat of the request to be recognised. */
  readonly idempotency?: IdempotentRequest;
}

/** A start list as it would be published now. */
export interface StartListPreview extends StartListDocument {
  readonly stageId: string;
  readonly stageName: string;
  readonly stageState: StageState;
  readonly timezone: string;
  readonly strategy: string;
  readonly checksum: string;
  readonly notices: StartListPlan['notices'];
}

/**
 * Opens a stage, in one transaction.
 *   1. Lock the stage: a second opening, and an entry being confirmed, wait here.
 *   2. A stage that is open already answers with the list it has.
 *   3. Load the facts: startable entries, segments, the classification that the order comes from.
 *   4. Plan the list (rules); what is missing is refused, in words.
 *   5. Publish: the frozen list, a start for each entry × segment, the stage's state, its log, the outbox row.
 * Doing it again changes nothing and gives the same answer.
 */
@Injectable()
export class OpenStage {
  private readonly inTurn = new InTurn();

  constructor(
    private readonly stages: StageStore,
    private readonly requests: IdempotencyKeys,
  ) {}

  /**
   * @throws StageNotFound, StageNotPlanned, StageOpenedBefore, StartListNotPossible, FactsChangedMeanwhile,
   *   IdempotencyKeyReused
   */
  async execute(command: OpenStageCommand): Promise<StageOpened> {
    return this.inTurn.run(command.stageId, () => this.open(command));
  }

  /**
   * The list that an opening would publish now; writes nothing.
   * @throws StageNotFound, StartListNotPossible
   */
  async preview(stageId: string): Promise<StartListPreview> {
    return this.stages.snapshot(async (tx) => {
      const stage = await this.stages.read(tx, stageId);
      if (stage === undefined) throw new StageNotFound();
      const { plan, document, checksum } = draw(await this.stages.readFacts(tx, stage));
      return {
        stageId,
        stageName: stage.name,
        stageState: stage.state,
        timezone: stage.timezone,
        strategy: stage.strategy,
        checksum,
        notices: plan.notices,
        ...document,
      };
    });
  }

  /** @throws StageNotFound, StageNotOpenYet */
  async published(stageId: string): Promise<PublishedStartList> {
    return this.stages.snapshot(async (tx) => {
      const list = await this.stages.readPublished(tx, stageId);
      if (list !== undefined) return list;
      const stage = await this.stages.read(tx, stageId);
      throw stage === undefined ? new StageNotFound() : new StageNotOpenYet(stage.name);
    });
  }

  private async open({ stageId, authorId, reason, idempotency }: OpenStageCommand): Promise<StageOpened> {
    return this.requests.once(idempotency, async (tx) => {
      const stage = await this.stages.lock(tx, stageId);
      if (stage === undefined) throw new StageNotFound();
      if (stage.state === 'open') return this.alreadyOpened(tx, stageId);
      if (stage.state !== 'planned') throw new StageNotPlanned(stage.name, stage.state);

      const facts = await this.stages.readFacts(tx, stage);
      const { plan, document, checksum } = draw(facts);
      return this.stages.publish(tx, {
        stage,
        document,
        starts: plan.lines,
        classification: facts.classification,
        checksum,
        reason,
        authorId,
      });
    });
  }

  private async alreadyOpened(tx: Tx, stageId: string): Promise<StageOpened> {
    const list = await this.stages.readPublished(tx, stageId);
    // db-init/post keeps a stage without a list from being open.
    if (list === undefined) throw new Error(`stage ${stageId} is open but has no start list`);
    return openingOf(list);
  }
}

/** What an opening tells about a published list. */
export function openingOf(list: PublishedStartList): StageOpened {
  return {
    v: 1,
    stageId: list.stageId,
    startListId: list.startListId,
    version: list.version,
    entries: list.lines.length,
    segments: list.segments.length,
    firstStartAt: list.lines[0]?.startAt ?? '',
    lastStartAt: list.lines.at(-1)?.startAt ?? '',
    checksum: list.checksum,
  };
}

/** Plans the list and writes it out as the document that people read. @throws StartListNotPossible */
function draw(facts: OpeningFacts): { plan: StartListPlan; document: StartListDocument; checksum: string } {
  const { stage, entries, segments, classification } = facts;
  const plan = planStartList({
    stageName: stage.name,
    startsAt: stage.startsAt,
    delaySeconds: stage.delaySeconds,
    startIntervalSeconds: stage.startIntervalSeconds,
    strategy: stage.strategy,
    params: stage.strategyParams,
    // A draw by lot that nobody gave a seed for is still repeatable: the preview shows what the opening publishes.
    seed: stage.stageId,
    entries,
    segments,
    ...(classification && { classification }),
  });
  if (plan.problems.length > 0) throw new StartListNotPossible(plan.problems);
  const entryById = new Map(entries.map((entry) => [entry.entryId, entry]));
  const segmentById = new Map(segments.map((segment) => [segment.segmentId, segment]));
  const document: StartListDocument = {
    segments: plan.segments.map((offset) => ({
      ...offset,
      name: segmentById.get(offset.segmentId)?.name ?? '',
      type: segmentById.get(offset.segmentId)?.type ?? '',
    })),
    lines: plan.lines.map(({ entryId, position, group, startAt, because }) => {
      const entry = entryById.get(entryId);
      return {
        position,
        group,
        entryId,
        raceNumber: entry?.raceNumber ?? null,
        name: entry?.name ?? null,
        classCode: entry?.classCode ?? null,
        startAt: startAt.toISOString(),
        because,
      };
    }),
  };
  return { plan, document, checksum: createHash('sha256').update(JSON.stringify(document)).digest('hex') };
}
