import { Injectable } from '@nestjs/common';
import { START_RECORDED } from '@trm/contracts';
import { ReasonMissing } from '@trm/platform';
import { AmendStartList } from './amend-start-list.js';
import { localClock } from './local-clock.js';
import { nothingToDo, StageCommands, type StageAnswer, type StageCommand } from './stage-command.js';
import {
  EntryCannotStart,
  EntryNotListed,
  SegmentNotFound,
  StartNotPlausible,
} from './stage-opening.problems.js';

export interface RecordStartCommand extends StageCommand {
  readonly entryId: string;
  /** null for the first segment of the stage. */
  readonly segmentId: string | null;
  readonly startedAt: Date;
}

/** Statuses from which an entry becomes `started` by starting. */
const BECOMES_STARTED: ReadonlySet<string> = new Set(['confirmed', 'dns']);
/** Who is in none of these was never let to the start; a recorded start would contradict that. */
const HAS_A_START: ReadonlySet<string> = new Set([...BECOMES_STARTED, 'started', 'finished', 'dnf']);
const DAY_MS = 86_400_000;

/**
 * Records when an entry really started. The planned time stays: planned and actual are two facts.
 *   1. The same instant again changes nothing; another one is a correction and needs a reason.
 *   2. The first start makes the stage running, and a confirmed entry started.
 */
@Injectable()
export class RecordStart {
  constructor(
    private readonly commands: StageCommands,
    private readonly lists: AmendStartList,
  ) {}

  /** @throws StageNotFound, StageNotInState, EntryNotFound, EntryCannotStart, SegmentNotFound, EntryNotListed, StartNotPlausible, ReasonMissing */
  async execute(command: RecordStartCommand): Promise<StageAnswer> {
    const { entryId, startedAt } = command;
    const { stages } = this.commands;
    const rules = { states: ['open', 'running'] as const, verb: 'started', entryIds: [entryId] };
    return this.commands.run(command, rules, async (tx, stage) => {
      const entry = await this.lists.entry(tx, stage, entryId);
      const label = `#${entry.raceNumber ?? entry.name}`;
      if (!HAS_A_START.has(entry.status)) throw new EntryCannotStart(entry, stage.name);
      const list = await this.commands.listOf(tx, stage);
      const segment =
        command.segmentId === null
          ? list.segments[0]
          : list.segments.find(({ segmentId }) => segmentId === command.segmentId);
      if (segment === undefined) throw new SegmentNotFound(stage.name);
      const row = { entryId, segmentId: segment.segmentId };
      const start = await stages.readActualStart(tx, row);
      if (start === undefined) throw new EntryNotListed(label, stage.name);
      const clock = localClock(list.timezone, start.targetAt ?? startedAt);
      if (start.targetAt !== null && Math.abs(startedAt.getTime() - start.targetAt.getTime()) > DAY_MS)
        throw new StartNotPlausible(label, clock(start.targetAt));
      if (start.actualAt?.getTime() === startedAt.getTime())
        return nothingToDo(
          stage,
          list,
          `${label} started ${segment.name} at ${clock(startedAt)}, as recorded already.`,
        );
      if ((start.actualAt !== null || start.state === 'void') && command.reason === null)
        throw new ReasonMissing('correct a recorded start, or start an entry that was off the list');
      await stages.recordStart(tx, { ...row, at: startedAt });
      if (BECOMES_STARTED.has(entry.status)) {
        await stages.setEntryStatus(tx, {
          entryIds: [entryId],
          status: 'started',
          authorId: command.authorId,
          reason: command.reason ?? `started ${stage.name}`,
        });
      }
      await stages.log(tx, {
        stage,
        action: 'start_recorded',
        toState: 'running',
        entryId,
        reason: command.reason,
        authorId: command.authorId,
        details: {
          segmentId: segment.segmentId,
          startedAt: startedAt.toISOString(),
          before: start.actualAt?.toISOString() ?? null,
        },
        topic: START_RECORDED,
        payload: { entryId, segmentId: segment.segmentId, startedAt: startedAt.toISOString() },
      });
      return {
        ...nothingToDo(
          stage,
          list,
          `${label} started ${segment.name} at ${clock(startedAt)}${start.targetAt === null ? '' : `, planned ${clock(start.targetAt)}`}.`,
        ),
        stageState: 'running',
        changed: true,
      };
    });
  }
}
