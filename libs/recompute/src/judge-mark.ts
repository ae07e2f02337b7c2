import { Injectable } from '@nestjs/common';
import { type Caller, OrganisationAccess, type Tx } from '@trm/platform';
import type { MarkOrder, MarkPreview } from './mark-positions.js';
import { PgMarkStore } from './pg-mark-store.js';
import {
  CarriedByAnotherOrganisation,
  EntryOrTracker,
  NoPositionInRange,
  RangeEndsBeforeItBegins,
} from './recompute.problems.js';
import { MAY_CORRECT, MAY_FOLLOW } from './who-may.js';

/** Who may mark whose positions, and whether there are any; the same for REST and for the form of Directus. */
@Injectable()
export class JudgeMark {
  constructor(
    private readonly access: OrganisationAccess,
    private readonly store: PgMarkStore,
  ) {}

  /**
   * An entry of the caller's organisation, or a tracker of it that carried nobody else's entry then.
   * @param action completes "To … you must be"
   * @returns what the positions are of, for a sentence
   * @throws EntryNotFound and TrackerNotFound also for a stranger, RoleMissing, EntryOrTracker, RangeEndsBeforeItBegins,
   *         CarriedByAnotherOrganisation
   */
  async requireMayMark(caller: Caller, order: MarkOrder, action: string): Promise<string> {
    const { entryId, deviceId, from, to } = order;
    if ((entryId === undefined) === (deviceId === undefined)) throw new EntryOrTracker();
    if (to < from) throw new RangeEndsBeforeItBegins();
    if (entryId !== undefined) {
      await this.access.requireForEntry(caller, entryId, MAY_CORRECT, action);
      return this.store.labelOfEntry(entryId);
    }
    const tracker = await this.store.tracker(deviceId!, {
      caller,
      from,
      to,
      roles: MAY_CORRECT,
      office: MAY_FOLLOW,
      action,
    });
    if (tracker.isElsewhere) throw new CarriedByAnotherOrganisation(tracker.imei);
    return `tracker ${tracker.imei}`;
  }

  /** @param label of whom the positions are @throws NoPositionInRange */
  async requirePositions(tx: Tx, order: MarkOrder, label: string): Promise<MarkPreview> {
    const touched = await this.store.touched(tx, order);
    if (touched.positions === 0) throw new NoPositionInRange(label, touched.alreadyFaulty);
    return touched;
  }
}
