import type { Border } from './border.js';
import type { RawCrossing } from './track-walk.js';
import type { Fix } from './types.js';

/** What is taken for noise; see CrossingOptions. */
export interface JitterLimits {
  readonly jitterMs: number;
  readonly jitterMetres: number;
}

/**
 * Drops the crossings of a track that trembles on the border.
 *   1. An absence (exit, enter) shorter than `jitterMs` is noise: who is back in that time has not left.
 *   2. A visit (enter, exit) shorter than `jitterMs` is noise only if it returns to where it came from: it never gets
 *      further than `jitterMetres` from the border, and its two ends lie on one stretch of the border, which is not
 *      longer than the straight way between them by more than twice `jitterMetres`. A fast vehicle comes deeper, and
 *      the way round a strip that it passes straight through is long, however narrow the strip.
 *   3. Crossings joined by noise are one trembling. Of an odd number the first stays, with its time; an even
 *      number leaves the track on the side that it came from, and none stays.
 *
 * A tremble with longer swings than `jitterMs` is reported: it can't be told from somebody who steps in and out.
 *
 * @param crossings of one fence, in order; enter and exit alternate, and they do so in the answer
 * @param fixes of the track
 */
export function dropJitter(
  crossings: readonly RawCrossing[],
  border: Border,
  fixes: readonly Fix[],
  { jitterMs, jitterMetres }: JitterLimits,
): RawCrossing[] {
  const kept: RawCrossing[] = [];
  let first: RawCrossing | undefined;
  let count = 0;
  for (const [index, crossing] of crossings.entries()) {
    if (count === 0) first = crossing;
    count += 1;
    const next = crossings[index + 1];
    const isJoined =
      next !== undefined &&
      next.atMs - crossing.atMs < jitterMs &&
      (!crossing.isEnter || isShallow(crossing, next, border, fixes, jitterMetres));
    if (!isJoined) {
      if (count % 2 === 1) kept.push(first as RawCrossing);
      count = 0;
    }
  }
  return kept;
}

/** Whether a visit returns to where it came from. It is measured at its fixes and half-way between them. */
function isShallow(
  enter: RawCrossing,
  exit: RawCrossing,
  border: Border,
  fixes: readonly Fix[],
  jitterMetres: number,
): boolean {
  const chord = border.metresBetween(enter.lon, enter.lat, exit.lon, exit.lat);
  const stretch = border.metresAlong(
    border.nearest(enter.lon, enter.lat),
    border.nearest(exit.lon, exit.lat),
  );
  if (stretch > chord + 2 * jitterMetres) return false;
  const way = [enter, ...fixes.slice(enter.nextFix, exit.nextFix), exit];
  return way.slice(1).every((to, index) => {
    const from = way[index] as { readonly lon: number; readonly lat: number };
    return (
      border.nearest(to.lon, to.lat).metres <= jitterMetres &&
      border.nearest((from.lon + to.lon) / 2, (from.lat + to.lat) / 2).metres <= jitterMetres
    );
  });
}
