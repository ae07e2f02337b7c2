import { byRaceNumber } from '../competitor.js';
import { orderByClassification, placeIn } from './by-classification.js';
import { NO_ORDER, type PoolOrder, type StrategyRequest } from './strategy.js';

/**
 * The first `params.n` (also `top`) of the classification in reverse, the nth first and the winner nth, then the
 * others in the order of the classification; with `natural: "race_number"` in numerical order.
 */
export function inverseTopNThenNatural(request: StrategyRequest): PoolOrder {
  const n = request.params.number(['n', 'top'], 0);
  if (n === undefined) {
    request.remarks.problem(
      'PARAM_MISSING',
      'Say how many of the first start in reverse: enter "n".',
      request.params.find('n', 'top')?.pointer ?? '/stage/params/n',
    );
  }
  const natural = request.params.choice(['natural'], {
    classification: 'classification',
    race_number: 'race_number',
  });
  if (n === undefined) return NO_ORDER;
  return orderByClassification(request, request.result, (ranked, standing) => {
    const rest = ranked.slice(n);
    return [
      ...ranked
        .slice(0, n)
        .map((row) => ({
          entry: row.entry,
          fact: placeIn(standing, row),
          rule: `the first ${n} in reverse`,
        }))
        .toReversed(),
      ...(natural === 'race_number' ? rest.toSorted((a, b) => byRaceNumber(a.entry, b.entry)) : rest).map(
        (row) => ({
          entry: row.entry,
          fact: placeIn(standing, row),
          rule: `behind the first ${n}, ${natural === 'race_number' ? 'by race number' : 'in order'}`,
        }),
      ),
    ];
  });
}
