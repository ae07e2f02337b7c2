import type { Competitor } from './competitor.js';
import { numberOf, settingsOf, type Params } from './params.js';
import type { Remarks } from './remarks.js';
import { quoted } from './words.js';

/** A checked band; see `GapBand`. */
export interface Band {
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** Undefined: of any pool. */
  readonly pools: ReadonlySet<string> | undefined;
  readonly fromBib: number;
  readonly toBib: number;
  /** How many start together. */
  readonly group: number;
  readonly gapSeconds: number;
  /** Whether `first` and `last` count within the pool, or over the whole list. */
  readonly countsInPool: boolean;
}

/** A slot as the bands see it: who is in it, and where it is, counted from 0. */
export interface BandPlace {
  readonly entry: Competitor | undefined;
  readonly gapPool: string;
  readonly inPool: number;
  readonly poolSize: number;
  readonly inList: number;
  readonly listSize: number;
}

/** Where nothing is stated: 60 s. Source: Motorsport UK NCR 2026 ch. 13 art. 2.23. */
export const DEFAULT_BAND: Band = {
  first: undefined,
  last: undefined,
  pools: undefined,
  fromBib: Number.NEGATIVE_INFINITY,
  toBib: Number.POSITIVE_INFINITY,
  group: 1,
  gapSeconds: 60,
  countsInPool: false,
};

/**
 * Reads the bands of a stage or a pool: `gaps`; else `gap_s`, one band of all; else RaceDB's `regular_gap_s` with
 * `num_fastest` and `fastest_gap_s` for the last of them.
 *
 * @returns `rest` bands last; undefined when the document states no gaps here
 */
export function readBands(
  object: Readonly<Record<string, unknown>>,
  pointer: string,
  params: Params,
  remarks: Remarks,
  countsInPool: boolean,
): readonly Band[] | undefined {
  const gaps = object['gaps'];
  if (gaps !== undefined && gaps !== null) {
    if (!Array.isArray(gaps)) {
      remarks.problem('DOCUMENT_INVALID', '"gaps" is not a list of bands.', `${pointer}/gaps`);
      return undefined;
    }
    const bands = (gaps as readonly unknown[]).map((band, index) =>
      readBand(band, `${pointer}/gaps/${index}`, remarks, countsInPool),
    );
    if (bands.length > 0)
      return [...bands.filter((band) => !band.isRest), ...bands.filter((band) => band.isRest)];
  }
  const single = params.find('gap_s');
  if (single !== undefined) return [readBand({ gap_s: single.value }, single.pointer, remarks, countsInPool)];
  const regular = params.number(['regular_gap_s'], 0);
  if (regular === undefined) return undefined;
  const fastest = params.number(['num_fastest'], 0) ?? 0;
  const fastestGap = params.number(['fastest_gap_s'], 0) ?? regular;
  return [
    { ...DEFAULT_BAND, last: fastest, gapSeconds: fastestGap, countsInPool },
    { ...DEFAULT_BAND, gapSeconds: regular, countsInPool },
  ];
}

function readBand(
  value: unknown,
  pointer: string,
  remarks: Remarks,
  poolsGiven: boolean,
): Band & { readonly isRest: boolean } {
  const band = settingsOf(value) ?? {};
  const number = (name: string, min: number): number | undefined => {
    const given = band[name];
    if (given === undefined || given === null) return undefined;
    const read = numberOf(given);
    if (read !== undefined && read >= min) return read;
    remarks.problem(
      'GAP_INVALID',
      `"${name}" of a band is ${quoted(given)}. Enter a number of ${min} or more.`,
      `${pointer}/${name}`,
    );
    return undefined;
  };
  const pools = band['pool'];
  const [from, to] = [number('from_bib', 0), number('to_bib', 0)];
  const [first, last] = [number('first', 0), number('last', 0)];
  const group = number('group', 1) ?? 1;
  if (!Number.isInteger(group)) {
    remarks.problem('GAP_INVALID', `A group of ${group} is no whole number.`, `${pointer}/group`);
  }
  return {
    first,
    last,
    pools:
      pools === undefined || pools === null
        ? undefined
        : new Set((Array.isArray(pools) ? pools : [pools]).map(String)),
    fromBib: from === undefined || to === undefined ? (from ?? Number.NEGATIVE_INFINITY) : Math.min(from, to),
    toBib: from === undefined || to === undefined ? (to ?? Number.POSITIVE_INFINITY) : Math.max(from, to),
    group,
    gapSeconds: readGap(band['gap_s'], pointer, remarks),
    countsInPool: poolsGiven || (pools !== undefined && pools !== null),
    isRest: band['rest'] === true || Object.keys(band).every((name) => name === 'gap_s' || name === 'group'),
  };
}

function readGap(value: unknown, pointer: string, remarks: Remarks): number {
  const choices: readonly unknown[] = Array.isArray(value) ? value : [value];
  const gaps = choices.map((choice) => (typeof choice === 'number' ? numberOf(choice) : undefined));
  const [chosen] = gaps;
  if (chosen === undefined || gaps.some((gap) => gap === undefined || gap < 0)) {
    remarks.problem(
      'GAP_INVALID',
      `A band has the gap ${quoted(value)}. Enter its seconds, 0 or more, as "gap_s".`,
      // The short form, gap_s of the stage, has no band around it.
      pointer.endsWith('/gap_s') ? pointer : `${pointer}/gap_s`,
    );
    return 0;
  }
  if (gaps.length > 1) {
    remarks.notice(
      'GAP_CHOSEN',
      `The band leaves a choice of ${gaps.join(', ')} s: ${chosen} s is taken.`,
      pointer,
    );
  }
  return chosen;
}

/** The band of a slot: the first in order that fits; undefined when none does. */
export function bandOf(bands: readonly Band[], place: BandPlace): Band | undefined {
  return bands.find((band) => {
    if (band.pools !== undefined && !band.pools.has(place.gapPool)) return false;
    const index = band.countsInPool ? place.inPool : place.inList;
    const size = band.countsInPool ? place.poolSize : place.listSize;
    if (band.first !== undefined && index >= band.first) return false;
    if (band.last !== undefined && index < size - band.last) return false;
    if (band.fromBib === Number.NEGATIVE_INFINITY && band.toBib === Number.POSITIVE_INFINITY) return true;
    const number = place.entry?.raceNumber ?? null;
    return number !== null && number >= band.fromBib && number <= band.toBib;
  });
}
