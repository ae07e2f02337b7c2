import { orderByClassification, placeIn } from './by-classification.js';
import type { PoolOrder, StrategyRequest } from './strategy.js';

/**
 * The exact reverse of the classification, the winner last. Source: WRC 2018-19, legs 2 and later; time trials
 * of stage races (reverse general classification). For teams, the entries are the teams.
 *
 * `params.leader_team_last: true` puts the team that leads the classification at the very end, behind the
 * unclassified too; `leader_team_last: "<team or entry>"`, also `leader_team`, puts that one there. Source:
 * Paris-Nice 2024 art. 16: the team of the race's leader starts last.
 */
export function inverseOfOverall(request: StrategyRequest): PoolOrder {
  let leader: { readonly team: string | null; readonly entryId: string } | undefined;
  const order = orderByClassification(
    request,
    request.result,
    (ranked, standing) => {
      leader = ranked[0]?.entry;
      return ranked
        .map((row) => ({ entry: row.entry, fact: placeIn(standing, row), rule: 'inverse of overall' }))
        .toReversed();
    },
    { inverse: true },
  );
  const setting = request.params.find('leader_team', 'leader_team_last');
  if (setting === undefined || !request.params.flag('leader_team', 'leader_team_last')) return order;
  // A yes in whatever words, "leader_team_last": "yes", is not the name of a team.
  const isYes = setting.value === true || String(setting.value).trim().toLowerCase() === 'yes';
  const team = isYes ? (leader?.team ?? leader?.entryId) : String(setting.value);
  const isLast = ({ entry }: { entry: { team: string | null; entryId: string } }): boolean =>
    entry.team === team || entry.entryId === team;
  if (team !== undefined && !isYes && request.findEntry(team) === undefined && !order.ordered.some(isLast)) {
    request.remarks.notice(
      'LEADER_TEAM_UNKNOWN',
      `No entry is of team ${team}, which was to start last.`,
      setting.pointer,
    );
  }
  return {
    ...order,
    ordered: [
      ...order.ordered.filter((placed) => !isLast(placed)),
      ...order.ordered
        .filter(isLast)
        .map(({ entry, fact }) => ({ entry, fact: `${fact}; the leader's team starts last` })),
    ],
  };
}
