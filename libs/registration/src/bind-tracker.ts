import { Injectable } from '@nestjs/common';
import { checkEntry, isImpossible } from '@trm/rules';
import { EntryCommands, type EntryAnswer, type EntryOrder, type EntryPlan } from './entry-command.js';
import { factsOf, labelOf } from './entry-facts.js';
import { RulesForbid, TrackerInUse, TrackerNotBound, TrackerUnknown } from './registration.problems.js';
import type { BindingFile, EntryFile, TrackerFile } from './registration-store.js';
import { MAY_BIND } from './who-may.js';

export interface BindOrder extends EntryOrder {
  readonly imei: string;
  /** A person of the crew; null when it is fixed to the vehicle. */
  readonly wornBy: string | null;
}

export interface SwapOrder extends EntryOrder {
  readonly from: string;
  readonly to: string;
}

export interface ReleaseOrder extends EntryOrder {
  readonly imei: string;
}

const WHO = { roles: MAY_BIND, action: 'hand out trackers' };

/**
 * Binds a tracker to an entry, swaps one for another, takes one back.
 *   1. The tracker belongs to the organisation and is on no other entry; who wears it is in the crew.
 *   2. A binding is never changed or removed: it ends now, and a new one begins in the same instant. So each position
 *      of the past still belongs to the entry that carried the tracker then.
 *   3. More trackers than the discipline allows are refused; too few are in the answer.
 */
@Injectable()
export class BindTracker {
  constructor(private readonly commands: EntryCommands) {}

  /** @throws EntryNotFound, RoleMissing, TrackerUnknown, TrackerInUse, RulesForbid */
  async bind(order: BindOrder): Promise<EntryAnswer> {
    return this.commands.run(order, WHO, async (entry): Promise<EntryPlan> => {
      const own = boundTo(entry, order.imei);
      if (own !== undefined && own.wornBy === order.wornBy)
        return { change: null, summary: `Tracker ${order.imei} is on ${labelOf(entry)} already.` };
      const tracker = await this.tracker(entry, order.imei);
      const now = new Date();
      this.requirePossible(entry, [
        ...entry.devices.filter((device) => device !== own),
        bindingOf(tracker, order.wornBy, now),
      ]);
      return {
        change: {
          entryId: entry.entryId,
          devices: {
            bind: [{ deviceId: tracker.deviceId, wornBy: order.wornBy, validFrom: now }],
            end: own === undefined ? [] : [{ bindingId: own.bindingId, at: now }],
          },
        },
        summary: `Tracker ${tracker.imei} is on ${labelOf(entry)} now.`,
      };
    });
  }

  /** @throws EntryNotFound, RoleMissing, TrackerNotBound, TrackerUnknown, TrackerInUse */
  async swap(order: SwapOrder): Promise<EntryAnswer> {
    return this.commands.run(order, WHO, async (entry): Promise<EntryPlan> => {
      const old = boundTo(entry, order.from);
      const label = labelOf(entry);
      if (old === undefined) {
        if (boundTo(entry, order.to) !== undefined)
          return { change: null, summary: `${label} carries tracker ${order.to} already.` };
        throw new TrackerNotBound(order.from, label);
      }
      const tracker = await this.tracker(entry, order.to);
      const now = new Date();
      return {
        change: {
          entryId: entry.entryId,
          devices: {
            bind: [{ deviceId: tracker.deviceId, wornBy: old.wornBy, validFrom: now }],
            end: [{ bindingId: old.bindingId, at: now }],
          },
        },
        summary: `${label} carries tracker ${tracker.imei} instead of ${old.imei} now.`,
      };
    });
  }

  /** @throws EntryNotFound, RoleMissing, RulesForbid when a confirmed entry needs the tracker */
  async release(order: ReleaseOrder): Promise<EntryAnswer> {
    return this.commands.run(order, WHO, (entry): EntryPlan => {
      const own = boundTo(entry, order.imei);
      if (own === undefined)
        return { change: null, summary: `Tracker ${order.imei} is not on ${labelOf(entry)}.` };
      const left = entry.devices.filter((device) => device !== own);
      const missing =
        entry.status === 'confirmed'
          ? newFaults(entry, left).filter(({ severity }) => severity === 'error')
          : [];
      if (missing.length > 0) throw new RulesForbid(`${labelOf(entry)} keeps tracker ${own.imei}`, missing);
      return {
        change: { entryId: entry.entryId, devices: { end: [{ bindingId: own.bindingId, at: new Date() }] } },
        summary: `${labelOf(entry)} gave tracker ${own.imei} back.`,
      };
    });
  }

  private async tracker({ event, entryId }: EntryFile, imei: string): Promise<TrackerFile> {
    const [tracker] = await this.commands.store.trackers(event.organizationId, { imeis: [imei] });
    if (tracker === undefined) throw new TrackerUnknown(imei);
    if (tracker.boundTo !== null && tracker.boundEntryId !== entryId)
      throw new TrackerInUse(tracker.imei, tracker.boundTo);
    return tracker;
  }

  private requirePossible(entry: EntryFile, devices: readonly BindingFile[]): void {
    const faults = newFaults(entry, devices).filter(
      (fault) => isImpossible(fault) || fault.code === 'DEVICES_TOO_MANY' || fault.code === 'DEVICE_NOT_WORN',
    );
    if (faults.length > 0) throw new RulesForbid(`${labelOf(entry)} cannot carry this tracker`, faults);
  }
}

/** What would be wrong with these trackers that is not wrong now. */
function newFaults(entry: EntryFile, devices: readonly BindingFile[]) {
  const key = ({ code, message }: { code: string; message: string }) => `${code} ${message}`;
  const before = new Set(checkEntry(factsOf(entry)).map(key));
  return checkEntry(factsOf({ ...entry, devices })).filter((fault) => !before.has(key(fault)));
}

function boundTo({ devices }: EntryFile, imei: string): BindingFile | undefined {
  return devices.find((device) => device.imei === imei);
}

function bindingOf(tracker: TrackerFile, wornBy: string | null, validFrom: Date): BindingFile {
  return { ...tracker, wornBy, validFrom, bindingId: '' };
}
