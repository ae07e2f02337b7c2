import type { Violation } from '../disciplines/types.js';
import { error } from '../disciplines/violations.js';
import {
  dnfCodes,
  type EntryActor,
  type EntryStatus,
  movesFrom,
  type ReasonRule,
} from './entry-status-moves.js';

const DNF_REASON = new RegExp(String.raw`^(?:${dnfCodes.join('|')})\s*(?::\s*\S[\s\S]*)?$`, 'i');
/** The number may be "12", "No. 12", "2026/12" or "SD-12". */
const DECISION_REASON = /^decision\s+(?:no\.?\s*)?[\w./-]*\d[\w./-]*\s*:\s*\S/i;

/**
 * Whether a move has the reason that it needs. Who holds several roles acts in the one that needs least.
 *
 * @param actors roles in the organisation of the event
 * @returns REASON_MISSING, DNF_CODE_MISSING or DECISION_MISSING at /reason; null when nothing is wrong, also for a pair
 *   that is no move
 */
export function reasonFault(
  from: EntryStatus | null,
  to: EntryStatus,
  actors: readonly EntryActor[],
  reason: string | null,
): Violation | null {
  const move = movesFrom(from).find((each) => each.to === to);
  if (move === undefined) return null;
  const text = (reason ?? '').trim();
  const check = REASONS[move.reason];
  const acting = actors.filter((actor) => move.roles.includes(actor));
  return check(text, acting, `from ${from ?? 'nothing'} to ${to}`);
}

const REASONS: Readonly<
  Record<ReasonRule, (text: string, acting: readonly EntryActor[], move: string) => Violation | null>
> = {
  none: () => null,
  staff: (text, acting, move) => (acting.includes('participant') ? null : given(text, move)),
  given: (text, _acting, move) => given(text, move),
  'dnf-code': (text) =>
    DNF_REASON.test(text)
      ? null
      : error(
          'DNF_CODE_MISSING',
          '/reason',
          `Say why the entry does not finish: begin the reason with one of ${dnfCodes.join(', ')}, like "mechanical: gearbox".`,
        ),
  decision: (text) =>
    DECISION_REASON.test(text)
      ? null
      : error(
          'DECISION_MISSING',
          '/reason',
          'A disqualification needs the number of the decision and what it says, like "Decision 12: short-cut in SS3".',
        ),
};

function given(text: string, move: string): Violation | null {
  if (text !== '') return null;
  return error('REASON_MISSING', '/reason', `Say why the entry goes ${move}: give a reason.`);
}
