import type { Violation } from '../disciplines/types.js';
import { error, errorsOf, inOrderOfWeight, warning } from '../disciplines/violations.js';
import { anyOf } from '../disciplines/words.js';
import {
  type EntryActor,
  type EntryStatus,
  type EntryStatusMove,
  forbiddenEntryStatusMoves,
  type MoveGuard,
  movesFrom,
} from './entry-status-moves.js';
import { reasonFault } from './reason-fault.js';

/** What a move is judged by besides the status; each guard reads its own. */
export interface MoveFacts {
  readonly registrationOpen: boolean;
  /** True also when the entry wishes no number. */
  readonly raceNumberFree: boolean;
  /** By `checkEntry`. */
  readonly faults: readonly Violation[];
  /** The class has room for one more. */
  readonly placeFree: boolean;
  /** A stage that is open holds a start of the entry. */
  readonly onOpenStartList: boolean;
  readonly firstStageOpened: boolean;
  /** By `checkReadiness`. */
  readonly notReady: readonly Violation[];
  /** The first stage in which the entry would start is closed. */
  readonly firstStageClosed: boolean;
  /** Each stage that counts has a result of the entry. */
  readonly everyResultThere: boolean;
  readonly recomputePending: boolean;
  /** How often an entry may come back; 0: not at all. */
  readonly rejoinMax: number;
  readonly rejoinCount: number;
  readonly resultsOfficial: boolean;
  /** The status before the present one; null: not known. */
  readonly previousStatus: EntryStatus | null;
}

/** What of them is known of an entry, and what of its event. */
export type EntryMoveFacts = Pick<
  MoveFacts,
  | 'onOpenStartList'
  | 'everyResultThere'
  | 'recomputePending'
  | 'rejoinCount'
  | 'resultsOfficial'
  | 'previousStatus'
>;
export type EventMoveFacts = Pick<
  MoveFacts,
  'registrationOpen' | 'rejoinMax' | 'firstStageOpened' | 'firstStageClosed'
>;

export interface ProposedMove {
  readonly from: EntryStatus | null;
  readonly to: EntryStatus;
  /** Roles in the organisation of the event. */
  readonly actors: readonly EntryActor[];
  /** Whether the actor is in the crew of the entry. */
  readonly isOfTheCrew: boolean;
  readonly reason: string | null;
  readonly facts: MoveFacts;
}

/** What a guard sees: the move as one role makes it. */
interface Attempt extends ProposedMove {
  readonly actor: EntryActor;
  readonly hasReason: boolean;
}

/**
 * Judges a change of an entry's status.
 *   1. Is it a move at all? If not: why, and where the entry can go instead.
 *   2. Does one of the actor's roles make it? A participant moves entries of the own crew alone.
 *   3. The reason.
 *   4. The guards.
 * Who holds several roles acts in the one in which least speaks against the move.
 *
 * @returns errors that refuse the move and warnings that it brings about, errors first; pointers lead into the
 *   proposed move (/to, /actors, /reason), those of `faults` and `notReady` into the facts of the entry
 */
export function judgeMove(proposed: ProposedMove): Violation[] {
  const { from, to, actors } = proposed;
  const move = movesFrom(from).find((each) => each.to === to);
  if (move === undefined) return [error('STATUS_MOVE', '/to', noMove(from, to))];
  const acting = move.roles.filter((role) => actors.includes(role));
  // Officials first: of two roles with equally much against them, theirs explains more.
  const judged = acting
    .toSorted((a, b) => Number(a === 'participant') - Number(b === 'participant'))
    .map((actor) => judgeAs(actor, move, proposed));
  const [best] = judged.toSorted((a, b) => errorsOf(a).length - errorsOf(b).length);
  return best ?? [error('STATUS_ROLE', '/actors', wrongRole(move, actors))];
}

function judgeAs(actor: EntryActor, move: EntryStatusMove, proposed: ProposedMove): Violation[] {
  const attempt: Attempt = { ...proposed, actor, hasReason: (proposed.reason ?? '').trim() !== '' };
  const isStranger = actor === 'participant' && !proposed.isOfTheCrew;
  const fault = reasonFault(move.from, move.to, [actor], proposed.reason);
  return inOrderOfWeight([
    ...(isStranger
      ? [
          error(
            'ENTRY_OF_OTHERS',
            '/actors',
            'You are not in the crew of this entry. Ask its crew or the race office.',
          ),
        ]
      : []),
    ...(fault === null ? [] : [fault]),
    ...move.guards.flatMap((guard) => GUARDS[guard](attempt)),
  ]);
}

const GUARDS: Readonly<Record<MoveGuard, (attempt: Attempt) => readonly Violation[]>> = {
  'registration-open': ({ facts, actor }) =>
    facts.registrationOpen || actor !== 'participant'
      ? []
      : [error('REGISTRATION_CLOSED', '/to', 'The event takes no entries now. Ask the race office.')],
  'number-free': ({ facts }) =>
    facts.raceNumberFree
      ? []
      : [
          error(
            'RACE_NUMBER_TAKEN',
            '/entry/raceNumber',
            'The race number belongs to another entry of the event. Choose a free one.',
          ),
        ],
  'no-faults': ({ facts }) => facts.faults,
  'place-free': ({ facts }) =>
    facts.placeFree
      ? []
      : [
          error(
            'CLASS_FULL',
            '/class',
            'The class has no place left. Choose another class, or let the entry wait.',
          ),
        ],
  'on-no-open-list': ({ facts }) =>
    facts.onOpenStartList
      ? [
          error(
            'ON_OPEN_START_LIST',
            '/to',
            'The entry is on the start list of a stage that is open. Take it off the list first, or withdraw it.',
          ),
        ]
      : [],
  'before-first-stage': ({ facts, actor }) =>
    facts.firstStageOpened && actor === 'participant'
      ? [
          error(
            'FIRST_STAGE_OPENED',
            '/to',
            'The first stage has been opened, so you can no longer withdraw yourself. Tell the race office.',
          ),
        ]
      : [],
  'number-and-place-free-or-cleared': ({ facts }) => [
    ...(facts.raceNumberFree
      ? []
      : [
          warning(
            'RACE_NUMBER_CLEARED',
            '/entry/raceNumber',
            'Another entry has the race number by now, so this one comes back without. Give it a new one.',
          ),
        ]),
    ...(facts.placeFree
      ? []
      : [
          warning(
            'CLASS_FULL',
            '/class',
            'The class has no place left, so the entry comes back but cannot be confirmed until there is one.',
          ),
        ]),
  ],
  'start-in-open-stage': ({ facts }) =>
    facts.onOpenStartList
      ? []
      : [
          error(
            'NO_START_IN_OPEN_STAGE',
            '/to',
            'The entry is on the start list of no open stage. Open the stage, or add the entry to its list.',
          ),
        ],
  ready: ({ facts, actor, hasReason }) => {
    const missing = errorsOf(facts.notReady);
    if (missing.length === 0) return [];
    if (actor === 'race-director' && hasReason) {
      return missing.map((violation) => ({ ...violation, severity: 'warning' }));
    }
    return [
      error(
        'NOT_READY',
        '/to',
        'The entry is not ready to start. A race director may let it start all the same, with a reason.',
      ),
      ...missing,
    ];
  },
  'first-stage-closed': ({ facts, hasReason }) =>
    facts.firstStageClosed || hasReason
      ? []
      : [
          error(
            'FIRST_STAGE_NOT_CLOSED',
            '/reason',
            'The first stage of the entry is not closed, so it may still start. If the crew has declared that it does not, give that as the reason.',
          ),
        ],
  'results-complete': ({ facts }) => [
    ...(facts.everyResultThere
      ? []
      : [
          error(
            'RESULT_MISSING',
            '/to',
            'The entry has no result yet in a stage that counts. Complete its results first.',
          ),
        ]),
    ...(facts.recomputePending
      ? [
          error(
            'RECOMPUTE_PENDING',
            '/to',
            'Results of the entry are being computed again. Wait until they are there.',
          ),
        ]
      : []),
  ],
  'rejoin-left': ({ facts, hasReason }) =>
    facts.rejoinCount < facts.rejoinMax || hasReason
      ? []
      : [
          error(
            'NO_REJOIN_LEFT',
            '/reason',
            `${facts.rejoinMax === 0 ? 'In this event nobody rejoins' : `An entry may rejoin ${times(facts.rejoinMax)}, and this one has`}. If it was set to dnf by mistake, give that as the reason.`,
          ),
        ],
  'results-not-official': ({ facts }) =>
    facts.resultsOfficial
      ? [
          error(
            'RESULTS_OFFICIAL',
            '/to',
            'The results are official. Reopen them before you correct the entry.',
          ),
        ]
      : [],
  'status-before-dsq': ({ facts, to }) =>
    facts.previousStatus === to
      ? []
      : [
          error(
            'STATUS_BEFORE_DIFFERS',
            '/to',
            facts.previousStatus === null
              ? 'Where the entry stood before it was disqualified is not known, so an appeal cannot give that back.'
              : `The entry was ${facts.previousStatus} before it was disqualified: an appeal gives back just that.`,
          ),
        ],
};

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function noMove(from: EntryStatus | null, to: EntryStatus): string {
  if (from === null) return `A new entry begins as registered, not as ${to}.`;
  if (from === to) return `The entry is ${to} already.`;
  const because = forbiddenEntryStatusMoves.find((pair) => pair.from === from && pair.to === to)?.because;
  const possible = anyOf(movesFrom(from).map((move) => move.to));
  const sentence = `An entry can't go from ${from} to ${to}. From ${from} it can go to ${possible}.`;
  return because === undefined ? sentence : `${sentence} ${because}`;
}

function wrongRole({ from, to, roles }: EntryStatusMove, actors: readonly EntryActor[]): string {
  const who =
    actors.length === 0 ? 'Somebody without a role in the organisation' : withArticle(anyOf(actors), 'A');
  const move = from === null ? 'register an entry' : `set an entry from ${from} to ${to}`;
  return `${who} can't ${move}. That takes ${withArticle(anyOf(roles.filter((role) => role !== 'system')), 'a')}.`;
}

function withArticle(words: string, article: 'a' | 'A'): string {
  return `${article}${/^[aeio]/.test(words) ? 'n' : ''} ${words}`;
}
