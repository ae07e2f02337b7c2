import type { Border, Cuts } from './border.js';
import type { BorderGrid } from './border-grid.js';
import type { Fix } from './types.js';

/**
 * A piece of the way between two fixes that is shorter than this share of it is no visit and no absence: it is where
 * rounding pulls apart what is one point, such as a corner that the track goes through.
 */
const SHORTEST_PIECE = 1e-9;

/** A crossing before jitter is dropped. */
export interface RawCrossing {
  readonly isEnter: boolean;
  /** Not rounded. */
  readonly atMs: number;
  readonly lon: number;
  readonly lat: number;
  readonly gapMs: number;
  /** The index of the first fix behind it. */
  readonly nextFix: number;
}

/**
 * Goes along a track and notes for each fence when it changes between outside and inside.
 * Cuts the way between two fixes where it meets the border, and asks each piece's middle which side it is on; that
 * keeps enters and exits alternating whatever rounding does to the cuts.
 */
export class TrackWalk {
  private readonly found = new Map<number, RawCrossing[]>();
  /** Fences that the track is in; asked also where the grid finds none, lest an exit be lost to rounding. */
  private readonly inside = new Set<number>();
  private readonly cuts: Cuts = { at: [], along: [] };

  constructor(
    private readonly fixes: readonly Fix[],
    private readonly borders: readonly Border[],
    private readonly grid: BorderGrid,
  ) {}

  /** The crossings of each fence that has any, by its index, in order of time; enter and exit alternate. */
  crossings(): ReadonlyMap<number, readonly RawCrossing[]> {
    const { fixes, borders, grid, inside } = this;
    for (let next = 1; next < fixes.length; next += 1) {
      const a = fixes[next - 1] as Fix;
      const b = fixes[next] as Fix;
      const west = a.lon < b.lon ? a.lon : b.lon;
      const east = a.lon < b.lon ? b.lon : a.lon;
      const south = a.lat < b.lat ? a.lat : b.lat;
      const north = a.lat < b.lat ? b.lat : a.lat;
      const near = grid.near(west, south, east, north);
      if (near.length === 0 && inside.size === 0) continue;
      if (inside.size > 0) for (const index of inside) if (!near.includes(index)) this.step(index, next);
      for (const index of near) {
        const box = borders[index] as Border;
        const canMeet = box.west <= east && box.east >= west && box.south <= north && box.north >= south;
        if (canMeet || inside.has(index)) this.step(index, next);
      }
    }
    return this.found;
  }

  /** From the fix before `next` to `next`, beside one fence. */
  private step(index: number, next: number): void {
    const { cuts } = this;
    const a = this.fixes[next - 1] as Fix;
    const b = this.fixes[next] as Fix;
    const border = this.borders[index] as Border;
    border.cut(a.lon, a.lat, b.lon, b.lat, cuts);
    // Nearly always. It must not touch the lists: to shorten and refill them costs more than the geometry.
    if (cuts.at.length === 0) {
      this.note(index, next, 0, this.isPieceInside(border, a, b, 0, 1));
    } else {
      let from = 0;
      for (const to of [...cuts.at.toSorted((one, other) => one - other), 1]) {
        if (to - from >= SHORTEST_PIECE)
          this.note(index, next, from, this.isPieceInside(border, a, b, from, to));
        from = to;
      }
      cuts.at.length = 0;
    }
    if (cuts.along.length > 0) cuts.along.length = 0;
  }

  private isPieceInside(border: Border, a: Fix, b: Fix, from: number, to: number): boolean {
    const middle = (from + to) / 2;
    const { along } = this.cuts;
    // On an edge, rounding alone would decide about the middle.
    for (let pair = 0; pair < along.length; pair += 2) {
      if (middle > (along[pair] as number) && middle < (along[pair + 1] as number)) return true;
    }
    return border.covers(a.lon + middle * (b.lon - a.lon), a.lat + middle * (b.lat - a.lat));
  }

  /** The track is inside or not from this fraction of the way on. */
  private note(index: number, next: number, from: number, isInside: boolean): void {
    const { fixes, inside } = this;
    if (inside.has(index) === isInside) return;
    if (isInside) inside.add(index);
    else inside.delete(index);
    if (next === 1 && from === 0) return;
    const a = fixes[next - 1] as Fix;
    const b = fixes[next] as Fix;
    const spanMs = b.atMs - a.atMs;
    const found = this.found.get(index) ?? [];
    if (found.length === 0) this.found.set(index, found);
    found.push({
      isEnter: isInside,
      atMs: a.atMs + from * spanMs,
      lon: a.lon + from * (b.lon - a.lon),
      lat: a.lat + from * (b.lat - a.lat),
      gapMs: from === 0 ? Math.max(spanMs, a.atMs - (fixes[next - 2] as Fix).atMs) : spanMs,
      nextFix: next,
    });
  }
}
