import { orderByClassification, placeIn } from './by-classification.js';
import type { PoolOrder, StrategyRequest } from './strategy.js';

/**
 * The order of the classification of an earlier stage, the winner first. Source: Dakar regulations, order of
 * the previous day's selective section including penalties; ties by race number.
 */
export function previousStageResult(request: StrategyRequest): PoolOrder {
  return orderByClassification(request, request.result, (ranked, standing) =>
    ranked.map((row) => ({ entry: row.entry, fact: placeIn(standing, row) })),
  );
}
