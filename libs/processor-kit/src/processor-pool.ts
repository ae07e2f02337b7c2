import pg from 'pg';

/**
 * Connections for a processor: nothing that is asked waits for ever, also when the database's host is gone without a
 * word. What is not answered is tried again.
 * @param concurrency targets at once
 * @param onLost hears of an idle connection that was lost; it is replaced, but without a listener it would end the process
 */
export function processorPool(url: string, concurrency: number, onLost: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    // One more than there are jobs at once: what failed is written down beside a transaction that is still open.
    max: concurrency + 1,
    application_name: 'trm-processor',
    connectionTimeoutMillis: 5_000,
    statement_timeout: 60_000,
    lock_timeout: 20_000,
    idle_in_transaction_session_timeout: 60_000,
    query_timeout: 75_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  pool.on('error', onLost);
  return pool;
}
