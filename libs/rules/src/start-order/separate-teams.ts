import type { PlacedInPool } from './place-entries.js';

/** Hands out entries in order, as far as teammates have to be kept apart. */
export interface SeparatingQueue {
  left(): number;
  /** The next one for a slot behind `inFront` and, where that is pinned, in front of `behind` (team names). */
  take(
    inFront: string | null,
    behind: string | null,
  ): { readonly placed: PlacedInPool; readonly moved: 'ahead' | 'back' | undefined } | undefined;
}

/**
 * The least change to an order that parts teammates: the earliest in order whose team is not the one in front,
 * unless a team has so many left that one of them must go now. Nobody leaves the pool or block. Deterministic.
 * Source: Tour of Britain time trial, team-mates may be separated (secondary).
 */
export function separatingQueue(flow: readonly PlacedInPool[]): SeparatingQueue {
  let start = 0;
  let block: Block | undefined;
  let left = flow.length;
  const nextBlock = (): Block => {
    const first = flow[start];
    let end = start;
    while (end < flow.length && flow[end]?.pool === first?.pool && flow[end]?.block === first?.block)
      end += 1;
    const made = blockQueue(flow.slice(start, end));
    start = end;
    return made;
  };
  return {
    left: () => left,
    take: (inFront, behind) => {
      if (left === 0) return undefined;
      if (block === undefined || block.left() === 0) block = nextBlock();
      left -= 1;
      return block.take(inFront, behind);
    },
  };
}

type Taken = { readonly placed: PlacedInPool; readonly moved: 'ahead' | 'back' | undefined };

interface Block {
  left(): number;
  take(inFront: string | null, behind: string | null): Taken | undefined;
}

function blockQueue(members: readonly PlacedInPool[]): Block {
  return members[0]?.pool.separatesTeams === true && members[0].ownTimeMs === undefined
    ? teamQueue(members)
    : plainQueue(members);
}

function plainQueue(members: readonly PlacedInPool[]): Block {
  let next = 0;
  return {
    left: () => members.length - next,
    take: () => {
      const placed = members[next];
      next += 1;
      return placed && { placed, moved: undefined };
    },
  };
}

function teamQueue(members: readonly PlacedInPool[]): Block {
  const taken = new Uint8Array(members.length);
  const passedOver = new Uint8Array(members.length);
  const sizes = teamSizes(members);
  // Where to look on for one of a team, and for one of any other; they only grow, so all looking is linear.
  const memberFrom = new Map<string, number>();
  const lookFrom = new Map<string, number>();
  let head = 0;
  let left = members.length;
  const teamAt = (index: number): string | null => members[index]?.entry.team ?? null;
  const firstOf = (from: number, fits: (team: string | null) => boolean): number => {
    let index = from;
    while (index < members.length && (taken[index] === 1 || !fits(teamAt(index)))) index += 1;
    return index < members.length ? index : -1;
  };
  const otherThan = (team: string): number => {
    const found = firstOf(Math.max(head, lookFrom.get(team) ?? 0), (other) => other !== team);
    lookFrom.set(team, found === -1 ? members.length : found);
    return found;
  };
  const oneOf = (team: string): number => {
    const found = firstOf(Math.max(head, memberFrom.get(team) ?? 0), (other) => other === team);
    memberFrom.set(team, found === -1 ? members.length : found);
    return found;
  };
  const choose = (inFront: string | null, behind: string | null): number => {
    const mustGo = sizes.majorityOf(left);
    if (mustGo !== undefined && mustGo !== inFront) return oneOf(mustGo);
    if (teamAt(head) === null) return head;
    const free = teamAt(head) !== inFront ? head : otherThan(inFront ?? '');
    if (free === -1) return head;
    if (behind === null || teamAt(free) !== behind) return free;
    const both = firstOf(head, (team) => team === null || (team !== inFront && team !== behind));
    return both === -1 ? free : both;
  };
  return {
    left: () => left,
    take: (inFront, behind) => {
      while (taken[head] === 1) head += 1;
      const index = choose(inFront, behind);
      const placed = members[index];
      if (placed === undefined) return undefined;
      if (index !== head) passedOver[head] = 1;
      taken[index] = 1;
      left -= 1;
      sizes.remove(placed.entry.team);
      return { placed, moved: index !== head ? 'ahead' : passedOver[index] === 1 ? 'back' : undefined };
    },
  };
}

/** Counts who is left of each team, and knows the team that fills more than every second slot. */
function teamSizes(members: readonly PlacedInPool[]): {
  remove(team: string | null): void;
  majorityOf(slots: number): string | undefined;
} {
  const sizeOf = new Map<string, number>();
  for (const { entry } of members) {
    if (entry.team !== null) sizeOf.set(entry.team, (sizeOf.get(entry.team) ?? 0) + 1);
  }
  const teamsOf = new Map<number, Set<string>>();
  const add = (size: number, team: string): void => {
    teamsOf.set(size, (teamsOf.get(size) ?? new Set()).add(team));
  };
  for (const [team, size] of sizeOf) add(size, team);
  let largest = Math.max(0, ...teamsOf.keys());
  return {
    remove: (team) => {
      if (team === null) return;
      const size = sizeOf.get(team) ?? 0;
      teamsOf.get(size)?.delete(team);
      sizeOf.set(team, size - 1);
      add(size - 1, team);
    },
    majorityOf: (slots) => {
      while (largest > 0 && (teamsOf.get(largest)?.size ?? 0) === 0) largest -= 1;
      return largest * 2 > slots ? [...(teamsOf.get(largest) ?? [])][0] : undefined;
    },
  };
}
