import { CsvError, parse } from 'csv-parse/sync';
import { type EntrySheet, MOST_COLUMNS, MOST_ROWS, unguarded } from './entry-sheet.js';
import { EntryFileTooLong, EntryFileUnreadable } from './transfer.problems.js';

const DELIMITERS = [',', ';', '\t'];
const LONGEST_ROW = 100_000;

/**
 * Reads a CSV file in UTF-8, with or without a byte order mark, with commas, semicolons or tabs.
 * @throws EntryFileUnreadable, EntryFileTooLong
 */
export function readCsv(bytes: Uint8Array): EntrySheet {
  const text = decoded(bytes);
  const delimiter = delimiterOf(text);
  const records = parsed(text, delimiter);
  if (records.length > MOST_ROWS + 1) throw new EntryFileTooLong('rows', MOST_ROWS);
  if (records.some((cells) => cells.length > MOST_COLUMNS))
    throw new EntryFileTooLong('columns', MOST_COLUMNS);
  const [header = [], ...rows] = records;
  return {
    header,
    rows: rows.map((cells, index) => ({
      row: index + 2,
      cells: cells.map((cell) => unguarded(cell).trim()),
      formulas: new Set(cells.flatMap((cell, at) => (cell.trimStart().startsWith('=') ? [at] : []))),
    })),
    notes: [],
  };
}

function decoded(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0x50 && second === 0x4b)
    throw new EntryFileUnreadable('It is a spreadsheet, not a CSV file: send it as XLSX.');
  let text: string;
  try {
    // Also takes the byte order mark away; bytes of another encoding are an error instead of question marks.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new EntryFileUnreadable('Its letters are not encoded in UTF-8. Save it as "CSV UTF-8".', error);
  }
  if (text.includes('\0'))
    throw new EntryFileUnreadable('It contains characters that are no text. Save it as "CSV UTF-8".');
  if (text.trim() === '') throw new EntryFileUnreadable('It is empty.');
  return text.normalize('NFC');
}

/** Whichever the header has most of. */
function delimiterOf(text: string): string {
  const [header = ''] = text.split(/\r\n|\r|\n/, 1);
  const count = (delimiter: string) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, one) => (count(one) > count(best) ? one : best));
}

function parsed(text: string, delimiter: string): string[][] {
  try {
    return parse(text, {
      delimiter,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      max_record_size: LONGEST_ROW,
      to: MOST_ROWS + 2,
    });
  } catch (error) {
    const line = error instanceof CsvError ? (error as { lines?: unknown }).lines : undefined;
    throw new EntryFileUnreadable(
      typeof line === 'number'
        ? `Look at line ${line}: a quotation mark is not closed, or a cell has no end.`
        : 'It is not a table of comma-separated values.',
      error,
    );
  }
}
