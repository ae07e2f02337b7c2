import fc from 'fast-check';
import { Border } from './border.js';
import { BorderGrid } from './border-grid.js';
import {
  type Crossing,
  type CrossingOptions,
  type Fence,
  findCrossings,
  type Fix,
} from './find-crossings.js';
import { TrackWalk } from './track-walk.js';

const START = Date.parse('2026-06-07T05:00:00Z');
const raw: CrossingOptions = { jitterMs: 0 };

/** Degrees around a point in Albania, of which some pairs are equal and some lines touch corners. */
const offset = fc.oneof(
  fc.integer({ min: -40, max: 40 }).map((step) => step / 1024),
  fc.double({ min: -0.04, max: 0.04, noNaN: true }),
);
const fence = fc
  .record({
    lon: offset,
    lat: offset,
    radii: fc.array(fc.double({ min: 0.002, max: 0.02, noNaN: true }), { minLength: 3, maxLength: 12 }),
    hasHole: fc.boolean(),
  })
  .map(({ lon, lat, radii, hasHole }) => {
    const ring = (scale: number) =>
      radii.map((radius, index): [number, number] => {
        const angle = (2 * Math.PI * index) / radii.length;
        return [20 + lon + scale * radius * Math.cos(angle), 41 + lat + scale * radius * Math.sin(angle)];
      });
    return hasHole ? [ring(1), ring(0.5)] : [ring(1)];
  });
const fences = fc
  .array(fence, { minLength: 1, maxLength: 8 })
  .map((all) => all.map((rings, index): Fence => ({ id: `fence-${index}`, rings })));
/** Whole seconds, so that a shifted or mirrored time rounds alike. */
const track = fc
  .array(fc.record({ seconds: fc.integer({ min: 1, max: 90 }), lon: offset, lat: offset }), { maxLength: 40 })
  .map((steps) => {
    let atMs = START;
    return steps.map(({ seconds, lon, lat }): Fix => {
      atMs += seconds * 1000;
      return { atMs, lon: 20 + lon, lat: 41 + lat };
    });
  });

type Turn = Pick<Crossing, 'direction' | 'atMs'>;
/** By fence, since two fences may change places within a tenth of a second. */
const byFence = (crossings: readonly Crossing[]) => {
  const turns: Record<string, Turn[]> = {};
  for (const { fenceId, direction, atMs } of crossings) (turns[fenceId] ??= []).push({ direction, atMs });
  return turns;
};

describe('crossings of any track and any fences', () => {
  it.each([
    ['every crossing', raw],
    ['without jitter', {}],
    ['with much taken for jitter', { jitterMs: 60_000, jitterMetres: 2_000 }],
  ])('enter and exit alternate for each fence: %s', (_case, options) => {
    fc.assert(
      fc.property(track, fences, (fixes, fences) => {
        for (const own of Object.values(byFence(findCrossings(fixes, fences, options)))) {
          expect(own.some(({ direction }, index) => direction === own[index - 1]?.direction)).toBe(false);
        }
      }),
    );
  });

  it('come in order of time, then fence, and within the span of the track', () => {
    fc.assert(
      fc.property(track, fences, (fixes, fences) => {
        const crossings = findCrossings(fixes, fences);
        const key = ({ atMs, fenceId }: Crossing) => `${atMs} ${fenceId}`;
        expect(crossings.map(key)).toEqual(crossings.map(key).toSorted());
        const times = crossings.map(({ atMs }) => atMs);
        expect(times.every((ms) => ms >= (fixes[0]?.atMs ?? 0) && ms <= (fixes.at(-1)?.atMs ?? 0))).toBe(
          true,
        );
      }),
    );
  });

  it('are moved by a delay and nothing else', () => {
    fc.assert(
      fc.property(track, fences, fc.integer({ min: -86_400, max: 86_400 }), (fixes, fences, seconds) => {
        const later = fixes.map((fix) => ({ ...fix, atMs: fix.atMs + seconds * 1000 }));
        expect(findCrossings(later, fences)).toEqual(
          findCrossings(fixes, fences).map((crossing) => ({
            ...crossing,
            atMs: crossing.atMs + seconds * 1000,
          })),
        );
      }),
    );
  });

  it('swap enter and exit when the track is driven backwards', () => {
    fc.assert(
      fc.property(track, fences, (fixes, fences) => {
        const mirror = (ms: number) => 2 * START - ms;
        const back = fixes.map((fix) => ({ ...fix, atMs: mirror(fix.atMs) })).toReversed();
        const forward = byFence(findCrossings(fixes, fences, raw));
        const backward = byFence(findCrossings(back, fences, raw));
        expect(Object.keys(backward).toSorted()).toEqual(Object.keys(forward).toSorted());
        for (const [id, own] of Object.entries(forward)) {
          const mirrored = (backward[id] ?? []).toReversed();
          expect(mirrored.map(({ direction }) => direction)).toEqual(
            own.map(({ direction }) => (direction === 'enter' ? 'exit' : 'enter')),
          );
          // A time in the middle of a tenth is rounded up both ways.
          expect(mirrored.every(({ atMs }, i) => Math.abs(mirror(atMs) - (own[i]?.atMs ?? 0)) <= 100)).toBe(
            true,
          );
        }
      }),
    );
  });

  it('stay where they are when there are more fixes on the same way', () => {
    // A fix put between two others is off their line by rounding; a track that only touches a border could then
    // cross it. So positions here are not on a lattice.
    const free = fc.double({ min: -0.04, max: 0.04, noNaN: true });
    const tracks = fc
      .array(fc.record({ lon: free, lat: free }), { minLength: 2, maxLength: 15 })
      .map((points) =>
        points.map(({ lon, lat }, index): Fix => ({
          atMs: START + index * 40_000,
          lon: 20 + lon,
          lat: 41 + lat,
        })),
      );
    fc.assert(
      fc.property(tracks, fences, fc.integer({ min: 2, max: 7 }), (fixes, fences, parts) => {
        const finer = fixes.flatMap((fix, index): Fix[] => {
          const next = fixes[index + 1];
          if (next === undefined) return [fix];
          return Array.from({ length: parts }, (_, part) => {
            const share = part / parts;
            return {
              atMs: fix.atMs + share * (next.atMs - fix.atMs),
              lon: fix.lon + share * (next.lon - fix.lon),
              lat: fix.lat + share * (next.lat - fix.lat),
            };
          });
        });
        const coarse = byFence(findCrossings(fixes, fences, raw));
        const fine = byFence(findCrossings(finer, fences, raw));
        expect(Object.keys(fine).toSorted()).toEqual(Object.keys(coarse).toSorted());
        for (const [id, own] of Object.entries(coarse)) {
          expect(fine[id]?.map(({ direction }) => direction)).toEqual(own.map(({ direction }) => direction));
          expect(own.every(({ atMs }, i) => Math.abs(atMs - (fine[id]?.[i]?.atMs ?? 0)) <= 100)).toBe(true);
        }
      }),
    );
  });

  it('are the same without the grid', () => {
    fc.assert(
      fc.property(track, fences, (fixes, fences) => {
        const borders = fences.map((fence) => new Border(fence));
        const all = borders.map((_border, index) => index);
        const everyFence = { near: () => all } as unknown as BorderGrid;
        const found = new TrackWalk(fixes, borders, new BorderGrid(borders)).crossings();
        const expected = new TrackWalk(fixes, borders, everyFence).crossings();
        expect([...found].toSorted(([a], [b]) => a - b)).toEqual([...expected].toSorted(([a], [b]) => a - b));
      }),
      { numRuns: 300 },
    );
  });
});
