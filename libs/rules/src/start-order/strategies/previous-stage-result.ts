import type {
  ClassificationRow,
  ClassificationStatus,
  PlanRemark,
  StartableEntry,
  StartOrder,
  StartOrderRequest,
} from '../types.js';
import { byRaceNumber, ordinal } from './race-number.js';

/** A place counts only while the entry is in the ranking; a late disqualification leaves a stale place behind. */
const RANKED: ReadonlySet<ClassificationStatus> = new Set(['classified', 'max_time']);

/**
 * The order of the classification of an earlier stage, the winner first. Source: Dakar regulations, order of
 * the previous day's selective section including penalties; ties by race number.
 *
 * An entry that the classification does not place is never dropped: it starts behind the placed ones, in race
 * number order, and its line says why.
 */
export function previousStageResult({ entries, classification }: StartOrderRequest): StartOrder {
  if (classification === undefined) {
    return refused({
      code: 'INPUT_STAGE_MISSING',
      message:
        'This stage starts in the order of an earlier stage, but names none. Choose the stage that its order comes from.',
      pointer: '/start_order_input_stage_id',
    });
  }
  const rows = new Map(classification.rows.map((row) => [row.entryId, row]));
  const placed = entries
    .flatMap((entry) => {
      const row = rows.get(entry.entryId);
      if (row === undefined || row.place === null || !RANKED.has(row.status)) return [];
      return [{ entry, place: row.place }];
    })
    .toSorted((a, b) => a.place - b.place || byRaceNumber(a.entry, b.entry));
  if (placed.length === 0) {
    return refused({
      code: 'INPUT_RESULT_MISSING',
      message: `${classification.stageName} has no results yet, and this stage starts in their order. Wait for the results of ${classification.stageName}, or choose another start order.`,
      pointer: '/start_order_input_stage_id',
    });
  }
  const placedIds = new Set(placed.map(({ entry }) => entry.entryId));
  const unplaced = entries.filter((entry) => !placedIds.has(entry.entryId)).toSorted(byRaceNumber);
  const shared = countBy(placed.map(({ place }) => place));

  return {
    ordered: [
      ...placed.map(({ entry, place }) => ({
        entryId: entry.entryId,
        because: `${ordinal(place)} in ${classification.stageName}${(shared.get(place) ?? 0) > 1 ? ', tie broken by race number' : ''}`,
      })),
      ...unplaced.map((entry) => ({
        entryId: entry.entryId,
        because: `${reasonUnplaced(rows.get(entry.entryId))} in ${classification.stageName}: behind the classified, by race number`,
      })),
    ],
    problems: [],
    notices: noticesAbout(unplaced, rows, classification.stageName),
  };
}

function noticesAbout(
  unplaced: readonly StartableEntry[],
  rows: ReadonlyMap<string, ClassificationRow>,
  stageName: string,
): PlanRemark[] {
  const pending = unplaced.filter(({ entryId }) => rows.get(entryId)?.status === 'pending').length;
  const missing = unplaced.filter(({ entryId }) => !rows.has(entryId)).length;
  return [
    ...(pending > 0
      ? [
          {
            code: 'INPUT_RESULT_PENDING',
            message: `${stageName}: ${pending} of the results are still being computed; those entries start behind the classified.`,
          },
        ]
      : []),
    ...(missing > 0
      ? [
          {
            code: 'INPUT_RESULT_INCOMPLETE',
            message: `${stageName} has no result for ${missing} of the entries; they start behind the classified.`,
          },
        ]
      : []),
  ];
}

function reasonUnplaced(row: ClassificationRow | undefined): string {
  if (row === undefined) return 'no result';
  return {
    pending: 'result still pending',
    classified: 'not placed',
    max_time: 'maximum time, not placed',
    dnf: 'did not finish',
    dns: 'did not start',
    dsq: 'disqualified',
    otl: 'over the time limit',
  }[row.status];
}

function refused(problem: PlanRemark): StartOrder {
  return { ordered: [], problems: [problem], notices: [] };
}

function countBy(places: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
  return counts;
}
