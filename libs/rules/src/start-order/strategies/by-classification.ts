import type { Competitor } from '../competitor.js';
import type { UnplacedEntry } from '../document.js';
import { rankEntries, whyUnranked, type RankedEntry, type Standing } from '../standing.js';
import { ordinal } from '../words.js';
import { inBands, NO_ORDER, type Placed, type PoolOrder, type StrategyRequest } from './strategy.js';

/** Where entries go that the classification does not place (`params.unclassified`). */
type Unclassified = 'back' | 'front' | 'unplaced';

/**
 * Orders a pool by a classification and takes care of those whom it does not place. They follow
 * `params.unclassified`: `back` (default: behind the classified by race number, in inverse orders too), `front`
 * or `unplaced`.
 *
 * A rejoiner without a place counts as slower than the slowest: in an inverse order it starts in front, unless
 * the document chose where the unclassified go and not where rejoiners go.
 *
 * @param arrange puts the ranked entries, the winner first, into starting order
 * @param standing undefined: the document has no classification, which is a problem
 */
export function orderByClassification(
  request: StrategyRequest,
  standing: Standing | undefined,
  arrange: (ranked: readonly RankedEntry[], standing: Standing) => readonly Placed[],
  { inverse = false } = {},
): PoolOrder {
  if (standing === undefined) {
    request.remarks.problem(
      'INPUT_STAGE_MISSING',
      'This stage starts in the order of an earlier stage, but names none. Choose the stage that its order comes from.',
      '/classification',
    );
    return NO_ORDER;
  }
  if (!request.allEntries.some(({ entryId }) => standing.keyOf(entryId) !== null)) {
    request.remarks.problem(
      'INPUT_RESULT_MISSING',
      standing === request.cleanResult && request.result?.hasRanked === true
        ? `${standing.name} has no times without penalties, and this stage starts in their order. Choose another start order.`
        : `${standing.name} has no results yet, and this stage starts in their order. Wait for the results of ${standing.name}, or choose another start order.`,
      '/classification',
    );
    return NO_ORDER;
  }
  const { ranked, unranked } = rankEntries(standing, request.entries, request.tieBreak);
  tellMissingResults(request, standing, unranked);
  const choice = request.params.choice<Unclassified>(['unclassified'], {
    back: 'back',
    front: 'front',
    unplaced: 'unplaced',
  });
  const slowestInFront =
    inverse &&
    request.rejoinPlacement === 'by_classification' &&
    (request.rejoinPlacementChosen || choice === undefined);
  const placement = choice ?? 'back';
  const front: Placed[] = [];
  const back: Placed[] = [];
  const unplaced: UnplacedEntry[] = [];
  for (const entry of unranked) {
    const why = `${whyUnranked(standing, entry.entryId)} in ${standing.name}`;
    if (slowestInFront && entry.rejoining) {
      front.push({ entry, fact: `rejoins, ${why}: in front of the slowest` });
    } else if (placement === 'unplaced') {
      unplaced.push({ entryId: entry.entryId, because: `${why}: no start` });
    } else if (placement === 'front') {
      front.push({ entry, fact: `${why}: in front of the classified, by race number` });
    } else {
      back.push({ entry, fact: `${why}: behind the classified, by race number` });
    }
  }
  return inBands([...front, ...arrange(ranked, standing), ...back], unplaced);
}

/** Pending and missing results are told, because the list changes when they come in. */
function tellMissingResults(
  { remarks }: StrategyRequest,
  standing: Standing,
  unranked: readonly Competitor[],
): void {
  const pending = unranked.filter(({ entryId }) => standing.rows.get(entryId)?.status === 'pending').length;
  const missing = unranked.filter(({ entryId }) => !standing.rows.has(entryId)).length;
  if (pending > 0) {
    remarks.notice(
      'INPUT_RESULT_PENDING',
      `${standing.name}: ${pending} of the results are still being computed; those entries start as unclassified.`,
    );
  }
  if (missing > 0) {
    remarks.notice(
      'INPUT_RESULT_INCOMPLETE',
      `${standing.name} has no result for ${missing} of the entries; they start as unclassified.`,
    );
  }
}

/** "7th in Prologue, tie broken by race number". */
export function placeIn(standing: Standing, { place, tieBrokenBy }: RankedEntry): string {
  const tie = tieBrokenBy === null ? '' : `, tie broken by ${tieBrokenBy}`;
  return `${ordinal(place)} in ${standing.name}${tie}`;
}

/** The pool's best time in milliseconds, those of entries that no longer run included; undefined: no times. */
export function winningTimeMs(request: StrategyRequest, standing: Standing): number | undefined {
  let best: number | undefined;
  for (const { entryId, ranked, timeMs } of standing.rows.values()) {
    if (!ranked || timeMs === null || request.inOtherPool(entryId)) continue;
    if (best === undefined || timeMs < best) best = timeMs;
  }
  return best;
}

/**
 * Reads `within_pct` (per cent of the winner's time, 100 or more) as the slowest time that counts.
 *
 * @returns milliseconds; infinity when the document sets no limit
 */
export function timeLimitMs(
  request: StrategyRequest,
  standing: Standing,
): { readonly ms: number; readonly inWords: string } {
  const names = ['within_pct_of_winner', 'within_pct'];
  const percent = request.params.number(names, 100);
  if (percent === undefined) return { ms: Number.POSITIVE_INFINITY, inWords: '' };
  const winner = winningTimeMs(request, standing);
  if (winner === undefined) {
    // A pool in which nobody is ranked has no winner, and nobody to compare with one.
    if (!request.entries.some(({ entryId }) => standing.keyOf(entryId) !== null)) {
      return { ms: Number.POSITIVE_INFINITY, inWords: '' };
    }
    request.remarks.problem(
      'INPUT_TIME_MISSING',
      `The order asks who is within ${percent} % of the winner, but ${standing.name} has no times.`,
      request.params.find(...names)?.pointer ?? '/classification',
    );
    return { ms: Number.POSITIVE_INFINITY, inWords: '' };
  }
  return { ms: (winner * percent) / 100, inWords: `within ${percent} % of the winner` };
}

/** A list of entries by id or race number, as `params.order`. Unknown and repeated ones are problems. */
export function readEntryList(request: StrategyRequest, name: string): readonly Competitor[] | undefined {
  const param = request.params.find(name);
  if (param === undefined) return undefined;
  if (!Array.isArray(param.value)) {
    request.remarks.problem(
      'PARAM_INVALID',
      `"${name}" is not a list of entries or race numbers.`,
      param.pointer,
    );
    return undefined;
  }
  const listed = new Set<Competitor>();
  for (const [index, reference] of (param.value as readonly unknown[]).entries()) {
    const entry = request.findEntry(reference);
    const pointer = `${param.pointer}/${index}`;
    if (entry === undefined) {
      request.remarks.problem(
        'ENTRY_UNKNOWN',
        `${String(reference)} in "${name}" is none of the entries.`,
        pointer,
      );
    } else if (listed.has(entry)) {
      request.remarks.problem('ENTRY_TWICE', `${String(reference)} is in "${name}" twice.`, pointer);
    } else listed.add(entry);
  }
  return [...listed];
}
