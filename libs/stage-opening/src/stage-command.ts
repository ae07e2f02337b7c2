import { Injectable } from '@nestjs/common';
import { IdempotencyKeys, InTurn, StageNotFound, type IdempotentRequest, type Tx } from '@trm/platform';
import type { LineChange, PlanRemark } from '@trm/rules';
import { StartListMovedOn, StageNotInState } from './stage-opening.problems.js';
import { StageStore, type PublishedStartList, type Stage, type StageState } from './stage-store.js';

/** What every order to a stage says. */
export interface StageCommand {
  readonly stageId: string;
  /** Who gives it; null for a program. */
  readonly authorId: string | null;
  readonly reason: string | null;
  /** The version of the list that the caller has seen; a different one in force is a refusal. */
  readonly expectedVersion?: number;
  /** Present when the caller wants a repeat of the request to be recognised. */
  readonly idempotency?: IdempotentRequest;
}

/** What a command did, for a person and for a program. */
export interface StageAnswer {
  readonly v: 1;
  readonly stageId: string;
  readonly stageName: string;
  readonly stageState: StageState;
  /** Version of the start list in force. */
  readonly version: number | null;
  readonly startListId: string | null;
  /** false when everything was as wanted already. */
  readonly changed: boolean;
  /** One or a few sentences that say what is true now. */
  readonly summary: string;
  readonly diff: readonly LineChange[];
  readonly notices: readonly PlanRemark[];
}

/** The clock, so that tests can say what time it is. */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }
}

interface Rules {
  /** In which states the command makes sense, and how it is called in a refusal: "delay", "pin a start of". */
  readonly states: readonly StageState[];
  readonly verb: string;
  /** Entries whose status the command will change; they are locked before the stage, as every other writer does. */
  readonly entryIds?: readonly string[] | 'confirmed';
}

/**
 * Runs a command on a stage, in one transaction.
 *   1. In turn within the process, and once for an idempotency key.
 *   2. Lock entries, then the stage: every other command, opening and confirmation waits here.
 *   3. Refuse in the wrong state, or when the caller has seen another version.
 * What the command then reads and writes is one step: all of it happens, or nothing.
 */
@Injectable()
export class StageCommands {
  private readonly inTurn = new InTurn();

  constructor(
    readonly stages: StageStore,
    private readonly requests: IdempotencyKeys,
    private readonly clock: Clock,
  ) {}

  now(): Date {
    return this.clock.now();
  }

  /** @throws StageNotFound, StageNotInState, StartListMovedOn, IdempotencyKeyReused, and whatever `work` throws */
  async run<Answer extends object>(
    command: StageCommand,
    rules: Rules,
    work: (tx: Tx, stage: Stage) => Promise<Answer>,
  ): Promise<Answer> {
    return this.inTurn.run(command.stageId, () =>
      this.requests.once(command.idempotency, async (tx) => {
        if (rules.entryIds !== undefined)
          await this.stages.lockEntries(tx, { stageId: command.stageId, entryIds: rules.entryIds });
        const stage = await this.stages.lock(tx, command.stageId);
        if (stage === undefined) throw new StageNotFound();
        if (!rules.states.includes(stage.state))
          throw new StageNotInState(stage.name, stage.state, rules.verb, rules.states);
        if (command.expectedVersion !== undefined && command.expectedVersion !== stage.version)
          throw new StartListMovedOn(stage.name, command.expectedVersion, stage.version);
        return work(tx, stage);
      }),
    );
  }

  /** The list in force of a stage that has one. */
  async listOf(tx: Tx, stage: Stage): Promise<PublishedStartList> {
    const list = await this.stages.readPublished(tx, stage.stageId);
    // db-init/post keeps a stage without a list from being open.
    if (list === undefined) throw new Error(`stage ${stage.stageId} is ${stage.state} but has no start list`);
    return list;
  }
}

/** The answer of a command that found everything as wanted. */
export function nothingToDo(
  stage: Stage,
  list: PublishedStartList | undefined,
  summary: string,
): StageAnswer {
  return {
    v: 1,
    stageId: stage.stageId,
    stageName: stage.name,
    stageState: stage.state,
    version: list?.version ?? null,
    startListId: list?.startListId ?? null,
    changed: false,
    summary,
    diff: [],
    notices: [],
  };
}
