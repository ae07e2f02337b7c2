import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createItem,
  customEndpoint,
  deleteItem,
  readItem,
  readItems,
  readMe,
  updateItem,
} from '@directus/sdk';
import {
  connectDirectus,
  describeDirectusError,
  type DirectusClient,
  directusStatus,
  SERVICE_USER_ID,
  stableId,
} from '@trm/directus';
import { commandOf, questionOf, verifySignature } from '@trm/platform';
import {
  cloneDatabase,
  seedEvent,
  type SeededEvent,
  type SeededUser,
  seedMember,
  seedStage,
  type TestDatabase,
} from '@trm/testing';
import { bootFor, type ToldBoot } from '../../../../test/schema-boot.js';
import { installationOf } from '../boot-context.js';
import { type PrivateDirectus, startPrivateDirectus } from '../directus/directus-process.js';
import { BOOKMARKS } from './bookmarks.js';
import { DASHBOARDS } from './dashboards.js';
import { PUBLIC_POLICY_ID } from './desired.js';
import { FLOWS } from './flows.js';
import { planProvisioning, provision } from './provision.js';

let database: TestDatabase;
let directus: PrivateDirectus;
let boot: ToldBoot;
let admin: DirectusClient;
let raceControl: RaceControl;

beforeAll(async () => {
  database = await cloneDatabase();
  raceControl = await startRaceControl();
  boot = bootFor({ DATABASE_URL: database.url, CONTROL_PLANE_URL: raceControl.url });
  directus = await startPrivateDirectus(installationOf(boot), boot.signal);
  admin = connectDirectus(directus.url, boot.config.DIRECTUS_ADMIN_TOKEN);
  await provision(directus.url, boot.config, boot.log);
}, 120_000);
afterAll(async () => {
  await directus.stop();
  await raceControl.stop();
  await database.drop();
});

const send = (method: 'PATCH' | 'POST' | 'DELETE', path: string, body: unknown) =>
  admin.request(customEndpoint<{ id: string }>({ method, path, body: JSON.stringify(body) }));
const planned = async () => (await planProvisioning(directus.url, boot.config)).map(({ why }) => why);

describe('provisioning a running Directus', () => {
  it('writes nothing the second time', async () => {
    const written = () => database.query('SELECT count(*), max(id) FROM directus_activity');
    const before = await written();
    expect(await provision(directus.url, boot.config, boot.log)).toBe(0);
    expect(await written()).toEqual(before);
  });

  it('undoes what somebody changed in the Admin UI: a permission, a flow, a setting, a role', async () => {
    const [permission] = await database.query<{ id: number }>(
      `SELECT id FROM directus_permissions WHERE policy = $1 AND collection = 'events' AND action = 'read'`,
      [stableId('policy', 'viewer')],
    );
    const [ask] = await database.query<{ id: string }>(
      `SELECT id FROM directus_operations WHERE key = 'ask' AND flow = $1`,
      [stableId('flow', 'guard')],
    );
    await send('PATCH', `/permissions/${permission!.id}`, { permissions: {} });
    await send('POST', '/permissions', {
      policy: stableId('policy', 'viewer'),
      collection: 'stages',
      action: 'delete',
      fields: ['*'],
      permissions: {},
    });
    await send('PATCH', `/operations/${ask!.id}`, { options: { method: 'GET', url: 'http://elsewhere' } });
    await send('PATCH', '/settings', { project_name: 'Another name' });
    await send('PATCH', `/roles/${stableId('role', 'marshal')}`, { name: 'Sheriff' });

    expect(await planned()).toEqual([
      'settings: project_name',
      'roles: change name of Marshal',
      'permissions: change permissions of read events',
      'permissions: delete 1 extra',
      'flows: Race control: what an event is run by: set operations',
      `flows: Race control: what an event is run by: delete ${FLOWS[0]?.operations.length} old operations`,
    ]);
    await provision(directus.url, boot.config, boot.log);
    expect(await planned()).toEqual([]);
    expect(await database.query('SELECT 1 FROM directus_operations')).toHaveLength(
      FLOWS.flatMap(({ operations }) => operations).length,
    );
  });

  it('undoes what somebody changed in the race office: a bookmark, a panel, a button', async () => {
    const [preset] = await database.query<{ id: number }>(
      `SELECT id FROM directus_presets WHERE bookmark = 'Not ready' AND role = $1`,
      [stableId('role', 'race-director')],
    );
    const dashboard = stableId('dashboard', 'race-office');
    const place = { type: 'label', position_x: 1, position_y: 70, width: 8, height: 6, options: {} };
    await send('PATCH', `/presets/${preset!.id}`, { filter: null, icon: 'star' });
    await send('PATCH', `/panels/${stableId('panel', 'race-office/silent')}`, { width: 20 });
    await send('POST', '/panels', { dashboard, show_header: true, ...place });
    await send('PATCH', `/flows/${stableId('flow', 'entry-button-check')}`, { status: 'inactive' });

    expect(await planned()).toEqual([
      'presets: change icon, filter of Not ready',
      'panels: change width of No signal',
      'panels: delete 1 extra',
      'flows: What is missing?: change status',
    ]);
    await provision(directus.url, boot.config, boot.log);
    expect(await planned()).toEqual([]);
  });

  it('gives the service user its token, and a new one when the configuration has a new one', async () => {
    const me = (token: string) => connectDirectus(directus.url, token).request(readMe({ fields: ['id'] }));
    expect(await me(boot.config.DIRECTUS_SERVICE_TOKEN)).toEqual({ id: SERVICE_USER_ID });
    const renewed = bootFor({
      DATABASE_URL: database.url,
      DIRECTUS_SERVICE_TOKEN: 'a-renewed-token-of-the-service',
    }).config;
    expect(await provision(directus.url, renewed, boot.log)).toBe(1);
    expect(await me(renewed.DIRECTUS_SERVICE_TOKEN)).toEqual({ id: SERVICE_USER_ID });
    await expect(me(boot.config.DIRECTUS_SERVICE_TOKEN)).rejects.toMatchObject({ response: { status: 401 } });
    await provision(directus.url, boot.config, boot.log);
  });

  it('says what is wrong when its own token is not an administrator', async () => {
    const stranger = bootFor({
      DATABASE_URL: database.url,
      DIRECTUS_ADMIN_TOKEN: 'a-token-that-nobody-has',
    }).config;
    await expect(provision(directus.url, stranger, boot.log)).rejects.toThrow(
      /Directus does not accept DIRECTUS_ADMIN_TOKEN as an administrator/,
    );
  });
});

describe('the guard', () => {
  let entryId: string;
  const rename = (client: DirectusClient) =>
    client
      .request(updateItem('entries', entryId, { name: 'Renamed' }))
      .then(({ name }) => name)
      .catch((error: unknown) => `${directusStatus(error)} ${describeDirectusError(error)}`);

  beforeAll(async () => {
    const { entryIds } = await seedEvent(database, { entries: 1 });
    entryId = entryIds[0]!;
  });
  afterEach(() => raceControl.allow());

  it('asks race control with a signed question, and saves when it says yes', async () => {
    expect(await rename(admin)).toBe('Renamed');
    const question = questionOf(
      verifySignature(raceControl.lastQuestion(), boot.config.HOOK_SECRET, Date.now() / 1000),
    );
    expect(question.trigger).toMatchObject({
      event: 'entries.items.update',
      collection: 'entries',
      payload: { name: 'Renamed' },
      keys: [entryId],
    });
    expect(question.accountability?.user).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('shows the reason of a refusal as race control put it', async () => {
    raceControl.answer(422, { code: 'STAGE_ALREADY_OPEN', detail: 'SS1 is open.' });
    expect(await rename(admin)).toBe('422 SS1 is open. (STAGE_ALREADY_OPEN)');
    expect(await database.query('SELECT name FROM entries WHERE id = $1', [entryId])).toEqual([
      { name: 'Renamed' },
    ]);
  });

  it.each<[string, () => void]>([
    ['fails', () => raceControl.answer(500, { code: 'X', detail: 'Y' })],
    ['refuses without a reason', () => raceControl.answer(422, {})],
    ['breaks off', () => raceControl.breakOff()],
  ])('saves nothing when race control %s, and says so', async (_case, misbehave) => {
    misbehave();
    expect(await rename(admin)).toBe(
      '503 Not saved: the race control service did not answer. Try again in a minute. (CONTROL_PLANE_UNAVAILABLE)',
    );
  });

  it('lets a mark on positions through when race control does not answer, and not when it refuses', async () => {
    const mark = () =>
      admin
        .request(
          createItem('position_faults', {
            entry_id: entryId,
            ts_from: '2026-06-06T08:00:00Z',
            ts_to: '2026-06-06T09:00:00Z',
            reason: 'Jump',
          }),
        )
        .then(() => 'saved')
        .catch((error: unknown) => `${directusStatus(error)} ${describeDirectusError(error)}`);
    raceControl.answer(400, { code: 'RANGE_ENDS_BEFORE_IT_BEGINS', detail: 'Swap them.' });
    expect(await mark()).toBe('400 Swap them. (RANGE_ENDS_BEFORE_IT_BEGINS)');
    raceControl.breakOff();
    expect(await mark()).toBe('saved');
  });

  it('does not ask about what race control itself writes', async () => {
    raceControl.breakOff();
    expect(await rename(connectDirectus(directus.url, boot.config.DIRECTUS_SERVICE_TOKEN))).toBe('Renamed');
  });

  it('asks about nothing that a stranger tries', async () => {
    const before = raceControl.asked();
    const response = await fetch(`${directus.url}/items/entries/${entryId}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"x"}',
    });
    expect([response.status, raceControl.asked()]).toEqual([403, before]);
  });
});

describe('two organisations in one Directus', () => {
  let ours: SeededEvent;
  let theirs: SeededEvent;
  let stages: { ours: string; theirs: string };
  const people: Record<string, SeededUser> = {};
  const as = (role: string) => connectDirectus(directus.url, people[role]!.token);
  const status = (request: Promise<unknown>) => request.then(() => 200, directusStatus);

  beforeAll(async () => {
    ours = await seedEvent(database, { entries: 2 });
    theirs = await seedEvent(database, { entries: 2 });
    stages = {
      ours: (await seedStage(database, { eventId: ours.eventId, segments: 1 })).stageId,
      theirs: (await seedStage(database, { eventId: theirs.eventId, segments: 1 })).stageId,
    };
    for (const role of ['org-admin', 'race-director', 'marshal', 'timekeeper', 'participant', 'viewer']) {
      people[role] = await seedMember(database, { organizationId: ours.organizationId, role });
    }
    // Race director at home, marshal with the others.
    await database.query(
      `INSERT INTO organization_users (organization_id, user_id, role) VALUES ($1, $2, 'marshal')`,
      [theirs.organizationId, people['org-admin']!.userId],
    );
  });

  it.each(['race-director', 'marshal', 'timekeeper', 'viewer'])(
    'a %s reads the own race alone',
    async (role) => {
      const client = as(role);
      expect(await client.request(readItems('events', { fields: ['id'] }))).toEqual([{ id: ours.eventId }]);
      expect(await client.request(readItems('stages', { fields: ['id'] }))).toEqual([{ id: stages.ours }]);
      expect(await client.request(readItems('segments', { fields: ['stage_id'] }))).toEqual([
        { stage_id: stages.ours },
      ]);
      expect(await client.request(readItems('entries', { fields: ['id'] }))).toHaveLength(2);
      expect(await status(client.request(readItem('events', theirs.eventId)))).toBe(403);
      expect(await client.request(readMe({ fields: ['id', 'status'] }))).toEqual({
        id: people[role]!.userId,
        status: 'active',
      });
    },
  );

  it('every collection that a role may read answers, through all its filters', async () => {
    for (const role of ['org-admin', 'participant']) {
      const granted = await database.query<{ collection: string }>(
        `SELECT collection FROM directus_permissions WHERE policy = $1 AND action = 'read' AND collection NOT LIKE 'directus_%'`,
        [stableId('policy', role)],
      );
      expect(granted.length).toBeGreaterThan(15);
      for (const { collection } of granted) {
        const rows = as(role).request(
          customEndpoint<unknown[]>({ method: 'GET', path: `/items/${collection}` }),
        );
        expect(Array.isArray(await rows)).toBe(true);
      }
    }
  });

  it('office papers are for staff: members, checks, trackers', async () => {
    const members = (role: string) => as(role).request(readItems('organization_users', { fields: ['role'] }));
    expect(await members('marshal')).toHaveLength(6);
    expect(await members('viewer')).toEqual([{ role: 'viewer' }]);
    expect(await status(as('viewer').request(readItems('entry_checks')))).toBe(403);
    expect(await status(as('viewer').request(readItems('devices')))).toBe(403);
  });

  it("the race director prepares the own events and nobody else's", async () => {
    const client = as('race-director');
    expect(await status(client.request(updateItem('events', ours.eventId, { name: 'New name' })))).toBe(200);
    expect(await status(client.request(updateItem('events', theirs.eventId, { name: 'Mine now' })))).toBe(
      403,
    );
    expect(await status(client.request(deleteItem('events', theirs.eventId)))).toBe(403);
    expect(await status(client.request(deleteItem('events', ours.eventId)))).toBe(403);
    const geofence = (eventId: string) => ({
      event_id: eventId,
      name: 'Start',
      kind: 'start' as const,
      area: {
        type: 'Polygon' as const,
        coordinates: [
          [
            [19, 41],
            [20, 41],
            [20, 42],
            [19, 41],
          ] as [number, number][],
        ],
      },
    });
    expect(await status(client.request(createItem('geofences', geofence(ours.eventId))))).toBe(200);
    expect(await status(client.request(createItem('geofences', geofence(theirs.eventId))))).toBe(400);
    const segment = { stage_id: stages.ours, name: 'More', sort_order: 2, type: 'liaison' as const };
    expect(await status(client.request(createItem('segments', segment)))).toBe(200);
    // The event of a row never changes.
    expect(
      await status(client.request(updateItem('stages', stages.ours, { event_id: theirs.eventId }))),
    ).toBe(403);
  });

  it('a role in one organisation gives nothing in another', async () => {
    const client = as('org-admin');
    expect(await client.request(readItems('events', { fields: ['id'] }))).toHaveLength(2);
    expect(await status(client.request(updateItem('events', ours.eventId, { name: 'A' })))).toBe(200);
    expect(await status(client.request(updateItem('events', theirs.eventId, { name: 'B' })))).toBe(403);
    expect(await status(client.request(deleteItem('events', theirs.eventId)))).toBe(403);
    const kept = await database.query('SELECT 1 FROM events WHERE id = $1', [theirs.eventId]);
    expect(kept).toHaveLength(1);
  });

  it.each(['marshal', 'timekeeper', 'participant', 'viewer'])('a %s prepares nothing', async (role) => {
    expect(await status(as(role).request(updateItem('events', ours.eventId, { name: 'X' })))).toBe(403);
    expect(
      await status(as(role).request(createItem('classes', { event_id: ours.eventId, code: 'Z', name: 'Z' }))),
    ).toBe(403);
  });

  it('nobody opens a stage by editing its state, and an open one is not edited', async () => {
    const client = as('race-director');
    expect(await status(client.request(updateItem('stages', stages.ours, { state: 'open' })))).toBe(400);
    expect(await status(client.request(updateItem('stages', stages.ours, { name: 'Prologue 2' })))).toBe(200);
    await database.query(
      `WITH list AS (
         INSERT INTO start_lists (stage_id, version, status, strategy, lines, published_at)
         VALUES ($1, 1, 'published', 'race_number', '[]', now()) RETURNING id)
       UPDATE stages SET state = 'open', current_start_list_id = (SELECT id FROM list) WHERE id = $1`,
      [stages.ours],
    );
    expect(await status(client.request(updateItem('stages', stages.ours, { name: 'Late change' })))).toBe(
      403,
    );
  });

  it('whoever is not signed in sees what is published, by the policy of Directus itself for the public', async () => {
    const anybody = async (collection: string) =>
      (await fetch(`${directus.url}/items/${collection}?fields=id`)).status;
    expect(await Promise.all(['events', 'start_lists', 'entry_crew'].map(anybody))).toEqual([200, 200, 403]);
    const rows = await database.query(
      `SELECT p.id FROM directus_access a JOIN directus_policies p ON p.id = a.policy
        WHERE a.role IS NULL AND a.user IS NULL`,
    );
    expect(rows).toEqual([{ id: PUBLIC_POLICY_ID }]);
  });

  it('takes back what somebody gives to the public', async () => {
    await send('POST', '/permissions', {
      policy: PUBLIC_POLICY_ID,
      collection: 'entry_crew',
      action: 'read',
      fields: ['*'],
      permissions: {},
    });
    await send('POST', '/access', { policy: stableId('policy', 'viewer'), role: null, user: null });
    expect(await planned()).toEqual(['access: delete 1 extra', 'permissions: delete 1 extra']);
    await provision(directus.url, boot.config, boot.log);
    expect((await fetch(`${directus.url}/items/entry_crew`)).status).toBe(403);
  });
});

describe('the race office', () => {
  let event: SeededEvent;
  let director: SeededUser;
  let stranger: SeededUser;

  beforeAll(async () => {
    event = await seedEvent(database, { entries: 3 });
    const elsewhere = await seedEvent(database, { entries: 1 });
    const { organizationId } = event;
    director = await seedMember(database, { organizationId, role: 'race-director' });
    stranger = await seedMember(database, {
      organizationId: elsewhere.organizationId,
      role: 'race-director',
    });
    await database.query(
      `INSERT INTO entry_checks (entry_id, item, state)
       VALUES ($1, 'administrative', 'failed'), ($1, 'medical', 'pending'), ($2, 'administrative', 'passed')`,
      event.entryIds.slice(0, 2),
    );
    await database.query(`INSERT INTO devices (imei, kind) VALUES ('1', 'chassis'), ('2', 'chassis')`);
    await database.query(
      `INSERT INTO organization_devices (organization_id, device_id) SELECT $1, id FROM devices`,
      [organizationId],
    );
    await database.query(
      `INSERT INTO entry_devices (entry_id, device_id, valid_from, valid_to)
       SELECT $1, id, now() - interval '2 days', CASE imei WHEN '2' THEN now() - interval '1 day' END FROM devices`,
      [event.entryIds[0]],
    );
  });

  const listed = (bookmark: string, collection: string, { token }: SeededUser) => {
    const definition = BOOKMARKS.find(({ name }) => name === bookmark);
    expect(definition).toMatchObject({ collection });
    return connectDirectus(directus.url, token).request(
      customEndpoint<{ id: string }[]>({
        method: 'GET',
        path: `/items/${collection}`,
        params: { filter: definition!.filter, sort: definition!.sort, fields: ['id'] },
      }),
    );
  };

  it('finds each entry once that is confirmed and not ready, of the own organisation', async () => {
    expect(await listed('Not ready', 'entries', director)).toEqual([{ id: event.entryIds[0] }]);
    expect(await listed('Not ready', 'entries', stranger)).toEqual([]);
  });

  it('finds the trackers that are carried now, and no longer those that were handed back', async () => {
    const [carried] = await database.query<{ id: string }>(`SELECT id FROM devices WHERE imei = '1'`);
    expect(await listed('Trackers in use', 'devices', director)).toEqual([carried]);
    expect(await listed('Trackers in use', 'devices', stranger)).toEqual([]);
  });

  it('has bookmarks that every role can read with all their columns and in their order', async () => {
    for (const { roles, collection, filter, columns, sort } of BOOKMARKS) {
      for (const role of roles) {
        const { token } = await seedMember(database, { organizationId: event.organizationId, role });
        const rows = connectDirectus(directus.url, token).request(
          customEndpoint<unknown[]>({
            method: 'GET',
            path: `/items/${collection}`,
            params: { filter, sort, fields: Object.keys(columns) },
          }),
        );
        expect(Array.isArray(await rows)).toBe(true);
      }
    }
  });

  it('shows each role its own bookmarks, and staff alone the dashboard', async () => {
    const found = async (role: string) => {
      const { token } = await seedMember(database, { organizationId: event.organizationId, role });
      const get = (path: string, params: object) =>
        connectDirectus(directus.url, token).request(
          customEndpoint<{ bookmark: string }[]>({ method: 'GET', path, params }),
        );
      const presets = await get('/presets', { filter: { bookmark: { _nnull: true } }, sort: ['id'] });
      const panels = await get('/panels', {}).catch(() => []);
      return { bookmarks: presets.map(({ bookmark }) => bookmark), panels: panels.length };
    };
    expect(await found('participant')).toEqual({ bookmarks: ['My entries'], panels: 0 });
    expect(await found('viewer')).toEqual({ bookmarks: [], panels: 0 });
    const panels = DASHBOARDS.flatMap((dashboard) => dashboard.panels).length;
    expect(await found('marshal')).toEqual({
      bookmarks: BOOKMARKS.filter(({ roles }) => roles.includes('marshal')).map(({ name }) => name),
      panels,
    });
  });

  it('has a button that tells race control what was pressed on which entry, and the person its answer', async () => {
    raceControl.answer(200, {
      title: 'Crew 1 is confirmed',
      message: 'Number 1.',
      collection: 'entries',
      item: event.entryIds[0],
    });
    await connectDirectus(directus.url, director.token).request(
      customEndpoint({
        method: 'POST',
        path: `/flows/trigger/${stableId('flow', 'entry-button-confirm')}`,
        body: JSON.stringify({ collection: 'entries', keys: [event.entryIds[0]], race_number: 1 }),
      }),
    );
    expect(raceControl.lastPath()).toBe('/v1/hooks/directus/entry-commands');
    const told = verifySignature(raceControl.lastQuestion(), boot.config.HOOK_SECRET, Date.now() / 1000);
    expect(commandOf(told)).toMatchObject({
      command: 'confirm',
      body: { collection: 'entries', keys: [event.entryIds[0]], race_number: 1 },
      userId: director.userId,
    });
    expect(
      await database.query('SELECT subject, item FROM directus_notifications WHERE recipient = $1', [
        director.userId,
      ]),
    ).toEqual([{ subject: 'Crew 1 is confirmed', item: event.entryIds[0] }]);
  });
});

/** Stands in for the service that flows ask. */
interface RaceControl {
  readonly url: string;
  allow(): void;
  answer(status: number, body: object): void;
  breakOff(): void;
  lastQuestion(): string | undefined;
  lastPath(): string | undefined;
  asked(): number;
  stop(): Promise<void>;
}

async function startRaceControl(): Promise<RaceControl> {
  const questions: string[] = [];
  const paths: (string | undefined)[] = [];
  let reply: { status: number; body: object } | null = { status: 200, body: {} };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      questions.push(body);
      paths.push(request.url);
      if (reply === null) request.socket.destroy();
      else
        response
          .writeHead(reply.status, { 'content-type': 'application/json' })
          .end(JSON.stringify(reply.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    allow: () => (reply = { status: 200, body: {} }),
    answer: (status, answer) => (reply = { status, body: answer }),
    breakOff: () => (reply = null),
    lastQuestion: () => questions.at(-1),
    lastPath: () => paths.at(-1),
    asked: () => questions.length,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
