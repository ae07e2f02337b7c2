import { Injectable } from '@nestjs/common';
import { addLateEntry, type LatePlacement, reinstateEntry } from '@trm/rules';
import { AmendStartList } from './amend-start-list.js';
import { nothingToDo, StageCommands, type StageAnswer, type StageCommand } from './stage-command.js';
import { EntryCannotStart, EntryWithoutNumber } from './stage-opening.problems.js';

export interface AddLateEntryCommand extends StageCommand {
  readonly entryId: string;
  readonly placement: LatePlacement;
}

/** What an entry becomes when it is added late; whoever is not here cannot start. */
const BECOMES: Readonly<Record<string, string>> = {
  registered: 'confirmed',
  confirmed: 'confirmed',
  dns: 'confirmed',
  started: 'started',
  dnf: 'started',
};

/**
 * Adds an entry to the list of a stage that is open.
 *   1. Behind the last start, or into a slot that an absent entry left empty; no published start moves. An entry that
 *      comes back in time has its own slot again.
 *   2. Publish the new version, with its starts.
 *   3. Confirm the entry (or let it rejoin), unless another open stage of the event does not list it yet: then the
 *      answer says which.
 */
@Injectable()
export class AddLateEntry {
  constructor(
    private readonly commands: StageCommands,
    private readonly lists: AmendStartList,
  ) {}

  /** @throws StageNotFound, StageNotInState, EntryNotFound, EntryCannotStart, EntryWithoutNumber, AmendmentRefused, RefusedByRule */
  async execute(command: AddLateEntryCommand): Promise<StageAnswer> {
    const { entryId, placement } = command;
    const { stages } = this.commands;
    const rules = { states: ['open', 'running'] as const, verb: 'given a late entry', entryIds: [entryId] };
    return this.commands.run(command, rules, async (tx, stage) => {
      const entry = await this.lists.entry(tx, stage, entryId);
      const becomes = BECOMES[entry.status];
      if (becomes === undefined) throw new EntryCannotStart(entry, stage.name);
      if (entry.raceNumber === null) throw new EntryWithoutNumber(entry.name);
      const before = await this.commands.listOf(tx, stage);
      const own = before.lines.find((line) => line.entryId === entryId);
      const notBefore = this.lists.notBefore(before);
      const back = own === undefined ? undefined : reinstateEntry(before.lines, entryId, notBefore);
      if (own !== undefined && own.status === undefined && entry.status === becomes)
        return nothingToDo(
          stage,
          before,
          `#${entry.raceNumber} is on the start list already, in position ${own.position}.`,
        );
      const amendment =
        back !== undefined && 'lines' in back
          ? back
          : addLateEntry(before.lines, {
              entry: {
                entryId,
                raceNumber: entry.raceNumber,
                name: entry.name,
                classCode: entry.classCode,
                pool: entry.pool ?? null,
                startLocal: '',
              },
              placement,
              gapSeconds: this.lists.gapBehindLast(stage, before, entry),
              notBefore,
            });
      const answer = await this.lists.publish(tx, command, {
        stage,
        before,
        amendment,
        action: back !== undefined && 'lines' in back ? 'entry_reinstated' : 'late_entry_added',
        entryId,
      });
      if (entry.status === becomes) return answer;
      const others = await stages.otherOpenStagesWithout(tx, stage, entryId);
      if (others.length > 0) {
        const message = `#${entry.raceNumber} is still ${entry.status}: ${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} open too. Add it there as a late entry; that confirms it.`;
        return {
          ...answer,
          summary: `${answer.summary} ${message}`,
          notices: [...answer.notices, { code: 'OTHER_STAGE_OPEN', message }],
        };
      }
      await stages.setEntryStatus(tx, {
        entryIds: [entryId],
        status: becomes,
        authorId: command.authorId,
        reason: command.reason ?? `late entry in ${stage.name}`,
      });
      return answer;
    });
  }
}
