import type { Competitor } from './competitor.js';
import type { StartOrderDocument, TieBreak } from './document.js';
import { readBands, type Band } from './gaps.js';
import { escaped, numberOf, readParams, settingsOf, type Params } from './params.js';
import type { Remarks } from './remarks.js';
import { isRankedStatus, type StandingRow } from './standing.js';
import { hasCommonFinish } from './strategies/pursuit.js';
import { numberIsMinute } from './strategies/race-number.js';
import { startOrderAliases, startOrderStrategies } from './strategies/registry.js';
import type { RejoinPlacement, StartOrderStrategy } from './strategies/strategy.js';
import type { Instant } from '../instants.js';
import { readInstant, readInstantOrClock } from './times.js';
import { quoted } from './words.js';

/** Entries that are ordered together: one pool, or all when the stage keeps none apart. */
export interface Pool {
  readonly index: number;
  /** Empty when the stage has no pools or does not keep them apart. */
  readonly id: string;
  readonly pointer: string;
  readonly entries: readonly Competitor[];
  readonly gapBeforeSeconds: number;
  /** Undefined: as early as the pool before allows. */
  readonly startsAtMs: number | undefined;
  readonly strategy: StartOrderStrategy | undefined;
  readonly params: Params;
  readonly tieBreak: readonly TieBreak[];
  readonly rejoinPlacement: RejoinPlacement;
  readonly rejoinPlacementChosen: boolean;
  readonly separatesTeams: boolean;
  readonly minGapSeconds: number;
}

export interface Pin {
  readonly entry: Competitor;
  readonly position: number;
  readonly reason: string;
}

/** A document that was read: every default filled in, every reference resolved. */
export interface Draw {
  readonly startsAt: Instant | undefined;
  readonly entries: readonly Competitor[];
  readonly findEntry: (reference: unknown) => Competitor | undefined;
  /** In starting order; at least one. */
  readonly pools: readonly Pool[];
  readonly hasPools: boolean;
  /** The pool by whose bands an entry starts; `other` for one of no pool. */
  readonly gapPoolOf: (entry: Competitor) => string;
  readonly gapPools: readonly string[];
  /** Undefined for an id that is no entry's. */
  readonly poolOf: (entryId: string) => Pool | undefined;
  /** Whether the entry names no pool, or one that the stage does not have. */
  readonly isPoolUnknown: (entry: Competitor) => boolean;
  /** Bands of a gap pool in order; none: 60 s. */
  readonly bandsOf: (gapPool: string) => readonly Band[];
  readonly gapsAreStated: boolean;
  readonly rows: readonly StandingRow[] | undefined;
  readonly classificationName: string;
  readonly pins: readonly Pin[];
  readonly closesUp: boolean;
  readonly seed: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** The pool of entries whose pool is missing or is none of the stage's. It starts last and drops nobody. */
export const OTHER = 'other';
const HIGHEST_POSITION = 10_000;
const TIE_BREAKS: ReadonlySet<string> = new Set<TieBreak>([
  'race_number',
  'inverse_race_number',
  'seed',
  'time',
  'clean_time',
  'entry_list',
  'id',
]);
const REJOIN_PLACEMENTS: Readonly<Record<string, RejoinPlacement>> = {
  front: 'front',
  by_classification: 'by_classification',
  slowest: 'by_classification',
  back_of_pool: 'back_of_pool',
  back: 'back_of_pool',
  manual: 'manual',
};

/** Reads and checks a document. What is wrong goes to the remarks; what can be read is read all the same. */
export function readDocument(document: StartOrderDocument, remarks: Remarks): Draw {
  const root: Json = settingsOf(document) ?? {};
  if (settingsOf(root['stage']) === undefined) {
    remarks.problem('DOCUMENT_INVALID', 'The document has no stage.', '/stage');
  }
  const stage = settingsOf(root['stage']) ?? {};
  const startsAt = readStart(stage, remarks);
  const entries = readEntries(root, remarks);
  const findEntry = finderOf(entries);
  const stageParams = objectAt(stage, 'params', '/stage/params', remarks);
  const poolObjects = readPools(stage, remarks);
  const stageLookup = readParams(
    [
      [stageParams, '/stage/params'],
      [{ gap_s: stage['gap_s'], min_gap_s: stage['min_gap_s'], signals: stage['signals'] }, '/stage'],
    ],
    remarks,
  );
  const stageStrategy = readStrategy(stage['strategy'], '/stage/strategy', remarks);
  const apart =
    poolObjects !== undefined &&
    booleanAt(
      stage,
      'keepPoolsApart',
      () => '/stage',
      remarks,
      !ordersByClock(stageStrategy, stageLookup, poolObjects),
    );
  const poolIds = new Set(poolObjects?.map(({ id }) => id));
  const gapPoolOf = (entry: Competitor): string =>
    entry.pool !== null && (poolObjects === undefined || poolIds.has(entry.pool)) ? entry.pool : OTHER;
  const stageBands = readBands(stage, '/stage', stageLookup, remarks, poolObjects !== undefined);
  const poolBands = new Map(
    (poolObjects ?? []).flatMap(({ id, object, pointer }) => {
      const own = readParams([[object, pointer]], remarks);
      const bands = readBands(object, pointer, own, remarks, true);
      return bands === undefined ? [] : [[id, bands] as const];
    }),
  );
  const members = new Map<string, Competitor[]>();
  for (const entry of entries) {
    const id = gapPoolOf(entry);
    const others = members.get(id);
    if (others === undefined) members.set(id, [entry]);
    else others.push(entry);
  }
  const membersOf = (id: string): readonly Competitor[] => members.get(id) ?? [];
  const makePool = (
    index: number,
    id: string,
    object: Json,
    pointer: string,
    members: readonly Competitor[],
  ): Pool => {
    const own = objectAt(object, 'params', `${pointer}/params`, remarks);
    const params = readParams(
      [
        [own, `${pointer}/params`],
        [stageParams, '/stage/params'],
        [{ gap_s: stage['gap_s'], min_gap_s: stage['min_gap_s'], signals: stage['signals'] }, '/stage'],
      ],
      remarks,
    );
    const rejoin = params.choice(
      ['rejoin_placement', 'rejoinPlacement', 'rejoiners', 'restarters'],
      REJOIN_PLACEMENTS,
    );
    return {
      index,
      id,
      pointer,
      entries: members,
      gapBeforeSeconds:
        numberAt(object, 'gap_before_s', () => pointer, remarks) ??
        params.number(['gap_before_wave_s'], 0) ??
        0,
      startsAtMs: readPoolStart(id, object, pointer, params, startsAt, remarks),
      strategy:
        object['strategy'] === undefined || object['strategy'] === null
          ? stageStrategy
          : readStrategy(object['strategy'], `${pointer}/strategy`, remarks),
      params,
      tieBreak: readTieBreak(stage, params, remarks),
      rejoinPlacement: rejoin ?? 'by_classification',
      rejoinPlacementChosen: rejoin !== undefined,
      separatesTeams: params.flag('separate_teams', 'separate_teammates'),
      minGapSeconds: params.number(['min_gap_s'], 0) ?? 0,
    };
  };
  const pools = apart
    ? (poolObjects ?? []).map(({ id, object, pointer }, index) =>
        makePool(index, id, object, pointer, membersOf(id)),
      )
    : [makePool(0, '', {}, '/stage', entries)];
  if (apart && !poolIds.has(OTHER)) {
    pools.push(makePool(pools.length, OTHER, {}, '/stage', membersOf(OTHER)));
  }
  const rows = readClassification(root, remarks);
  const poolOf = once(
    () => new Map(pools.flatMap((pool) => pool.entries.map(({ entryId }) => [entryId, pool] as const))),
  );
  return {
    startsAt,
    entries,
    findEntry,
    pools,
    hasPools: poolObjects !== undefined,
    gapPoolOf,
    gapPools: poolObjects === undefined ? [''] : [...new Set([...poolIds, OTHER])],
    poolOf: (entryId) => poolOf().get(entryId),
    isPoolUnknown: ({ pool }) => pool === null || !poolIds.has(pool),
    bandsOf: (gapPool) => poolBands.get(gapPool) ?? stageBands ?? [],
    gapsAreStated: stageBands !== undefined || poolBands.size > 0,
    rows,
    classificationName: textOf(root['classificationName']) ?? 'the classification',
    pins: readPins(root, findEntry, remarks),
    closesUp: readAbsentSlotPolicy(stage, remarks),
    seed: textOf(root['seed']) ?? textOf(stageParams['seed']) ?? undefined,
  };
}

/** Starts by the clock (start minute = number, common finish) leave no choice of the order of pools. */
function ordersByClock(
  strategy: StartOrderStrategy | undefined,
  params: Params,
  pools: readonly PoolObject[],
): boolean {
  const byClock =
    (strategy === startOrderStrategies.get('pursuit') && hasCommonFinish(params)) ||
    (strategy === startOrderStrategies.get('race_number') && numberIsMinute(params));
  return (
    byClock &&
    pools.every(({ object }) =>
      ['strategy', 'params', 'startsAt'].every((name) => object[name] === undefined || object[name] === null),
    )
  );
}

function readStart(stage: Json, remarks: Remarks): Instant | undefined {
  const value = stage['startsAt'];
  if (value === undefined || value === null || value === '') {
    remarks.problem(
      'STAGE_START_MISSING',
      'The stage has no start time. Enter when the first entry starts.',
      '/stage/startsAt',
    );
    return undefined;
  }
  const instant = readInstant(value);
  if (instant === undefined) unreadableTime(value, '/stage/startsAt', remarks);
  return instant;
}

function readPoolStart(
  id: string,
  object: Json,
  pointer: string,
  params: Params,
  day: Instant | undefined,
  remarks: Remarks,
): number | undefined {
  const starts = params.find('starts');
  const own = object['startsAt'];
  const value = own ?? settingsOf(starts?.value)?.[id];
  if (value === undefined || value === null || value === '') return undefined;
  const startMs = readInstantOrClock(value, day);
  if (startMs === undefined && day !== undefined) {
    const found =
      own === undefined || own === null ? `${starts?.pointer}/${escaped(id)}` : `${pointer}/startsAt`;
    unreadableTime(value, found, remarks);
  }
  return startMs;
}

function unreadableTime(value: unknown, pointer: string, remarks: Remarks): void {
  remarks.problem(
    'TIME_UNREADABLE',
    `${quoted(value)} is no time. Write it as 2026-06-07T07:00:00+02:00.`,
    pointer,
  );
}

function readStrategy(value: unknown, pointer: string, remarks: Remarks): StartOrderStrategy | undefined {
  if (value === undefined || value === null || value === '') {
    remarks.notice(
      'START_ORDER_DEFAULT',
      'No start order is chosen: numerical order (Motorsport UK NCR 2026 ch. 13 art. 2.23).',
      pointer,
    );
    return startOrderStrategies.get('race_number');
  }
  const name = textOf(value) ?? '';
  const strategy = startOrderStrategies.get(startOrderAliases.get(name) ?? name);
  if (strategy === undefined) {
    remarks.problem(
      'START_ORDER_UNKNOWN',
      `The start order ${quoted(value)} cannot be drawn. Choose one of: ${[...startOrderStrategies.keys()].join(', ')}.`,
      pointer,
    );
  }
  return strategy;
}

function readEntries(root: Json, remarks: Remarks): Competitor[] {
  const list = arrayAt(root, 'entries', '/entries', remarks);
  if (list === undefined) {
    remarks.problem('DOCUMENT_INVALID', 'The document has no entries.', '/entries');
  }
  const seen = new Set<string>();
  const numbers = new Set<number>();
  const shared = new Set<number>();
  const entries: Competitor[] = [];
  for (const [index, value] of (list ?? []).entries()) {
    const pointer = (): string => `/entries/${index}`;
    const entry = settingsOf(value);
    const entryId = textOf(entry?.['id'] ?? entry?.['entryId']);
    if (entry === undefined || entryId === null) {
      remarks.problem('ENTRY_ID_MISSING', 'An entry has no id.', `${pointer()}/id`);
      continue;
    }
    if (seen.has(entryId)) {
      remarks.problem('ENTRY_TWICE', `The entry ${entryId} is in the list twice.`, `${pointer()}/id`);
      continue;
    }
    seen.add(entryId);
    const raceNumber = numberAt(entry, 'raceNumber', pointer, remarks) ?? null;
    if (raceNumber !== null) (numbers.has(raceNumber) ? shared : numbers).add(raceNumber);
    entries.push({
      index,
      entryId,
      raceNumber,
      pool: textOf(entry['pool']),
      team: textOf(entry['team']),
      rejoining: booleanAt(entry, 'rejoining', pointer, remarks, false),
      absent: booleanAt(entry, 'absent', pointer, remarks, false),
      late: booleanAt(entry, 'late', pointer, remarks, false),
      seed: numberAt(entry, 'seed', pointer, remarks) ?? null,
      seeding: readSeeding(entry, pointer, remarks),
      priority: textOf(entry['priority']),
      wave: numberAt(entry, 'wave', pointer, remarks) ?? null,
      expectedSeconds: numberAt(entry, 'expected_s', pointer, remarks) ?? null,
      attributes: entry,
    });
  }
  if (shared.size > 0) {
    const list = [...shared].toSorted((a, b) => a - b).join(', ');
    remarks.notice('RACE_NUMBER_TWICE', `More than one entry has the race number ${list}.`);
  }
  return entries;
}

/** `seeding`, or the flags `seed_early`, `seed_late` and `seed_last`. Source: RaceDB, seeding of a time trial. */
function readSeeding(entry: Json, pointer: () => string, remarks: Remarks): Competitor['seeding'] {
  const value = entry['seeding'];
  if (value === 'early' || value === 'late' || value === 'last') return value;
  if (value !== undefined && value !== null && value !== '') {
    remarks.problem(
      'FIELD_INVALID',
      `The seeding ${quoted(value)} is none of early, late, last.`,
      `${pointer()}/seeding`,
    );
  }
  if (entry['seed_last'] === true) return 'last';
  if (entry['seed_late'] === true) return 'late';
  return entry['seed_early'] === true ? 'early' : null;
}

function finderOf(entries: readonly Competitor[]): Draw['findEntry'] {
  const byId = once(() => new Map(entries.map((entry) => [entry.entryId, entry])));
  const byNumber = once(() => new Map(entries.toReversed().map((entry) => [entry.raceNumber, entry])));
  return (reference) => {
    const number = numberOf(reference);
    const numbered = number === undefined ? undefined : byNumber().get(number);
    const named = byId().get(String(reference));
    return typeof reference === 'number' ? (numbered ?? named) : (named ?? numbered);
  };
}

/** Computes a value when it is asked for, and once: most lists need few of them. */
export function once<T>(compute: () => T): () => T {
  let value: { readonly is: T } | undefined;
  return () => (value ??= { is: compute() }).is;
}

interface PoolObject {
  readonly id: string;
  readonly object: Json;
  readonly pointer: string;
}

/** Undefined when the stage has no pools; an empty list has none either. */
function readPools(stage: Json, remarks: Remarks): readonly PoolObject[] | undefined {
  const list = arrayAt(stage, 'pools', '/stage/pools', remarks);
  if (list === undefined || list.length === 0) return undefined;
  const seen = new Set<string>();
  return list.flatMap((value, index) => {
    const pointer = `/stage/pools/${index}`;
    const object = settingsOf(value);
    const id = textOf(object?.['id']);
    if (object === undefined || id === null) {
      remarks.problem('POOL_ID_MISSING', 'A pool has no id.', `${pointer}/id`);
      return [];
    }
    if (seen.has(id)) {
      remarks.problem('POOL_TWICE', `The pool ${id} is in the list twice.`, `${pointer}/id`);
      return [];
    }
    seen.add(id);
    return [{ id, object, pointer }];
  });
}

function readTieBreak(stage: Json, params: Params, remarks: Remarks): readonly TieBreak[] {
  const param =
    params.find('tie') ??
    (stage['tieBreak'] === undefined || stage['tieBreak'] === null
      ? undefined
      : { value: stage['tieBreak'], pointer: '/stage/tieBreak' });
  if (param === undefined) return ['race_number'];
  const isList = Array.isArray(param.value);
  const keys: readonly unknown[] = isList ? (param.value as unknown[]) : [param.value];
  return keys.flatMap((key, index) => {
    if (isTieBreak(key)) return [key];
    remarks.problem(
      'TIE_BREAK_UNKNOWN',
      `${quoted(key)} breaks no tie. Choose among: ${[...TIE_BREAKS].join(', ')}.`,
      isList ? `${param.pointer}/${index}` : param.pointer,
    );
    return [];
  });
}

function isTieBreak(key: unknown): key is TieBreak {
  return typeof key === 'string' && TIE_BREAKS.has(key);
}

function readClassification(root: Json, remarks: Remarks): readonly StandingRow[] | undefined {
  const list = arrayAt(root, 'classification', '/classification', remarks);
  const seen = new Set<string>();
  if (list === undefined) return undefined;
  const rows: StandingRow[] = [];
  for (const [index, value] of list.entries()) {
    const pointer = (): string => `/classification/${index}`;
    const row = settingsOf(value);
    const entryId = textOf(row?.['entryId']);
    if (row === undefined || entryId === null) {
      remarks.problem(
        'ENTRY_ID_MISSING',
        'A row of the classification names no entry.',
        `${pointer()}/entryId`,
      );
      continue;
    }
    if (seen.has(entryId)) {
      remarks.problem(
        'CLASSIFICATION_ROW_TWICE',
        `The classification has the entry ${entryId} twice.`,
        `${pointer()}/entryId`,
      );
      continue;
    }
    seen.add(entryId);
    const status = (textOf(row['status']) ?? '').toLowerCase();
    const ranked = isRankedStatus(status);
    if (ranked === undefined) {
      remarks.problem(
        'STATUS_UNKNOWN',
        `${quoted(row['status'])} is no status of a result.`,
        `${pointer()}/status`,
      );
    }
    rows.push({
      entryId,
      position: numberAt(row, 'position', pointer, remarks) ?? null,
      timeMs: numberAt(row, 'timeMs', pointer, remarks) ?? null,
      cleanTimeMs: numberAt(row, 'cleanTimeMs', pointer, remarks) ?? null,
      ranked: ranked ?? false,
      status,
    });
  }
  return rows;
}

function readPins(root: Json, findEntry: Draw['findEntry'], remarks: Remarks): Pin[] {
  const entries = new Set<Competitor>();
  const positions = new Set<number>();
  return (arrayAt(root, 'pins', '/pins', remarks) ?? []).flatMap((value, index) => {
    const pointer = `/pins/${index}`;
    const pin = settingsOf(value);
    const id = textOf(pin?.['entryId']);
    const found = id === null ? undefined : findEntry(id);
    // A pin names an entry by its id alone: a race number that happens to be an id would move the wrong one.
    const entry = found?.entryId === id ? found : undefined;
    const position = numberOf(pin?.['position']);
    if (entry === undefined) {
      remarks.problem(
        'PIN_ENTRY_UNKNOWN',
        id === null ? 'A pin names no entry.' : `The pinned entry ${id} is none of the entries.`,
        `${pointer}/entryId`,
      );
    } else if (entries.has(entry)) {
      remarks.problem('PIN_ENTRY_TWICE', `The entry ${entry.entryId} is pinned twice.`, `${pointer}/entryId`);
    } else entries.add(entry);
    const isPosition =
      position !== undefined && Number.isInteger(position) && position >= 1 && position <= HIGHEST_POSITION;
    if (!isPosition) {
      remarks.problem(
        'PIN_POSITION_INVALID',
        `A pin asks for position ${quoted(pin?.['position'])}. Positions are whole numbers from 1 to 10,000.`,
        `${pointer}/position`,
      );
    } else if (positions.has(position)) {
      remarks.problem('PIN_POSITION_TWICE', `Two pins ask for position ${position}.`, `${pointer}/position`);
    } else positions.add(position);
    return entry !== undefined && isPosition
      ? [{ entry, position, reason: textOf(pin?.['reason']) ?? '' }]
      : [];
  });
}

function readAbsentSlotPolicy(stage: Json, remarks: Remarks): boolean {
  const value = stage['absentSlotPolicy'];
  if (value !== undefined && value !== null && value !== 'keep' && value !== 'close_up') {
    remarks.problem(
      'ABSENT_SLOT_POLICY_UNKNOWN',
      `${quoted(value)} is no policy for the slots of absent entries. Choose keep or close_up.`,
      '/stage/absentSlotPolicy',
    );
  }
  return value === 'close_up';
}

/** A text, or a number as text; null when there is none. */
function textOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function arrayAt(
  from: Json,
  name: string,
  pointer: string,
  remarks: Remarks,
): readonly unknown[] | undefined {
  const value = from[name];
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value as readonly unknown[];
  remarks.problem('DOCUMENT_INVALID', `"${name}" is not a list.`, pointer);
  return [];
}

function objectAt(from: Json, name: string, pointer: string, remarks: Remarks): Json {
  const value = from[name];
  if (value === undefined || value === null) return {};
  const object = settingsOf(value);
  if (object === undefined) remarks.problem('DOCUMENT_INVALID', `"${name}" is not an object.`, pointer);
  return object ?? {};
}

/** A number of 0 or more; anything else but null is a problem. */
function numberAt(from: Json, name: string, pointer: () => string, remarks: Remarks): number | undefined {
  const value = from[name];
  if (value === undefined || value === null || value === '') return undefined;
  const number = numberOf(value);
  if (number !== undefined && number >= 0) return number;
  remarks.problem(
    'FIELD_INVALID',
    `"${name}" is ${quoted(value)}. Enter a number of 0 or more.`,
    `${pointer()}/${name}`,
  );
  return undefined;
}

function booleanAt(
  from: Json,
  name: string,
  pointer: () => string,
  remarks: Remarks,
  otherwise: boolean,
): boolean {
  const value = from[name];
  if (value === undefined || value === null) return otherwise;
  if (typeof value === 'boolean') return value;
  remarks.problem(
    'FIELD_INVALID',
    `"${name}" is ${quoted(value)}. Enter true or false.`,
    `${pointer()}/${name}`,
  );
  return otherwise;
}
