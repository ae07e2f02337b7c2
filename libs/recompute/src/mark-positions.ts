import { Injectable } from '@nestjs/common';
import { type Caller, Database, EntryNotFound, IdempotencyKeys, type Tx } from '@trm/platform';
import { JudgeMark } from './judge-mark.js';
import { PgMarkStore, type TouchedStage } from './pg-mark-store.js';
import { AlreadyRestored, PositionFaultNotFound, TrackerNotFound } from './recompute.problems.js';

/** Positions of an entry or of a tracker in a range of time, both ends included. */
export interface MarkOrder {
  readonly entryId?: string;
  readonly deviceId?: string;
  readonly from: Date;
  readonly to: Date;
}

export interface MarkPreview {
  /** How many positions would be marked; those that are already are not among them. */
  readonly positions: number;
  readonly alreadyFaulty: number;
  /** Entries in stages whose results are computed again. */
  readonly stages: readonly TouchedStage[];
}

export interface MarkAnswer extends MarkPreview {
  readonly positionFaultId: string;
  /** Empty when the positions are of no stage that has opened. */
  readonly recomputeRequestIds: readonly string[];
  /** In a sentence. */
  readonly summary: string;
}

/**
 * Staff say that positions are wrong, or right after all. Positions are never deleted.
 *
 *  1. Whose positions: an entry of the caller's organisation, or a tracker of it that carried nobody else's entry then.
 *  2. One behind the other: whoever marks the same at this moment has done so, or not, before anything is counted.
 *  3. How many there are in the range, and in which stages they count. None is an answer, not a mark.
 *  4. One row of position_faults, with author and reason. Its trigger marks the positions, and theirs ask for the
 *     results to be computed again, all in one transaction.
 */
@Injectable()
export class MarkPositions {
  constructor(
    private readonly db: Database,
    private readonly judge: JudgeMark,
    private readonly keys: IdempotencyKeys,
    private readonly store: PgMarkStore,
  ) {}

  /** @throws what `JudgeMark.requireMayMark` throws */
  async preview(caller: Caller, order: MarkOrder): Promise<MarkPreview> {
    await this.judge.requireMayMark(caller, order, 'look at what a mark would touch');
    return this.store.touched(this.db, order);
  }

  /** @throws what `preview` throws, and NoPositionInRange */
  async mark(
    caller: Caller,
    order: MarkOrder & { readonly reason: string },
    key: string | undefined,
  ): Promise<MarkAnswer> {
    const label = await this.judge.requireMayMark(caller, order, 'mark positions as faulty');
    return this.keys.once(scoped(caller, key, order), async (tx) => {
      await this.store.waitForTurn(tx, order);
      const touched = await this.judge.requirePositions(tx, order, label);
      const positionFaultId = await this.store.insert(tx, order, caller.userId);
      return this.answer(
        tx,
        positionFaultId,
        touched,
        `${plural(touched.positions)} of ${label} marked as faulty.`,
      );
    });
  }

  /** @throws PositionFaultNotFound, RoleMissing, AlreadyRestored */
  async restore(
    caller: Caller,
    positionFaultId: string,
    reason: string,
    key: string | undefined,
  ): Promise<MarkAnswer> {
    const fault = await this.store.find(this.db, positionFaultId);
    const label = await this.judge
      .requireMayMark(caller, fault, 'restore positions')
      .catch((error: unknown) => {
        // A stranger asked for a mark, and must not learn that there is one, nor of what.
        const isStranger = error instanceof EntryNotFound || error instanceof TrackerNotFound;
        throw isStranger ? new PositionFaultNotFound() : error;
      });
    return this.keys.once(scoped(caller, key, { positionFaultId, reason }), async (tx) => {
      if (!(await this.store.restore(tx, positionFaultId, { reason, authorId: caller.userId }))) {
        throw new AlreadyRestored();
      }
      const touched = await this.store.touched(tx, fault);
      return this.answer(
        tx,
        positionFaultId,
        touched,
        `${plural(touched.positions)} of ${label} count again.`,
      );
    });
  }

  private async answer(
    tx: Tx,
    positionFaultId: string,
    touched: MarkPreview,
    sentence: string,
  ): Promise<MarkAnswer> {
    const recomputeRequestIds = await this.store.requestsOf(tx, positionFaultId);
    const [only] = touched.stages;
    const follow =
      recomputeRequestIds.length === 0
        ? 'They are of no stage that has opened, so no result depends on them.'
        : touched.stages.length === 1
          ? `"${only!.stage}" is computed again for ${only!.entry}.`
          : `${touched.stages.length} results are computed again.`;
    return { ...touched, positionFaultId, recomputeRequestIds, summary: `${sentence} ${follow}` };
  }
}

const scoped = (caller: Caller, key: string | undefined, body: object) =>
  key === undefined ? undefined : { scope: `${caller.userId} position-faults`, key, body };

const plural = (n: number) => (n === 1 ? 'One position' : `${n} positions`);
