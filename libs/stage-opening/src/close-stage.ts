import { Injectable } from '@nestjs/common';
import { STAGE_CLOSED, STAGE_REOPENED, STAGE_RESULTS_DECLARED } from '@trm/contracts';
import { ReasonMissing } from '@trm/platform';
import { localClock } from './local-clock.js';
import { nothingToDo, StageCommands, type StageAnswer, type StageCommand } from './stage-command.js';
import { ControlsStillOpen, ResultsNotComplete } from './stage-opening.problems.js';
import type { StageState } from './stage-store.js';

/**
 * Ends a stage.
 *   1. Before its last control has closed only with a reason.
 *   2. Confirmed entries that never started this stage become "did not start"; entries that started an earlier one
 *      stay in the event and are named to the processor.
 *   3. Closed again changes nothing.
 */
@Injectable()
export class CloseStage {
  constructor(private readonly commands: StageCommands) {}

  /** @throws StageNotFound, StageNotInState, ControlsStillOpen */
  async execute(command: StageCommand): Promise<StageAnswer> {
    const { stages } = this.commands;
    const rules = {
      states: ['open', 'running', 'closed'] as const,
      verb: 'closed',
      entryIds: 'confirmed' as const,
    };
    return this.commands.run(command, rules, async (tx, stage) => {
      const list = await this.commands.listOf(tx, stage);
      if (stage.state === 'closed') return nothingToDo(stage, list, `${stage.name} is closed already.`);
      const lastClosing = await stages.readLastClosing(tx, stage.stageId);
      if (lastClosing !== null && lastClosing > this.commands.now() && command.reason === null)
        throw new ControlsStillOpen(stage.name, localClock(stage.timezone, this.commands.now())(lastClosing));
      const started = await stages.readStarted(
        tx,
        list.segments.map(({ segmentId }) => segmentId),
      );
      const absent = list.lines.filter(({ entryId }) => !started.has(entryId));
      const statuses = await stages.readStatuses(
        tx,
        absent.map(({ entryId }) => entryId),
      );
      const dns = absent.filter(({ entryId }) => statuses.get(entryId)?.status === 'confirmed');
      const notStarted = absent.filter(({ status }) => status === undefined).map(({ entryId }) => entryId);
      await stages.setEntryStatus(tx, {
        entryIds: dns.map(({ entryId }) => entryId),
        status: 'dns',
        authorId: command.authorId,
        reason: `did not start ${stage.name}`,
      });
      const details = {
        dns: dns.map(({ entryId }) => entryId),
        notStarted,
        lastControlClosesAt: lastClosing?.toISOString() ?? null,
      };
      await stages.log(tx, {
        stage,
        action: 'closed',
        toState: 'closed',
        reason: command.reason,
        authorId: command.authorId,
        details,
        topic: STAGE_CLOSED,
        payload: details,
      });
      const who = dns.map(({ raceNumber, name }) =>
        raceNumber === null ? `"${name ?? '?'}"` : `#${raceNumber}`,
      );
      return {
        ...nothingToDo(
          stage,
          list,
          `${stage.name} is closed. ${dns.length === 0 ? 'Every confirmed entry has started.' : `Did not start: ${who.join(', ')}.`}`,
        ),
        stageState: 'closed',
        changed: true,
      };
    });
  }
}

/**
 * Takes a closing or a declaration back, with a reason. Closed and provisional results: the stage goes on, and the
 * entries that the closing made "did not start" may start again. Official results become provisional.
 */
@Injectable()
export class ReopenStage {
  constructor(private readonly commands: StageCommands) {}

  /** @throws StageNotFound, StageNotInState, ReasonMissing */
  async execute(command: StageCommand): Promise<StageAnswer> {
    const { reason } = command;
    if (reason === null) throw new ReasonMissing('reopen a stage');
    const { stages } = this.commands;
    const rules = {
      states: ['open', 'running', 'closed', 'provisional', 'official'] as const,
      verb: 'reopened',
    };
    // Which entries the closing made "did not start" is only known once the stage is read; they are locked in the
    // order that every command keeps, before the stage.
    const dns = await stages.snapshot((tx) => stages.readDnsOfClosing(tx, command.stageId));
    return this.commands.run(command, { ...rules, entryIds: dns }, async (tx, stage) => {
      const list = await this.commands.listOf(tx, stage);
      if (stage.state === 'open' || stage.state === 'running')
        return nothingToDo(stage, list, `${stage.name} is ${stage.state} already.`);
      const started = await stages.readStarted(
        tx,
        list.segments.map(({ segmentId }) => segmentId),
      );
      const toState: StageState =
        stage.state === 'official' ? 'provisional' : started.size > 0 ? 'running' : 'open';
      const back = toState === 'provisional' ? [] : await stages.readDnsOfClosing(tx, stage.stageId);
      await stages.log(tx, {
        stage,
        action: 'reopened',
        toState,
        reason,
        authorId: command.authorId,
        details: { reinstated: back },
        topic: STAGE_REOPENED,
        payload: { toState, entryIds: back },
      });
      if (back.length > 0) {
        await stages.setEntryStatus(tx, {
          entryIds: back,
          status: 'confirmed',
          authorId: command.authorId,
          reason,
        });
      }
      return {
        ...nothingToDo(
          stage,
          list,
          toState === 'provisional'
            ? `The results of ${stage.name} are provisional again.`
            : `${stage.name} is ${toState} again.${back.length > 0 ? ` ${back.length} that did not start may start again.` : ''}`,
        ),
        stageState: toState,
        changed: true,
      };
    });
  }
}

/** Declares the results of a closed stage provisional, and provisional ones official. */
@Injectable()
export class DeclareResults {
  constructor(private readonly commands: StageCommands) {}

  /** @throws StageNotFound, StageNotInState, ResultsNotComplete */
  async execute(command: StageCommand & { readonly as: 'provisional' | 'official' }): Promise<StageAnswer> {
    const { as } = command;
    const { stages } = this.commands;
    const states: readonly StageState[] =
      as === 'provisional' ? ['closed', 'provisional'] : ['provisional', 'official'];
    return this.commands.run(command, { states, verb: `declared ${as}` }, async (tx, stage) => {
      const list = await this.commands.listOf(tx, stage);
      if (stage.state === as)
        return nothingToDo(stage, list, `The results of ${stage.name} are ${as} already.`);
      const open = await stages.countOpenRecomputes(tx, stage.stageId);
      if (open > 0) throw new ResultsNotComplete(stage.name, open);
      await stages.log(tx, {
        stage,
        action: as === 'provisional' ? 'made_provisional' : 'made_official',
        toState: as,
        reason: command.reason,
        authorId: command.authorId,
        topic: STAGE_RESULTS_DECLARED,
        payload: { toState: as },
      });
      return {
        ...nothingToDo(stage, list, `The results of ${stage.name} are ${as}.`),
        stageState: as,
        changed: true,
      };
    });
  }
}
