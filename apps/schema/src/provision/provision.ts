/**
 * Brings what lives in Directus beside the schema (roles, policies, flows, settings, the service user) to what the
 * definitions in this folder say:
 *
 *  1. desired.ts    definitions → rows, with the same ids everywhere
 *  2. read          what the running Directus has
 *  3. plan-writes   the difference, as a list of calls; empty the second time
 *  4. write         those calls, in order; one that fails stops the boot
 */
import { customEndpoint, readMe } from '@directus/sdk';
import {
  connectDirectus,
  describeDirectusError,
  type DirectusClient,
  directusStatus,
  SERVICE_USER_ID,
} from '@trm/directus';
import { SchemaProblem } from '../schema-problem.js';
import type { StepLog } from '../step-log.js';
import { type Desired, desiredRows } from './desired.js';
import { readDirectusState } from './directus-state.js';
import { planWrites, type Write } from './plan-writes.js';

export interface ProvisionSettings {
  readonly DIRECTUS_ADMIN_TOKEN: string;
  readonly DIRECTUS_SERVICE_TOKEN: string;
  readonly PROJECT_OWNER?: string;
}

/**
 * @returns how many calls it took; 0 when everything was there
 * @throws SchemaProblem with Directus's own words
 */
export async function provision(url: string, settings: ProvisionSettings, log: StepLog): Promise<number> {
  const client = connectDirectus(url, settings.DIRECTUS_ADMIN_TOKEN, 60_000);
  return log.step(
    'provision',
    async () => {
      const writes = await plan(url, client, settings);
      for (const write of writes) await send(client, write);
      return writes.length;
    },
    (count) => (count === 0 ? 'nothing to write' : `${count} writes`),
  );
}

/** What `provision` would write now. */
export async function planProvisioning(url: string, settings: ProvisionSettings): Promise<Write[]> {
  return plan(url, connectDirectus(url, settings.DIRECTUS_ADMIN_TOKEN), settings);
}

async function plan(url: string, client: DirectusClient, settings: ProvisionSettings): Promise<Write[]> {
  const desired: Desired = desiredRows(settings);
  try {
    const state = await readDirectusState(client, desired, () =>
      isServiceToken(url, settings.DIRECTUS_SERVICE_TOKEN),
    );
    return planWrites(desired, state);
  } catch (error) {
    if (directusStatus(error) === 401 || directusStatus(error) === 403) {
      throw new SchemaProblem(
        'Directus does not accept DIRECTUS_ADMIN_TOKEN as an administrator. It is set when Directus is installed; later it is changed in the Admin UI, on the page of that user.',
      );
    }
    throw new SchemaProblem(`Directus cannot be read for provisioning: ${describeDirectusError(error)}`);
  }
}

async function isServiceToken(url: string, token: string): Promise<boolean> {
  try {
    const me = await connectDirectus(url, token).request(readMe({ fields: ['id'] }));
    return me.id === SERVICE_USER_ID;
  } catch (error) {
    if (directusStatus(error) === 401 || directusStatus(error) === 403) return false;
    throw error;
  }
}

async function send(client: DirectusClient, { method, path, body, why }: Write): Promise<void> {
  try {
    await client.request(customEndpoint({ method, path, body: JSON.stringify(body) }));
  } catch (error) {
    throw new SchemaProblem(`Provisioning failed at "${why}": ${describeDirectusError(error)}`);
  }
}
