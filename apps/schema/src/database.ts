import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { SchemaProblem } from './schema-problem.js';
import type { StepLog } from './step-log.js';

/** `application_name` of the sessions that this program opens itself. */
export const BOOT_APPLICATION_NAME = 'trm-schema';
/** … of the Directus that a boot calls under its lock. */
export const CLI_APPLICATION_NAME = 'trm-schema-directus';
/** … of the Directus that `check` and `snapshot` call, without a lock, beside whatever else is running. */
export const READER_APPLICATION_NAME = 'trm-schema-reader';

/** Any constant will do; it is the same in every release, so that an old and a new boot exclude each other. */
const BOOT_LOCK = 7_236_001;
const NO_SUCH_DATABASE = '3D000';
const NO_SUCH_ROLE = '28000';
const WRONG_PASSWORD = '28P01';
const STARTING_UP = '57P03';
const TOO_MANY_CONNECTIONS = '53300';
const DUPLICATE = new Set(['42P04', '42710', '23505']);

/** @throws whatever `pg` throws */
export async function connect(url: string, applicationName = BOOT_APPLICATION_NAME): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  // Without a listener a lost connection would end the process before anything could be said about it.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Runs `work` on a connection of its own. */
export async function withConnection<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = await connect(url);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Waits until the database answers; makes role and database through the superuser's URL when they are lacking.
 * @throws SchemaProblem after the deadline, or at once when waiting cannot help
 */
export async function waitForDatabase(
  config: { DATABASE_URL: string; ADMIN_DATABASE_URL?: string; DATABASE_WAIT_SECONDS: number },
  log: StepLog,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + config.DATABASE_WAIT_SECONDS * 1000;
  let told = false;
  for (;;) {
    signal.throwIfAborted();
    const error = await reasonNotToConnect(config.DATABASE_URL);
    if (error === undefined) return;
    const { code, message } = error;
    if (code === NO_SUCH_DATABASE || code === NO_SUCH_ROLE || code === WRONG_PASSWORD) {
      if (config.ADMIN_DATABASE_URL === undefined) {
        throw new SchemaProblem(
          `The database refuses DATABASE_URL: ${message}. Create the role and the database, or give ADMIN_DATABASE_URL so that they are created.`,
        );
      }
      if (await createRoleAndDatabase(config.DATABASE_URL, config.ADMIN_DATABASE_URL, log)) continue;
      throw new SchemaProblem(`The database refuses DATABASE_URL: ${message}.`);
    }
    const mayCome =
      code === STARTING_UP || code === TOO_MANY_CONNECTIONS || !/^[0-9A-Z]{5}$/.test(code ?? '');
    if (!mayCome) throw new SchemaProblem(`The database refuses DATABASE_URL: ${message}.`);
    if (Date.now() > deadline) {
      throw new SchemaProblem(
        `The database did not answer within ${config.DATABASE_WAIT_SECONDS} s: ${message}. Start Postgres, or correct DATABASE_URL.`,
      );
    }
    if (!told) log.info('waiting for the database', { reason: message });
    told = true;
    await pause(250);
  }
}

async function reasonNotToConnect(url: string): Promise<{ code?: string; message: string } | undefined> {
  try {
    await (await connect(url)).end();
    return undefined;
  } catch (error) {
    const { code, message, errors } = error as { code?: string; message?: string; errors?: Error[] };
    // A host name with two addresses fails with two errors and no message of its own.
    return { ...(code && { code }), message: message || errors?.[0]?.message || 'no connection' };
  }
}

/** @returns whether anything was created; false means that the refusal has another reason */
async function createRoleAndDatabase(url: string, adminUrl: string, log: StepLog): Promise<boolean> {
  const wanted = new URL(url);
  const role = decodeURIComponent(wanted.username);
  const password = decodeURIComponent(wanted.password);
  const database = decodeURIComponent(wanted.pathname.slice(1)) || role;
  return withConnection(maintenanceUrl(adminUrl), async (admin) => {
    let created = false;
    const create = async (what: string, exists: string, name: string, sql: string) => {
      const { rowCount } = await admin.query(exists, [name]);
      if (rowCount !== 0) return;
      try {
        await admin.query(sql);
        log.info(`created the ${what} ${name}`);
      } catch (error) {
        // Another boot was quicker; that is as good.
        if (!DUPLICATE.has((error as { code?: string }).code ?? '')) throw error;
      }
      created = true;
    };
    const secret = password === '' ? '' : ` PASSWORD ${pg.escapeLiteral(password)}`;
    const owner = pg.escapeIdentifier(role);
    await create(
      'role',
      'SELECT 1 FROM pg_roles WHERE rolname = $1',
      role,
      `CREATE ROLE ${owner} LOGIN${secret}`,
    );
    await create(
      'database',
      'SELECT 1 FROM pg_database WHERE datname = $1',
      database,
      `CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER ${owner} ENCODING 'UTF8' TEMPLATE template0`,
    );
    return created;
  });
}

/** A database that is there whatever ours is called. */
function maintenanceUrl(adminUrl: string): string {
  const url = new URL(adminUrl);
  url.pathname = '/postgres';
  return url.href;
}

/** The superuser's URL, but for our database. Without one, the owner has to do. */
export function adminUrlFor(config: { DATABASE_URL: string; ADMIN_DATABASE_URL?: string }): string {
  if (config.ADMIN_DATABASE_URL === undefined) return config.DATABASE_URL;
  const url = new URL(config.ADMIN_DATABASE_URL);
  url.pathname = new URL(config.DATABASE_URL).pathname;
  return url.href;
}

/**
 * Runs `work` while no other boot of this database runs; a second one waits here and says so.
 *
 * @param work gets a signal that also fires when the connection that holds the lock is lost: from then on another
 *   boot may be at work, so nothing more may be written
 */
export async function underBootLock<Result>(
  url: string,
  log: StepLog,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const client = await connect(url);
  const lost = new AbortController();
  client.on('error', () =>
    lost.abort(new SchemaProblem('The connection that holds the boot lock was lost.')),
  );
  try {
    await takeBootLock(client, log, signal);
    await endOrphans(client, log);
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    await client.end();
  }
}

/**
 * Asks again and again instead of waiting inside Postgres: a statement that waits keeps its snapshot open, and the
 * boot that is at work may build an index CONCURRENTLY, which waits for every open snapshot.
 */
async function takeBootLock(client: pg.Client, log: StepLog, signal: AbortSignal): Promise<void> {
  for (let told = false; ; told = true) {
    signal.throwIfAborted();
    const { rows } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1) AS free', [
      BOOT_LOCK,
    ]);
    if (rows[0]?.free === true) return;
    if (!told) log.info('another boot of this database is at work; waiting for it to end');
    await pause(200);
  }
}

/**
 * A boot that was killed may have left its Directus call behind, still writing. We hold the lock, so any session
 * of that name is such an orphan.
 */
async function endOrphans(client: pg.Client, log: StepLog): Promise<void> {
  const find = `FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`;
  const { rowCount } = await client.query(`SELECT pg_terminate_backend(pid) ${find}`, [CLI_APPLICATION_NAME]);
  if (!rowCount) return;
  log.info('ended what an interrupted boot had left running', { sessions: rowCount });
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await pause(50)) {
    const { rowCount: left } = await client.query(`SELECT 1 ${find}`, [CLI_APPLICATION_NAME]);
    if (!left) return;
  }
  throw new SchemaProblem(
    'Sessions of an interrupted boot do not end. Restart Postgres, or end them by hand.',
  );
}
