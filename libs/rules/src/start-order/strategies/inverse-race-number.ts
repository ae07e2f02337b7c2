import { byRaceNumber } from '../competitor.js';
import { ordinal } from '../words.js';
import { numbersAreMissing } from './race-number.js';
import { inBands, NO_ORDER, type PoolOrder, type StrategyRequest } from './strategy.js';

/**
 * Strictly descending race numbers, as a prologue that its favourites close.
 *
 * `params.from_bib` and `to_bib` reverse only the numbers between them; the others follow in numerical order.
 * Source: Dakar 2022, prologue of the bikes, numbers 30 to 1 (secondary).
 */
export function inverseRaceNumber(request: StrategyRequest): PoolOrder {
  const ends = [request.params.number(['from_bib'], 0), request.params.number(['to_bib'], 0)];
  if (numbersAreMissing(request)) return NO_ORDER;
  const given = ends.filter((end) => end !== undefined);
  const lowest = given.length === 2 ? Math.min(...given) : Number.NEGATIVE_INFINITY;
  const highest = given.length === 2 ? Math.max(...given) : Number.POSITIVE_INFINITY;
  const sorted = request.entries.toSorted(byRaceNumber);
  const isReversed = (number: number | null): boolean =>
    number !== null && number >= lowest && number <= highest;
  const reversed = sorted.filter(({ raceNumber }) => isReversed(raceNumber)).toReversed();
  const others = sorted.filter(({ raceNumber }) => !isReversed(raceNumber));
  return inBands([
    ...reversed.map((entry, index) => ({
      entry,
      fact: `inverse race number order: #${entry.raceNumber} is ${ordinal(index + 1)} of ${reversed.length}`,
    })),
    ...others.map((entry) => ({
      entry,
      fact: `#${entry.raceNumber} is outside ${highest} to ${lowest}: behind them, by race number`,
    })),
  ]);
}
