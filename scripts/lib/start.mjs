// `npm start`: the real system on this machine.
//
// 1. Packages and build ‖ programs of the stores.
// 2. Postgres and Redis; the database schema.
// 3. Directus ‖ API ‖ worker ‖ processor, until each answers;
// 4. as soon as Directus does, what it holds besides data: roles, flows, settings.
// 5. The example events, on a database that has not got these files yet.
// 6. Says what to open, and stays until it is told to stop or something breaks.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure, messageOf } from './failure.mjs';
import { fingerprintOfFiles, prepareClone } from './install.mjs';
import { isListening, reservePort } from './ports.mjs';
import { OWN_STORES_ONLY, program, programEnvironment, schemaProgram, secretsOf } from './programs.mjs';
import { deathOf, outputOf } from './run.mjs';
import { choosePlan } from './services-provider.mjs';
import { query, startStores } from './stores.mjs';

const READY_WITHIN_MS = 120_000;
const PORT_TRIES = 4;

/**
 * @typedef {import('./run.mjs').Run} Run
 * @typedef {import('./run.mjs').Child} Child
 * @typedef {Record<string, string | undefined>} Environment
 */

/** Somebody took the port between our look at it and the child's attempt to bind it. */
class PortTaken extends Failure {}

/**
 * @param {Run} run in a slot
 * @returns {Promise<number>} never: rejects when the system stops
 */
export async function start(run) {
  const [plan] = await Promise.all([choosePlan(run), prepareClone(run)]);
  const stores = await startStores(run, plan, {
    dataDirectory: join(run.directory, 'postgres'),
    isDurable: true,
  });
  const secrets = secretsOf(run.directory, plan.databaseUrl);
  const shared = {
    ...(plan.databaseUrl ? {} : OWN_STORES_ONLY),
    ...programEnvironment(stores, secrets),
    LOG_FORMAT: process.env['LOG_FORMAT'] || 'text',
    NO_COLOR: '1',
  };
  await task(run, 'database schema', 'schema', schemaProgram('store'), shared);

  const environment = await withNewPorts(() => openPrograms(run, shared));
  run.progress.say(`ready: ${environment.CONTROL_PLANE_URL}/health/ready answers`);
  await loadFixtures(run, environment, Boolean(plan.databaseUrl));
  run.publishEnvironment(withoutGaps(environment));
  run.progress.quiet();
  process.stdout.write(await describeSystem(environment, run.progress.elapsed));
  return run.failed;
}

/**
 * Steps 3 and 4. The programs come up in any order. All are told all ports before they listen; when one
 * loses its port, all start again on others.
 * @param {Run} run
 * @param {Environment} shared
 */
async function openPrograms(run, shared) {
  const apiHost = process.env['API_HOST'] || '127.0.0.1';
  const directusHost = process.env['DIRECTUS_HOST'] || '127.0.0.1';
  const apiPort = await reservePort(Number(process.env['API_PORT'] || 3000), apiHost);
  const workerPort = await reservePort(Number(process.env['WORKER_PORT'] || 3001), apiHost);
  const processorPort = await reservePort(Number(process.env['PROCESSOR_PORT'] || 3002), apiHost);
  const givenDirectus = process.env['DIRECTUS_URL'];
  const directusPort = givenDirectus
    ? undefined
    : await reservePort(Number(process.env['DIRECTUS_PORT'] || 8055), directusHost);
  const directusUrl = givenDirectus ?? `http://127.0.0.1:${directusPort}`;
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const env = {
    ...shared,
    CONTROL_PLANE_URL: apiUrl,
    API_HOST: apiHost,
    API_PORT: String(apiPort),
    WORKER_PORT: String(workerPort),
    PROCESSOR_PORT: String(processorPort),
    DIRECTUS_URL: directusUrl,
    DIRECTUS_HOST: directusHost,
    ...(directusPort && { DIRECTUS_PORT: String(directusPort) }),
  };

  /** @type {Child[]} */
  const children = [];
  /**
   * @param {string} name
   * @param {{ command: string, args: string[] }} what
   * @param {number} port
   * @param {string} path
   */
  const open = async (name, what, port, path) => {
    const child = run.launch({ name, ...what, env });
    children.push(child);
    await untilOpen(run, child, port, path);
  };
  const openDirectus = async () => {
    if (directusPort) {
      await run.progress.step(`Directus on ${directusUrl}`, () =>
        open('directus', schemaProgram('directus'), directusPort, '/server/health'),
      );
    } else {
      run.progress.say(`Directus: ${directusUrl} (from DIRECTUS_URL)`);
    }
    await task(run, 'roles, flows and settings', 'provision', schemaProgram('provision'), env);
  };
  try {
    await Promise.all([
      openDirectus(),
      run.progress.step(`API on ${apiUrl}`, () =>
        open('api', program('apps/api/src/main.js'), apiPort, '/health/ready'),
      ),
      run.progress.step(`worker on http://127.0.0.1:${workerPort}`, () =>
        open('worker', program('apps/worker/src/main.js'), workerPort, '/health/live'),
      ),
      run.progress.step(`processor on http://127.0.0.1:${processorPort}`, () =>
        open('processor', program('apps/processor/src/main.js'), processorPort, '/health/live'),
      ),
    ]);
  } catch (error) {
    if (error instanceof PortTaken) await Promise.all(children.map((child) => run.stop(child)));
    throw error;
  }
  return env;
}

/**
 * Waits until a program that was launched answers 2xx; from then on its end is the run's end.
 * @param {Run} run
 * @param {Child} child
 * @param {number} port
 * @param {string} path
 * @throws PortTaken
 */
async function untilOpen(run, child, port, path) {
  const exited = child.exited.then((exit) => {
    throw /EADDRINUSE|already in use/.test(outputOf(child))
      ? new PortTaken(`port ${port} was taken by another program before ${child.name} could use it.`)
      : deathOf(child, 'ended while it started', exit);
  });
  await Promise.race([untilAnswers(run, child, port, path), exited, run.failed]);
  run.watch(child);
  // From here on the watch reports its end.
  exited.catch(() => {});
}

/**
 * @param {Run} run
 * @param {Child} child
 * @param {number} port
 * @param {string} path
 */
async function untilAnswers(run, child, port, path) {
  const deadline = performance.now() + READY_WITHIN_MS;
  let last = 'nobody listens';
  while (performance.now() < deadline) {
    // Who answers must be ours, not somebody who took the port first.
    if (isListening(port, run.id)) {
      try {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, {
          signal: AbortSignal.timeout(5000),
        });
        if (response.ok) return;
        last = `it answers ${response.status}: ${(await response.text()).slice(0, 500)}`;
      } catch (error) {
        last = messageOf(error);
      }
    }
    await delay(100);
  }
  throw new Failure(
    `${child.name} was not ready within ${READY_WITHIN_MS / 1000} s (${last}). Its log is ${child.log}.`,
  );
}

/**
 * @template T
 * @param {() => Promise<T>} attempt that chooses its ports anew
 * @returns {Promise<T>}
 */
async function withNewPorts(attempt) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PortTaken) || tries === PORT_TRIES) throw error;
    }
  }
}

/**
 * Loads the example events into the slot's own database, once per version of the fixture files: what staff
 * changed since stays as it is. An external database gets them only when it has no event at all.
 * @param {Run} run
 * @param {Environment} environment
 * @param {boolean} isExternal
 */
async function loadFixtures(run, environment, isExternal) {
  const databaseUrl = environment['DATABASE_URL'] ?? '';
  if (isExternal && (await query(databaseUrl, 'select 1 from events limit 1')).length > 0) return;
  const stamp = join(run.directory, 'fixtures-loaded');
  const version = fingerprintOfFiles(['fixtures']);
  if (!isExternal && existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return;
  await task(run, 'example events', 'fixtures', program('fixtures/load.js'), environment);
  const tracks = program('fixtures/tracks.js', 'rally-albania-2026', 'prologue');
  await task(run, 'tracks of its prologue', 'tracks', tracks, environment);
  writeFileSync(stamp, version);
}

/**
 * What the reader can open now, and how to open a stage.
 * @param {Environment} environment
 * @param {string} elapsed
 */
async function describeSystem(environment, elapsed) {
  const api = environment['CONTROL_PLANE_URL'];
  const databaseUrl = environment['DATABASE_URL'] ?? '';
  const token = environment['DEMO_TOKEN'];
  // Only what the demo account may open: the other events belong to other organisations.
  /** @type {{ id: string, name: string, event_id: string, event: string, state: string }[]} */
  const stages = await query(
    databaseUrl,
    `select stages.id, stages.name, stages.state, events.id as event_id, events.name as event
       from stages
       join events on events.id = stages.event_id
       join organization_users member on member.organization_id = events.organization_id
       join directus_users person on person.id = member.user_id
      where person.token = $1
        and (stages.state = 'open' or (stages.state = 'planned' and stages.start_order_strategy = 'race_number'))
      order by stages.state <> 'planned', events.starts_at, stages.sort_order
      limit 1`,
    [token],
  );
  const stage = stages[0];
  /** @type {{ id: string, race_number: number, middle: Date, last: Date }[]} */
  const tracked = await query(
    databaseUrl,
    `with carried as (
       select entries.id, entries.race_number, devices.imei, bound.valid_from
         from entries
         join entry_devices bound on bound.entry_id = entries.id
         join devices on devices.id = bound.device_id
        where entries.event_id = $1 and entries.status in ('confirmed', 'started', 'finished')
          and exists (select from positions where device_id = devices.imei and ts >= bound.valid_from and not faulty)
        order by entries.race_number
        limit 1
     )
     select id, race_number, min(ts) + (max(ts) - min(ts)) / 2 as middle, max(ts) as last
       from carried join positions on device_id = imei and ts >= valid_from and not faulty
      group by id, race_number`,
    [stage?.event_id],
  );
  /** @type {{ email: string }[]} */
  const directors = await query(databaseUrl, 'select email from directus_users where token = $1', [token]);
  return [
    '',
    `TRM runs (${elapsed}).`,
    '',
    `  Admin UI         ${environment['DIRECTUS_URL']}/admin`,
    ...directors.map(({ email }) => `    race director  ${email}  ${environment['DEMO_PASSWORD']}`),
    `    administrator  ${environment['DIRECTUS_ADMIN_EMAIL']}  ${environment['DIRECTUS_ADMIN_PASSWORD']}`,
    `  API              ${api}/docs`,
    `  Database         ${databaseUrl}`,
    '',
    ...(stage?.state === 'planned'
      ? [
          `  Open ${stage.name} of ${stage.event}:`,
          `    curl -s -X POST -H 'Authorization: Bearer ${token}' ${api}/v1/stages/${stage.id}/openings`,
        ]
      : []),
    ...(stage
      ? [
          `  See the start list${stage.state === 'planned' ? ' then' : ` of ${stage.name}, which is open`}:`,
          `    curl -s -H 'Authorization: Bearer ${token}' ${api}/v1/stages/${stage.id}/start-list`,
        ]
      : ['  No stage of the demo account is planned or open.']),
    ...tracked.flatMap(({ id, race_number: number, middle, last }) => [
      `  Then say that the second half of #${number}'s track was wrong, and see what became of the result:`,
      `    curl -s -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '${JSON.stringify(
        {
          entryId: id,
          from: middle,
          to: last,
          reason: 'The tracker fell off',
        },
      )}' ${api}/v1/position-faults`,
      `    curl -s -H 'Authorization: Bearer ${token}' '${api}/v1/recompute-requests?eventId=${stage?.event_id}&limit=1'`,
    ]),
    '',
    '  Ctrl-C stops everything; the data stays.',
    '',
    '',
  ].join('\n');
}

/**
 * @param {Run} run
 * @param {string} title
 * @param {string} name of the log file
 * @param {{ command: string, args: string[] }} what
 * @param {Environment} env
 */
async function task(run, title, name, what, env) {
  await run.progress.step(title, () => run.finish({ name, ...what, env }));
}

/**
 * @param {Environment} environment
 * @returns {Record<string, string>}
 */
function withoutGaps(environment) {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
