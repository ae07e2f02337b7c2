import { Injectable } from '@nestjs/common';
import { removeEntry, type VacancyStatus } from '@trm/rules';
import { AmendStartList } from './amend-start-list.js';
import { nothingToDo, StageCommands, type StageAnswer, type StageCommand } from './stage-command.js';
import { EntryHasStarted } from './stage-opening.problems.js';

export interface RemoveEntryCommand extends StageCommand {
  readonly entryId: string;
  /** withdrawn: leaves the event. dns: does not start. */
  readonly status: Extract<VacancyStatus, 'withdrawn' | 'dns'>;
}

/**
 * Takes an entry off the list of an open stage: it withdraws, or is declared not to start.
 *   1. Refused once it has started; then it retires.
 *   2. Its slot stays empty, or those behind close up, as the stage says; its starts become void, none is deleted.
 *   3. Publish the new version and set the entry's status.
 */
@Injectable()
export class RemoveEntry {
  constructor(
    private readonly commands: StageCommands,
    private readonly lists: AmendStartList,
  ) {}

  /** @throws StageNotFound, StageNotInState, EntryNotFound, EntryHasStarted, AmendmentRefused, RefusedByRule */
  async execute(command: RemoveEntryCommand): Promise<StageAnswer> {
    const { entryId, status } = command;
    const { stages } = this.commands;
    const rules = { states: ['open', 'running'] as const, verb: 'left by an entry', entryIds: [entryId] };
    return this.commands.run(command, rules, async (tx, stage) => {
      const entry = await this.lists.entry(tx, stage, entryId);
      const before = await this.commands.listOf(tx, stage);
      const own = before.lines.find((line) => line.entryId === entryId);
      const segmentIds = before.segments.map(({ segmentId }) => segmentId);
      if ((await stages.readStarted(tx, segmentIds)).has(entryId))
        throw new EntryHasStarted(entry, stage.name);
      const isOff = own === undefined || own.status === status;
      if (isOff && entry.status === status)
        return nothingToDo(stage, before, `#${entry.raceNumber ?? entry.name} is ${status} already.`);
      await stages.releasePin(tx, { stageId: stage.stageId, entryId });
      const answer = isOff
        ? nothingToDo(stage, before, `#${entry.raceNumber ?? entry.name} is ${status}; no start moved.`)
        : await this.lists.publish(tx, command, {
            stage,
            before,
            amendment: removeEntry(before.lines, {
              entryId,
              status,
              policy: stage.absentSlotPolicy,
              notBefore: this.lists.notBefore(before),
            }),
            action: 'entry_removed',
            entryId,
          });
      await stages.setEntryStatus(tx, {
        entryIds: [entryId],
        status,
        authorId: command.authorId,
        reason: command.reason,
      });
      return answer;
    });
  }
}
