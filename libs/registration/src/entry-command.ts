import { Injectable } from '@nestjs/common';
import {
  type Caller,
  EntryNotFound,
  IdempotencyKeys,
  type IdempotentRequest,
  OrganisationAccess,
  type OrganisationRole,
} from '@trm/platform';
import { type CheckItem, type CheckState, mayConfirm, type Violation } from '@trm/rules';
import { checklist, faultsOf, isDirection, notReady } from './entry-facts.js';
import type { EntryChange } from './entry-writer.js';
import { EntryWriters } from './entry-writers.js';
import { type EntryFile, RegistrationStore } from './registration-store.js';

/** What every order about an entry says. */
export interface EntryOrder {
  readonly entryId: string;
  readonly caller: Caller;
  /** Present when the caller wants a repeat of the request to be recognised. */
  readonly idempotency?: IdempotentRequest;
}

/** What a command did to an entry, for a person and for a program. */
export interface EntryAnswer {
  readonly v: 1;
  readonly entryId: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly name: string;
  readonly raceNumber: number | null;
  readonly classCode: string | null;
  readonly status: string;
  readonly waitingSince: Date | null;
  /** False when everything was as wanted before. */
  readonly changed: boolean;
  /** What happened, in a sentence. */
  readonly summary: string;
  /** What speaks against the entry as it is now; errors keep it from being confirmed. */
  readonly violations: readonly Violation[];
  readonly mayConfirm: boolean;
  /** What keeps it from starting, beside being confirmed. */
  readonly notReady: readonly Violation[];
  /** What is looked at before it is confirmed (documents) and before it starts (readiness). */
  readonly checklist: readonly ChecklistItem[];
}

export interface ChecklistItem {
  readonly item: CheckItem;
  readonly kind: 'document' | 'readiness';
  readonly state: CheckState;
}

/** What a use case wants to be written. */
export interface EntryPlan {
  /** Null when everything is as wanted. */
  readonly change: EntryChange | null;
  readonly summary: string;
}

interface Allowed {
  readonly roles: readonly OrganisationRole[];
  /** Completes the sentence "To … you must be". */
  readonly action: string;
  /** Whether everybody of the entry's own crew may as well. */
  readonly crewToo?: boolean;
}

/** Somebody else may have been faster: then the plan is made once more on what is there now. */
const ATTEMPTS = 3;

/**
 * What every command on an entry goes through.
 *   1. The caller may do it in the organisation of the entry.
 *   2. A repeat with the same Idempotency-Key gets the first answer.
 *   3. Load the entry, plan what to write; a rule that forbids it is a refusal in words.
 *   4. Write it in one transaction in the caller's name. Refused, because things changed meanwhile: plan once more, and
 *      that plan either says why it cannot be, or is written.
 *   5. Load it again for the answer: the facts are what the database has.
 */
@Injectable()
export class EntryCommands {
  constructor(
    readonly store: RegistrationStore,
    private readonly access: OrganisationAccess,
    readonly keys: IdempotencyKeys,
    private readonly writers: EntryWriters,
  ) {}

  /** @throws EntryNotFound, RoleMissing, what `plan` throws, and what the writer refuses with */
  async run(
    order: EntryOrder,
    { roles, action, crewToo = false }: Allowed,
    plan: (entry: EntryFile) => EntryPlan | Promise<EntryPlan>,
  ): Promise<EntryAnswer> {
    const { entryId, caller, idempotency } = order;
    await this.access.requireForEntry(caller, entryId, roles, action, { crewToo });
    return this.keys.leased(idempotency, async () => {
      const { change, summary } = await this.planAndWrite(order, plan);
      return answerOf(await this.load(entryId, caller), { changed: change !== null, summary });
    });
  }

  /** @throws EntryNotFound */
  async load(entryId: string, caller: Caller): Promise<EntryFile> {
    const entry = await this.store.entry(entryId, caller.userId);
    if (entry === undefined) throw new EntryNotFound();
    return entry;
  }

  private async planAndWrite(
    { entryId, caller }: EntryOrder,
    plan: (entry: EntryFile) => EntryPlan | Promise<EntryPlan>,
  ): Promise<EntryPlan> {
    for (let attempt = 1; ; attempt += 1) {
      const entry = await this.load(entryId, caller);
      const planned = await plan(entry);
      if (planned.change === null) return planned;
      const byRaceControl = !directusLets(caller, entry, planned.change);
      try {
        await this.writers.of(caller, { byRaceControl }).change(planned.change);
        return planned;
      } catch (error) {
        if (!mayBeOutdated(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }
}

/**
 * Whether the policies of Directus let this person write all of it in one call. They let the direction write anything,
 * a crew its own entry while that is registered, timekeepers and marshals the status. What the rulebook allows beyond
 * that (a crew withdraws a confirmed entry, a timekeeper swaps a tracker in one transaction) race control writes itself,
 * with that person as the author.
 */
function directusLets(caller: Caller, entry: EntryFile, { crew, devices, checks }: EntryChange): boolean {
  if (isDirection(caller, entry.actorRoles)) return true;
  if (devices !== undefined || checks !== undefined) return false;
  if (entry.actorIsOfTheCrew && entry.status === 'registered') return true;
  return crew === undefined && entry.actorRoles.some((role) => role === 'timekeeper' || role === 'marshal');
}

/**
 * Refused for what was free when it was planned, by the guard or by the database: what was planned may be outdated.
 * Planned again it succeeds, or is refused in the words of this use case.
 */
export function mayBeOutdated(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && TAKEN_MEANWHILE.has(code);
}

/** Behind Directus the database refuses without a code of ours. */
const TAKEN_MEANWHILE: ReadonlySet<string> = new Set([
  'ENTRY_NOT_ACCEPTED',
  'RACE_NUMBER_TAKEN',
  'CLASS_FULL',
  '23505', // a unique key
]);

export function answerOf(
  entry: EntryFile,
  { changed, summary }: { readonly changed: boolean; readonly summary: string },
): EntryAnswer {
  const violations = faultsOf(entry);
  return {
    v: 1,
    entryId: entry.entryId,
    eventId: entry.event.eventId,
    eventName: entry.event.name,
    name: entry.name,
    raceNumber: entry.raceNumber,
    classCode: entry.class?.code ?? null,
    status: entry.status,
    waitingSince: entry.waitingSince,
    changed,
    summary,
    violations,
    mayConfirm: entry.status === 'registered' && entry.waitingSince === null && mayConfirm(violations),
    notReady: notReady(entry),
    checklist: checklist(entry),
  };
}
