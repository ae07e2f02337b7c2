import { readFileSync } from 'node:fs';
import { error, warning } from '../disciplines/violations.js';
import {
  type EntryActor,
  type EntryStatus,
  entryStatuses,
  entryStatusMoves,
  forbiddenEntryStatusMoves,
  movesFrom,
} from './entry-status-moves.js';
import { judgeMove, type MoveFacts, type ProposedMove } from './judge-move.js';
import { reasonFault } from './reason-fault.js';

/** The status machine as it was agreed: from, to, and who makes the move. */
const AGREED: readonly (readonly [EntryStatus | null, EntryStatus, string])[] = [
  [null, 'registered', 'participant org-admin race-director'],
  ['registered', 'confirmed', 'org-admin race-director'],
  ['confirmed', 'registered', 'org-admin race-director'],
  ['registered', 'withdrawn', 'participant org-admin race-director'],
  ['confirmed', 'withdrawn', 'participant org-admin race-director'],
  ['withdrawn', 'registered', 'org-admin race-director'],
  ['confirmed', 'started', 'timekeeper race-director system'],
  ['confirmed', 'dns', 'timekeeper race-director system'],
  ['dns', 'started', 'timekeeper race-director'],
  ['dns', 'confirmed', 'race-director'],
  ['started', 'finished', 'timekeeper race-director system'],
  ['started', 'dnf', 'marshal timekeeper race-director system'],
  ['dnf', 'started', 'race-director'],
  ['finished', 'started', 'race-director'],
  ['finished', 'dnf', 'race-director'],
  ['started', 'dsq', 'race-director'],
  ['finished', 'dsq', 'race-director'],
  ['dnf', 'dsq', 'race-director'],
  ['dsq', 'started', 'race-director'],
  ['dsq', 'finished', 'race-director'],
  ['dsq', 'dnf', 'race-director'],
];
/** Forbidden on purpose, each with a sentence of its own. */
const EXPLAINED: readonly (readonly [EntryStatus, EntryStatus])[] = [
  ['started', 'withdrawn'],
  ['registered', 'started'],
  ['registered', 'dns'],
  ['registered', 'dsq'],
  ['confirmed', 'finished'],
  ['withdrawn', 'started'],
  ['withdrawn', 'confirmed'],
  ['dns', 'withdrawn'],
  ['finished', 'withdrawn'],
];

const ACTORS: readonly EntryActor[] = [
  'org-admin',
  'race-director',
  'marshal',
  'timekeeper',
  'participant',
  'viewer',
  'system',
];
const STATUSES: readonly (EntryStatus | null)[] = [null, ...entryStatuses];

/** Facts that speak against no move to the given status. */
function factsFor(to: EntryStatus): MoveFacts {
  return {
    registrationOpen: true,
    raceNumberFree: true,
    faults: [],
    placeFree: true,
    onOpenStartList: to === 'started',
    firstStageOpened: false,
    notReady: [],
    firstStageClosed: true,
    everyResultThere: true,
    recomputePending: false,
    rejoinMax: 1,
    rejoinCount: 0,
    resultsOfficial: false,
    previousStatus: to,
  };
}

function reasonFor(to: EntryStatus): string {
  if (to === 'dsq') return 'Decision 12: short-cut in SS3';
  return to === 'dnf' ? 'mechanical: gearbox' : 'asked for by the crew';
}

interface Changes extends Partial<Omit<ProposedMove, 'facts'>> {
  readonly facts?: Partial<MoveFacts>;
}

function judged(from: EntryStatus | null, to: EntryStatus, { facts, ...changes }: Changes = {}) {
  return judgeMove({
    from,
    to,
    actors: ['race-director'],
    isOfTheCrew: true,
    reason: reasonFor(to),
    facts: { ...factsFor(to), ...facts },
    ...changes,
  });
}

const codesOf = (violations: readonly { readonly code: string }[]) => violations.map(({ code }) => code);

describe('every pair of statuses, by everybody', () => {
  const pairs = STATUSES.flatMap((from) => entryStatuses.map((to) => ({ from, to })));

  it.each(pairs)('$from to $to', ({ from, to }) => {
    const roles = AGREED.find((row) => row[0] === from && row[1] === to)?.[2].split(' ') ?? [];
    for (const actor of ACTORS) {
      const violations = judged(from, to, { actors: [actor] });
      const expected = roles.includes(actor) ? [] : [roles.length > 0 ? 'STATUS_ROLE' : 'STATUS_MOVE'];
      expect([actor, codesOf(violations)]).toEqual([actor, expected]);
      expect(violations.filter(({ message }) => !/^[A-Z].{15,}\.$/.test(message))).toEqual([]);
    }
  });

  it('has a sentence of its own for what is forbidden on purpose', () => {
    expect(forbiddenEntryStatusMoves.map(({ from, to }) => [from, to])).toEqual(EXPLAINED);
    for (const { from, to, because } of forbiddenEntryStatusMoves) {
      expect(judged(from, to)[0]?.message).toContain(because);
    }
  });

  it('reaches each status, and leaves each', () => {
    expect(new Set(entryStatusMoves.map(({ to }) => to))).toEqual(new Set(entryStatuses));
    expect(entryStatuses.filter((status) => movesFrom(status).length === 0)).toEqual([]);
  });
});

it('the database holds the same moves', () => {
  const sql = readFileSync('db-init/pre/003_entry_status_transitions.sql', 'utf8');
  const rows = [...sql.matchAll(/\((NULL|'\w+'), '(\w+)', '\{([^}]*)\}', (true|false)\)/g)].map(
    ([, from = '', to, roles = '', needsReason]) => ({
      from: from === 'NULL' ? null : from.replaceAll("'", ''),
      to,
      roles: roles.split(','),
      needsReason: needsReason === 'true',
    }),
  );
  expect(rows).toEqual(
    entryStatusMoves.map(({ from, to, roles, reason }) => ({
      from,
      to,
      roles,
      needsReason: ['given', 'dnf-code', 'decision'].includes(reason),
    })),
  );
});

describe('the reason', () => {
  it.each<[EntryStatus, EntryStatus, EntryActor[], string | null, string | null]>([
    ['registered', 'withdrawn', ['participant'], null, null],
    ['registered', 'withdrawn', ['org-admin'], null, 'REASON_MISSING'],
    ['registered', 'withdrawn', ['org-admin'], '  ', 'REASON_MISSING'],
    ['registered', 'withdrawn', ['org-admin', 'participant'], null, null],
    ['started', 'dnf', ['marshal'], 'Mechanical', null],
    ['started', 'dnf', ['marshal'], 'missed_cp: CP 3', null],
    ['started', 'dnf', ['marshal'], 'mechanical:', 'DNF_CODE_MISSING'],
    ['started', 'dnf', ['marshal'], 'mechanically sound', 'DNF_CODE_MISSING'],
    ['started', 'dnf', ['marshal'], 'gearbox', 'DNF_CODE_MISSING'],
    ['started', 'dnf', ['system'], null, 'DNF_CODE_MISSING'],
    ['started', 'dsq', ['race-director'], 'decision 12: short-cut', null],
    ['started', 'dsq', ['race-director'], 'Decision No. 2026/12: short-cut', null],
    ['started', 'dsq', ['race-director'], 'Decision: short-cut', 'DECISION_MISSING'],
    ['started', 'dsq', ['race-director'], 'Decision 12', 'DECISION_MISSING'],
    ['started', 'dsq', ['race-director'], 'Decision 12: ', 'DECISION_MISSING'],
    ['finished', 'started', ['race-director'], null, 'REASON_MISSING'],
    ['registered', 'confirmed', ['org-admin'], null, null],
    ['registered', 'started', ['org-admin'], null, null],
  ])('%s to %s by %j with %j: %j', (from, to, actors, reason, code) => {
    expect(reasonFault(from, to, actors, reason)?.code ?? null).toBe(code);
  });
});

describe('the guards', () => {
  const fault = error('CREW_TOO_FEW', '/entry/crew', 'Add 1.');
  const remark = warning('DEVICE_NO_BACKUP', '/entry/devices', 'Bind a second one.');
  const notReady = [error('READINESS_PENDING', '/entry/checks', 'Check it.')];

  it.each<[string, EntryStatus | null, EntryStatus, Changes, string[]]>([
    [
      'a participant is late',
      null,
      'registered',
      { actors: ['participant'], facts: { registrationOpen: false } },
      ['REGISTRATION_CLOSED'],
    ],
    ['an official is never late', null, 'registered', { facts: { registrationOpen: false } }, []],
    [
      'a participant of another crew',
      null,
      'registered',
      { actors: ['participant'], isOfTheCrew: false },
      ['ENTRY_OF_OTHERS'],
    ],
    ['the number is taken', null, 'registered', { facts: { raceNumberFree: false } }, ['RACE_NUMBER_TAKEN']],
    [
      'a fault, and a remark',
      'registered',
      'confirmed',
      { facts: { faults: [remark, fault] } },
      ['CREW_TOO_FEW', 'DEVICE_NO_BACKUP'],
    ],
    ['the class is full', 'registered', 'confirmed', { facts: { placeFree: false } }, ['CLASS_FULL']],
    [
      'it is on an open list',
      'confirmed',
      'registered',
      { facts: { onOpenStartList: true } },
      ['ON_OPEN_START_LIST'],
    ],
    [
      'a participant after the first opening',
      'confirmed',
      'withdrawn',
      { actors: ['participant'], reason: null, facts: { firstStageOpened: true } },
      ['FIRST_STAGE_OPENED'],
    ],
    [
      'an official after the first opening',
      'confirmed',
      'withdrawn',
      { facts: { firstStageOpened: true } },
      [],
    ],
    [
      'an official in the own crew, as participant',
      'confirmed',
      'withdrawn',
      { actors: ['org-admin', 'participant'], reason: null },
      [],
    ],
    [
      'an official of another crew, without reason',
      'confirmed',
      'withdrawn',
      { actors: ['org-admin', 'participant'], isOfTheCrew: false, reason: null },
      ['REASON_MISSING'],
    ],
    [
      'number and place are gone',
      'withdrawn',
      'registered',
      { facts: { raceNumberFree: false, placeFree: false } },
      ['CLASS_FULL', 'RACE_NUMBER_CLEARED'],
    ],
    [
      'it is on no list',
      'confirmed',
      'started',
      { facts: { onOpenStartList: false } },
      ['NO_START_IN_OPEN_STAGE'],
    ],
    [
      'not ready, by a timekeeper',
      'confirmed',
      'started',
      { actors: ['timekeeper'], facts: { notReady } },
      ['READINESS_PENDING', 'NOT_READY'],
    ],
    [
      'not ready, without reason',
      'confirmed',
      'started',
      { reason: null, facts: { notReady } },
      ['READINESS_PENDING', 'NOT_READY'],
    ],
    ['not ready, overridden', 'confirmed', 'started', { facts: { notReady } }, ['READINESS_PENDING']],
    [
      'the first stage still runs',
      'confirmed',
      'dns',
      { reason: null, facts: { firstStageClosed: false } },
      ['FIRST_STAGE_NOT_CLOSED'],
    ],
    ['the crew declared it', 'confirmed', 'dns', { facts: { firstStageClosed: false } }, []],
    [
      'a result is missing and another computed',
      'started',
      'finished',
      { facts: { everyResultThere: false, recomputePending: true } },
      ['RECOMPUTE_PENDING', 'RESULT_MISSING'],
    ],
    ['a rejoin is left', 'dnf', 'started', { reason: null }, []],
    ['no rejoin is left', 'dnf', 'started', { reason: null, facts: { rejoinCount: 1 } }, ['NO_REJOIN_LEFT']],
    ['dnf by mistake', 'dnf', 'started', { facts: { rejoinCount: 1 } }, []],
    [
      'a correction of official results',
      'finished',
      'dnf',
      { facts: { resultsOfficial: true } },
      ['RESULTS_OFFICIAL'],
    ],
    [
      'an appeal to another status',
      'dsq',
      'finished',
      { facts: { previousStatus: 'started' } },
      ['STATUS_BEFORE_DIFFERS'],
    ],
    [
      'an appeal to nobody knows what',
      'dsq',
      'finished',
      { facts: { previousStatus: null } },
      ['STATUS_BEFORE_DIFFERS'],
    ],
  ])('%s: %s to %s', (_what, from, to, changes, codes) => {
    expect(codesOf(judged(from, to, changes))).toEqual(codes);
  });

  it('a race director overrides with a reason: what is missing becomes a warning', () => {
    const [violation] = judged('confirmed', 'started', { facts: { notReady } });
    expect(violation?.severity).toBe('warning');
  });

  it('says who may', () => {
    expect(judged('registered', 'confirmed', { actors: ['marshal', 'viewer'] })[0]?.message).toBe(
      "A marshal or viewer can't set an entry from registered to confirmed. That takes an org-admin or race-director.",
    );
    expect(judged('registered', 'confirmed', { actors: [] })[0]?.message).toMatch(/^Somebody without a role/);
  });
});
