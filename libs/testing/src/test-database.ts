import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { testEnvironment } from './test-environment.js';

/** A database of one test file alone. */
export interface TestDatabase {
  readonly url: string;
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Closes the connections of this handle and drops the database. */
  drop(): Promise<void>;
}

const IN_USE = '55006';

/** The URL of another database on the same server. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/**
 * Makes a database with the whole schema by copying the template, in about 0.2 s.
 * @param template null for an empty database
 */
export async function cloneDatabase(
  template: string | null = testEnvironment().template,
): Promise<TestDatabase> {
  const { adminUrl } = testEnvironment();
  const name = `trm_${randomUUID().replaceAll('-', '')}`;
  await create(adminUrl, name, template);
  const url = databaseUrl(adminUrl, name);
  const pool = new pg.Pool({ connectionString: url, max: 4, application_name: 'trm-test' });
  pool.on('error', () => undefined);
  return {
    url,
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...values])).rows,
    drop: async () => {
      await pool.end();
      await onServer(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** Copying fails while anybody is connected to the template; a TimescaleDB scheduler may be, for a moment. */
async function create(adminUrl: string, name: string, template: string | null): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      await onServer(adminUrl, `CREATE DATABASE ${name}${template === null ? '' : ` TEMPLATE ${template}`}`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== IN_USE || Date.now() > deadline) throw error;
      await pause(100);
    }
  }
}

async function onServer(adminUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
