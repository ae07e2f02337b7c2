import { Injectable } from '@nestjs/common';
import { type DirectusQuestion, isId } from '@trm/platform';
import { StageAlreadyOpen, StageWithoutStartList } from './stage-opening.problems.js';
import { StageStore } from './stage-store.js';

const STARTABLE: ReadonlySet<unknown> = new Set(['confirmed', 'started']);
const BEFORE_OPENING: ReadonlySet<unknown> = new Set([undefined, 'draft', 'planned']);

/**
 * Says in words, before Directus writes, what the database would refuse:
 *   1. an entry confirmed while a stage of its event is open would be on no start list;
 *   2. a stage set to open by hand would have none.
 * Reads only; the triggers of db-init/post have the last word.
 */
@Injectable()
export class DirectusWrites {
  constructor(private readonly stages: StageStore) {}

  /** @throws StageAlreadyOpen, StageWithoutStartList */
  async check({ trigger }: DirectusQuestion): Promise<void> {
    const payload = (trigger.payload ?? {}) as Readonly<Record<string, unknown>>;
    const keys = uuids(trigger.keys);
    const creates = trigger.event.endsWith('.create');
    if (trigger.collection === 'entries' && STARTABLE.has(payload['status'])) {
      const eventIds = creates ? uuids([payload['event_id']]) : [];
      const stageName = await this.stages.openStageWithout({ entryIds: keys, eventIds });
      if (stageName !== undefined) throw new StageAlreadyOpen(stageName);
    }
    if (trigger.collection === 'stages' && !BEFORE_OPENING.has(payload['state'])) {
      if (creates || (await this.stages.anyWithoutStartList(keys))) throw new StageWithoutStartList();
    }
  }
}

/** Signed or not, it came from outside: what is no list holds no ids. */
function uuids(values: unknown): string[] {
  return Array.isArray(values) ? values.filter(isId) : [];
}
