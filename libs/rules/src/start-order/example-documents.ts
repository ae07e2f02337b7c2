import type {
  StartOrderDocument,
  StartOrderEntry,
  StartOrderResult,
  StartOrderResultRow,
  StartOrderStage,
} from './document.js';
import { drawStartOrder } from './draw-start-order.js';

/** Documents for the specs of this folder. */

/** Entries `e1` to `en` with the race numbers 1 to n, and what `more` adds to each (given its number). */
export function entries(n: number, more: (number: number) => object = () => ({})): StartOrderEntry[] {
  return Array.from({ length: n }, (_, index) => ({
    id: `e${index + 1}`,
    raceNumber: index + 1,
    ...more(index + 1),
  }));
}

/** A classification: the ids in order, the winner first, a second apart from 100 s. */
export function classified(...ids: readonly string[]): StartOrderResultRow[] {
  return ids.map((entryId, index) => ({ entryId, position: index + 1, timeMs: 100_000 + index * 1000 }));
}

/** A document that starts at 07:00 UTC at gaps of a minute, changed as given. */
export function documentWith(
  stage: Partial<StartOrderStage>,
  rest: Partial<Omit<StartOrderDocument, 'stage'>> = {},
): StartOrderDocument {
  const gaps = stage.gaps === undefined ? { gap_s: 60 } : {};
  return {
    stage: { startsAt: '2026-06-07T07:00:00Z', ...gaps, ...stage },
    entries: entries(4),
    ...rest,
  };
}

/** Each start as "07:00:00 e1". A list with problems is told as its problems. */
export function listOf(document: StartOrderDocument): string[] {
  const { starts, problems } = drawStartOrder(document);
  if (problems.length > 0) return problems.map(({ code, pointer }) => `${code} ${pointer}`);
  return starts.map(({ entryId, startAt }) => `${startAt.slice(11, 19)} ${entryId}`);
}

/** The ids in starting order. */
export function orderOf(document: StartOrderDocument): string {
  return drawStartOrder(document)
    .starts.map(({ entryId }) => entryId)
    .join(' ');
}

/** What an official reads out, by entry id; entries without a start too. */
export function becauseOf(document: StartOrderDocument): Record<string, string> {
  const { starts, unplaced } = drawStartOrder(document);
  return Object.fromEntries([...starts, ...unplaced].map(({ entryId, because }) => [entryId, because]));
}

/** Codes and pointers of the problems. */
export function problemsOf(document: StartOrderDocument): string[] {
  return remarksOf(drawStartOrder(document).problems);
}

export function noticesOf(document: StartOrderDocument): string[] {
  return drawStartOrder(document).notices.map(({ code }) => code);
}

function remarksOf(remarks: StartOrderResult['problems']): string[] {
  return remarks.map(({ code, pointer }) => `${code} ${pointer ?? ''}`);
}
