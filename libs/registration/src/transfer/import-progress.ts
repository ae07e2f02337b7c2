import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@trm/platform';
import type { ImportReport } from './plan-entry-import.js';
import { ImportIdUsed, ImportNotFound } from './transfer.problems.js';

/** How far an import has come. */
export interface ImportState {
  readonly importId: string;
  readonly state: 'running' | 'done' | 'refused' | 'failed';
  readonly fileName: string | null;
  readonly rowsTotal: number;
  readonly rowsDone: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** What that means, in a sentence. */
  readonly summary: string;
  /** Of one that is done or refused. */
  readonly report: ImportReport | null;
}

/** A process that has not said for so long that it is still at it, has died. */
const DEAD_AFTER_SECONDS = 60;
const HEARTBEAT_MS = 10_000;

/** What is known of an import before it has read a row. */
export interface ImportBegin {
  readonly importId: string;
  readonly eventId: string;
  readonly authorId: string;
  readonly fileName: string | null;
  readonly fileSha256: string;
  readonly rowsTotal: number;
}

/**
 * How far imports have come, in `control.entry_imports`: told on a connection of its own while the transaction of the
 * import runs. That an import is done, is written in that transaction itself, so it is done exactly when its entries
 * are there.
 */
@Injectable()
export class ImportProgress {
  constructor(private readonly db: Database) {}

  /** @throws ImportIdUsed when an import with this id is under way or done */
  async begin({ importId, eventId, authorId, fileName, fileSha256, rowsTotal }: ImportBegin): Promise<void> {
    const begun = await this.db.query(
      `INSERT INTO control.entry_imports AS i (id, event_id, author_id, file_name, file_sha256, rows_total)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (id) DO UPDATE
         SET author_id = excluded.author_id, file_name = excluded.file_name, file_sha256 = excluded.file_sha256,
             rows_total = excluded.rows_total, rows_done = 0, state = 'running', report = NULL,
             started_at = clock_timestamp(), seen_at = clock_timestamp(), finished_at = NULL
       WHERE i.event_id = excluded.event_id
         AND (i.state IN ('refused', 'failed') OR i.state = 'running' AND ${isDead('i')})
       RETURNING 1`,
      [importId, eventId, authorId, fileName, fileSha256, rowsTotal],
    );
    if (begun.length === 0) throw new ImportIdUsed();
  }

  /** Says now and then that the process is alive, while `work` runs. */
  async whileAlive<Result>(importId: string, work: () => Promise<Result>): Promise<Result> {
    const heartbeat = setInterval(() => {
      // The transaction that ends the import holds the row for its last moment; that is sign of life enough.
      this.db
        .query(
          `UPDATE control.entry_imports SET seen_at = clock_timestamp()
            WHERE id = (SELECT id FROM control.entry_imports WHERE id = $1 AND state = 'running' FOR UPDATE SKIP LOCKED)`,
          [importId],
        )
        .catch(() => undefined);
    }, HEARTBEAT_MS);
    try {
      return await work();
    } finally {
      clearInterval(heartbeat);
    }
  }

  async reached(importId: string, rowsDone: number): Promise<void> {
    await this.db.query(
      `UPDATE control.entry_imports SET rows_done = $2, seen_at = clock_timestamp() WHERE id = $1 AND state = 'running'`,
      [importId, rowsDone],
    );
  }

  /** In the transaction of the import, as its last statement. */
  async done(tx: Tx, importId: string, report: ImportReport): Promise<void> {
    await tx.query(
      `UPDATE control.entry_imports SET state = 'done', rows_done = rows_total, report = $2, seen_at = clock_timestamp(),
              finished_at = clock_timestamp() WHERE id = $1`,
      [importId, JSON.stringify(report)],
    );
  }

  /** Nothing was written: refused with a report, or failed without one. */
  async ended(importId: string, state: 'refused' | 'failed', report: ImportReport | null): Promise<void> {
    await this.db.query(
      `UPDATE control.entry_imports SET state = $2, rows_done = 0, report = $3, seen_at = clock_timestamp(),
              finished_at = clock_timestamp() WHERE id = $1 AND state = 'running'`,
      [importId, state, report && JSON.stringify(report)],
    );
  }

  /** @throws ImportNotFound also for an import of another event */
  async read(eventId: string, importId: string): Promise<ImportState> {
    const [found] = await this.db.query<Omit<ImportState, 'summary'> & { isDead: boolean }>(
      `SELECT id AS "importId", state, file_name AS "fileName", rows_total AS "rowsTotal", rows_done AS "rowsDone",
              started_at AS "startedAt", finished_at AS "finishedAt", report,
              state = 'running' AND ${isDead('i')} AS "isDead"
         FROM control.entry_imports i WHERE id = $2 AND event_id = $1`,
      [eventId, importId],
    );
    if (found === undefined) throw new ImportNotFound();
    const { isDead: died, ...row } = found;
    const known = died ? { ...row, state: 'failed' as const, rowsDone: 0 } : row;
    return { ...known, summary: inWords(known) };
  }
}

function isDead(table: string): string {
  return `${table}.seen_at < clock_timestamp() - interval '${DEAD_AFTER_SECONDS} seconds'`;
}

function inWords({ state, rowsDone, rowsTotal, report }: Omit<ImportState, 'summary'>): string {
  const sentences: Readonly<Record<ImportState['state'], string>> = {
    running: `${rowsDone} of ${rowsTotal} rows are done.`,
    done: `Imported: ${totalsInWords(report)}.`,
    refused: `Refused: ${totalsInWords(report)}. Nothing was written.`,
    failed: 'The import ended before it was done: nothing was written. Send the file again.',
  };
  return sentences[state];
}

/** "40 new, 2 unchanged, 1 refused" */
export function totalsInWords(report: ImportReport | null): string {
  const { new: new_ = 0, unchanged = 0, refused = 0 } = report?.totals ?? {};
  return [`${new_} new`, `${unchanged} unchanged`, ...(refused > 0 ? [`${refused} refused`] : [])].join(', ');
}
