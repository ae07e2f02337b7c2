import { jobForTarget } from '../../libs/recompute/src/job-for-target.js';
import { FUTURE, PAST } from './sql-expression.js';
import type { Claimed, Row, Transitions } from './transitions.js';

/** How often each thing may happen that nobody wants or can count on; everything else happens as often as it can. */
export interface Bounds {
  readonly requests: number;
  /** Of a relay or of a processor. */
  readonly crashes: number;
  /** FLUSHALL, or another Redis. */
  readonly flushes: number;
  /** A relay that says late which Redis it has seen, when another has told of a newer one. */
  readonly staleLooks: number;
  /** A processor that is not heard of for so long that its job goes to another one, while it works on. */
  readonly pauses: number;
  /** An answer of Redis that does not come, though what was asked may have been done. */
  readonly silences: number;
  /** A computation that can't succeed. */
  readonly errors: number;
  /** A job whose attempts the queue has used up while the database was away, so that nobody could say so. */
  readonly drops: number;
  /** A finished job whose id the queue forgets, so that it takes the same one again. */
  readonly forgets: number;
  /** Staff give up what is waited for, or try again what failed or was given up. */
  readonly steers: number;
  /**
   * When the time of a job, and the lease of a relay, run out: `early` also while somebody is still at it, `late` only
   * when nobody is; `never` the job's: then everything has to come to its end without waiting for that, promptly.
   */
  readonly timeouts: 'early' | 'late' | 'never';
}

type Mishap = Exclude<keyof Bounds, 'timeouts'>;

/** With one of these, two jobs of one target may be in the queue; nothing is computed twice for all that. */
const DISTURBING = ['crashes', 'flushes', 'staleLooks', 'pauses', 'silences', 'drops', 'steers'] as const;

/** A job of the queue; `holder` is the processor that works on it, or 'lost' when that one is dead. */
interface Job {
  readonly generation: number;
  readonly attempt: number;
  readonly at: 'waiting' | 'finished' | 'lost' | number;
}

type Relay =
  | { readonly at: 'idle' }
  | ({ readonly at: 'leased' } & Claimed)
  | {
      readonly at: 'looked' | 'sent';
      readonly generation: number;
      readonly attempt: number;
      readonly isThere: boolean;
    };

type Processor =
  | { readonly at: 'idle' }
  /** `told`: the database knows how it ended, the queue does not yet. */
  | { readonly at: 'taken' | 'begun' | 'told'; readonly generation: number; readonly attempt: number }
  | {
      readonly at: 'computed';
      readonly generation: number;
      readonly attempt: number;
      readonly wanted: number;
      /** Which corrections its snapshot has seen. */
      readonly inputs: number;
    };

/** One target, its queue, two relays, two processors. */
export interface State {
  readonly row: Row | null;
  readonly jobs: readonly Job[];
  readonly relays: readonly Relay[];
  readonly processors: readonly Processor[];
  readonly isQueueEmptied: boolean;
  /** Corrections that were made, and those that the results have seen. */
  readonly inputs: number;
  readonly results: number;
  /** Highest generation that results were written for. */
  readonly written: number;
  /** What may still happen. */
  readonly left: Bounds;
}

export interface Step {
  /** In words. */
  readonly name: string;
  readonly to: State;
  /** What must not happen has: the sentence. */
  readonly violation?: string;
  /** Nobody can count on it to happen. */
  readonly isMishap?: boolean;
}

const IDLE = { at: 'idle' } as const;

export function initialState(bounds: Bounds): State {
  return {
    row: null,
    jobs: [],
    relays: [IDLE, IDLE],
    processors: [IDLE, IDLE],
    isQueueEmptied: false,
    inputs: 0,
    results: 0,
    written: 0,
    left: bounds,
  };
}

/** All that can happen next. */
export function stepsFrom(state: State, transitions: Transitions): Step[] {
  const { row } = state;
  const steps: Step[] = mishap(state, 'requests', 'somebody corrects something', {
    row: transitions.wish(row),
    inputs: state.inputs + 1,
  });
  if (row === null) return steps;
  steps.push(
    ...steering(state, row, transitions),
    ...mishap(state, 'flushes', 'the queue is emptied', { jobs: [], isQueueEmptied: true }),
    ...mishap(state, 'staleLooks', 'a relay tells late of a Redis of before', {
      row: transitions.noteTransport(row),
    }),
    ...timesRunningOut(state, row),
  );
  if (state.isQueueEmptied) {
    steps.push({
      name: 'a relay notices that the queue was emptied',
      to: { ...state, row: transitions.noteTransport(row), isQueueEmptied: false },
    });
  }
  state.relays.forEach((relay, index) => steps.push(...relaySteps(state, row, relay, index, transitions)));
  state.processors.forEach((processor, index) =>
    steps.push(...processorSteps(state, row, processor, index, transitions)),
  );
  for (const job of state.jobs) {
    if (job.at === 'lost')
      steps.push({
        name: `job ${nameOf(job)} of a dead processor comes back`,
        to: { ...state, jobs: withJob(state.jobs, { ...job, at: 'waiting' }) },
      });
    if (job.at === 'finished')
      steps.push(
        ...mishap(state, 'forgets', `the queue forgets job ${nameOf(job)}`, {
          jobs: state.jobs.filter((each) => !isSame(each, job)),
        }),
      );
  }
  return row.state === 'failed' || row.state === 'cancelled' ? steps.map(staysGivenUp) : steps;
}

/** One that happens as often as the bounds let it, and that nobody can count on. */
function mishap(state: State, kind: Mishap, name: string, change: Partial<State>): Step[] {
  const { left } = state;
  if (left[kind] === 0) return [];
  return [{ name, isMishap: true, to: { ...state, ...change, left: { ...left, [kind]: left[kind] - 1 } } }];
}

function steering(state: State, row: Row, transitions: Transitions): Step[] {
  const given = transitions.cancel(row);
  const again = transitions.retry(row);
  return [
    ...(given === null ? [] : mishap(state, 'steers', 'staff give it up', { row: given })),
    ...(again === null ? [] : mishap(state, 'steers', 'staff try it again', { row: again })),
  ];
}

/** What failed or was given up stays so until somebody asks for it. */
function staysGivenUp(step: Step): Step {
  const { name, to, violation } = step;
  const isTakenUp = to.row?.state === 'pending' || to.row?.state === 'queued';
  if (violation !== undefined || !isTakenUp || /^(somebody corrects|staff try)/.test(name)) return step;
  return { ...step, violation: 'What failed or was given up is taken up again, though nobody asked for it.' };
}

function timesRunningOut(state: State, row: Row): Step[] {
  const { timeouts } = state.left;
  const steps: Step[] = [];
  if (row.not_before === FUTURE)
    steps.push({ name: 'the second of quiet is over', to: { ...state, row: { ...row, not_before: PAST } } });
  const isRelayAtIt = state.relays.some(({ at }) => at !== 'idle');
  if (row.claim_until === FUTURE && (timeouts === 'early' || !isRelayAtIt))
    steps.push({ name: 'the lease is over', to: { ...state, row: { ...row, claim_until: PAST } } });
  const isJobAlive =
    state.jobs.some(({ at }) => at !== 'finished') || state.processors.some(({ at }) => at !== 'idle');
  if (row.inflight_until === FUTURE && (timeouts === 'early' || (timeouts === 'late' && !isJobAlive)))
    steps.push({
      name: 'the time of the job is over',
      to: { ...state, row: { ...row, inflight_until: PAST } },
    });
  return steps;
}

function relaySteps(state: State, row: Row, relay: Relay, index: number, transitions: Transitions): Step[] {
  const name = `relay ${index + 1}`;
  const at = (next: Relay, change: Partial<State> = {}): State => ({
    ...state,
    relays: state.relays.with(index, next),
    ...change,
  });
  const steps: Step[] =
    relay.at === 'idle' ? [] : mishap(state, 'crashes', `${name} is killed`, { relays: at(IDLE).relays });
  switch (relay.at) {
    case 'idle': {
      const leased = transitions.claim(row, index);
      if (leased === null) break;
      const isTaken = row.claim_until === FUTURE;
      const isUnderWay = row.inflight_until === FUTURE && row.enqueued_generation > row.applied_generation;
      steps.push({
        name: `${name} leases the target`,
        to: at({ at: 'leased', ...leased.claimed }, { row: leased.row }),
        ...(isTaken && { violation: 'A target is leased while another relay leases it: two send the same.' }),
        ...(isUnderWay && { violation: 'A target is leased while a job of it is under way in its time.' }),
      });
      break;
    }
    case 'leased': {
      const isThere = state.jobs.some(
        (job) =>
          job.generation === relay.sentGeneration &&
          job.attempt === relay.queueAttempt &&
          job.at !== 'finished',
      );
      const job = jobForTarget(relay, isThere);
      steps.push({
        name: `${name} looks at the queue and decides on job ${nameOf(job)}${job.isThere ? ', which is there' : ''}`,
        to: at({ at: 'looked', ...job }),
      });
      break;
    }
    case 'looked': {
      const { generation, attempt, isThere } = relay;
      const jobs = isThere ? state.jobs : added(state.jobs, { generation, attempt });
      steps.push({
        name: `${name} puts job ${nameOf(relay)} into the queue`,
        to: at({ ...relay, at: 'sent' }, { jobs }),
      });
      for (const queue of new Set([state.jobs, jobs])) {
        const what = `${name} gets no answer about job ${nameOf(relay)}, which is ${queue === state.jobs ? 'not ' : ''}there, and gives the lease back`;
        steps.push(
          ...mishap(state, 'silences', what, at(IDLE, { row: transitions.release(row, index), jobs: queue })),
        );
      }
      break;
    }
    case 'sent': {
      const marked = transitions.mark(row, index, relay.generation, relay.attempt);
      steps.push({
        name: `${name} notes that job ${nameOf(relay)} is in the queue${marked === null ? ', too late' : ''}`,
        to: at(IDLE, { row: marked ?? row }),
        ...(marked !== null &&
          row.claim_owner !== index && {
            violation:
              'A relay notes a job as sent that it does not lease any more: what another one sends is forgotten.',
          }),
      });
      break;
    }
    default:
  }
  return steps;
}

function processorSteps(
  state: State,
  row: Row,
  processor: Processor,
  index: number,
  transitions: Transitions,
): Step[] {
  const name = `processor ${index + 1}`;
  const { jobs } = state;
  const at = (next: Processor, change: Partial<State> = {}): State => ({
    ...state,
    processors: state.processors.with(index, next),
    ...change,
  });
  if (processor.at === 'idle') {
    return jobs
      .filter((job) => job.at === 'waiting')
      .map((job) => ({
        name: `${name} takes job ${nameOf(job)}`,
        to: at(
          { at: 'taken', generation: job.generation, attempt: job.attempt },
          { jobs: withJob(jobs, { ...job, at: index }) },
        ),
      }));
  }
  const job = nameOf(processor);
  const held = jobs.find((each) => each.at === index);
  const released = (as: Job['at']) => (held === undefined ? jobs : withJob(jobs, { ...held, at: as }));
  const told = { at: 'told', generation: processor.generation, attempt: processor.attempt } as const;
  const steps: Step[] = mishap(state, 'crashes', `${name} is killed`, at(IDLE, { jobs: released('lost') }));
  if (held !== undefined)
    steps.push(
      ...mishap(state, 'pauses', `${name} sleeps so long that job ${job} goes to another`, {
        jobs: released('waiting'),
      }),
    );
  if (processor.at === 'begun' || processor.at === 'computed')
    steps.push(
      ...mishap(
        state,
        'errors',
        `${name} can't compute job ${job} and writes that down`,
        at(told, { row: transitions.fail(row, processor.generation) }),
      ),
    );
  if (processor.at !== 'told')
    steps.push(
      ...mishap(
        state,
        'drops',
        `${name} can't reach the database; the queue gives job ${job} up`,
        at(IDLE, { jobs: released('finished') }),
      ),
    );
  switch (processor.at) {
    case 'taken': {
      const started = transitions.start(row, processor.generation);
      steps.push(
        started === null
          ? { name: `${name} begins job ${job}: nothing to do`, to: at(told) }
          : { name: `${name} begins job ${job}`, to: at({ ...processor, at: 'begun' }, { row: started }) },
      );
      break;
    }
    case 'begun': {
      const wanted = transitions.wanted(row);
      steps.push(
        wanted === null
          ? { name: `${name} reads that nothing is wanted`, to: at(told) }
          : {
              name: `${name} reads that generation ${wanted} is wanted, and all facts`,
              to: at({ ...processor, at: 'computed', wanted, inputs: state.inputs }),
            },
      );
      break;
    }
    case 'computed':
      steps.push(completion(state, row, processor, name, transitions, (change) => at(told, change)));
      break;
    case 'told':
      steps.push({
        name: `${name} tells the queue that job ${job} is done`,
        to: at(IDLE, { jobs: released('finished') }),
      });
      break;
    default:
  }
  return steps;
}

function completion(
  state: State,
  row: Row,
  { wanted, inputs }: Extract<Processor, { at: 'computed' }>,
  name: string,
  transitions: Transitions,
  told: (change: Partial<State>) => State,
): Step {
  const after = transitions.complete(row, wanted);
  if (typeof after === 'string')
    return { name: `${name} completes generation ${wanted}: ${after}, rolled back`, to: told({}) };
  const violation =
    wanted === state.written
      ? `Results of generation ${wanted} are written twice.`
      : wanted < state.written
        ? `Results of generation ${wanted} are written over those of ${state.written}.`
        : inputs < state.results
          ? 'Older results are written over newer ones.'
          : row.inflight_until === FUTURE &&
              after.inflight_until === null &&
              after.applied_generation < after.enqueued_generation
            ? 'A completion ends the time of a newer job: that one is taken for lost.'
            : undefined;
  return {
    name: `${name} completes generation ${wanted}`,
    to: told({ row: after, results: inputs, written: wanted }),
    ...(violation !== undefined && { violation }),
  };
}

/** What must hold in every state. @returns the sentence of what does not */
export function violationIn(
  { row, jobs, processors, inputs, results }: State,
  bounds: Bounds,
): string | undefined {
  if (row === null) return undefined;
  if (row.applied_generation > row.generation || row.enqueued_generation > row.generation)
    return 'More is applied or sent than was ever wanted.';
  if (row.applied_generation === row.generation && results !== inputs)
    return 'Everything counts as applied, and a correction is in no result.';
  if (bounds.timeouts === 'early' || DISTURBING.some((kind) => bounds[kind] > 0)) return undefined;
  const isOver = ({ at }: Job) =>
    at === 'finished' || (typeof at === 'number' && processors[at]?.at === 'told');
  if (jobs.filter((job) => !isOver(job)).length > 1)
    return 'Two jobs of one target are in the queue though nothing went wrong.';
  if (processors.every(({ at }) => at !== 'idle' && at !== 'told'))
    return 'Two processors compute one target though nothing went wrong.';
  return undefined;
}

/** Everything is applied, or stands as failed or given up for staff to see, and nobody is at anything. */
export function isAtRest({ row, relays, processors }: State): boolean {
  return (
    (row === null ||
      row.applied_generation === row.generation ||
      row.state === 'failed' ||
      row.state === 'cancelled') &&
    [...relays, ...processors].every(({ at }) => at === 'idle')
  );
}

/** The same text for the same state; which of two relays or processors is which makes no difference. */
export function keyOf(state: State): string {
  const { row, jobs, relays, processors, isQueueEmptied, inputs, results, written, left } = state;
  const { claim_owner: owner, ...facts } = row ?? { claim_owner: null };
  const held = (index: number) => jobs.find((job) => job.at === index);
  return [
    Object.values(facts).join(),
    jobs.map(({ at, ...job }) => `${nameOf(job)}${typeof at === 'number' ? 'held' : at}`).join('/'),
    relays
      .map((relay, index) => `${Object.values(relay).join()}${owner === index ? '*' : ''}`)
      .toSorted()
      .join('/'),
    processors
      .map((processor, index) => {
        const job = held(index);
        return `${Object.values(processor).join()}${job === undefined ? '' : `:${nameOf(job)}`}`;
      })
      .toSorted()
      .join('/'),
    Number(isQueueEmptied),
    inputs,
    results,
    written,
    Object.values(left).join(),
  ].join(';');
}

function nameOf({ generation, attempt }: { generation: number; attempt: number }): string {
  return `${generation}-${attempt}`;
}

function isSame(a: Pick<Job, 'generation' | 'attempt'>, b: Pick<Job, 'generation' | 'attempt'>): boolean {
  return a.generation === b.generation && a.attempt === b.attempt;
}

/** In the order of their ids, so that the same queue is the same state. */
function withJob(jobs: readonly Job[], job: Job): readonly Job[] {
  return [...jobs.filter((each) => !isSame(each, job)), job].toSorted(
    (a, b) => a.generation - b.generation || a.attempt - b.attempt,
  );
}

/** An id that the queue has seen is ignored, whatever became of its job. */
function added(jobs: readonly Job[], job: Pick<Job, 'generation' | 'attempt'>): readonly Job[] {
  return jobs.some((each) => isSame(each, job)) ? jobs : withJob(jobs, { ...job, at: 'waiting' });
}
