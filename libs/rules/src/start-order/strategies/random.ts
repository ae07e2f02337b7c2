import { byId, type Competitor } from '../competitor.js';
import { inBands, NO_ORDER, type PoolOrder, type StrategyRequest } from './strategy.js';

/**
 * A drawn order. The document's `seed` (also `params.seed`) decides it: the same seed and entries give the same
 * list on every machine and in whatever order the entries are read. Each pool is drawn by itself, with its id
 * mixed into the seed. Without a seed there is no draw that could be repeated, so that is a problem.
 *
 * The entries, sorted by id, are shuffled by Fisher and Yates; the numbers come from sfc32 (Chris Doty-Humphrey,
 * PractRand), seeded with a 128-bit hash of the seed.
 */
export function random(request: StrategyRequest): PoolOrder {
  const { seed, poolId, entries, remarks } = request;
  if (seed === undefined) {
    remarks.problem(
      'SEED_MISSING',
      'A random order needs a seed, so that the draw can be repeated.',
      '/seed',
    );
    return NO_ORDER;
  }
  const next = sfc32(hash128(poolId === '' ? seed : `${seed}|${poolId}`));
  const drawn: Competitor[] = entries.toSorted(byId);
  for (let last = drawn.length - 1; last > 0; last -= 1) {
    const other = Math.floor((next() / 2 ** 32) * (last + 1));
    [drawn[last], drawn[other]] = [drawn[other] as Competitor, drawn[last] as Competitor];
  }
  return inBands(drawn.map((entry) => ({ entry, fact: `drawn with the seed ${seed}` })));
}

type State = [number, number, number, number];

/** Four 32-bit hashes of a text (FNV-1a from four starting values, finished as in MurmurHash3). */
function hash128(text: string): State {
  return [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35].map((start) => {
    let hash = start;
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }) as State;
}

/** A generator of whole numbers from 0 to 2^32 - 1. */
function sfc32(seed: State): () => number {
  let [a, b, c, d] = seed;
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The first numbers still show the seed.
  for (let round = 0; round < 12; round += 1) next();
  return next;
}
