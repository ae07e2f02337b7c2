import type { Competitor } from '../competitor.js';
import { ordinal } from '../words.js';
import { readEntryList } from './by-classification.js';
import { inBands, type PoolOrder, type StrategyRequest } from './strategy.js';

/**
 * The order that the organiser wrote down in `params.order` (ids or race numbers); those whom it leaves out
 * follow as the entry list has them. Without it, the entry list: the order of `entries` in the document. Pins
 * come on top. Source: Dakar stages after a mass start, a marathon stage or a repositioning follow no formula.
 */
export function manual(request: StrategyRequest): PoolOrder {
  const inPool = new Set<Competitor>(request.entries);
  const order = (readEntryList(request, 'order') ?? []).filter((entry) => inPool.has(entry));
  const listed = new Set(order);
  const others = request.entries.filter((entry) => !listed.has(entry)).toSorted((a, b) => a.index - b.index);
  return inBands([
    ...order.map((entry, index) => ({ entry, fact: `${ordinal(index + 1)} in the organiser's order` })),
    ...others.map((entry) => ({
      entry,
      fact:
        listed.size === 0
          ? `${ordinal(entry.index + 1)} of the entry list`
          : `not in the organiser's order: behind it, ${ordinal(entry.index + 1)} of the entry list`,
    })),
  ]);
}
