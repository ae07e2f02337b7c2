import { ascending, byRaceNumber, type Competitor } from '../competitor.js';
import { rankEntries } from '../standing.js';
import { ordinal } from '../words.js';
import { placeIn, readEntryList } from './by-classification.js';
import { readSort, sortWords, sorted } from './sort.js';
import { inBands, type Placed, type PoolOrder, type StrategyRequest } from './strategy.js';

/**
 * The order of a championship or seeding list, then the others as the entry list has them. The list is, in this
 * order: `params.sort` (names of entry fields, see sort.ts), the `seed` of the entries if any has one, the
 * classification (then it is the championship standing), `params.order` (ids or race numbers), else the entry
 * list alone.
 *
 * The entry list is the order of `entries` in the document, which therefore matters here. Source: WRC 2018-19,
 * leg 1 and a leg after a lone super special: 17 legs, none in inverse order.
 */
export function championshipOrder(request: StrategyRequest): PoolOrder {
  const sort = readSort(request);
  if (sort !== undefined) {
    return inBands(
      sorted(request.entries, sort).map((entry) => ({ entry, fact: `sorted by ${sortWords(sort)}` })),
    );
  }
  const first = listedFirst(request);
  const listed = new Set(first.map(({ entry }) => entry));
  const others = request.entries.filter((entry) => !listed.has(entry)).toSorted((a, b) => a.index - b.index);
  return inBands([
    ...first,
    ...others.map((entry) => ({
      entry,
      fact:
        listed.size === 0
          ? `${ordinal(entry.index + 1)} of the entry list`
          : `not in the championship order: behind it, ${ordinal(entry.index + 1)} of the entry list`,
    })),
  ]);
}

function listedFirst(request: StrategyRequest): Placed[] {
  const seeded = request.entries.filter(({ seed }) => seed !== null);
  if (seeded.length > 0) {
    return seeded
      .toSorted((a, b) => ascending(a.seed, b.seed) || byRaceNumber(a, b))
      .map((entry) => ({ entry, fact: `seed ${entry.seed}` }));
  }
  const { result } = request;
  if (result !== undefined) {
    const { ranked } = rankEntries(result, request.entries, request.tieBreak);
    if (ranked.length > 0) return ranked.map((row) => ({ entry: row.entry, fact: placeIn(result, row) }));
  }
  const inPool = new Set<Competitor>(request.entries);
  return (readEntryList(request, 'order') ?? [])
    .filter((entry) => inPool.has(entry))
    .map((entry, index) => ({ entry, fact: `${ordinal(index + 1)} in the championship order` }));
}
