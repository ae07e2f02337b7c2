import { listParam } from '../params.js';
import { byId, ordered, ordinal, refused } from '../sorting.js';
import type { PoolOrder, PoolToOrder } from '../types.js';

/** As an official says: `params.order` (ids or race numbers), then the others in the order of the entry list. */
export function manual({ entries, params, pointer }: PoolToOrder): PoolOrder {
  const order = listParam(params, 'order') ?? [];
  const byName = new Map(entries.flatMap((entry) => [[String(entry.raceNumber), entry] as const]));
  for (const entry of entries) byName.set(entry.id, entry);
  const unknown = order.findIndex((name) => !byName.has(name));
  if (unknown >= 0) {
    return refused({
      code: 'ENTRY_UNKNOWN',
      message: `"${order[unknown]}" is neither an id nor a race number of an entry.`,
      pointer: `${pointer}/order/${unknown}`,
    });
  }
  const listed = [...new Set(order.flatMap((name) => byName.get(name) ?? []))];
  const isListed = new Set(listed);
  return ordered([
    ...listed.map((entry, index) => ({ entry, because: `placed by hand: ${ordinal(index + 1)}` })),
    ...entries
      .filter((entry) => !isListed.has(entry))
      .map((entry) => ({
        entry,
        because:
          order.length === 0
            ? 'in the order of the entry list'
            : 'not placed by hand: in the order of the entry list',
      })),
  ]);
}

/**
 * By lot, repeatable: the same seed gives the same list whatever the order of the entries. Fisher-Yates over the entries
 * sorted by id, drawn by sfc32 (a small generator of good quality) which a hash of the seed and the pool starts.
 */
export function random({ entries, seed, poolId }: PoolToOrder): PoolOrder {
  if (seed === undefined || String(seed) === '') {
    return refused({
      code: 'SEED_MISSING',
      message: 'A draw by lot needs a seed, so that it can be repeated in front of a jury.',
      pointer: '/seed',
    });
  }
  const next = generator(`${seed}/${poolId ?? ''}`);
  const drawn = entries.toSorted(byId);
  for (let last = drawn.length - 1; last > 0; last -= 1) {
    const pick = Math.floor(next() * (last + 1));
    [drawn[last], drawn[pick]] = [drawn[pick]!, drawn[last]!];
  }
  return ordered(
    drawn.map((entry, index) => ({ entry, because: `drawn ${ordinal(index + 1)} by lot, seed ${seed}` })),
  );
}

function generator(text: string): () => number {
  let hash = 1_779_033_703 ^ text.length;
  for (const char of text) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 3_432_918_353);
    hash = (hash << 13) | (hash >>> 19);
  }
  const word = () => {
    hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
    hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
    return (hash ^= hash >>> 16) >>> 0;
  };
  let [a, b, c, d] = [word(), word(), word(), word()] as [number, number, number, number];
  return () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4_294_967_296;
  };
}
