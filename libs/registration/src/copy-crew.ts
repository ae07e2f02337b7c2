import { Injectable } from '@nestjs/common';
import { type Caller, EntryNotFound, OrganisationAccess } from '@trm/platform';
import { type CrewCopyPlan, planCrewCopy } from '@trm/rules';
import { answerOf, EntryCommands, type EntryAnswer, type EntryOrder } from './entry-command.js';
import { factsOf, labelOf } from './entry-facts.js';
import type { EntryChange } from './entry-writer.js';
import { CrewIsFixed, NoPreviousEntry, SameEntry } from './registration.problems.js';
import { type EntryFile, type FoundBy, RegistrationStore } from './registration-store.js';
import { MAY_BIND, MAY_MANAGE } from './who-may.js';

export interface CopyOrder extends EntryOrder {
  /** The entry to copy from; null to find the newest. */
  readonly fromEntryId: string | null;
  readonly foundBy: FoundBy;
}

export interface CopyAnswer extends EntryAnswer {
  readonly fromEntryId: string;
  readonly fromEventName: string;
  readonly copy: Pick<CrewCopyPlan, 'copied' | 'changed' | 'dropped'>;
}

/** An entry as it will be, for a copy into it. */
export type CopyTarget = Pick<
  EntryFile,
  'entryId' | 'event' | 'class' | 'raceNumber' | 'vehicle' | 'crew' | 'devices' | 'checks'
>;

interface PlannedCopy {
  readonly plan: CrewCopyPlan;
  readonly name: string;
  readonly teamName: string | null;
  readonly vehicleId: string | null;
  readonly fromEventName: string;
}

/**
 * Copies crew, vehicle and trackers from an earlier entry, and checks all of it again for the new event.
 *   1. Find the earlier entry: the one that is named, or the newest with the same vehicle, lead driver or team.
 *   2. Plan (rulebook): who and what is copied, changed or left out, each with its reason. Documents never are.
 *   3. The preview stops here; the command writes what is missing in one transaction. A second time finds nothing to do.
 */
@Injectable()
export class CopyCrew {
  constructor(
    private readonly commands: EntryCommands,
    private readonly store: RegistrationStore,
    private readonly access: OrganisationAccess,
  ) {}

  /** What would be copied now; writes nothing. @throws EntryNotFound, RoleMissing, NoPreviousEntry, SameEntry */
  async preview(order: CopyOrder): Promise<CopyAnswer> {
    const { caller, entryId } = order;
    await this.access.requireForEntry(caller, entryId, MAY_MANAGE, 'copy a crew', { crewToo: true });
    const entry = await this.commands.load(entryId, caller);
    const { fromEntryId, planned } = await this.plan(order, entry);
    return this.answer(
      answerOf(entry, { changed: false, summary: summaryOf(planned, entry, false) }),
      fromEntryId,
      planned,
    );
  }

  /** @throws EntryNotFound, RoleMissing, NoPreviousEntry, SameEntry, CrewIsFixed */
  async execute(order: CopyOrder): Promise<CopyAnswer> {
    // The report belongs to the plan that was written; the runner plans again when somebody was faster.
    let last: { fromEntryId: string; planned: PlannedCopy } | undefined;
    const who = { roles: MAY_MANAGE, action: 'copy a crew', crewToo: true };
    const { idempotency, ...rest } = order;
    return this.commands.keys.leased(idempotency, async () => {
      const answer = await this.commands.run(rest, who, async (entry) => {
        if (entry.status !== 'registered') throw new CrewIsFixed(labelOf(entry), entry.status);
        last = await this.plan(order, entry);
        const change = changeOf(entry, last.planned);
        return { change, summary: summaryOf(last.planned, entry, change !== null) };
      });
      if (last === undefined) throw new Error('the copy was not planned');
      return this.answer(answer, last.fromEntryId, last.planned);
    });
  }

  /**
   * What a copy into `target` would be, from an entry that the caller may read.
   * @throws EntryNotFound for an entry of another organisation, or one that is not the caller's business
   */
  async planFor(caller: Caller, fromEntryId: string, target: CopyTarget): Promise<PlannedCopy> {
    await this.access.requireForEntry(caller, fromEntryId, MAY_MANAGE, 'copy a crew', { crewToo: true });
    const previous = await this.commands.load(fromEntryId, caller);
    const { event } = target;
    if (previous.event.organizationId !== event.organizationId) throw new EntryNotFound();
    // Trackers are the office's: a crew that copies its own entry is handed one by somebody else.
    const roles = await this.store.rolesIn(event.organizationId, caller.userId);
    const mayBind = caller.isAdmin || roles.some((role) => MAY_BIND.includes(role));
    const devices = mayBind ? await this.store.trackersCarried(fromEntryId) : [];
    const [people, trackers] = await Promise.all([
      this.store.people(
        event,
        previous.crew.map(({ personId }) => personId),
        target.entryId,
      ),
      this.store.trackers(event.organizationId, { ids: devices.map(({ deviceId }) => deviceId) }),
    ]);
    const plan = planCrewCopy({
      previous: {
        eventName: previous.event.name,
        discipline: previous.event.discipline,
        className: previous.class?.name ?? null,
        teamName: previous.teamName,
        crew: previous.crew,
        devices,
        vehicleId: previous.vehicle?.vehicleId ?? null,
        vehicle: previous.vehicle,
        ...(previous.vehicle && { vehicleName: previous.vehicle.label }),
        checks: previous.checks,
      },
      target: { ...factsOf(target), vehicleId: target.vehicle?.vehicleId ?? null },
      people,
      devices: trackers.map((tracker) => ({
        ...tracker,
        boundTo: tracker.boundEntryId === target.entryId ? null : tracker.boundTo,
      })),
    });
    return {
      plan,
      name: previous.name,
      teamName: previous.teamName,
      vehicleId: plan.vehicle === 'take' ? (previous.vehicle?.vehicleId ?? null) : null,
      fromEventName: previous.event.name,
    };
  }

  private async plan(
    { caller, fromEntryId, foundBy }: CopyOrder,
    entry: EntryFile,
  ): Promise<{ fromEntryId: string; planned: PlannedCopy }> {
    const found = fromEntryId ?? (await this.store.previousEntry(entry, foundBy));
    if (found === undefined) throw new NoPreviousEntry(labelOf(entry), foundBy);
    if (found === entry.entryId) throw new SameEntry(labelOf(entry));
    return { fromEntryId: found, planned: await this.planFor(caller, found, entry) };
  }

  private answer(answer: EntryAnswer, fromEntryId: string, { plan, fromEventName }: PlannedCopy): CopyAnswer {
    const { copied, changed, dropped } = plan;
    return { ...answer, fromEntryId, fromEventName, copy: { copied, changed, dropped } };
  }
}

/** What is missing of the plan; null when nothing is. */
function changeOf(entry: EntryFile, { plan, vehicleId, teamName }: PlannedCopy): EntryChange | null {
  const crewThere = new Set(entry.crew.map(({ personId }) => personId));
  const devicesThere = new Set(entry.devices.map(({ deviceId }) => deviceId));
  const add = plan.crew.filter(({ personId }) => !crewThere.has(personId));
  const validFrom = new Date();
  const bind = plan.devices
    .filter(({ deviceId }) => !devicesThere.has(deviceId))
    .map(({ deviceId, wornBy }) => ({ deviceId, wornBy, validFrom }));
  const fields = {
    ...(entry.vehicle === null && vehicleId !== null && { vehicleId }),
    ...(entry.teamName === null && teamName !== null && { teamName }),
  };
  if (add.length === 0 && bind.length === 0 && Object.keys(fields).length === 0) return null;
  return {
    entryId: entry.entryId,
    ...(Object.keys(fields).length > 0 && { fields }),
    ...(add.length > 0 && { crew: { add } }),
    ...(bind.length > 0 && { devices: { bind } }),
  };
}

function summaryOf({ plan, fromEventName }: PlannedCopy, entry: EntryFile, isDone: boolean): string {
  const { copied, changed, dropped } = plan;
  const counts = `${copied.length} copied, ${changed.length} changed, ${dropped.length} left out`;
  return `${labelOf(entry)}, from ${fromEventName}: ${counts}.${isDone ? '' : ' Nothing was written.'}`;
}
