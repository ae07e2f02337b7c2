import { type CellValue, readXlsx as readWorkbook } from 'hucre/xlsx';
import { type EntrySheet, MOST_COLUMNS, MOST_ROWS } from './entry-sheet.js';
import { EntryFileTooLong, EntryFileUnreadable } from './transfer.problems.js';
import { unpackedSize } from './unpacked-size.js';

const LARGEST_UNPACKED_BYTES = 40 * 1024 * 1024;
const SAVE_AGAIN = 'Open it in a spreadsheet program, save it as XLSX without a password, and send that.';

/**
 * Reads the first visible sheet of an XLSX file. Only the part of it that may hold entries is looked at, so that one
 * cell far away costs nothing.
 * @throws EntryFileUnreadable, EntryFileTooLong
 */
export async function readXlsx(bytes: Uint8Array): Promise<EntrySheet> {
  const size = unpackedSize(bytes);
  if (size === undefined) throw new EntryFileUnreadable(`It is not an XLSX file. ${SAVE_AGAIN}`);
  if (size > LARGEST_UNPACKED_BYTES)
    throw new EntryFileUnreadable(
      `Unpacked it has ${Math.ceil(size / 1024 / 1024)} MiB, and ${LARGEST_UNPACKED_BYTES / 1024 / 1024} MiB are taken. Take pictures and other sheets out.`,
    );
  const { sheet, others } = await firstSheet(bytes);
  const rows = (sheet?.rows ?? []).map((cells) => cells.map(textOf));
  if (rows.length > MOST_ROWS + 1 && rows.slice(MOST_ROWS + 1).some(hasText))
    throw new EntryFileTooLong('rows', MOST_ROWS);
  if (rows.some((cells) => hasText(cells.slice(MOST_COLUMNS))))
    throw new EntryFileTooLong('columns', MOST_COLUMNS);
  const [header = [], ...entries] = rows;
  if (!hasText(header)) throw new EntryFileUnreadable('The first row of its first sheet is empty.');
  return {
    header,
    rows: entries.map((cells, index) => ({
      row: index + 2,
      cells,
      formulas: new Set(
        cells.flatMap((_, at) =>
          sheet?.cells?.get(`${index + 1},${at}`)?.formula === undefined ? [] : [at],
        ),
      ),
    })),
    notes: others === 0 ? [] : [`Only the sheet "${sheet?.name}" was read; ${others} others were not.`],
  };
}

async function firstSheet(bytes: Uint8Array) {
  let visible = 0;
  try {
    const { sheets } = await readWorkbook(bytes, {
      sheets: ({ hidden, veryHidden }) => {
        if (hidden === true || veryHidden === true) return false;
        visible += 1;
        return visible === 1;
      },
      // One row and one column more than is taken, to see whether there are more.
      range: `A1:${columnName(MOST_COLUMNS)}${MOST_ROWS + 2}`,
    });
    return { sheet: sheets[0], others: Math.max(0, visible - 1) };
  } catch (error) {
    // Whatever a broken file breaks in the reader, it is the file that is broken.
    throw new EntryFileUnreadable(SAVE_AGAIN, error);
  }
}

/** `columnName(0)` is A. */
function columnName(index: number): string {
  const letter = String.fromCodePoint(65 + (index % 26));
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter;
}

/** A date in a spreadsheet is a day without a time zone. */
function textOf(value: CellValue | undefined): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString().slice(0, 10);
  return String(value).normalize('NFC').trim();
}

function hasText(cells: readonly string[]): boolean {
  return cells.some((cell) => cell !== '');
}
