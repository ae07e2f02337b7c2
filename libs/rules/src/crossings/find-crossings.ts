import { Border } from './border.js';
import { BorderGrid } from './border-grid.js';
import { dropJitter } from './drop-jitter.js';
import { TrackWalk } from './track-walk.js';
import type { Crossing, CrossingOptions, Fence, FenceIndex, Fix } from './types.js';

export type { Crossing, CrossingOptions, Fence, FenceIndex, Fix } from './types.js';

const DEFAULTS = { jitterMs: 3_000, jitterMetres: 10, maxGapMs: 30_000 };
const TENTH_MS = 100;

/**
 * When a track enters and leaves fences. Between two fixes it goes straight and at one speed, so a fence that lies
 * wholly between them is entered and left too.
 *   1. The border belongs to the fence, as for ST_Covers. A visit is a span of time in the fence: it begins with an
 *      enter and ends with an exit, and so they alternate for each fence. To touch the border and to go on outside
 *      is no visit, nor is it an absence to touch it from inside.
 *   2. A track that begins in a fence has no enter there: the first crossing is an exit. One that ends in it has no
 *      exit. Ask `fenceIndex(…).fencesAt(first fix)` for where it begins.
 *   3. Jitter falls away (drop-jitter.ts): short absences, and short visits that return to where they came from.
 *
 * @param fixes of one tracker, each later than the one before
 * @param fences with ids of their own
 * @returns by time, then by fence id; crossings of one fence stay in their order, also within a tenth of a second
 * @throws RangeError when the fixes aren't in order of time, a number isn't one, a ring is no ring, an id comes twice
 */
export function findCrossings(
  fixes: readonly Fix[],
  fences: readonly Fence[],
  options?: CrossingOptions,
): Crossing[] {
  return fenceIndex(fences).crossings(fixes, options);
}

/**
 * Makes fences ready for many tracks; a stage does it once for all entries.
 *
 * @throws RangeError when a ring is no ring or an id comes twice
 */
export function fenceIndex(fences: readonly Fence[]): FenceIndex {
  const ids = new Set<string>();
  for (const { id } of fences) {
    if (ids.has(id)) throw new RangeError(`Two fences are called "${id}". Give each its own id.`);
    ids.add(id);
  }
  const borders = fences.map((fence) => new Border(fence));
  const idOf = (index: number) => (fences[index] as Fence).id;
  const grid = new BorderGrid(borders);
  return {
    crossings: (fixes, options = {}) => {
      const limits = { ...DEFAULTS, ...options };
      refuseUnordered(fixes);
      const found: Crossing[] = [];
      for (const [index, crossings] of new TrackWalk(fixes, borders, grid).crossings()) {
        for (const { isEnter, atMs, gapMs } of dropJitter(
          crossings,
          borders[index] as Border,
          fixes,
          limits,
        )) {
          found.push({
            fenceId: idOf(index),
            direction: isEnter ? 'enter' : 'exit',
            atMs: Math.round(atMs / TENTH_MS) * TENTH_MS,
            gapMs,
            isBridged: gapMs > limits.maxGapMs,
          });
        }
      }
      return found.toSorted((a, b) => a.atMs - b.atMs || compare(a.fenceId, b.fenceId));
    },
    fencesAt: ({ lat, lon }) =>
      grid
        .near(lon, lat, lon, lat)
        .filter((index) => (borders[index] as Border).covers(lon, lat))
        .map(idOf),
  };
}

function refuseUnordered(fixes: readonly Fix[]): void {
  let before = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < fixes.length; index += 1) {
    const { atMs, lat, lon } = fixes[index] as Fix;
    if (!(atMs > before)) {
      throw new RangeError(`Fix ${index} at ${atMs} isn't later than the one before it. Sort fixes by time.`);
    }
    if (!Number.isFinite(atMs) || !Number.isFinite(lat) || !Number.isFinite(lon)) {
      throw new RangeError(`Fix ${index} has a time or position that isn't a number.`);
    }
    before = atMs;
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
