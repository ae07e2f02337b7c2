/** Where an entry stands, as `entries.status` holds it; `withdrawn` is archived and has given its number back. */
export type EntryStatus =
  'registered' | 'confirmed' | 'started' | 'finished' | 'dnf' | 'dns' | 'dsq' | 'withdrawn';

export const entryStatuses: readonly EntryStatus[] = [
  'registered',
  'confirmed',
  'started',
  'finished',
  'dnf',
  'dns',
  'dsq',
  'withdrawn',
];

/** A role in the organisation of the event; `system` is a program. */
export type EntryActor =
  'org-admin' | 'race-director' | 'marshal' | 'timekeeper' | 'participant' | 'viewer' | 'system';

/**
 * Which reason a move needs.
 *   none      none
 *   staff     one, unless a participant moves an entry of the own crew
 *   given     one: the move corrects something that was decided
 *   dnf-code  one that begins with a code of `dnfCodes`, like "mechanical: gearbox"
 *   decision  one that names the decision: "Decision 12: short-cut"
 */
export type ReasonRule = 'none' | 'staff' | 'given' | 'dnf-code' | 'decision';

/** What must be so before a move. Each is judged in `judge-move.ts`. */
export type MoveGuard =
  /** The event takes entries, or an official makes it. */
  | 'registration-open'
  | 'number-free'
  /** The discipline and the class find no error, the documents included. */
  | 'no-faults'
  /** The class has room. */
  | 'place-free'
  | 'on-no-open-list'
  /** For a participant: no stage of the event has been opened. */
  | 'before-first-stage'
  /** Else the entry comes back without number, and waits for a place. */
  | 'number-and-place-free-or-cleared'
  | 'start-in-open-stage'
  /** Or a race director lets it start all the same, with a reason. */
  | 'ready'
  /** Or the crew has declared that it does not start, which is the reason. */
  | 'first-stage-closed'
  | 'results-complete'
  /** A rejoin is left, or it is a correction with a reason. */
  | 'rejoin-left'
  | 'results-not-official'
  /** An appeal gives back the status from before. */
  | 'status-before-dsq';

/** A move that an entry's status may make. */
export interface EntryStatusMove {
  /** Null: a new entry. */
  readonly from: EntryStatus | null;
  readonly to: EntryStatus;
  readonly roles: readonly EntryActor[];
  readonly reason: ReasonRule;
  readonly guards: readonly MoveGuard[];
  /** What follows from it. */
  readonly effect: string;
}

/** Why an entry did not finish: with one of these a reason for `dnf` begins. */
export const dnfCodes = [
  'mechanical',
  'accident',
  'medical',
  'retired',
  'otl',
  'cutoff',
  'missed_cp',
  'device_lost',
] as const;

const STAFF = ['org-admin', 'race-director'] as const;
const DIRECTOR = ['race-director'] as const;

/**
 * The moves of the eight statuses; there are no others. `control.entry_status_transitions` holds the same ones, as
 * the last lock.
 */
export const entryStatusMoves: readonly EntryStatusMove[] = [
  {
    from: null,
    to: 'registered',
    roles: ['participant', ...STAFF],
    reason: 'none',
    guards: ['registration-open', 'number-free'],
    effect: 'The entry is registered.',
  },
  {
    from: 'registered',
    to: 'confirmed',
    roles: STAFF,
    reason: 'none',
    guards: ['no-faults', 'place-free'],
    effect: 'The entry is confirmed and can be drawn into start lists.',
  },
  {
    from: 'confirmed',
    to: 'registered',
    roles: STAFF,
    reason: 'given',
    guards: ['on-no-open-list'],
    effect: 'The entry is open for changes again.',
  },
  {
    from: 'registered',
    to: 'withdrawn',
    roles: ['participant', ...STAFF],
    reason: 'staff',
    guards: [],
    effect: 'The entry is archived and gives its number back.',
  },
  {
    from: 'confirmed',
    to: 'withdrawn',
    roles: ['participant', ...STAFF],
    reason: 'staff',
    guards: ['before-first-stage'],
    effect:
      'The entry is archived and gives its number back; in a published start list its slot stays empty.',
  },
  {
    from: 'withdrawn',
    to: 'registered',
    roles: STAFF,
    reason: 'given',
    guards: ['number-and-place-free-or-cleared'],
    effect: 'The entry is reinstated, without number when somebody else has it.',
  },
  {
    from: 'confirmed',
    to: 'started',
    roles: ['timekeeper', ...DIRECTOR, 'system'],
    reason: 'none',
    guards: ['start-in-open-stage', 'ready'],
    effect: 'The entry is on the course.',
  },
  {
    from: 'confirmed',
    to: 'dns',
    roles: ['timekeeper', ...DIRECTOR, 'system'],
    reason: 'none',
    guards: ['first-stage-closed'],
    effect: 'The entry is in the results as not started.',
  },
  {
    from: 'dns',
    to: 'started',
    roles: ['timekeeper', ...DIRECTOR],
    reason: 'given',
    guards: ['results-not-official'],
    effect: 'A correction: the results are computed again.',
  },
  {
    from: 'dns',
    to: 'confirmed',
    roles: DIRECTOR,
    reason: 'given',
    guards: ['results-not-official'],
    effect: 'A correction.',
  },
  {
    from: 'started',
    to: 'finished',
    roles: ['timekeeper', ...DIRECTOR, 'system'],
    reason: 'none',
    guards: ['results-complete'],
    effect: 'The entry has finished.',
  },
  {
    from: 'started',
    to: 'dnf',
    roles: ['marshal', 'timekeeper', ...DIRECTOR, 'system'],
    reason: 'dnf-code',
    guards: [],
    effect: 'The entry is in the results as not finished.',
  },
  {
    from: 'dnf',
    to: 'started',
    roles: DIRECTOR,
    reason: 'none',
    guards: ['rejoin-left'],
    effect: 'The entry is back, with the penalty for rejoining; the results are computed again.',
  },
  {
    from: 'finished',
    to: 'started',
    roles: DIRECTOR,
    reason: 'given',
    guards: ['results-not-official'],
    effect: 'A correction: the results are computed again.',
  },
  {
    from: 'finished',
    to: 'dnf',
    roles: DIRECTOR,
    reason: 'given',
    guards: ['results-not-official'],
    effect: 'A correction: the results are computed again.',
  },
  ...(['started', 'finished', 'dnf'] as const).map((from): EntryStatusMove => ({
    from,
    to: 'dsq',
    roles: DIRECTOR,
    reason: 'decision',
    guards: [],
    effect: 'The entry loses its place; the ranks are computed again.',
  })),
  ...(['started', 'finished', 'dnf'] as const).map((to): EntryStatusMove => ({
    from: 'dsq',
    to,
    roles: DIRECTOR,
    reason: 'given',
    guards: ['status-before-dsq'],
    effect: 'The appeal is upheld; the ranks are computed again.',
  })),
];

/** A move that people try, and the sentence that says why there is none. */
export interface ForbiddenMove {
  readonly from: EntryStatus;
  readonly to: EntryStatus;
  readonly because: string;
}

/** Forbidden on purpose. Every other pair that is not in `entryStatusMoves` is forbidden as well. */
export const forbiddenEntryStatusMoves: readonly ForbiddenMove[] = [
  {
    from: 'started',
    to: 'withdrawn',
    because: 'An entry that has started stays in the results: set it to dnf instead.',
  },
  {
    from: 'registered',
    to: 'started',
    because: 'Confirm the entry first, so that number, class and documents are checked.',
  },
  {
    from: 'registered',
    to: 'dns',
    because: 'An entry that was never confirmed is withdrawn, not dns.',
  },
  {
    from: 'registered',
    to: 'dsq',
    because: 'There is nothing to disqualify yet: to refuse the entry, withdraw it with a reason.',
  },
  { from: 'confirmed', to: 'finished', because: 'An entry must have started before it can finish.' },
  { from: 'withdrawn', to: 'started', because: 'Reinstate the entry first: set it to registered.' },
  {
    from: 'withdrawn',
    to: 'confirmed',
    because: 'Reinstate the entry first, to registered, so that it is checked again before it is confirmed.',
  },
  {
    from: 'dns',
    to: 'withdrawn',
    because: 'An entry that did not start is shown in the results; withdrawn would hide it.',
  },
  {
    from: 'finished',
    to: 'withdrawn',
    because: 'An entry that has finished is shown in the results; withdrawn would hide it.',
  },
];

/** The moves that an entry can make from a status; null: a new entry. */
export function movesFrom(status: EntryStatus | null): readonly EntryStatusMove[] {
  return entryStatusMoves.filter(({ from }) => from === status);
}
