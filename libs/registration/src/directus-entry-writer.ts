import { customEndpoint, isDirectusError } from '@directus/sdk';
import pLimit from 'p-limit';
import { connectDirectus, describeDirectusError, type DirectusClient, directusStatus } from '@trm/directus';
import { DirectusUnavailable, SignInExpired } from '@trm/platform';
import {
  type EntryChange,
  type EntryFields,
  EntryWriter,
  type NewBinding,
  type NewCrewMember,
  type NewEntry,
} from './entry-writer.js';
import { ForbiddenByDirectus, RefusedByDirectus } from './registration.problems.js';

const TIMEOUT_MS = 20_000;
/**
 * Each write holds a database connection of Directus while the guard is asked. More of them at once are no faster, and
 * leave nothing for everybody else; whoever is over waits here.
 */
const atOnce = pLimit(8);

/**
 * Writes through Directus with the person's own token: Directus applies that person's permissions, records that
 * person as the author, and asks the guard. One call is one transaction there.
 */
export class DirectusEntryWriter extends EntryWriter {
  private readonly directus: DirectusClient;

  /** @param userId whose token it is; stands as the one who checked an item */
  constructor(
    directusUrl: string,
    token: string,
    private readonly userId: string,
  ) {
    super();
    this.directus = connectDirectus(directusUrl, token, TIMEOUT_MS);
  }

  override async create({ entryId, eventId, crew, devices, ...fields }: NewEntry): Promise<void> {
    await this.send('POST', '/items/entries', {
      id: entryId,
      event_id: eventId,
      ...columns(fields),
      ...(crew.length > 0 && { crew: crew.map(crewRow) }),
      ...(devices.length > 0 && { devices: devices.map(bindingRow) }),
    });
  }

  override async change({ entryId, fields, crew, devices, checks }: EntryChange): Promise<void> {
    await this.send('PATCH', `/items/entries/${entryId}`, {
      ...columns(fields ?? {}),
      ...(crew && {
        crew: { create: (crew.add ?? []).map(crewRow), update: [], delete: crew.remove ?? [] },
      }),
      ...(devices && {
        devices: {
          create: (devices.bind ?? []).map(bindingRow),
          update: (devices.end ?? []).map(({ bindingId, at }) => ({
            id: bindingId,
            valid_to: at.toISOString(),
          })),
          delete: [],
        },
      }),
      ...(checks && {
        checks: {
          create: checks.filter(({ checkId }) => checkId === null).map((check) => this.checkRow(check)),
          update: checks
            .filter(({ checkId }) => checkId !== null)
            .map((check) => ({ id: check.checkId, ...this.checkRow(check) })),
          delete: [],
        },
      }),
    });
  }

  private checkRow(check: NonNullable<EntryChange['checks']>[number]): object {
    const { checkId, item, state, waivedReason, checkedAt } = check;
    return {
      ...(checkId === null && { item }),
      state,
      waived_reason: waivedReason,
      checked_at: checkedAt.toISOString(),
      checked_by: this.userId,
    };
  }

  private async send(method: 'POST' | 'PATCH', path: string, body: object): Promise<void> {
    try {
      await atOnce(() =>
        this.directus.request(
          // The rows themselves are read from the database afterwards, all at once.
          customEndpoint({ method, path, params: { fields: ['id'] }, body: JSON.stringify(body) }),
        ),
      );
    } catch (error) {
      throw translate(error);
    }
  }
}

function translate(error: unknown): Error {
  const status = directusStatus(error);
  if (status === undefined || !isDirectusError(error)) return new DirectusUnavailable(error);
  const [first] = error.errors;
  const code = first?.extensions.code ?? '';
  const cause = new Error(`Directus answered ${status}: ${describeDirectusError(error)}`);
  if (status === 401) return new SignInExpired();
  if (code === 'FORBIDDEN') return new ForbiddenByDirectus(cause);
  if (status === 503 && code !== 'CONTROL_PLANE_UNAVAILABLE') return new DirectusUnavailable(cause);
  return new RefusedByDirectus({ status, code, sentence: first?.message ?? '' }, cause);
}

function columns(fields: EntryFields): Record<string, unknown> {
  const named: Record<string, unknown> = {
    name: fields.name,
    team_name: fields.teamName,
    race_number: fields.raceNumber,
    class_id: fields.classId,
    vehicle_id: fields.vehicleId,
    status: fields.status,
    status_reason: fields.statusReason,
    waiting_since: fields.waitingSince?.toISOString() ?? fields.waitingSince,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

function crewRow({ personId, role }: NewCrewMember): object {
  return { user_id: personId, role };
}

function bindingRow({ deviceId, wornBy, validFrom }: NewBinding): object {
  return { device_id: deviceId, assigned_user_id: wornBy, valid_from: validFrom.toISOString() };
}
