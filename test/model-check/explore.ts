import {
  type Bounds,
  initialState,
  isAtRest,
  keyOf,
  type State,
  stepsFrom,
  violationIn,
} from './protocol-model.js';
import type { Transitions } from './transitions.js';

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  /** Steps of the longest of the shortest ways. */
  readonly depth: number;
  /** What does not hold, with the shortest way there, step by step. */
  readonly violation?: { readonly what: string; readonly trace: readonly string[] };
}

/**
 * Looks at every state that can be reached, the near ones first, and whether from each of them everything comes to rest
 * when no more mishap happens. Ends with the first violation.
 */
export function explore(transitions: Transitions, bounds: Bounds): Exploration {
  const first = initialState(bounds);
  const known = new Map([[keyOf(first), 0]]);
  const parents = [-1];
  const names = [''];
  const depths = [0];
  /** For each state those that lead to it without a mishap. */
  const comesFrom: number[][] = [[]];
  const atRest: number[] = [];
  let steps = 0;
  let frontier: (readonly [State, number])[] = [[first, 0]];
  const found = (what: string, index: number, last?: string): Exploration => ({
    states: known.size,
    steps,
    depth: depths.at(-1)!,
    violation: { what, trace: [...traceTo(index), ...(last === undefined ? [] : [last])] },
  });
  const traceTo = (index: number): string[] => {
    const trace: string[] = [];
    for (let at = index; at > 0; at = parents[at]!) trace.unshift(names[at]!);
    return trace;
  };
  while (frontier.length > 0) {
    const next: (readonly [State, number])[] = [];
    for (const [state, index] of frontier) {
      if (isAtRest(state)) atRest.push(index);
      for (const { name, to, violation, isMishap } of stepsFrom(state, transitions)) {
        steps += 1;
        if (violation !== undefined) return found(violation, index, name);
        const key = keyOf(to);
        let target = known.get(key);
        if (target === undefined) {
          target = known.size;
          known.set(key, target);
          parents.push(index);
          names.push(name);
          depths.push(depths[index]! + 1);
          comesFrom.push([]);
          const wrong = violationIn(to, bounds);
          if (wrong !== undefined) return found(wrong, target);
          next.push([to, target]);
        }
        if (isMishap !== true) comesFrom[target]!.push(index);
      }
    }
    frontier = next;
  }
  const stuck = firstThatNeverRests(comesFrom, atRest);
  return stuck === undefined
    ? { states: known.size, steps, depth: depths.at(-1)! }
    : found('From here on nothing brings the target to its end: it is stuck.', stuck);
}

function firstThatNeverRests(
  comesFrom: readonly (readonly number[])[],
  atRest: readonly number[],
): number | undefined {
  const rests = new Uint8Array(comesFrom.length);
  const open = [...atRest];
  for (const index of open) rests[index] = 1;
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    for (const before of comesFrom[index]!) {
      if (rests[before] === 1) continue;
      rests[before] = 1;
      open.push(before);
    }
  }
  const stuck = rests.indexOf(0);
  return stuck === -1 ? undefined : stuck;
}
