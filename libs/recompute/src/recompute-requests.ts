import { Injectable } from '@nestjs/common';
import { type Caller, IdempotencyKeys, OrganisationAccess } from '@trm/platform';
import type { RecomputeLayer } from '@trm/rules';
import { PgRequestStore, type RecomputeRequestRow } from './pg-request-store.js';
import {
  NothingToCancel,
  NothingToRecompute,
  NothingToTryAgain,
  NotOfThisEvent,
} from './recompute.problems.js';
import { MAY_CORRECT, MAY_FOLLOW } from './who-may.js';

/** What staff want to be computed again: an event, some of its stages, some of its entries. */
export interface RecomputeOrder {
  readonly eventId: string;
  readonly stageIds?: readonly string[];
  readonly entryIds?: readonly string[];
  readonly layers?: readonly RecomputeLayer[];
  readonly reason: string;
}

/** So few entries are a correction that somebody waits for; more are a replay, which goes behind live ones. */
const A_FEW = 10;

/** Staff ask for results to be computed again, follow that, try again what failed and give up what is not wanted. */
@Injectable()
export class RecomputeRequests {
  constructor(
    private readonly access: OrganisationAccess,
    private readonly keys: IdempotencyKeys,
    private readonly store: PgRequestStore,
  ) {}

  /** @throws EventNotFound, RoleMissing, NotOfThisEvent, NothingToRecompute */
  async ask(caller: Caller, order: RecomputeOrder, key: string | undefined): Promise<RecomputeRequestRow> {
    await this.access.requireForEvent(caller, order.eventId, MAY_CORRECT, 'have results computed again');
    return this.keys.once(scoped(caller, 'ask', key, order), async (tx) => {
      const strangers = await this.store.strangers(tx, order);
      if (strangers.stageIds.length > 0) throw new NotOfThisEvent('stages', strangers.stageIds);
      if (strangers.entryIds.length > 0) throw new NotOfThisEvent('entries', strangers.entryIds);
      const isFew = order.entryIds !== undefined && order.entryIds.length <= A_FEW;
      const id = await this.store.ask(tx, order, {
        reason: isFew ? 'manual_correction' : 'replay',
        authorId: caller.userId,
      });
      if (id === null) throw new NothingToRecompute();
      const request = await this.store.one(tx, id);
      if (request.targetsTotal === 0) throw new NothingToRecompute(request.result?.official ?? []);
      return request;
    });
  }

  /** @throws EventNotFound, RoleMissing */
  async list(
    caller: Caller,
    query: { eventId: string; status?: readonly string[]; limit: number; offset: number },
  ): Promise<RecomputeRequestRow[]> {
    await this.access.requireForEvent(caller, query.eventId, MAY_FOLLOW, 'follow what is computed again');
    return this.store.list(query);
  }

  /** @throws RecomputeRequestNotFound also for a stranger, RoleMissing */
  async one(caller: Caller, id: string): Promise<RecomputeRequestRow> {
    const request = await this.store.oneFor(caller, id);
    await this.access.requireForEvent(caller, request.eventId, MAY_FOLLOW, 'follow what is computed again');
    return request;
  }

  /** Tries again what failed or was cancelled. @throws what `one` throws, NothingToTryAgain */
  async retry(caller: Caller, id: string, key: string | undefined): Promise<RecomputeRequestRow> {
    return this.steer(caller, id, key, 'retry', async (tx) => {
      if ((await this.store.retry(tx, id)) === 0) throw new NothingToTryAgain();
    });
  }

  /** Gives up what it waits for; what nobody else waits for is not computed then. @throws what `one` throws, NothingToCancel */
  async cancel(caller: Caller, id: string, key: string | undefined): Promise<RecomputeRequestRow> {
    return this.steer(caller, id, key, 'cancel', async (tx) => {
      if ((await this.store.cancel(tx, id)) === 0) throw new NothingToCancel();
    });
  }

  private async steer(
    caller: Caller,
    id: string,
    key: string | undefined,
    what: string,
    work: (tx: Parameters<PgRequestStore['retry']>[0]) => Promise<void>,
  ): Promise<RecomputeRequestRow> {
    const { eventId } = await this.store.oneFor(caller, id);
    await this.access.requireForEvent(caller, eventId, MAY_CORRECT, 'steer what is computed again');
    return this.keys.once(scoped(caller, `${what} ${id}`, key, {}), async (tx) => {
      await work(tx);
      return this.store.one(tx, id);
    });
  }
}

const scoped = (caller: Caller, what: string, key: string | undefined, body: object) =>
  key === undefined ? undefined : { scope: `${caller.userId} recompute-requests ${what}`, key, body };
