import { Problem } from '@trm/platform';
import type { ImportReport } from './plan-entry-import.js';

/** The file is no table that can be read. */
export class EntryFileUnreadable extends Problem {
  readonly kind = 'malformed';
  readonly code = 'ENTRY_FILE_UNREADABLE';

  /** @param why a sentence that says what to do */
  constructor(why: string, cause?: unknown) {
    super(`The file cannot be read. ${why}`, { cause });
  }
}

export class EntryFileTooLong extends Problem {
  readonly kind = 'malformed';
  readonly code = 'ENTRY_FILE_TOO_LONG';

  /** @param what `rows` or `columns` */
  constructor(what: string, most: number) {
    super(`The file has more than ${most} ${what}. Take what is no entry out of it, or split it.`);
  }
}

/** The header does not say what is in the columns. */
export class EntryFileHeader extends Problem {
  readonly kind = 'rule';
  readonly code = 'ENTRY_FILE_HEADER';
}

/** At least one row cannot be taken; nothing was written. */
export class ImportRefused extends Problem {
  readonly kind = 'rule';
  readonly code = 'ENTRY_IMPORT_REFUSED';
  override readonly details: { readonly importId: string; readonly report: ImportReport };

  constructor(importId: string, report: ImportReport) {
    const { refused } = report.totals;
    const [first] = report.rows.filter(({ result }) => result === 'refused');
    super(
      `Nothing was imported: ${refused === 1 ? 'one row' : `${refused} rows`} cannot be taken. ` +
        `Row ${first?.row}${first?.violations[0]?.column ? `, ${first.violations[0].column}` : ''}: ${first?.violations[0]?.message}`,
    );
    this.details = { importId, report };
  }
}

export class ImportIdUsed extends Problem {
  readonly kind = 'conflict';
  readonly code = 'IMPORT_ID_USED';

  constructor() {
    super('An import with this id is done or still under way. Ask for its report, or choose a new id.');
  }
}

/** The same answer for an import that does not exist and for one of another event. */
export class ImportNotFound extends Problem {
  readonly kind = 'not-found';
  readonly code = 'IMPORT_NOT_FOUND';

  constructor() {
    super('There is no such import in this event.');
  }
}
