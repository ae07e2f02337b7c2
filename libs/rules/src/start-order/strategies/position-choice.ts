import type { Competitor } from '../competitor.js';
import { numberOf, settingsOf, type Param } from '../params.js';
import type { RankedEntry } from '../standing.js';
import { nameOf, ordinal, quoted } from '../words.js';
import { orderByClassification, placeIn, timeLimitMs } from './by-classification.js';
import type { Placed, PoolOrder, StrategyRequest } from './strategy.js';

interface Choice {
  readonly entry: Competitor;
  readonly position: number;
  readonly pointer: string;
}

/**
 * The first `params.top` of the classification (a number, `{poolId: number}`, or a param that bears the pool's
 * id), if within `within_pct` of the winner, choose their places in the pool. By default the last of them
 * chooses first (`choose_order: "10->1"`); `"1->10"` lets the winner begin. `params.choices` holds what they
 * chose: `[{entryId, position}]` or `{entryId: position}`; the position counts within the pool.
 *
 * One who has not chosen takes the first free place, in the order of the classification; the others follow.
 * Sources: FIA W2RC 2025 prologue, the first ten within 110 %; Dakar 2022, 15 bikes and 10 cars (secondary).
 */
export function positionChoice(request: StrategyRequest): PoolOrder {
  return orderByClassification(request, request.result, (ranked, standing) => {
    const limit = timeLimitMs(request, standing);
    const top = topOf(request);
    const choosers = ranked
      .slice(0, top)
      .filter(
        ({ timeMs }) => limit.ms === Number.POSITIVE_INFINITY || (timeMs !== null && timeMs <= limit.ms),
      );
    const rankOf = new Map(choosers.map(({ entry }, index) => [entry, index + 1]));
    const turnOf = new Map(
      (lastChoosesFirst(request) ? choosers.toReversed() : choosers).map(({ entry }, index) => [
        entry,
        index + 1,
      ]),
    );
    const taken = new Map<number, Choice>();
    const chosen = new Set<Competitor>();
    const turn = (choice: Choice): number => turnOf.get(choice.entry) ?? Number.POSITIVE_INFINITY;
    for (const choice of readChoices(request).toSorted((a, b) => turn(a) - turn(b))) {
      const { entry, position, pointer } = choice;
      const holder = taken.get(position);
      if (!rankOf.has(entry)) {
        request.remarks.problem('CHOICE_NOT_ALLOWED', `${nameOf(entry)} may not choose a place.`, pointer);
      } else if (holder !== undefined) {
        request.remarks.problem(
          'CHOICE_TAKEN',
          `${nameOf(entry)} chose place ${position}, which ${nameOf(holder.entry)} had taken before.`,
          pointer,
        );
      } else if (position > ranked.length) {
        request.remarks.problem(
          'CHOICE_OUT_OF_RANGE',
          `${nameOf(entry)} chose place ${position}, but only ${ranked.length} are classified.`,
          pointer,
        );
      } else {
        taken.set(position, choice);
        chosen.add(entry);
      }
    }
    const left = ranked.filter(({ entry }) => !chosen.has(entry)).values();
    const rowOf = new Map(ranked.map((row) => [row.entry, row]));
    return ranked.map((_, index): Placed => {
      const choice = taken.get(index + 1);
      // The free places are as many as the rows that are left.
      const row = (choice === undefined ? left.next().value : rowOf.get(choice.entry)) as RankedEntry;
      return {
        entry: row.entry,
        fact: `${placeIn(standing, row)}${howPlaced(choice, turnOf.get(row.entry))}`,
      };
    });
  });
}

function howPlaced(choice: Choice | undefined, turn: number | undefined): string {
  if (turn === undefined) return '';
  return choice === undefined
    ? ': has not chosen, takes the first free place'
    : `: chose place ${choice.position} as ${ordinal(turn)} to choose`;
}

function topOf({ params, poolId, remarks }: StrategyRequest): number {
  const top = params.find('top');
  const perPool = settingsOf(top?.value);
  const own = poolId === '' ? undefined : params.find(poolId);
  const param: Param | undefined =
    perPool === undefined
      ? (top ?? own)
      : { value: perPool[poolId] ?? 0, pointer: top?.pointer ?? '/stage/params/top' };
  const value = numberOf(param?.value);
  if (value !== undefined && value >= 0) return value;
  remarks.problem(
    param === undefined ? 'PARAM_MISSING' : 'PARAM_INVALID',
    'Say how many of the first choose their places: enter "top".',
    param?.pointer ?? '/stage/params/top',
  );
  return 0;
}

/** "10->1", "15th chooses first" or nothing: the last of those who choose begins; "1->10": the winner. */
function lastChoosesFirst({ params, remarks }: StrategyRequest): boolean {
  const param = params.find('choose_order', 'order');
  if (param === undefined) return true;
  const text = String(param.value);
  const [from, to] = (text.match(/\d+/g) ?? []).map(Number);
  if (from === undefined) {
    remarks.problem(
      'PARAM_INVALID',
      `"choose_order" is ${quoted(param.value)}. Write "10->1" or "1->10".`,
      param.pointer,
    );
    return true;
  }
  return from > (to ?? 1);
}

function readChoices({ params, findEntry, inOtherPool, remarks }: StrategyRequest): Choice[] {
  const param = params.find('choices');
  if (param === undefined) return [];
  const byEntry = settingsOf(param.value);
  const raw: (readonly [unknown, unknown, string])[] = Array.isArray(param.value)
    ? (param.value as readonly unknown[]).map((item, index) => {
        const choice = settingsOf(item);
        return [choice?.['entryId'], choice?.['position'], `${param.pointer}/${index}`];
      })
    : Object.entries(byEntry ?? {}).map(([id, position]) => [id, position, `${param.pointer}/${id}`]);
  const choices = new Map<Competitor, Choice>();
  for (const [reference, value, pointer] of raw) {
    const entry = findEntry(reference);
    const position = numberOf(value);
    if (entry === undefined) {
      remarks.problem(
        'ENTRY_UNKNOWN',
        `${String(reference)} chose a place but is none of the entries.`,
        pointer,
      );
    } else if (position === undefined || position < 1 || !Number.isInteger(position)) {
      remarks.problem(
        'PARAM_INVALID',
        `${nameOf(entry)} chose ${quoted(value)}, which is no place.`,
        pointer,
      );
    } else if (choices.has(entry)) {
      remarks.problem('ENTRY_TWICE', `${nameOf(entry)} chose twice.`, pointer);
    } else if (!inOtherPool(entry.entryId)) {
      choices.set(entry, { entry, position, pointer });
    }
  }
  return [...choices.values()];
}
