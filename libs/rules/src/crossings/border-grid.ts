import type { Border } from './border.js';

/** Cells for each fence: few enough to fit in a cache, many enough that most of the way meets an empty one. */
const CELLS_PER_FENCE = 128;
const MOST_COLUMNS = 256;
/** A line over more cells than this, such as one that bridges a long gap, asks every fence instead. */
const MOST_CELLS_OF_A_LINE = 64;

/** All empty cells are this one, and so cost nothing to make. */
const NONE: number[] = [];

/** A uniform grid over the boxes around fences, that finds the few which a short line can meet. */
export class BorderGrid {
  private readonly all: readonly number[];
  private readonly cells: (readonly number[])[];
  private readonly west: number;
  private readonly south: number;
  private readonly east: number;
  private readonly north: number;
  private readonly columns: number;
  private readonly columnsPerDegree: number;
  private readonly rowsPerDegree: number;

  constructor(borders: readonly Border[]) {
    this.all = borders.map((_border, index) => index);
    this.west = borders.reduce((least, { west }) => Math.min(least, west), Number.POSITIVE_INFINITY);
    this.south = borders.reduce((least, { south }) => Math.min(least, south), Number.POSITIVE_INFINITY);
    this.east = borders.reduce((most, { east }) => Math.max(most, east), Number.NEGATIVE_INFINITY);
    this.north = borders.reduce((most, { north }) => Math.max(most, north), Number.NEGATIVE_INFINITY);
    this.columns = Math.min(MOST_COLUMNS, Math.ceil(Math.sqrt(borders.length * CELLS_PER_FENCE)));
    this.columnsPerDegree = this.columns / (this.east - this.west);
    this.rowsPerDegree = this.columns / (this.north - this.south);
    const cells = Array.from({ length: this.columns * this.columns }, () => NONE);
    for (const [index, { west, south, east, north }] of borders.entries()) {
      for (let row = this.rowOf(south); row <= this.rowOf(north); row += 1) {
        for (let column = this.columnOf(west); column <= this.columnOf(east); column += 1) {
          const cell = row * this.columns + column;
          if (cells[cell] === NONE) cells[cell] = [index];
          else (cells[cell] as number[]).push(index);
        }
      }
    }
    this.cells = cells;
  }

  /** The indices of all fences whose box may meet this one, each once; some that don't may be among them. */
  near(west: number, south: number, east: number, north: number): readonly number[] {
    if (!(east >= this.west && west <= this.east && north >= this.south && south <= this.north)) return NONE;
    const firstColumn = this.columnOf(west);
    const lastColumn = this.columnOf(east);
    const firstRow = this.rowOf(south);
    const lastRow = this.rowOf(north);
    if (firstColumn === lastColumn && firstRow === lastRow) {
      return this.cells[firstRow * this.columns + firstColumn] as readonly number[];
    }
    if ((lastColumn - firstColumn + 1) * (lastRow - firstRow + 1) > MOST_CELLS_OF_A_LINE) return this.all;
    const found = new Set<number>();
    for (let row = firstRow; row <= lastRow; row += 1) {
      for (let column = firstColumn; column <= lastColumn; column += 1) {
        for (const index of this.cells[row * this.columns + column] as readonly number[]) found.add(index);
      }
    }
    return [...found];
  }

  private columnOf(lon: number): number {
    return Math.min(this.columns - 1, Math.max(0, Math.floor((lon - this.west) * this.columnsPerDegree)));
  }

  private rowOf(lat: number): number {
    return Math.min(this.columns - 1, Math.max(0, Math.floor((lat - this.south) * this.rowsPerDegree)));
  }
}
