import { jobForTarget } from '../../libs/recompute/src/job-for-target.js';
import { FUTURE, PAST } from './sql-expression.js';
import type { Claimed, Row, Transitions } from './transitions.js';

/** How often each thing may happen that nobody wants; everything else happens as often as it can. */
export interface Bounds {
  readonly requests: number;
  /** Of a relay or of a processor. */
  readonly crashes: number;
  /** FLUSHALL, or another Redis. */
  readonly flushes: number;
  /** A processor that is not heard of for so long that its job goes to another one, while it works on. */
  readonly pauses: number;
  /** An answer of Redis that does not come, though what was asked may have been done. */
  readonly silences: number;
  /** A computation that can't succeed. */
  readonly errors: number;
  /** Whether leases and the time of a job may run out while somebody is still at it. */
  readonly timeouts: boolean;
}

type Left = Omit<Bounds, 'timeouts'>;

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
  | { readonly at: 'taken' | 'begun'; readonly generation: number; readonly attempt: number }
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
  readonly left: Left;
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

export function initialState({ requests, crashes, flushes, pauses, silences, errors }: Bounds): State {
  return {
    row: null,
    jobs: [],
    relays: [IDLE, IDLE],
    processors: [IDLE, IDLE],
    isQueueEmptied: false,
    inputs: 0,
    results: 0,
    written: 0,
    left: { requests, crashes, flushes, pauses, silences, errors },
  };
}

/** All that can happen next. */
export function stepsFrom(state: State, transitions: Transitions, { timeouts }: Bounds): Step[] {
  const steps: Step[] = [];
  const { row, left } = state;
  if (left.requests > 0) {
    steps.push({
      name: 'somebody corrects something',
      isMishap: true,
      to: {
        ...state,
        row: transitions.wish(row),
        inputs: state.inputs + 1,
        left: { ...left, requests: left.requests - 1 },
      },
    });
  }
  if (row === null) return steps;
  if (left.flushes > 0) {
    steps.push({
      name: 'the queue is emptied',
      isMishap: true,
      to: { ...state, jobs: [], isQueueEmptied: true, left: { ...left, flushes: left.flushes - 1 } },
    });
  }
  if (state.isQueueEmptied) {
    steps.push({
      name: 'a relay notices that the queue was emptied',
      to: { ...state, row: transitions.noteTransport(row), isQueueEmptied: false },
    });
  }
  steps.push(...timesRunningOut(state, row, timeouts));
  state.relays.forEach((relay, index) => steps.push(...relaySteps(state, row, relay, index, transitions)));
  state.processors.forEach((processor, index) =>
    steps.push(...processorSteps(state, row, processor, index, transitions)),
  );
  for (const job of state.jobs.filter(({ at }) => at === 'lost')) {
    steps.push({
      name: `job ${nameOf(job)} of a dead processor comes back`,
      to: { ...state, jobs: withJob(state.jobs, { ...job, at: 'waiting' }) },
    });
  }
  return steps;
}

function timesRunningOut(state: State, row: Row, timeouts: boolean): Step[] {
  const steps: Step[] = [];
  if (row.not_before === FUTURE)
    steps.push({ name: 'the second of quiet is over', to: { ...state, row: { ...row, not_before: PAST } } });
  // Without early timeouts they run out only when nobody is at it any more, as they are made for.
  const isRelayAtIt = state.relays.some(({ at }) => at !== 'idle');
  if (row.claim_until === FUTURE && (timeouts || !isRelayAtIt))
    steps.push({ name: 'the lease is over', to: { ...state, row: { ...row, claim_until: PAST } } });
  const isJobAlive =
    state.jobs.some(({ at }) => at !== 'finished') || state.processors.some(({ at }) => at !== 'idle');
  if (row.inflight_until === FUTURE && (timeouts || !isJobAlive))
    steps.push({
      name: 'the time of the job is over',
      to: { ...state, row: { ...row, inflight_until: PAST } },
    });
  return steps;
}

function relaySteps(state: State, row: Row, relay: Relay, index: number, transitions: Transitions): Step[] {
  const name = `relay ${index + 1}`;
  const { left } = state;
  const at = (next: Relay, change: Partial<State> = {}): State => ({
    ...state,
    relays: state.relays.with(index, next),
    ...change,
  });
  const steps: Step[] = [];
  if (relay.at !== 'idle' && left.crashes > 0) {
    steps.push({
      name: `${name} is killed`,
      isMishap: true,
      to: at(IDLE, { left: { ...left, crashes: left.crashes - 1 } }),
    });
  }
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
      if (left.silences > 0) {
        const spent = { ...left, silences: left.silences - 1 };
        for (const queue of new Set([state.jobs, jobs])) {
          steps.push({
            name: `${name} gets no answer about job ${nameOf(relay)}, which is ${queue === state.jobs ? 'not ' : ''}there, and gives the lease back`,
            isMishap: true,
            to: at(IDLE, { row: transitions.release(row, index), jobs: queue, left: spent }),
          });
        }
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
  const { left, jobs } = state;
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
  const steps: Step[] = [];
  const job = nameOf(processor);
  const held = jobs.find((each) => each.at === index);
  const finished = held === undefined ? jobs : withJob(jobs, { ...held, at: 'finished' });
  if (left.crashes > 0) {
    steps.push({
      name: `${name} is killed`,
      isMishap: true,
      to: at(IDLE, {
        jobs: held === undefined ? jobs : withJob(jobs, { ...held, at: 'lost' }),
        left: { ...left, crashes: left.crashes - 1 },
      }),
    });
  }
  if (held !== undefined && left.pauses > 0) {
    steps.push({
      name: `${name} sleeps so long that job ${job} goes to another`,
      isMishap: true,
      to: {
        ...state,
        jobs: withJob(jobs, { ...held, at: 'waiting' }),
        left: { ...left, pauses: left.pauses - 1 },
      },
    });
  }
  if (processor.at !== 'taken' && left.errors > 0) {
    steps.push({
      name: `${name} can't compute job ${job} and gives it up`,
      isMishap: true,
      to: at(IDLE, {
        row: transitions.fail(row, processor.generation),
        jobs: finished,
        left: { ...left, errors: left.errors - 1 },
      }),
    });
  }
  switch (processor.at) {
    case 'taken': {
      const started = transitions.start(row, processor.generation);
      steps.push(
        started === null
          ? { name: `${name} begins job ${job}: nothing to do`, to: at(IDLE, { jobs: finished }) }
          : { name: `${name} begins job ${job}`, to: at({ ...processor, at: 'begun' }, { row: started }) },
      );
      break;
    }
    case 'begun': {
      const wanted = transitions.wanted(row);
      steps.push(
        wanted === null
          ? { name: `${name} reads that nothing is wanted`, to: at(IDLE, { jobs: finished }) }
          : {
              name: `${name} reads that generation ${wanted} is wanted, and all facts`,
              to: at({ ...processor, at: 'computed', wanted, inputs: state.inputs }),
            },
      );
      break;
    }
    case 'computed':
      steps.push(completion(state, row, processor, { name, transitions, at, finished }));
      break;
    default:
  }
  return steps;
}

function completion(
  state: State,
  row: Row,
  { wanted, inputs }: Extract<Processor, { at: 'computed' }>,
  {
    name,
    transitions,
    at,
    finished,
  }: {
    name: string;
    transitions: Transitions;
    at: (next: Processor, change: Partial<State>) => State;
    finished: readonly Job[];
  },
): Step {
  const after = transitions.complete(row, wanted);
  if (typeof after === 'string')
    return {
      name: `${name} completes generation ${wanted}: ${after}, rolled back`,
      to: at(IDLE, { jobs: finished }),
    };
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
    to: at(IDLE, { row: after, jobs: finished, results: inputs, written: wanted }),
    ...(violation !== undefined && { violation }),
  };
}

/** What must hold in every state. @returns the sentence of what does not */
export function violationIn(
  { row, jobs, processors, inputs, results }: State,
  { timeouts, crashes, flushes, pauses, silences }: Bounds,
): string | undefined {
  if (row === null) return undefined;
  if (row.applied_generation > row.generation || row.enqueued_generation > row.generation)
    return 'More is applied or sent than was ever wanted.';
  if (row.applied_generation === row.generation && results !== inputs)
    return 'Everything counts as applied, and a correction is in no result.';
  const isCalm = !timeouts && crashes + flushes + pauses + silences === 0;
  const alive = jobs.filter(({ at }) => at !== 'finished').length;
  if (isCalm && alive > 1) return 'Two jobs of one target are in the queue though nothing went wrong.';
  if (isCalm && processors.every(({ at }) => at !== 'idle'))
    return 'Two processors compute one target though nothing went wrong.';
  return undefined;
}

/** Everything is applied, or stands as failed for staff to see, and nobody is at anything. */
export function isAtRest({ row, relays, processors }: State): boolean {
  return (
    (row === null || row.applied_generation === row.generation || row.state === 'failed') &&
    [...relays, ...processors].every(({ at }) => at === 'idle')
  );
}

/** The same text for the same state. */
export function keyOf({
  row,
  jobs,
  relays,
  processors,
  isQueueEmptied,
  inputs,
  results,
  written,
  left,
}: State): string {
  return [
    row === null ? '-' : Object.values(row).join(),
    jobs.map((job) => Object.values(job).join()).join('/'),
    relays.map((relay) => Object.values(relay).join()).join('/'),
    processors.map((processor) => Object.values(processor).join()).join('/'),
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
