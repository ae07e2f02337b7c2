import type { Competitor } from '../competitor.js';
import { ordinal } from '../words.js';
import { orderByClassification, placeIn, timeLimitMs } from './by-classification.js';
import type { PoolOrder, StrategyRequest } from './strategy.js';

/**
 * Entries of `params.group` (their `priority`, else their pool; all when not given) whose time is within
 * `within_pct_of_winner` (also `within_pct`) of the fastest start first, in the order of the classification. The
 * others follow by priority: the groups as `params.priority` lists them, else in the order of their best
 * classified entry; within a group by classification. Source: FIA W2RC 2025, from the second selective section:
 * Ultimate crews within 115 % of the winner, then by priority (secondary).
 */
export function topPctThenPriority(request: StrategyRequest): PoolOrder {
  const group = request.params.find('group');
  const listed = request.params.find('priority')?.value;
  return orderByClassification(request, request.result, (ranked, standing) => {
    const limit = timeLimitMs(request, standing);
    const inGroup = (entry: Competitor): boolean =>
      group === undefined || groupOf(entry) === String(group.value);
    const isFirst = ({ entry, timeMs }: (typeof ranked)[number]): boolean =>
      inGroup(entry) && (limit.ms === Number.POSITIVE_INFINITY || (timeMs !== null && timeMs <= limit.ms));
    const rest = ranked.filter((row) => !isFirst(row));
    const groups = new Map<string, typeof rest>();
    for (const name of Array.isArray(listed) ? listed : []) groups.set(String(name), []);
    for (const row of rest) {
      const members = groups.get(groupOf(row.entry));
      if (members === undefined) groups.set(groupOf(row.entry), [row]);
      else members.push(row);
    }
    const first = [...(group === undefined ? [] : [String(group.value)]), limit.inWords]
      .filter((words) => words !== '')
      .join(' ');
    return [
      ...ranked.filter(isFirst).map((row) => ({
        entry: row.entry,
        fact: `${placeIn(standing, row)}${first === '' ? '' : `, ${first}`}`,
      })),
      ...[...groups.values()]
        .filter((members) => members.length > 0)
        .flatMap((members, index) =>
          members.map((row) => ({
            entry: row.entry,
            fact: `${placeIn(standing, row)}; ${groupOf(row.entry) || 'no priority'} is ${ordinal(index + 1)} in priority`,
          })),
        ),
    ];
  });
}

function groupOf({ priority, pool }: Competitor): string {
  return priority ?? pool ?? '';
}
