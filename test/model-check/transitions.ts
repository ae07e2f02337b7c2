import { type SqlMutant, sqlFunction } from '../faults/mutants.js';
import { compile, type Expression, LONG_AGO, NOW, type Value } from './sql-expression.js';

/** A row of control.recompute_targets, as far as a step of the protocol depends on it. */
export interface Row {
  readonly generation: number;
  readonly enqueued_generation: number;
  readonly applied_generation: number;
  readonly state: string;
  readonly queue_attempt: number;
  readonly claim_owner: number | null;
  readonly claim_until: number | null;
  readonly inflight_until: number | null;
  readonly not_before: number;
  readonly enqueued_at: number | null;
  readonly started_at: number | null;
}

/** The rest of its columns: written, and looked at by nobody here. */
const OTHERS = new Set([
  'id',
  'entry_id',
  'stage_id',
  'layers',
  'reasons',
  'priority',
  'rank',
  'failures',
  'last_error',
  'first_requested_at',
  'last_requested_at',
  'applied_at',
]);

/** As the defaults of the table make it. */
const NEW_ROW: Row = {
  generation: 1,
  enqueued_generation: 0,
  applied_generation: 0,
  state: 'pending',
  queue_attempt: 0,
  claim_owner: null,
  claim_until: null,
  inflight_until: null,
  not_before: LONG_AGO,
  enqueued_at: null,
  started_at: null,
};

const COLUMNS = new Set([...Object.keys(NEW_ROW), ...OTHERS]);
/** What the model knows of the other columns when it reads one. */
const OTHER_VALUES: Readonly<Record<string, Value>> = {
  id: 1,
  layers: 7,
  reasons: 2,
  priority: 2,
  rank: NOW,
  first_requested_at: NOW,
  failures: 0,
  last_error: null,
};

/** What a relay knows of a target that it has leased. */
export interface Claimed {
  readonly generation: number;
  readonly queueAttempt: number;
  readonly sentGeneration: number | null;
}

/** The steps that a row can take: read from the functions of db-init, so they are what the database does. */
export interface Transitions {
  /** @param row null when nobody has asked before */
  wish(row: Row | null): Row;
  /** @returns null when it can't be leased now */
  claim(row: Row, relay: number): { row: Row; claimed: Claimed } | null;
  /** @returns null when it is not this relay's any more */
  mark(row: Row, relay: number, generation: number, attempt: number): Row | null;
  release(row: Row, relay: number): Row;
  noteTransport(row: Row): Row;
  /** @returns null when there is nothing to do */
  start(row: Row, generation: number): Row | null;
  wanted(row: Row): number | null;
  complete(row: Row, generation: number): Row | 'done before' | 'refused';
  fail(row: Row, generation: number): Row;
  /** Nobody else waits for it. @returns null when there is nothing to give up */
  cancel(row: Row): Row | null;
  /** @returns null when there is nothing to try again */
  retry(row: Row): Row | null;
}

/** Reads them. @throws Error when the SQL holds anything that is not understood, so that nothing is left out unseen */
export function readTransitions(mutant?: SqlMutant): Transitions {
  const of = (name: string) => new Reader(name, sqlFunction(`control.${name}`, mutant));
  const request = of('request_recompute');
  const wish = request.sets('DO UPDATE SET', 'RETURNING t.id');
  const isClaimable = of('is_claimable').condition('SELECT ', '\n$$');
  const claim = of('claim_recompute');
  const [from, until] = ['FROM control.recompute_targets t\n        WHERE ', 'AND control.is_claimable(t)'];
  const isUnheard = claim.condition(from, until);
  const isUnsent = claim.condition(from, until, '', 2);
  const lease = claim.sets('UPDATE control.recompute_targets t SET', 'WHERE t.id');
  const sent = claim.expression('t.first_requested_at, ', 'FROM leased');
  // Of the arrays only what is of this target.
  const mark = of('mark_recompute_queued').replacing({
    'generations[array_position(ids, t.id)]': 'generation',
    'attempts[array_position(ids, t.id)]': 'attempt',
  });
  const isMine = mark.condition('WHERE t.id = ANY (ids) AND ', 'FOR UPDATE');
  const marks = mark.sets('UPDATE control.recompute_targets t SET', 'WHERE t.id');
  const release = of('release_recompute');
  const isReleased = release.condition('WHERE r.id = ANY (ids) AND ', 'FOR UPDATE');
  const releases = release.sets('UPDATE control.recompute_targets t SET', 'WHERE');
  const transport = of('note_recompute_transport');
  const wasUnderWay = transport.condition('WHERE r.', 'ORDER BY', 'r.');
  const forgets = transport.sets('UPDATE control.recompute_targets t SET', 'WHERE');
  const start = of('start_recompute');
  const mayStart = start.condition('AND t.applied_generation', 'RETURNING', 't.applied_generation');
  const starts = start.sets('UPDATE control.recompute_targets t SET', 'WHERE');
  const isWanted = of('recompute_wanted').condition(
    'AND t.applied_generation',
    '\n$$',
    't.applied_generation',
  );
  const complete = of('complete_recompute');
  const isUnknown = complete.condition('IF NOT FOUND OR ', 'THEN');
  const isOvertaken = complete.condition('ELSIF ', 'THEN');
  const isDone = complete.condition('ELSIF ', 'THEN\n    RETURN false', '', 2);
  const completes = complete.sets('UPDATE control.recompute_targets r SET', 'WHERE r.id');
  const fail = of('fail_recompute');
  const mayNotFail = fail.condition('IF NOT FOUND OR ', 'THEN');
  const fails = fail.sets('UPDATE control.recompute_targets r SET', 'WHERE r.id');
  const cancel = of('cancel_recompute');
  const mayCancel = cancel.condition('WHERE t.id = ANY (given_up) AND', 'AND NOT EXISTS');
  const cancels = cancel.sets('UPDATE control.recompute_targets t SET', 'WHERE');
  const retry = of('retry_recompute');
  const mayRetry = retry.condition(
    'WHERE k.target_id = t.id AND k.request_id = of_request AND t.state',
    'RETURNING',
    't.state',
  );
  const retries = retry.sets(
    'UPDATE control.recompute_targets t SET',
    'FROM control.recompute_request_targets',
  );

  const duration = 1;
  const asked = {
    'why.live': 2,
    'why.bit': 2,
    'excluded.layers': 7,
    'excluded.reasons': 2,
    'excluded.priority': 2,
    'excluded.rank': NOW,
  };
  return {
    wish: (row) => (row === null ? NEW_ROW : wish(row, asked)),
    claim: (row, relay) =>
      (isUnheard(row, { at: NOW }) || isUnsent(row, {})) && isClaimable(row, {})
        ? {
            row: lease(row, { relay, lease: duration }),
            claimed: {
              generation: row.generation,
              queueAttempt: row.queue_attempt,
              sentGeneration: sent({ row: { ...OTHER_VALUES, ...row }, given: {} }) as number | null,
            },
          }
        : null,
    mark: (row, relay, generation, attempt) =>
      isMine(row, { relay }) ? marks(row, { visible: duration, generation, attempt }) : null,
    release: (row, relay) => (isReleased(row, { relay }) ? releases(row, {}) : row),
    noteTransport: (row) => (wasUnderWay(row, {}) ? forgets(row, {}) : row),
    start: (row, generation) =>
      mayStart(row, { of_generation: generation }) ? starts(row, { visible: duration }) : null,
    wanted: (row) => (isWanted(row, {}) ? row.generation : null),
    complete: (row, generation) => {
      const given = { of_generation: generation };
      if (isUnknown(row, given) || isOvertaken(row, given)) return 'refused';
      return isDone(row, given) ? 'done before' : completes(row, given);
    },
    fail: (row, generation) => {
      const given = { of_generation: generation, of_error: 'error' };
      return mayNotFail(row, given) ? row : fails(row, given);
    },
    cancel: (row) => (mayCancel(row, {}) ? cancels(row, {}) : null),
    retry: (row) => (mayRetry(row, {}) ? retries(row, {}) : null),
  };
}

/** Takes parts out of a function; a part that is not there is an error. */
class Reader {
  constructor(
    private readonly name: string,
    private readonly text: string,
  ) {}

  /** @param names how the model calls what the function writes in many words; each has to be there */
  replacing(names: Readonly<Record<string, string>>): Reader {
    const text = Object.entries(names).reduce((all, [from, to]) => {
      if (!all.includes(from)) throw new Error(`${this.name} has changed: there is no "${from}" any more.`);
      return all.replaceAll(from, to);
    }, this.text);
    return new Reader(this.name, text);
  }

  /** @param occurrence which of several, from 1 */
  private part(from: string, to: string, occurrence = 1): string {
    let start = -1;
    for (let n = 0; n < occurrence; n += 1) start = this.text.indexOf(from, start + 1);
    const end = this.text.indexOf(to, start + from.length);
    if (start < 0 || end < 0)
      throw new Error(
        `${this.name} has changed: there is no "${from}" … "${to}" any more. Look at the model.`,
      );
    return this.text.slice(start + from.length, end);
  }

  expression(from: string, to: string, prefix = '', occurrence = 1): Expression {
    return compile(prefix + this.part(from, to, occurrence), this.name, COLUMNS);
  }

  condition(from: string, to: string, prefix = '', occurrence = 1) {
    const text = (prefix + this.part(from, to, occurrence)).trim().replace(/\s+AND$/, '');
    const expression = compile(text, this.name, COLUMNS);
    return (row: Row, given: Readonly<Record<string, Value>>) =>
      expression({ row: { ...OTHER_VALUES, ...row }, given }) === true;
  }

  /** A list of `column = expression`, as one step. */
  sets(from: string, to: string) {
    const assignments = splitList(this.part(from, to)).map((text) => {
      const [, column = '', expression = ''] = /^\s*(\w+)\s*=([\s\S]*)$/.exec(text) ?? [];
      if (!COLUMNS.has(column)) throw new Error(`${this.name}: not understood: ${text}`);
      return [column, compile(expression, this.name, COLUMNS)] as const;
    });
    const kept = assignments.filter(([column]) => !OTHERS.has(column));
    return (row: Row, given: Readonly<Record<string, Value>>): Row => {
      const scope = { row: { ...OTHER_VALUES, ...row }, given };
      return { ...row, ...Object.fromEntries(kept.map(([column, value]) => [column, value(scope)])) };
    };
  }
}

/** At the commas that are in no parentheses and in no CASE. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const piece of text.replaceAll(/--[^\n]*/g, '').split(/(\bCASE\b|\bEND\b|[(),])/)) {
    if (piece === '(' || piece === 'CASE') depth += 1;
    if (piece === ')' || piece === 'END') depth -= 1;
    if (piece === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else {
      part += piece;
    }
  }
  return [...parts, part];
}
