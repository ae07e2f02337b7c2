import { type Caller, Database, EntryNotFound, OrganisationAccess } from '@trm/platform';
import { JudgeMark } from './judge-mark.js';
import type { MarkOrder } from './mark-positions.js';
import { PgMarkStore } from './pg-mark-store.js';
import { PositionFaultNotFound, TrackerNotFound } from './recompute.problems.js';

/** A row of position_faults as a form of Directus is about to write it; a field is undefined when it is not written. */
export interface MarkAsWritten {
  readonly isNew: boolean;
  /** Marks that are changed. */
  readonly ids: readonly string[];
  readonly entryId: string | null | undefined;
  readonly deviceId: string | null | undefined;
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

/** So many marks are judged within the second that a form may wait. */
const MOST_AT_ONCE = 20;

/**
 * Says in words, before Directus writes a mark, what is wrong with it, as REST does:
 *   1. it is on an entry and a tracker, or on none; it ends before it begins;
 *   2. the tracker was on an entry of another organisation then;
 *   3. no position is in its range: most often the wrong day, or the wrong hour.
 * A stranger hears nothing from here, Directus refuses them itself. Reads only; the triggers of db-init/post have the
 * last word, also when this can't be asked.
 */
export class MarkWrites {
  private readonly store: PgMarkStore;
  private readonly judge: JudgeMark;

  constructor(private readonly db: Database) {
    this.store = new PgMarkStore(db);
    this.judge = new JudgeMark(new OrganisationAccess(db), this.store);
  }

  /** @throws RoleMissing, EntryOrTracker, RangeEndsBeforeItBegins, CarriedByAnotherOrganisation, NoPositionInRange */
  async check(caller: Caller, written: MarkAsWritten): Promise<void> {
    const { isNew, ids, ...fields } = written;
    if (Object.values(fields).every((value) => value === undefined)) return;
    if (isNew) return this.checkOne(caller, fields, undefined);
    for (const id of ids.slice(0, MOST_AT_ONCE)) {
      const before = await this.store.find(this.db, id).catch((error: unknown) => {
        if (error instanceof PositionFaultNotFound) return undefined;
        throw error;
      });
      if (before !== undefined) await this.checkOne(caller, fields, before);
    }
  }

  private async checkOne(
    caller: Caller,
    { entryId, deviceId, from, to }: Omit<MarkAsWritten, 'isNew' | 'ids'>,
    before: MarkOrder | undefined,
  ): Promise<void> {
    const [begin, end] = [from ?? before?.from, to ?? before?.to];
    if (begin === undefined || end === undefined) return;
    const entry = entryId === undefined ? before?.entryId : entryId;
    const device = deviceId === undefined ? before?.deviceId : deviceId;
    const order: MarkOrder = {
      from: begin,
      to: end,
      ...(typeof entry === 'string' && { entryId: entry }),
      ...(typeof device === 'string' && { deviceId: device }),
    };
    const label = await this.judge
      .requireMayMark(caller, order, 'mark positions as faulty')
      .catch((error: unknown) => {
        if (error instanceof EntryNotFound || error instanceof TrackerNotFound) return undefined;
        throw error;
      });
    // What is changed holds its own positions as faulty already.
    if (label !== undefined && before === undefined) await this.judge.requirePositions(this.db, order, label);
  }
}
