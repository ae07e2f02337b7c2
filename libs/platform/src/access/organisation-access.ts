import { Injectable } from '@nestjs/common';
import { Problem } from '../http/problem.js';
import { Database } from '../store/database.js';
import type { Caller } from './caller-directory.js';

/** What a person may be in an organisation; `organization_users.role`. */
export type OrganisationRole =
  'org-admin' | 'race-director' | 'marshal' | 'timekeeper' | 'participant' | 'viewer';

const ROLE_NAMES = {
  'org-admin': 'organisation administrator',
  'race-director': 'race director',
  marshal: 'marshal',
  timekeeper: 'timekeeper',
  participant: 'participant',
  viewer: 'viewer',
} satisfies Record<OrganisationRole, string>;

export class RoleMissing extends Problem {
  readonly kind = 'forbidden';
  readonly code = 'ROLE_MISSING';

  /** @param alternative completes "… of the organisation", for example ` or of its crew` */
  constructor(
    action: string,
    needed: readonly OrganisationRole[],
    held: readonly OrganisationRole[],
    alternative = '',
  ) {
    const names = (roles: readonly OrganisationRole[]) => roles.map((role) => ROLE_NAMES[role]).join(' or ');
    super(
      `To ${action} you must be ${names(needed)} of the organisation${alternative}; you are ${names(held)}.`,
    );
  }
}

/** Directus vouches for somebody whose account was suspended or removed since. */
export class PersonNotActive extends Problem {
  readonly kind = 'forbidden';
  readonly code = 'PERSON_NOT_ACTIVE';

  constructor() {
    super('Your account is not active. Ask the administrator.');
  }
}

/** The same answer for a stage that does not exist and for one of another organisation. */
export class StageNotFound extends Problem {
  readonly kind = 'not-found';
  readonly code = 'STAGE_NOT_FOUND';

  constructor() {
    super('There is no such stage in your organisations.');
  }
}

/** The same answer for an event that does not exist and for one of another organisation. */
export class EventNotFound extends Problem {
  readonly kind = 'not-found';
  readonly code = 'EVENT_NOT_FOUND';

  constructor() {
    super('There is no such event in your organisations.');
  }
}

/** The same answer for an entry that does not exist and for one of another organisation. */
export class EntryNotFound extends Problem {
  readonly kind = 'not-found';
  readonly code = 'ENTRY_NOT_FOUND';

  constructor() {
    super('There is no such entry in your organisations.');
  }
}

/**
 * The control plane's own check of membership, in SQL, beside the policies of Directus: the second of two
 * locks between organisations. A Directus administrator passes.
 */
@Injectable()
export class OrganisationAccess {
  constructor(private readonly db: Database) {}

  /**
   * The person that Directus vouches for in a signed call, where there is no token to ask it about.
   * @param isAdmin as Directus says it in that call
   * @throws PersonNotActive
   */
  async vouchedFor(userId: string, isAdmin: boolean): Promise<Caller> {
    const [person] = await this.db.query<{ name: string | null }>(
      `SELECT nullif(concat_ws(' ', first_name, last_name), '') AS name
         FROM directus_users WHERE id = $1 AND status = 'active'`,
      [userId],
    );
    if (person === undefined) throw new PersonNotActive();
    return { userId, displayName: person.name ?? userId, isAdmin };
  }

  /**
   * @param action completes the sentence "To … you must be", for example `open a stage`
   * @throws StageNotFound for a stranger or an unknown id, RoleMissing for a member without one of the roles
   */
  async requireForStage(
    caller: Caller,
    stageId: string,
    needed: readonly OrganisationRole[],
    action: string,
  ): Promise<void> {
    const [stage] = await this.db.query<{ roles: OrganisationRole[] }>(
      `SELECT array(SELECT m.role
                      FROM organization_users m
                     WHERE m.organization_id = e.organization_id AND m.user_id = $2) AS roles
         FROM stages s JOIN events e ON e.id = s.event_id
        WHERE s.id = $1`,
      [stageId, caller.userId],
    );
    if (stage === undefined) throw new StageNotFound();
    if (caller.isAdmin) return;
    if (stage.roles.length === 0) throw new StageNotFound();
    if (!stage.roles.some((role) => needed.includes(role)))
      throw new RoleMissing(action, needed, stage.roles);
  }

  /**
   * @param action completes the sentence "To … you must be", for example `read what closes soon`
   * @throws EventNotFound for a stranger or an unknown id, RoleMissing for a member without one of the roles
   */
  async requireForEvent(
    caller: Caller,
    eventId: string,
    needed: readonly OrganisationRole[],
    action: string,
  ): Promise<void> {
    const [event] = await this.db.query<{ roles: OrganisationRole[] }>(
      `SELECT array(SELECT m.role
                      FROM organization_users m
                     WHERE m.organization_id = e.organization_id AND m.user_id = $2) AS roles
         FROM events e
        WHERE e.id = $1`,
      [eventId, caller.userId],
    );
    if (event === undefined) throw new EventNotFound();
    if (caller.isAdmin) return;
    if (event.roles.length === 0) throw new EventNotFound();
    if (!event.roles.some((role) => needed.includes(role)))
      throw new RoleMissing(action, needed, event.roles);
  }

  /**
   * @param action completes the sentence "To … you must be", for example `withdraw an entry`
   * @param crewToo whether everybody of the entry's own crew passes as well
   * @throws EntryNotFound for a stranger or an unknown id, RoleMissing for a member without one of the roles
   */
  async requireForEntry(
    caller: Caller,
    entryId: string,
    needed: readonly OrganisationRole[],
    action: string,
    { crewToo = false } = {},
  ): Promise<void> {
    const [entry] = await this.db.query<{ roles: OrganisationRole[]; isOfTheCrew: boolean }>(
      `SELECT array(SELECT m.role
                      FROM organization_users m
                     WHERE m.organization_id = e.organization_id AND m.user_id = $2) AS roles,
              EXISTS (SELECT FROM entry_crew c WHERE c.entry_id = n.id AND c.user_id = $2) AS "isOfTheCrew"
         FROM entries n JOIN events e ON e.id = n.event_id
        WHERE n.id = $1`,
      [entryId, caller.userId],
    );
    if (entry === undefined) throw new EntryNotFound();
    if (caller.isAdmin || (crewToo && entry.isOfTheCrew)) return;
    if (entry.roles.length === 0) throw new EntryNotFound();
    if (!entry.roles.some((role) => needed.includes(role)))
      throw new RoleMissing(action, needed, entry.roles, crewToo ? ", or of the entry's crew" : '');
  }
}
