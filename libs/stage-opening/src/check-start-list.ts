import { Injectable } from '@nestjs/common';
import { START_LIST_STALE } from '@trm/contracts';
import type { Tx } from '@trm/platform';
import { diffLists, type LineChange, reinstateEntry, removeEntry, type VacancyStatus } from '@trm/rules';
import { AmendStartList } from './amend-start-list.js';
import { drawList } from './draw-list.js';
import { planStageControlTimes } from './plan-control-times.js';
import { StageCommands, type StageCommand } from './stage-command.js';
import { StartListNotPossible } from './stage-opening.problems.js';
import type { PublishedStartList, Stage } from './stage-store.js';

const STARTABLE: ReadonlySet<string> = new Set(['confirmed', 'started']);

/**
 * Brings a published list in line with what changed around it, whoever changed it: the Admin UI, an import, SQL.
 *   1. An entry that may no longer start leaves its slot; one that started has the starts ahead of it made void.
 *   2. An entry that may start again has its slot back, when that still lies ahead.
 *   3. When the results that the list was drawn from would now give another order, the list is marked stale with
 *      the difference. It is never redrawn by itself.
 *   4. Control times that depend on who has finished, or on a corrected rule, are computed anew.
 * Looks only at facts in the database, so it may run at any time and any number of times.
 */
@Injectable()
export class CheckStartList {
  constructor(
    private readonly commands: StageCommands,
    private readonly lists: AmendStartList,
  ) {}

  /** @returns how many stages were looked at */
  async checkAll(limit = 50): Promise<number> {
    const waiting = await this.commands.stages.readListsToCheck(limit);
    for (const stageId of waiting) await this.execute(stageId);
    return waiting.length;
  }

  /** @throws StageNotFound */
  async execute(stageId: string): Promise<{ readonly changes: number; readonly stale: boolean }> {
    const command: StageCommand = { stageId, authorId: null, reason: null };
    const states = ['draft', 'planned', 'open', 'running', 'closed', 'provisional', 'official'] as const;
    return this.commands.run(command, { states, verb: 'checked' }, async (tx, stage) => {
      await this.commands.stages.listChecked(tx, stageId);
      if (stage.state !== 'open' && stage.state !== 'running') return { changes: 0, stale: false };
      const changes = await this.followEntries(tx, stage);
      const stale = await this.followResults(tx, stage);
      return { changes: changes + (await this.followControls(tx, stage)), stale };
    });
  }

  private async followEntries(tx: Tx, stage: Stage): Promise<number> {
    const { stages } = this.commands;
    let list = await this.commands.listOf(tx, stage);
    const statuses = await stages.readStatuses(
      tx,
      list.lines.map(({ entryId }) => entryId),
    );
    const started = await stages.readStarted(
      tx,
      list.segments.map(({ segmentId }) => segmentId),
    );
    let changes = 0;
    for (const { entryId, status } of list.lines) {
      const entry = statuses.get(entryId);
      if (entry === undefined) continue;
      const mayStart = STARTABLE.has(entry.status);
      if (mayStart === (status === undefined)) continue;
      const notBefore = this.lists.notBefore(list);
      const command = {
        stageId: stage.stageId,
        authorId: entry.authorId,
        reason: entry.reason ?? `entry became ${entry.status}`,
      };
      if (!mayStart && (started.has(entryId) || entry.status === 'finished')) {
        changes += await stages.voidStartsAhead(tx, {
          stageId: stage.stageId,
          entryId,
          why: command.reason,
          now: notBefore,
        });
        continue;
      }
      const amendment = mayStart
        ? // Who has started was there, however late: the line must not say otherwise.
          reinstateEntry(list.lines, entryId, started.has(entryId) ? new Date(0) : notBefore)
        : removeEntry(list.lines, {
            entryId,
            status: entry.status as VacancyStatus,
            policy: stage.absentSlotPolicy,
            notBefore,
          });
      // Too late for its own slot: staff decide where it goes, as a late entry.
      if ('refusal' in amendment) continue;
      const { changed } = await this.lists.publish(tx, command, {
        stage: { ...stage, version: list.version },
        before: list,
        amendment,
        action: mayStart ? 'entry_reinstated' : 'entry_removed',
        entryId,
      });
      if (changed) changes += 1;
      list = await this.commands.listOf(tx, stage);
    }
    return changes;
  }

  private async followControls(tx: Tx, stage: Stage): Promise<number> {
    const { stages } = this.commands;
    const list = await this.commands.listOf(tx, stage);
    const { times } = planStageControlTimes(await stages.readFacts(tx, stage), list, stage.delaySeconds);
    return stages.writeControlTimes(tx, {
      stageId: stage.stageId,
      startListId: list.startListId,
      controlTimes: times,
    });
  }

  /** Draws twice, from the results of then and of now, everything else equal: what differs, the results moved. */
  private async followResults(tx: Tx, stage: Stage): Promise<boolean> {
    const { stages } = this.commands;
    const list = await this.commands.listOf(tx, stage);
    const diff = await this.movedByResults(tx, stage, list);
    const isStale = diff.length > 0;
    if (isStale === list.stale && JSON.stringify(diff) === JSON.stringify(list.staleDiff ?? []))
      return isStale;
    await stages.markStale(tx, list.startListId, isStale ? diff : null);
    if (isStale !== list.stale) {
      await stages.log(tx, {
        stage,
        action: isStale ? 'marked_stale' : 'unmarked_stale',
        toState: stage.state,
        reason: isStale
          ? `the result that version ${list.version} was drawn from has changed`
          : `the result that version ${list.version} was drawn from is again what it was`,
        authorId: null,
        details: { diff },
        topic: START_LIST_STALE,
        payload: { startListId: list.startListId, stale: isStale },
      });
    }
    return isStale;
  }

  private async movedByResults(
    tx: Tx,
    stage: Stage,
    list: PublishedStartList,
  ): Promise<readonly LineChange[]> {
    const frozen = await this.commands.stages.readFrozenClassification(tx, list.startListId);
    const facts = await this.commands.stages.readFacts(tx, stage);
    if (frozen === undefined || JSON.stringify(frozen) === JSON.stringify(facts.classification)) return [];
    const listed = new Set(
      list.lines.filter(({ status }) => status === undefined).map(({ entryId }) => entryId),
    );
    const same = { ...facts, entries: facts.entries.filter(({ entryId }) => listed.has(entryId)) };
    try {
      const then = drawList(same, { classification: frozen, seed: list.seed });
      const now = drawList(same, { classification: facts.classification, seed: list.seed });
      return diffLists(then.lines, now.lines);
    } catch (error) {
      // No list can be drawn from the results of now, as when they were taken away: what was said of it stands.
      if (error instanceof StartListNotPossible) return list.staleDiff ?? [];
      throw error;
    }
  }
}
