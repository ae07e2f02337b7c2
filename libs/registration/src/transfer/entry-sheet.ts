/** A file of entries as a table of texts, whatever kind of file it was. */
export interface EntrySheet {
  readonly header: readonly string[];
  readonly rows: readonly SheetRow[];
  /** What was left aside, in sentences. */
  readonly notes: readonly string[];
}

export interface SheetRow {
  /** As a spreadsheet counts: the header is row 1. */
  readonly row: number;
  readonly cells: readonly string[];
  /** Indexes of cells that hold a formula instead of a text. */
  readonly formulas: ReadonlySet<number>;
}

/** More than any event has; what is larger is a mistake, or meant badly. */
export const MOST_ROWS = 5_000;
export const MOST_COLUMNS = 200;
export const LARGEST_FILE_BYTES = 5 * 1024 * 1024;

/** What begins so is a formula for a spreadsheet; the wide forms too. */
const LIKE_A_FORMULA = /^'*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

/** Keeps a spreadsheet from taking a text of ours for a formula; `unguarded` gives the text back. */
export function guarded(text: string): string {
  return LIKE_A_FORMULA.test(text) ? `'${text}` : text;
}

export function unguarded(text: string): string {
  return text.startsWith("'") && LIKE_A_FORMULA.test(text) ? text.slice(1) : text;
}
