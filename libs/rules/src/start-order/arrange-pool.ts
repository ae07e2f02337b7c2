import { flagParam, textParam } from './params.js';
import type { PlacedEntry, PlanRemark, PoolOrder, PoolToOrder } from './types.js';

/**
 * What every strategy's order goes through within its pool:
 *   1. rejoiners: `rejoin_placement` front, by_classification (default), back_of_pool, manual (by a pin alone);
 *   2. wishes: `seeding` early, late, last (RaceDB);
 *   3. late entries behind the last on-time one (PGR 4x4);
 *   4. team-mates apart, where that is possible (`separate_teams`).
 */
export function arrangePool(
  order: PoolOrder,
  pool: PoolToOrder,
  strategy: string,
  pinned: ReadonlySet<string>,
): PoolOrder {
  let placed = order.ordered;
  const unplaced = [...order.unplaced];
  const notices: PlanRemark[] = [...order.notices];
  const stated =
    textParam(pool.params, 'rejoin_placement', 'rejoinPlacement', 'rejoiners', 'restarters') ??
    'by_classification';
  // "As the slowest" is at the front where the slowest start first.
  const where =
    stated === 'slowest' ? (strategy === 'inverse_of_overall' ? 'front' : 'back_of_pool') : stated;
  const rejoins = ({ entry }: PlacedEntry) => entry.rejoining === true;
  const others = placed.filter((each) => !rejoins(each));
  if (where === 'front')
    placed = [...explained(placed.filter(rejoins), 'rejoins: at the front of the pool'), ...others];
  else if (where === 'back_of_pool' || where === 'back')
    placed = [...others, ...explained(placed.filter(rejoins), 'rejoins: at the back of the pool')];
  else if (where === 'manual') {
    placed = placed.filter((each) => !rejoins(each) || pinned.has(each.entry.id));
    for (const { entry } of order.ordered.filter(rejoins)) {
      if (!pinned.has(entry.id))
        unplaced.push({ entry, because: 'rejoins: the organiser places it by a pin' });
    }
  }
  const wishes = (wish: string) => placed.filter(({ entry }) => entry.seeding === wish);
  placed = [
    ...explained(wishes('early'), 'asked to start early'),
    ...placed.filter(({ entry }) => !['early', 'late', 'last'].includes(entry.seeding ?? '')),
    ...explained(wishes('late'), 'asked to start late'),
    ...explained(wishes('last'), 'asked to start last'),
  ];
  const isLate = ({ entry }: PlacedEntry) => entry.late === true;
  placed = [
    ...placed.filter((each) => !isLate(each)),
    ...explained(placed.filter(isLate), 'late: behind the last entry that was on time'),
  ];
  if (flagParam(pool.params, 'separate_teams', 'separate_teammates')) {
    const separated = separateTeams(placed);
    placed = separated.placed;
    if (separated.together > 0) {
      notices.push({
        code: 'TEAM_MATES_TOGETHER',
        message: `${separated.together} team-mates start next to each other: there are not enough others to put between them.`,
      });
    }
  }
  return { ordered: placed, unplaced, problems: order.problems, notices };
}

function explained(placed: readonly PlacedEntry[], why: string): PlacedEntry[] {
  return placed.map((each) => ({ ...each, because: `${why} (${each.because})` }));
}

/** The earliest that is not of the team in front, unless a team has so many left that it must go now. */
function separateTeams(placed: readonly PlacedEntry[]): { placed: PlacedEntry[]; together: number } {
  const teamOf = ({ entry }: PlacedEntry) => entry.team ?? null;
  const left = new Map<string, number>();
  for (const each of placed) {
    const team = teamOf(each);
    if (team !== null) left.set(team, (left.get(team) ?? 0) + 1);
  }
  const waiting = [...placed];
  const result: PlacedEntry[] = [];
  let together = 0;
  while (waiting.length > 0) {
    const before = result.length === 0 ? null : teamOf(result.at(-1) as PlacedEntry);
    const pressing = [...left].find(([team, count]) => team !== before && count * 2 > waiting.length);
    const index = waiting.findIndex((each) =>
      pressing === undefined
        ? teamOf(each) === null || teamOf(each) !== before
        : teamOf(each) === pressing[0],
    );
    const [next] = waiting.splice(Math.max(0, index), 1) as [PlacedEntry];
    const team = teamOf(next);
    if (team !== null) left.set(team, (left.get(team) ?? 1) - 1);
    if (team !== null && team === before) together += 1;
    result.push(
      index > 0 ? { ...next, because: `${next.because}, moved forward to keep team-mates apart` } : next,
    );
  }
  return { placed: result, together };
}
