import { Injectable } from '@nestjs/common';
import { type Caller, EventNotFound, OrganisationAccess } from '@trm/platform';
import type { Violation } from '@trm/rules';
import { faultsOf, notReady } from './entry-facts.js';
import { type EntryFile, RegistrationStore } from './registration-store.js';
import { MAY_SEE_OFFICE } from './who-may.js';

/** An entry that cannot start as it is, and why. */
export interface NotReadyEntry {
  readonly entryId: string;
  readonly raceNumber: number | null;
  readonly name: string;
  readonly classCode: string | null;
  readonly status: string;
  readonly waitingSince: Date | null;
  /** What keeps it from being confirmed, for a registered one; from starting, for a confirmed one. */
  readonly because: readonly Violation[];
}

export interface EventReadiness {
  readonly eventId: string;
  readonly eventName: string;
  /** Live entries by what they are. */
  readonly counts: {
    readonly registered: number;
    readonly waiting: number;
    readonly confirmed: number;
    readonly ready: number;
  };
  readonly classes: readonly {
    readonly classId: string;
    readonly code: string;
    readonly name: string;
    readonly capacity: number | null;
    readonly placesTaken: number;
    readonly waiting: number;
  }[];
  /** In the order of class and number. */
  readonly cannotStart: readonly NotReadyEntry[];
}

/**
 * Who can't start, and why: every entry that is registered or confirmed, asked the rules of its discipline and class
 * and its checklist.
 */
@Injectable()
export class ReadEventReadiness {
  constructor(
    private readonly store: RegistrationStore,
    private readonly access: OrganisationAccess,
  ) {}

  /** @throws EventNotFound, RoleMissing */
  async execute(caller: Caller, eventId: string): Promise<EventReadiness> {
    await this.access.requireForEvent(caller, eventId, MAY_SEE_OFFICE, 'read who cannot start');
    const [event, classes, entries] = await Promise.all([
      this.store.event(eventId),
      this.store.classes(eventId),
      this.store.entriesOf(eventId),
    ]);
    if (event === undefined) throw new EventNotFound();
    const registered = entries.filter(({ status }) => status === 'registered');
    const confirmed = entries.filter(({ status }) => status === 'confirmed');
    const asked = [...registered, ...confirmed].map((entry) => ({ entry, because: obstacles(entry) }));
    const cannotStart = asked.filter(
      ({ entry, because }) => entry.status === 'registered' || because.length > 0,
    );
    const order = new Map(entries.map(({ entryId }, place) => [entryId, place]));
    return {
      eventId,
      eventName: event.name,
      counts: {
        registered: registered.length,
        waiting: registered.filter(({ waitingSince }) => waitingSince !== null).length,
        confirmed: confirmed.length,
        ready: asked.filter(({ entry, because }) => entry.status === 'confirmed' && because.length === 0)
          .length,
      },
      classes: classes.map(({ classId, code, name, capacity, placesTaken, waiting }) => ({
        classId,
        code,
        name,
        capacity,
        placesTaken,
        waiting,
      })),
      cannotStart: cannotStart
        .toSorted((a, b) => (order.get(a.entry.entryId) ?? 0) - (order.get(b.entry.entryId) ?? 0))
        .map(({ entry, because }) => ({
          entryId: entry.entryId,
          raceNumber: entry.raceNumber,
          name: entry.name,
          classCode: entry.class?.code ?? null,
          status: entry.status,
          waitingSince: entry.waitingSince,
          because,
        })),
    };
  }
}

function obstacles(entry: EntryFile): Violation[] {
  const errors = ({ severity }: Violation) => severity === 'error';
  if (entry.status === 'confirmed') return notReady(entry).filter(errors);
  const faults = faultsOf(entry).filter(errors);
  const waits: Violation[] =
    entry.waitingSince === null
      ? []
      : [
          {
            code: 'ENTRY_IS_WAITING',
            severity: 'error',
            pointer: '/class',
            message: `It waits for a place in class ${entry.class?.code}.`,
          },
        ];
  const unconfirmed: Violation = {
    code: 'ENTRY_NOT_CONFIRMED',
    severity: 'error',
    pointer: '/entry',
    message: 'Nothing speaks against it; it only has to be confirmed.',
  };
  return [...waits, ...faults].length === 0 ? [unconfirmed] : [...waits, ...faults];
}
