import { listParam, numberParam, param, textParam } from '../params.js';
import { byRaceNumber, label, ordinal, refused } from '../sorting.js';
import type {
  PlacedEntry,
  PlanRemark,
  PoolOrder,
  PoolToOrder,
  RankedEntry,
  Ranking,
  StartOrderEntry,
} from '../types.js';

/** The winner first. Source: Dakar regulations, order of the selective section of the day before incl. penalties. */
export const previousStageResult = fromRanking('result', (pool, ranked) => ranked.map(inOrder(pool)));

/** The same by the times without penalties. */
export const previousStageCleanResult = fromRanking('clean', (pool, ranked) =>
  ranked.map(inOrder(pool, ' without penalties')),
);

/**
 * The exact reverse: the leader starts last. Source: WRC 2018-19, 33 of 43 later legs are exactly this for the
 * priority cars. `leader_team` (a team or an entry id): starts at the very end whatever its place (Paris-Nice 2024
 * art. 16, with teams as entries).
 */
export const inverseOfOverall = fromRanking('result', (pool, ranked) => {
  const reversed = ranked.toReversed().map(inverted(pool));
  const leader = textParam(pool.params, 'leader_team');
  const isLeader = ({ entry }: PlacedEntry) =>
    leader !== undefined && (entry.id === leader || entry.team === leader);
  return [
    ...reversed.filter((placed) => !isLeader(placed)),
    ...reversed
      .filter(isLeader)
      .map((placed) => ({ ...placed, because: `the leader's team starts last (${placed.because})` })),
  ];
});

/**
 * The first `n` (or `top`) of the classification in reverse order, then the rest in its order
 * (`natural: "race_number"`: by race number).
 */
export const inverseTopNThenNatural = fromRanking('result', (pool, ranked) => {
  const n = numberParam(pool.params, 'n', 'top') ?? DEFAULT_TOP;
  const rest = ranked.slice(n);
  const byNumber = textParam(pool.params, 'natural') === 'race_number';
  return [
    ...ranked
      .slice(0, n)
      .toReversed()
      .map(inverted(pool, `the first ${n} reversed`)),
    ...(byNumber ? rest.toSorted((a, b) => byRaceNumber(a.entry, b.entry)) : rest).map(inOrder(pool)),
  ];
});
const DEFAULT_TOP = 10;

/**
 * Those of `group` within `within_pct_of_winner` percent of the fastest time first, in the order of the
 * classification; then the others by priority group (`priority`: list of groups; else the group with the best entry
 * first). Source: FIA W2RC 2025, from the second selective section on.
 */
export const topPctThenPriority = fromRanking(
  'result',
  (pool, ranked, others) => {
    const percent = numberParam(pool.params, 'within_pct_of_winner', 'within_pct') ?? 115;
    const group = textParam(pool.params, 'group');
    const fastest = Math.min(...ranked.flatMap(({ timeMs }) => timeMs ?? []));
    const groupOf = (entry: StartOrderEntry) => entry.priority ?? entry.pool ?? '';
    const isTop = ({ entry, timeMs }: RankedEntry) =>
      timeMs !== null &&
      timeMs * 100 <= fastest * percent &&
      (group === undefined || groupOf(entry) === group);
    const rest = ranked.filter((each) => !isTop(each));
    const priority = listParam(pool.params, 'priority') ?? [
      ...new Set([...ranked, ...others].map(({ entry }) => groupOf(entry))),
    ];
    const rankOf = (entry: StartOrderEntry) => {
      const index = priority.indexOf(groupOf(entry));
      return index < 0 ? priority.length : index;
    };
    const behind = [
      ...rest.map((each) => ({
        entry: each.entry,
        because: `priority ${groupOf(each.entry) || 'none'}, ${inOrder(pool)(each).because}`,
      })),
      ...others,
    ];
    return [
      ...ranked.filter(isTop).map((each) => ({
        entry: each.entry,
        because: `${inOrder(pool)(each).because}, within ${percent} % of the winner`,
      })),
      ...behind.toSorted((a, b) => rankOf(a.entry) - rankOf(b.entry)),
    ];
  },
  { placesOthers: true },
);

/**
 * The first of a qualifying choose their positions, the last of them first (`choose_order: "10->1"`). `choices` says
 * what they chose. Who has not chosen, and all others, fill the free positions in the order of the classification.
 * Sources: Dakar 2022 (15 bikes, 10 cars), FIA W2RC 2025 (top 10 within 110 %).
 */
export function positionChoice(pool: PoolToOrder): PoolOrder {
  const problems: PlanRemark[] = [];
  const order = fromRanking('result', (pool, ranked) => {
    const top = topOf(pool);
    const percent = numberParam(pool.params, 'within_pct');
    const fastest = Math.min(...ranked.flatMap(({ timeMs }) => timeMs ?? []));
    const mayChoose = ranked
      .slice(0, top)
      .filter(
        ({ timeMs }) => percent === undefined || (timeMs !== null && timeMs * 100 <= fastest * percent),
      );
    const winnerFirst = /^\s*1\b/.test(textParam(pool.params, 'choose_order', 'order') ?? '');
    const choices = readChoices(pool);
    const taken = new Map<number, PlacedEntry>();
    const placed = new Set<string>();
    for (const each of winnerFirst ? mayChoose : mayChoose.toReversed()) {
      const choice = choices.get(each.entry.id);
      if (choice === undefined) continue;
      const other = taken.get(choice.position);
      if (
        other !== undefined ||
        !Number.isInteger(choice.position) ||
        choice.position < 1 ||
        choice.position > ranked.length
      ) {
        problems.push({
          code: other === undefined ? 'CHOICE_OUT_OF_RANGE' : 'CHOICE_TAKEN',
          message:
            other === undefined
              ? `${label(each.entry)} can't choose position ${choice.position}: there are ${ranked.length}.`
              : `${label(each.entry)} can't have position ${choice.position}: ${label(other.entry)} chose it before.`,
          pointer: choice.pointer,
        });
        continue;
      }
      taken.set(choice.position, {
        entry: each.entry,
        because: `chose position ${choice.position} (${ordinal(each.place)} in ${pool.ranking?.name})`,
      });
      placed.add(each.entry.id);
    }
    const rest = ranked.filter(({ entry }) => !placed.has(entry.id)).values();
    return ranked.map((_, index) => taken.get(index + 1) ?? inOrder(pool)(rest.next().value as RankedEntry));
  })(pool);
  return problems.length > 0 ? refused(...problems) : order;
}

function topOf({ params, poolId }: PoolToOrder): number {
  const top = param(params, 'top', 'n');
  if (typeof top === 'object' && top !== null)
    return Number((top as Record<string, unknown>)[poolId ?? ''] ?? 0);
  return numberParam(params, 'top', 'n') ?? numberParam(params, poolId ?? '') ?? DEFAULT_TOP;
}

function readChoices({ params, pointer }: PoolToOrder): Map<string, { position: number; pointer: string }> {
  const choices = params['choices'];
  if (Array.isArray(choices)) {
    return new Map(
      choices.map((each: { entryId?: unknown; position?: unknown }, index) => [
        String(each.entryId),
        { position: Number(each.position), pointer: `${pointer}/choices/${index}/position` },
      ]),
    );
  }
  return new Map(
    Object.entries((choices ?? {}) as Record<string, unknown>).map(([id, position]) => [
      id,
      { position: Number(position), pointer: `${pointer}/choices/${id}` },
    ]),
  );
}

/**
 * The championship standing first: the seeds of the entries, else the classification, else `params.order` (ids or
 * race numbers). The others follow in the order of the entry list as it is given. Source: WRC 2018-19, leg 1 and a
 * leg behind a lone super-special. `params.sort` orders by attributes instead (RaceDB: speed, age, bib).
 */
export function championshipOrder(pool: PoolToOrder): PoolOrder {
  const { entries, ranking } = pool;
  const seeded = entries
    .filter(({ seed }) => seed !== undefined && seed !== null)
    .toSorted((a, b) => Number(a.seed) - Number(b.seed) || byRaceNumber(a, b));
  const listed = listParam(pool.params, 'order');
  const standing: PlacedEntry[] =
    seeded.length > 0
      ? seeded.map((entry) => ({ entry, because: `seed ${entry.seed}` }))
      : ranking !== undefined
        ? ranking.rank(entries, 'result').map(inOrder(pool))
        : (listed ?? []).flatMap((name, index) => {
            const entry = entries.find(({ id, raceNumber }) => id === name || String(raceNumber) === name);
            return entry === undefined
              ? []
              : [{ entry, because: `${ordinal(index + 1)} in the championship` }];
          });
  const placed = new Set(standing.map(({ entry }) => entry));
  return {
    ordered: [
      ...standing,
      ...entries
        .filter((entry) => !placed.has(entry))
        .map((entry) => ({
          entry,
          because: 'not in the championship standing: in the order of the entry list',
        })),
    ],
    unplaced: [],
    problems: [],
    notices: [],
  };
}

function inOrder({ ranking }: PoolToOrder, what = '') {
  return ({ entry, place, tie }: RankedEntry): PlacedEntry => ({
    entry,
    because: `${ordinal(place)} in ${ranking?.name}${what}${tie === '' ? '' : `, ${tie}`}`,
  });
}

function inverted(pool: PoolToOrder, how = 'reversed') {
  return (ranked: RankedEntry): PlacedEntry => ({
    entry: ranked.entry,
    because: `${inOrder(pool)(ranked).because}, ${how}`,
    saysPosition: true,
  });
}

/**
 * A strategy that orders by the classification. Whoever it lacks follows `params.unclassified`: `back` (behind the
 * classified, by race number), `front`, or `unplaced`; never dropped.
 */
function fromRanking(
  by: 'result' | 'clean',
  order: (
    pool: PoolToOrder,
    ranked: readonly RankedEntry[],
    others: readonly PlacedEntry[],
  ) => readonly PlacedEntry[],
  { placesOthers = false } = {},
): (pool: PoolToOrder) => PoolOrder {
  return (pool) => {
    const { entries, params, ranking } = pool;
    if (ranking === undefined) {
      return refused({
        code: 'INPUT_STAGE_MISSING',
        message:
          'This stage starts in the order of an earlier stage, but names none. Choose the stage that its order comes from.',
        pointer: '/classification',
      });
    }
    const ranked = ranking.rank(entries, by);
    if (ranked.length === 0 && entries.length > 0) {
      return refused({
        code: 'INPUT_RESULT_MISSING',
        message: `${ranking.name} has no results yet, and this stage starts in their order. Wait for the results of ${ranking.name}, or choose another start order.`,
        pointer: '/classification',
      });
    }
    const where = textParam(params, 'unclassified') ?? 'back';
    const isRanked = new Set(ranked.map(({ entry }) => entry));
    const rest = entries.filter((entry) => !isRanked.has(entry)).toSorted(byRaceNumber);
    const others = rest.map((entry) => ({
      entry,
      because: `${ranking.whyNot(entry)}: ${where === 'front' ? 'in front of' : 'behind'} the classified, by race number`,
    }));
    const main = order(pool, ranked, placesOthers && where === 'back' ? others : []);
    const notices = noticesAbout(rest, ranking);
    if (where === 'unplaced') {
      return {
        ordered: main,
        unplaced: rest.map((entry) => ({ entry, because: `${ranking.whyNot(entry)}: not placed` })),
        problems: [],
        notices,
      };
    }
    const all = where === 'front' ? [...others, ...main] : placesOthers ? main : [...main, ...others];
    return { ordered: all, unplaced: [], problems: [], notices };
  };
}

function noticesAbout(rest: readonly StartOrderEntry[], ranking: Ranking): PlanRemark[] {
  const pending = rest.filter((entry) => /pending/.test(ranking.whyNot(entry))).length;
  const missing = rest.filter((entry) => ranking.whyNot(entry).startsWith('no result')).length;
  return [
    ...(pending > 0
      ? [
          {
            code: 'INPUT_RESULT_PENDING',
            message: `${ranking.name}: ${pending} of the results are still being computed; those entries start behind the classified.`,
          },
        ]
      : []),
    ...(missing > 0
      ? [
          {
            code: 'INPUT_RESULT_INCOMPLETE',
            message: `${ranking.name} has no result for ${missing} of the entries; they start behind the classified.`,
          },
        ]
      : []),
  ];
}
