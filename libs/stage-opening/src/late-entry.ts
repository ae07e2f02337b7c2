import { Injectable } from '@nestjs/common';
import { type DirectusQuestion, Problem } from '@trm/platform';
import { StageStore } from './stage-store.js';

/** An entry would become startable although a stage of its event has its start list already. */
export class StageAlreadyOpen extends Problem {
  readonly kind = 'rule';
  readonly code = 'STAGE_ALREADY_OPEN';

  constructor(stageName: string) {
    super(
      `${stageName} is open and its start list is published, so no further entry can be confirmed now. Confirm it when ${stageName} is closed.`,
    );
  }
}

const STARTABLE: ReadonlySet<unknown> = new Set(['confirmed', 'started']);
const ENTRY_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Says in words what the database would refuse: an entry confirmed after its event's stage was opened would be on
 * no start list. Reads only; the trigger on `entries` has the last word.
 */
@Injectable()
export class LateEntry {
  constructor(private readonly stages: StageStore) {}

  /** @throws StageAlreadyOpen */
  async check({ trigger }: DirectusQuestion): Promise<void> {
    const { status, event_id: eventId } = (trigger.payload ?? {}) as { status?: unknown; event_id?: unknown };
    if (trigger.collection !== 'entries' || !STARTABLE.has(status)) return;
    const stageName = await this.stages.openStageWithout({
      entryIds: ids(trigger.keys ?? []),
      eventIds: trigger.event.endsWith('.create') ? ids([eventId]) : [],
    });
    if (stageName !== undefined) throw new StageAlreadyOpen(stageName);
  }
}

function ids(values: readonly unknown[]): string[] {
  return values.filter((value): value is string => typeof value === 'string' && ENTRY_ID.test(value));
}
