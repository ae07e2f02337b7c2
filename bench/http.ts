/**
 * What do reads and registrations cost beside Directus's own REST, for the same rows and the same caller?
 *   1. One database, one Directus, one API, each a process of its own; one race director signed in with one token.
 *   2. Interleaved rounds: for each question Directus, then the API (and the other way round in the next round), at
 *      the same number of connections, without conditional requests.
 *   3. Registrations one after the other: POST /items/entries with nested crew in Directus, then the same through the
 *      API. Both are guarded by the same Flows.
 *   4. Print medians and ratios; figures are of this machine, ratios are of the code.
 */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import { Logger } from '@nestjs/common';
import {
  cloneDatabase,
  freePort,
  seedClub,
  seedMember,
  startApiProcess,
  startDirectus,
  type SeededClub,
} from '@trm/testing';

const CONNECTIONS = 16;
const SECONDS = 3;
const ROUNDS = 5;
const REGISTRATIONS = 60;
const ROWS = 100;

Logger.overrideLogger(false);
const db = await cloneDatabase();
const apiPort = await freePort();
const directus = await startDirectus(db.url, `http://127.0.0.1:${apiPort}`);
const api = await startApiProcess(db.url, directus.url, {
  API_PORT: String(apiPort),
  // One caller stands for all.
  RATE_LIMIT_REQUESTS: '100000000',
});
const club = await seedClub(db, { discipline: 'rally', vehicleKind: 'moto' });
const { token } = club.director;

try {
  const { eventId, classId } = club.event;
  await db.query(
    `INSERT INTO entries (event_id, class_id, vehicle_id, name, team_name)
     SELECT $1, $2, $3, 'Crew ' || n, 'Team ' || n FROM generate_series(1, $4::int) n`,
    [eventId, classId, club.vehicleId, ROWS],
  );
  const [{ id: entryId } = { id: '' }] = await db.query<{ id: string }>(
    'SELECT id FROM entries WHERE event_id = $1 ORDER BY id LIMIT 1',
    [eventId],
  );
  const fields =
    'id,race_number,name,team_name,status,class_id.id,class_id.code,vehicle_id.id,vehicle_id.make,vehicle_id.model,seed,priority_group,status_reason,waiting_since,updated_at';
  const whole = `${fields},event_id,crew.user_id.id,crew.user_id.first_name,crew.user_id.last_name,crew.role,devices.device_id.imei,devices.valid_from,devices.valid_to,checks.item,checks.state`;
  const rows = [
    await read('list of 100 entries', {
      directus: `/items/entries?filter[event_id][_eq]=${eventId}&sort=class_id.sort_order,race_number,name&limit=100&fields=${fields}`,
      api: `/v1/events/${eventId}/entries?limit=100`,
    }),
    await read('one entry, flat', {
      directus: `/items/entries/${entryId}`,
      api: `/v1/entries/${entryId}`,
    }),
    await read('one entry with crew, trackers, checks', {
      directus: `/items/entries/${entryId}?fields=${whole}`,
      api: `/v1/entries/${entryId}`,
    }),
  ];
  console.table(Object.fromEntries(rows));
  console.table(Object.fromEntries([await registrations()]));
} finally {
  await api.stop();
  await directus.stop();
  await db.drop();
}

/** Requests per second of both, and how often Directus fits into the API. */
async function read(
  question: string,
  paths: { readonly directus: string; readonly api: string },
): Promise<[string, Record<string, number>]> {
  const measured = { directus: [] as number[], api: [] as number[] };
  await load(directus.url + paths.directus, 1);
  await load(api.url + paths.api, 1);
  for (let round = 0; round < ROUNDS; round += 1) {
    const both = ['directus', 'api'] as const;
    for (const which of round % 2 === 0 ? both : both.toReversed())
      measured[which].push(await load((which === 'api' ? api.url : directus.url) + paths[which], SECONDS));
    process.stderr.write(`${question}: round ${round + 1} of ${ROUNDS}\n`);
  }
  return [
    question,
    {
      'Directus req/s': Math.round(median(measured.directus)),
      'API req/s': Math.round(median(measured.api)),
      'API ÷ Directus': Number(
        median(measured.api.map((rate, round) => rate / (measured.directus[round] ?? Number.NaN))).toFixed(1),
      ),
    },
  ];
}

async function load(url: string, seconds: number): Promise<number> {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    headers: { authorization: `Bearer ${token}` },
  });
  if (result.non2xx > 0 || result.errors > 0 || result.timeouts > 0)
    throw new Error(
      `${url}: ${result.non2xx} refusals, ${result.errors} errors, ${result.timeouts} timeouts`,
    );
  return result.requests.average;
}

/** Milliseconds of one registration with a crew of one and its tracker, alternately in both. */
async function registrations(): Promise<[string, Record<string, number>]> {
  const { eventId, classId } = club.event;
  const measured = { directus: [] as number[], api: [] as number[] };
  for (let n = 0; n < REGISTRATIONS; n += 1) {
    const rider = await seedMember(db, { organizationId: club.organizationId, role: 'participant' });
    const second = await seedMember(db, { organizationId: club.organizationId, role: 'participant' });
    const [imeiA, imeiB] = [await tracker(club, n * 2), await tracker(club, n * 2 + 1)];
    const inDirectus = () =>
      time(`${directus.url}/items/entries?fields=id`, {
        event_id: eventId,
        class_id: classId,
        name: `Bare ${n}`,
        crew: [{ user_id: rider.userId, role: 'rider' }],
        devices: [{ device_id: imeiA.id, valid_from: new Date().toISOString() }],
      });
    const inApi = () =>
      time(`${api.url}/v1/events/${eventId}/entries`, {
        classId,
        name: `Registered ${n}`,
        crew: [{ personId: second.userId, role: 'rider' }],
        devices: [{ imei: imeiB.imei }],
      });
    if (n % 2 === 0) {
      measured.directus.push(await inDirectus());
      measured.api.push(await inApi());
    } else {
      measured.api.push(await inApi());
      measured.directus.push(await inDirectus());
    }
  }
  const ratios = measured.api.map((milliseconds, n) => milliseconds / (measured.directus[n] ?? Number.NaN));
  return [
    'a registration with crew and tracker',
    {
      'Directus ms': Math.round(median(measured.directus)),
      'API ms': Math.round(median(measured.api)),
      'API ÷ Directus': Number(median(ratios).toFixed(2)),
    },
  ];
}

async function tracker({ organizationId }: SeededClub, n: number): Promise<{ id: string; imei: string }> {
  const [made] = await db.query<{ id: string; imei: string }>(
    `WITH made AS (INSERT INTO devices (imei, kind) VALUES ($1, 'chassis') RETURNING id, imei),
          linked AS (INSERT INTO organization_devices (organization_id, device_id) SELECT $2, id FROM made)
     SELECT id, imei FROM made`,
    [`88${String(n).padStart(13, '0')}`, organizationId],
  );
  if (made === undefined) throw new Error('no tracker was made');
  return made;
}

async function time(url: string, body: object): Promise<number> {
  const started = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
