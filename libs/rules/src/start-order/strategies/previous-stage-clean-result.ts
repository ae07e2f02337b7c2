import { orderByClassification, placeIn } from './by-classification.js';
import type { PoolOrder, StrategyRequest } from './strategy.js';

/**
 * The order of an earlier stage by the times without penalties, the fastest first: a penalty for the papers
 * does not send a fast crew into the dust of a slow one. A row without a clean time is not classified.
 */
export function previousStageCleanResult(request: StrategyRequest): PoolOrder {
  return orderByClassification(request, request.cleanResult, (ranked, standing) =>
    ranked.map((row) => ({ entry: row.entry, fact: `${placeIn(standing, row)} without penalties` })),
  );
}
