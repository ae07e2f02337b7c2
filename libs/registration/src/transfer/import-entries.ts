import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  type Caller,
  Database,
  EventNotFound,
  IdempotencyKeys,
  OrganisationAccess,
  type ReceivedFile,
  type Tx,
  XLSX,
} from '@trm/platform';
import { mayBeOutdated } from '../entry-command.js';
import { type EventFile, RegistrationStore } from '../registration-store.js';
import { MAY_MANAGE } from '../who-may.js';
import { EntryTransferStore } from './entry-transfer-store.js';
import { ImportProgress, type ImportState, totalsInWords } from './import-progress.js';
import { type ImportPlan, type ImportReport, planEntryImport } from './plan-entry-import.js';
import { type EntryRows, readEntryRows } from './read-entry-rows.js';
import { readCsv } from './read-csv.js';
import { readXlsx } from './read-xlsx.js';
import { ImportRefused } from './transfer.problems.js';

export interface ImportOrder {
  readonly eventId: string;
  readonly caller: Caller;
  /** Reads the file; only called for who may import. */
  readonly file: () => Promise<ReceivedFile>;
  readonly mode: 'preview' | 'apply';
  /** Chosen by who wants to ask at once how far it has come. */
  readonly importId: string | null;
  readonly fileName: string | null;
  readonly idempotencyKey: string | undefined;
}

export interface ImportAnswer {
  readonly v: 1;
  /** Null for a preview. */
  readonly importId: string | null;
  readonly applied: boolean;
  readonly summary: string;
  readonly report: ImportReport;
}

/** Somebody may have taken a number or a place since it was read: then it is planned once more. */
const ATTEMPTS = 3;

/**
 * Imports a file of entries.
 *   1. The caller directs the organisation; only then the file is received, and read into rows.
 *   2. A preview plans on what is there now, and answers with the report; it writes nothing.
 *   3. An apply says that it has begun, plans in its transaction, and writes all rows or none: one refused row, and the
 *      answer is a refusal with the whole report.
 *   4. How far it has come is told beside the transaction; that it is done, within.
 */
@Injectable()
export class ImportEntries {
  constructor(
    private readonly db: Database,
    private readonly access: OrganisationAccess,
    private readonly keys: IdempotencyKeys,
    private readonly registrations: RegistrationStore,
    private readonly store: EntryTransferStore,
    private readonly progress: ImportProgress,
  ) {}

  /** @throws EventNotFound, RoleMissing, EntryFileUnreadable, EntryFileTooLong, EntryFileHeader, ImportRefused, ImportIdUsed */
  async execute(order: ImportOrder): Promise<ImportAnswer> {
    const { eventId, caller, mode } = order;
    await this.access.requireForEvent(caller, eventId, MAY_MANAGE, 'import entries');
    const event = await this.registrations.event(eventId);
    if (event === undefined) throw new EventNotFound();
    const { bytes, mediaType } = await order.file();
    const rows = readEntryRows(mediaType === XLSX ? await readXlsx(bytes) : readCsv(bytes));
    if (mode === 'apply') return this.apply(order, event, rows, bytes);
    const { report } = await this.plan(this.db, event, rows);
    return {
      v: 1,
      importId: null,
      applied: false,
      summary: `Preview: ${totalsInWords(report)}. Nothing was written.`,
      report,
    };
  }

  /** @throws EventNotFound, RoleMissing, ImportNotFound */
  async state(caller: Caller, eventId: string, importId: string): Promise<ImportState> {
    await this.access.requireForEvent(caller, eventId, MAY_MANAGE, 'follow an import');
    return this.progress.read(eventId, importId);
  }

  private async apply(
    order: ImportOrder,
    event: EventFile,
    rows: EntryRows,
    bytes: Buffer,
  ): Promise<ImportAnswer> {
    const { eventId, caller, fileName, idempotencyKey } = order;
    const fileSha256 = createHash('sha256').update(bytes).digest('hex');
    const request =
      idempotencyKey === undefined
        ? undefined
        : {
            scope: `${caller.userId} POST /v1/events/${eventId}/entry-imports`,
            key: idempotencyKey,
            body: { fileSha256, importId: order.importId },
          };
    const importId = order.importId ?? randomUUID();
    const begin = {
      importId,
      eventId,
      authorId: caller.userId,
      fileName,
      fileSha256,
      rowsTotal: rows.rows.length,
    };
    for (let attempt = 1; ; attempt += 1) {
      let begun = false;
      try {
        return await this.progress.whileAlive(importId, () =>
          this.keys.once(request, async (tx) => {
            await this.progress.begin(begin);
            begun = true;
            return this.write(tx, event, rows, importId, caller);
          }),
        );
      } catch (error) {
        if (begun) await this.tellFailure(importId, error);
        if (!mayBeOutdated(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  private async tellFailure(importId: string, error: unknown): Promise<void> {
    const report = error instanceof ImportRefused ? error.details.report : null;
    try {
      await this.progress.ended(importId, report === null ? 'failed' : 'refused', report);
    } catch {
      // What the caller has to hear of is the failure before; this import counts as failed in a minute.
    }
  }

  private async write(
    tx: Tx,
    event: EventFile,
    rows: EntryRows,
    importId: string,
    { userId }: Caller,
  ): Promise<ImportAnswer> {
    await this.store.queue(tx, event.eventId);
    const { report, writes } = await this.plan(tx, event, rows);
    if (report.totals.refused > 0) throw new ImportRefused(importId, report);
    const unchanged = report.totals.unchanged;
    await this.store.write(tx, event, writes, userId, (count) =>
      this.progress.reached(importId, unchanged + count),
    );
    await this.progress.done(tx, importId, report);
    return { v: 1, importId, applied: true, summary: `Imported: ${totalsInWords(report)}.`, report };
  }

  private async plan(tx: Tx, event: EventFile, rows: EntryRows): Promise<ImportPlan> {
    return planEntryImport(rows, await this.store.facts(tx, event, rows), randomUUID);
  }
}
