import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { stableId } from '@trm/directus';
import {
  type Caller,
  EntryNotFound,
  EventNotFound,
  IdempotencyKeys,
  type IdempotentRequest,
  InTurn,
  OrganisationAccess,
  type OrganisationRole,
  RoleMissing,
} from '@trm/platform';
import { checkEntry, type CrewCopyPlan, type CrewRole, isImpossible } from '@trm/rules';
import { CopyCrew } from './copy-crew.js';
import { answerOf, type EntryAnswer, mayBeOutdated } from './entry-command.js';
import { factsOf, isDirection, isFull, labelOf } from './entry-facts.js';
import type { NewBinding, NewEntry } from './entry-writer.js';
import { EntryWriters } from './entry-writers.js';
import { chooseNumber, type NumberWish } from './race-numbers.js';
import {
  ClassFull,
  ClassNotFound,
  NameMissing,
  PersonUnknown,
  RegistrationClosed,
  RulesForbid,
  TrackerInUse,
  TrackerUnknown,
  VehicleUnknown,
} from './registration.problems.js';
import {
  type ClassFile,
  type EventFile,
  type PersonFile,
  RegistrationStore,
  type TrackerFile,
  type VehicleFile,
} from './registration-store.js';
import { MAY_BIND, MAY_MANAGE, MAY_REGISTER } from './who-may.js';

export interface RegistrationOrder {
  readonly eventId: string;
  readonly caller: Caller;
  /** Left out, it is taken from the earlier entry, or made from the names of the crew. */
  readonly name?: string;
  readonly teamName?: string | null;
  readonly classId: string | null;
  readonly vehicleId?: string | null;
  readonly crew: readonly { readonly personId: string; readonly role: CrewRole }[];
  /** By IMEI or id; `wornBy` is a person of the crew. */
  readonly devices: readonly {
    readonly imei?: string;
    readonly deviceId?: string;
    readonly wornBy: string | null;
  }[];
  readonly raceNumber: NumberWish;
  /** A full class is no refusal: the entry waits for a place. */
  readonly waitingList: boolean;
  /** An earlier entry: what is not given here is copied from it and checked again. */
  readonly previousEntryId: string | null;
  readonly idempotency?: IdempotentRequest;
}

export interface RegistrationAnswer extends EntryAnswer {
  /** What became of crew, vehicle and trackers of the earlier entry; null when there was none to copy from. */
  readonly copy: Pick<CrewCopyPlan, 'copied' | 'changed' | 'dropped'> | null;
}

const ATTEMPTS = 5;

/** What is read before anything is decided. */
interface Facts {
  readonly event: EventFile;
  readonly class: ClassFile | null;
  readonly roles: readonly OrganisationRole[];
}

/**
 * Registers an entry with its crew and trackers.
 *   1. Who: the direction at any time; a participant for a crew that he or she is in, while registration is open.
 *   2. The id of the entry follows from the Idempotency-Key, so that a repeat after a crash finds what is there.
 *   3. Plan: crew and vehicle of the earlier entry when one is named; class, place, number, people, trackers. What can
 *      never become right is refused; what is merely missing is in the answer.
 *   4. One nested write in the caller's name. Somebody was faster: plan again.
 */
@Injectable()
export class RegisterEntry {
  private readonly numbersOf = new InTurn();

  constructor(
    private readonly store: RegistrationStore,
    private readonly access: OrganisationAccess,
    private readonly keys: IdempotencyKeys,
    private readonly writers: EntryWriters,
    private readonly copyCrew: CopyCrew,
  ) {}

  /**
   * @throws EventNotFound, RoleMissing, RegistrationClosed, ClassNotFound, ClassFull, RaceNumberTaken, NoNumberLeft,
   *   PersonUnknown, VehicleUnknown, TrackerUnknown, TrackerInUse, RulesForbid, and what the writer refuses with
   */
  async execute(order: RegistrationOrder): Promise<RegistrationAnswer> {
    const { eventId, caller, idempotency } = order;
    await this.access.requireForEvent(caller, eventId, MAY_REGISTER, 'register an entry');
    const entryId =
      idempotency === undefined
        ? randomUUID()
        : stableId('entry', `${caller.userId} ${idempotency.scope} ${idempotency.key}`);
    return this.keys.leased(idempotency, () =>
      // Whoever takes the next number waits for who took the one before, instead of colliding with everybody.
      order.raceNumber === 'next'
        ? this.numbersOf.run(eventId, () => this.register(order, entryId))
        : this.register(order, entryId),
    );
  }

  private async register(order: RegistrationOrder, entryId: string): Promise<RegistrationAnswer> {
    const { caller } = order;
    const done = order.idempotency && (await this.store.entry(entryId, caller.userId));
    if (done !== undefined)
      return {
        ...answerOf(done, { changed: false, summary: `${labelOf(done)} is registered.` }),
        copy: null,
      };
    for (let attempt = 1; ; attempt += 1) {
      const { entry, copy, notice } = await this.plan(order, entryId);
      try {
        await this.writers.of(caller).create(entry);
      } catch (error) {
        if (!mayBeOutdated(error) || attempt === ATTEMPTS) throw error;
        continue;
      }
      const written = await this.store.entry(entryId, caller.userId);
      if (written === undefined) throw new EntryNotFound();
      const { class: entryClass, waitingSince, event } = written;
      const summary = [
        `${labelOf(written)} is registered for ${event.name}${entryClass === null ? '' : ` in class ${entryClass.code}`}.`,
        waitingSince === null
          ? ''
          : `The class is full: it waits for a place, ${entryClass?.waiting} wait in all.`,
        notice,
      ];
      return {
        ...answerOf(written, { changed: true, summary: summary.filter(Boolean).join(' ') }),
        copy,
      };
    }
  }

  private async plan(
    order: RegistrationOrder,
    entryId: string,
  ): Promise<{ entry: NewEntry; copy: RegistrationAnswer['copy']; notice: string }> {
    const facts = await this.facts(order);
    const { event, class: entryClass } = facts;
    const copied =
      order.previousEntryId === null
        ? null
        : await this.copyCrew.planFor(order.caller, order.previousEntryId, {
            entryId,
            event,
            class: entryClass,
            raceNumber: null,
            vehicle: await this.vehicle(event, order.vehicleId ?? null),
            crew: [],
            devices: [],
            checks: [],
          });
    const crew = order.crew.length > 0 ? order.crew : (copied?.plan.crew ?? []);
    const vehicleId = order.vehicleId === undefined ? (copied?.vehicleId ?? null) : order.vehicleId;
    const people = await this.people(event, crew);
    const vehicle = await this.vehicle(event, vehicleId);
    const trackers = await this.trackers(
      order.devices.length > 0 ? order.devices : (copied?.plan.devices ?? []),
      order.caller,
      facts,
    );
    this.requireWho(order, facts, crew);

    const waits = isFull(entryClass);
    if (entryClass !== null && waits && !order.waitingList)
      throw new ClassFull(`Class ${entryClass.code}`, entryClass.capacity ?? 0, entryClass.waiting);
    const range = entryClass ?? { code: 'of the event', numberFrom: null, numberTo: null };
    const raceNumber = waits
      ? null
      : chooseNumber(order.raceNumber, range, await this.store.takenNumbers(event.eventId));

    const name = order.name ?? copied?.name ?? nameOf(crew, people);
    const validFrom = new Date();
    const faults = checkEntry(
      factsOf({
        event,
        class: entryClass,
        raceNumber,
        vehicle,
        crew: crew.map(({ personId, role }) => {
          const person = people.find((one) => one.personId === personId);
          return {
            crewId: '',
            personId,
            role,
            name: person?.name ?? '',
            birthDate: person?.birthDate ?? null,
          };
        }),
        devices: trackers.map(({ tracker, wornBy }) => ({ ...tracker, wornBy, bindingId: '', validFrom })),
        checks: [],
      }),
    ).filter(isImpossible);
    if (faults.length > 0) throw new RulesForbid('This entry cannot be registered', faults);

    const elsewhere = people.filter(({ inOtherEntry }) => inOtherEntry !== null);
    return {
      entry: {
        entryId,
        eventId: event.eventId,
        name,
        teamName: order.teamName ?? copied?.teamName ?? null,
        ...(entryClass !== null && { classId: entryClass.classId }),
        ...(vehicleId !== null && { vehicleId }),
        ...(raceNumber !== null && { raceNumber }),
        ...(waits && { waitingSince: validFrom }),
        crew: crew.map(({ personId, role }) => ({ personId, role })),
        devices: trackers.map(({ tracker, wornBy }): NewBinding => ({
          deviceId: tracker.deviceId,
          wornBy,
          validFrom,
        })),
      },
      copy: copied && {
        copied: copied.plan.copied,
        changed: copied.plan.changed,
        dropped: copied.plan.dropped,
      },
      notice: elsewhere
        .map((person) => `${person.name} is in the crew of ${person.inOtherEntry} as well.`)
        .join(' '),
    };
  }

  private async facts({ eventId, classId, caller }: RegistrationOrder): Promise<Facts> {
    const event = await this.store.event(eventId);
    if (event === undefined) throw new EventNotFound();
    const entryClass = classId === null ? null : ((await this.store.class(classId)) ?? null);
    if (classId !== null && entryClass?.eventId !== eventId) throw new ClassNotFound(event.name);
    return { event, class: entryClass, roles: await this.store.rolesIn(event.organizationId, caller.userId) };
  }

  private requireWho(
    { caller }: RegistrationOrder,
    { event, roles }: Facts,
    crew: RegistrationOrder['crew'],
  ): void {
    if (isDirection(caller, roles)) return;
    if (!event.registrationOpen) throw new RegistrationClosed(event.name, windowOf(event));
    if (!crew.some(({ personId }) => personId === caller.userId))
      throw new RoleMissing('register a crew that you are not in', MAY_MANAGE, roles);
  }

  private async people(event: EventFile, crew: RegistrationOrder['crew']): Promise<PersonFile[]> {
    const ids = [...new Set(crew.map(({ personId }) => personId))];
    const people = ids.length === 0 ? [] : await this.store.people(event, ids);
    const members = people.filter(({ isMember }) => isMember);
    if (members.length < ids.length) throw new PersonUnknown(ids.length - members.length);
    return people;
  }

  private async vehicle(event: EventFile, vehicleId: string | null): Promise<VehicleFile | null> {
    if (vehicleId === null) return null;
    const vehicle = await this.store.vehicle(event.organizationId, vehicleId);
    if (vehicle === undefined) throw new VehicleUnknown();
    return vehicle;
  }

  private async trackers(
    devices: RegistrationOrder['devices'],
    caller: Caller,
    { event, roles }: Facts,
  ): Promise<{ tracker: TrackerFile; wornBy: string | null }[]> {
    if (devices.length === 0) return [];
    if (!caller.isAdmin && !roles.some((role) => MAY_BIND.includes(role)))
      throw new RoleMissing('hand out trackers', MAY_BIND, roles);
    const found = await this.store.trackers(event.organizationId, {
      ids: devices.flatMap(({ deviceId }) => deviceId ?? []),
      imeis: devices.flatMap(({ imei }) => imei ?? []),
    });
    return devices.map(({ deviceId, imei, wornBy }) => {
      const tracker = found.find((one) => one.deviceId === deviceId || one.imei === imei);
      if (tracker === undefined) throw new TrackerUnknown(imei ?? 'with this id');
      if (tracker.boundTo !== null) throw new TrackerInUse(tracker.imei, tracker.boundTo);
      return { tracker, wornBy };
    });
  }
}

function nameOf(crew: RegistrationOrder['crew'], people: readonly PersonFile[]): string {
  const names = crew.flatMap(({ personId }) => people.find((one) => one.personId === personId)?.name ?? []);
  if (names.length === 0) throw new NameMissing();
  return names.join(' / ').slice(0, 200);
}

/** Completes "Registration for … ". */
function windowOf({
  registrationOpensAt: opens,
  registrationClosesAt: closes,
  status,
  timezone,
}: EventFile): string {
  const local = (at: Date) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: timezone, dateStyle: 'long', timeStyle: 'short' }).format(
      at,
    );
  if (status !== 'published' && status !== 'running') return 'is not open: the event is not published';
  if (opens !== null && opens > new Date()) return `opens on ${local(opens)} (${timezone})`;
  return closes === null ? 'closed when the event began' : `closed on ${local(closes)} (${timezone})`;
}
