/** An entry as the rules see it, read from the document. */
export interface Competitor {
  /** Its place in the entry list, counted from 0. */
  readonly index: number;
  readonly entryId: string;
  readonly raceNumber: number | null;
  readonly pool: string | null;
  readonly team: string | null;
  readonly rejoining: boolean;
  readonly absent: boolean;
  readonly late: boolean;
  readonly seed: number | null;
  readonly seeding: 'early' | 'late' | 'last' | null;
  readonly priority: string | null;
  readonly wave: number | null;
  /** Seconds. */
  readonly expectedSeconds: number | null;
  /** All fields of the entry as given, to sort by. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Ascending race number; entries without one last; the id decides what is left, so that the order is total. */
export function byRaceNumber(
  a: Pick<Competitor, 'raceNumber' | 'entryId'>,
  b: Pick<Competitor, 'raceNumber' | 'entryId'>,
): number {
  return ascending(a.raceNumber, b.raceNumber) || byId(a, b);
}

/** By id, code unit by code unit: the same on every machine. */
export function byId(a: Pick<Competitor, 'entryId'>, b: Pick<Competitor, 'entryId'>): number {
  return a.entryId < b.entryId ? -1 : a.entryId > b.entryId ? 1 : 0;
}

/** Ascending numbers; what is missing comes last. */
export function ascending(a: number | null, b: number | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  return b === null ? -1 : a - b;
}
