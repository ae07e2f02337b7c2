/**
 * Is anything lost, or done twice, when everything breaks?
 *
 *  1. Postgres and Redis of this run alone; a database with two races, and a recorder of every step (recorder.ts).
 *  2. The real system on it: API, three workers, two processors, Directus; each is started again when it dies (system.ts).
 *  3. A race office works all the time: marks, starts, geometry, formulas, replays, openings (load.ts).
 *  4. Meanwhile one fault after the other, drawn by the seed (faults.ts).
 *  5. Behind the last one everybody gets an answer and everything comes to its end; how long does that take?
 *  6. The invariants (invariants.ts), and all results computed once more from nothing: are they the same?
 *
 * With `--mutants` the same with one known mistake each (mutants.ts): every one must be noticed. With `--visible` seconds
 * beyond all patience nothing that got lost is found by waiting for it.
 */
import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cloneDatabase, testEnvironment } from '@trm/testing';
import { redisOptions } from '@trm/platform';
import { Redis } from 'ioredis';
import pg from 'pg';
import { randomNumbers } from '../../fixtures/src/tracks/random.js';
import { doFault } from './faults.js';
import {
  checkAlways,
  checkFailures,
  checkLedger,
  checkOpenings,
  checkWaits,
  type Finding,
  resultsNow,
  whatIsOpen,
} from './invariants.js';
import { Load } from './load.js';
import { LATE_ENTRY_MUTANT, type SqlMutant, SQL_MUTANTS, UNORDERED_MARKS_MUTANT } from './mutants.js';
import { seedRace } from './race.js';
import { type Database, installMutant, installRecorder, lastSteps } from './recorder.js';
import { keepStores, type KeptProcess, startSystem, type System, TIMES } from './system.js';

/** So long everything may take to come to its end behind the last fault. */
const CONVERGED_WITHIN_MS = 40_000;
/** Computing everything from nothing takes as long as there is much. */
const COMPUTED_WITHIN_MS = 15 * 60_000;

interface Mutant {
  readonly name: string;
  readonly mistake: string;
  readonly sql?: SqlMutant;
  readonly workerOptions?: string;
  readonly faultsAtMost?: number;
}

const MUTANTS: readonly Mutant[] = [
  ...[...SQL_MUTANTS, LATE_ENTRY_MUTANT, UNORDERED_MARKS_MUTANT].map((sql) => ({
    name: sql.name,
    mistake: sql.mistake,
    sql,
  })),
  {
    name: 'no sweep behind NOTIFY',
    mistake: 'whoever has something to do is told, so nobody looks by himself',
    // What nobody looks at shows at the end only.
    faultsAtMost: 4,
    workerOptions: `--import ${new URL('no-sweep.js', import.meta.url).href}`,
  },
];

interface Order {
  readonly faults: number;
  readonly seed: number;
  readonly mutant?: Mutant;
}

interface Outcome {
  readonly findings: readonly Finding[];
  readonly faults: number;
  readonly steps: readonly string[];
}

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    mutants: { type: 'boolean', default: false },
    mutant: { type: 'string' },
    visible: { type: 'string', default: String(TIMES.visibleMs / 1_000) },
  },
});
const say = (text: string) => process.stdout.write(`${text}\n`);
const [faults, seed, visibleMs] = [
  Number(values.faults),
  Number(values.seed),
  Number(values.visible) * 1_000,
];

const stores = keepStores({ postgres: pingPostgres, redis: pingRedis });
await Promise.all(Object.values(stores).map((store) => store.untilUp()));
const isGood =
  values.mutants || values.mutant !== undefined
    ? await attackMutants(MUTANTS.filter(({ name }) => values.mutant === undefined || name === values.mutant))
    : await attack();
await Promise.all(Object.values(stores).map((store) => store.end()));
process.exit(isGood ? 0 : 1);

async function attack(): Promise<boolean> {
  say(`${faults} faults, seed ${seed}\n`);
  const { findings, steps } = await run({ faults, seed });
  say('');
  for (const { id, title, looked, violations } of findings) {
    say(
      `${violations.length === 0 ? '✓' : '✗'} ${id.padEnd(4)} ${title} (${looked})${violations.length === 0 ? '' : `: ${violations.length} violations`}`,
    );
    for (const violation of violations.slice(0, 5)) say(`       ${violation.slice(0, 500)}`);
  }
  for (const step of steps) say(`       ${step}`);
  const isGood = findings.every(({ violations }) => violations.length === 0);
  say(
    isGood
      ? '\nNothing was lost, and nothing was done twice.'
      : `\nThe same faults again: npm run test:faults -- --faults ${faults} --seed ${seed}`,
  );
  return isGood;
}

async function attackMutants(mutants: readonly Mutant[]): Promise<boolean> {
  let isGood = mutants.length > 0;
  if (!isGood)
    say(`No mutant has this name. There are: ${MUTANTS.map(({ name }) => `"${name}"`).join(', ')}.`);
  for (const mutant of mutants) {
    const outcome = await run({ faults: Math.min(faults, mutant.faultsAtMost ?? faults), seed, mutant });
    const [caught] = outcome.findings.filter(({ violations }) => violations.length > 0);
    isGood &&= caught !== undefined;
    say(
      caught === undefined
        ? `✗ "${mutant.name}" (${mutant.mistake}) was not noticed in ${outcome.faults} faults`
        : `✓ "${mutant.name}" (${mutant.mistake}) was noticed after ${outcome.faults} faults by ${caught.id}: ${caught.violations[0]!.slice(0, 200)}`,
    );
  }
  return isGood;
}

/** One attack on a system of its own. A mutant's ends as soon as it is noticed. */
async function run({ faults, seed, mutant }: Order): Promise<Outcome> {
  const database = await cloneDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 12, application_name: 'trm-faults' });
  pool.on('error', () => undefined);
  const db: Database = { query: (sql, params) => patiently(pool, sql, params) };
  const race = await seedRace(db);
  await installRecorder(db);
  if (mutant?.sql !== undefined) await installMutant(db, mutant.sql);
  // A copied database takes over how many values of its sequences are logged already, of the template's log: killed before
  // the next checkpoint, they would go back. That happens to no database that was not copied.
  await db.query('CHECKPOINT');
  const redisClient = new Redis({
    ...redisOptions(testEnvironment().redisUrl),
    maxRetriesPerRequest: 0,
    retryStrategy: () => 100,
  });
  redisClient.on('error', () => undefined);
  await redisClient.flushall();
  const system = await startSystem(database.url, { workerOptions: mutant?.workerOptions ?? '', visibleMs });
  try {
    await askForAll(db, 'First results');
    await untilConverged(db);
    await db.query(`INSERT INTO faults.cursed VALUES ($1)`, [race.cursedEntryId]);
    const load = new Load(db, race, system, seed);
    const random = randomNumbers(seed, 'faults');
    const victims = { ...system, ...stores, redisClient, pool };
    const begunAt = performance.now();
    let done = 0;
    let findings: Finding[] = [];
    const isNoticed = () => findings.some(({ violations }) => violations.length > 0);
    while (done < faults) {
      await pause(random.between(200, 1_500));
      const fault = await doFault(victims, random);
      done += 1;
      if (mutant === undefined)
        say(`${String(done).padStart(4)}  ${seconds(performance.now() - begunAt).padStart(8)}  ${fault}`);
      if (mutant !== undefined || done % 10 === 0)
        findings = [...(await checkAlways(db)), await checkOpenings(db, load.ledger)];
      if (isNoticed()) break;
    }
    const endedAt = performance.now();
    await load.end();
    if (mutant !== undefined && isNoticed()) return { findings, faults: done, steps: [] };
    await Promise.all(everything(system).map((part) => part.untilUp()));
    const answeredAfter = performance.now() - endedAt;
    const open = await untilConverged(db);
    const convergedAfter = performance.now() - endedAt;
    const told = [
      checkStarts(system),
      await checkFailures(db, race),
      ...(await checkLedger(db, load.ledger, race)),
    ];
    findings = [
      ...told,
      {
        id: 'I2',
        title: `everything comes to its end within ${CONVERGED_WITHIN_MS / 1_000} s of the last fault`,
        looked: `everybody had an answer after ${seconds(answeredAfter)}, everything was computed after ${seconds(convergedAfter)}`,
        violations: open.map(({ what }) => what),
        ...(open[0]?.targetId && { targetId: open[0].targetId }),
      },
      // What never comes to its end can't be computed from nothing either.
      ...(open.length > 0 ? [] : [await checkFromScratch(db)]),
      ...(await checkAlways(db)),
      await checkWaits(db),
    ].toSorted((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
    if (mutant === undefined) tellWhatWasDone(load, everything(system));
    const target = findings.find(({ targetId }) => targetId !== undefined)?.targetId;
    return { findings, faults: done, steps: target === undefined ? [] : await lastSteps(db, target) };
  } finally {
    await system.end();
    redisClient.disconnect();
    await pool.end();
    await database.drop();
  }
}

/** What it was and how it ended: the first line of the error, and the last of what the program said. */
function shortened(text: string): string {
  return text.length <= 500 ? text : `${text.slice(0, 150)} … ${text.slice(-345)}`;
}

/** Directus needs its database to start; what is ours does not, and comes up again by itself when that is back. */
function checkStarts({ api, workers, processors }: System): Finding {
  const ours = [api, ...workers, ...processors];
  return {
    id: 'R',
    title: 'the API, the workers and the processors start, whatever else is away',
    looked: `${ours.reduce((sum, { starts }) => sum + starts, 0)} starts`,
    violations: ours.flatMap(({ name, failedStarts }) =>
      failedStarts.map((why) => `${name}: ${shortened(why)}`),
    ),
  };
}

/** Throws all results away and has them computed once more: nothing may be different. */
async function checkFromScratch(db: Database): Promise<Finding> {
  await db.query(`DELETE FROM faults.cursed`);
  await askForAll(db, 'Once more');
  const stillOpen = (await untilConverged(db, COMPUTED_WITHIN_MS)).map(({ what }) => what);
  const before = await resultsNow(db);
  await db.query(`WITH off AS (SELECT set_config('trm.computing', 'on', false)), c AS (DELETE FROM entry_crossings WHERE source = 'gps')
                  DELETE FROM stage_results`);
  await askForAll(db, 'From nothing');
  stillOpen.push(...(await untilConverged(db, COMPUTED_WITHIN_MS)).map(({ what }) => what));
  const after = await resultsNow(db);
  const different = [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => before.get(key) !== after.get(key),
  );
  return {
    id: 'I3',
    title: 'results are those that a computation from nothing gives',
    looked: `${before.size} results`,
    violations: [
      ...stillOpen,
      ...different.map(
        (key) => `${key}: ${before.get(key) ?? 'none'} instead of ${after.get(key) ?? 'none'}`,
      ),
    ],
  };
}

/** All entries in all stages that have opened. */
async function askForAll(db: Database, why: string): Promise<void> {
  await db.query(
    `SELECT control.request_recompute(s.event_id, array_agg(n.id), array_agg(s.id), 7, 'replay', $1)
       FROM stages s JOIN entries n ON n.event_id = s.event_id
      WHERE s.state IN ('open', 'running', 'closed') AND EXISTS (SELECT FROM events e JOIN organization_users u ON u.organization_id = e.organization_id WHERE e.id = s.event_id)
      GROUP BY s.event_id`,
    [why],
  );
}

/** @returns what is still open when patience has ended; nothing is as it should be */
async function untilConverged(db: Database, withinMs = CONVERGED_WITHIN_MS): ReturnType<typeof whatIsOpen> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const open = await whatIsOpen(db);
    if (open.length === 0 || performance.now() > deadline) return open;
    await pause(100);
  }
}

function tellWhatWasDone({ ledger }: Load, parts: readonly KeptProcess[]): void {
  say(
    `\nConfirmed meanwhile: ${[...ledger.confirmed].map(([kind, count]) => `${count} ${kind}`).join(', ')}.`,
  );
  const all = [...parts, ...Object.values(stores)];
  say(`Started again: ${all.map(({ name, starts }) => `${name} ${starts - 1}`).join(', ')} times.`);
  say(
    `Longest away: ${all.map(({ name, longestAwayMs }) => `${name} ${seconds(longestAwayMs)}`).join(', ')}.`,
  );
}

function everything({ api, directus, workers, processors }: System): KeptProcess[] {
  return [api, directus, ...workers, ...processors];
}

/** Again and again while the database is away; what it says otherwise is thrown. */
async function patiently<Row extends object>(
  pool: pg.Pool,
  sql: string,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  for (;;) {
    try {
      return (await pool.query(sql, [...params])).rows as Row[];
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string };
      const isAway = /^(08|57P|ECONN|EPIPE|ENOENT)/.test(code) || message.startsWith('Connection terminated');
      if (!isAway) throw error;
      await pause(100);
    }
  }
}

async function pingPostgres(): Promise<void> {
  const client = new pg.Client({
    connectionString: testEnvironment().adminUrl,
    connectionTimeoutMillis: 1_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
}

async function pingRedis(): Promise<void> {
  const client = new Redis({
    ...redisOptions(testEnvironment().redisUrl),
    lazyConnect: true,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
