import type { SqlMutant } from '../faults/mutants.js';
import { explore, type Exploration } from './explore.js';
import type { Bounds } from './protocol-model.js';
import { readTransitions } from './transitions.js';

/** Nothing goes wrong. */
export const CALM: Bounds = {
  requests: 2,
  crashes: 0,
  flushes: 0,
  staleLooks: 0,
  pauses: 0,
  silences: 0,
  errors: 0,
  drops: 0,
  forgets: 0,
  steers: 0,
  timeouts: 'late',
};
const PROMPT: Bounds = { ...CALM, timeouts: 'never' };

/** What is looked at in full. "Promptly": nothing waits for the time of a job to run out. */
export const BOUNDS: readonly { readonly name: string; readonly bounds: Bounds }[] = [
  { name: 'five corrections, promptly', bounds: { ...PROMPT, requests: 5 } },
  {
    name: 'two corrections, two crashes, early timeouts',
    bounds: { ...CALM, crashes: 2, timeouts: 'early' },
  },
  {
    name: 'three corrections, a crash, an answer of Redis that does not come, promptly',
    bounds: { ...PROMPT, requests: 3, crashes: 1, silences: 1 },
  },
  {
    name: 'two corrections, the queue emptied, a processor that sleeps, promptly',
    bounds: { ...PROMPT, flushes: 1, pauses: 1 },
  },
  {
    name: 'two corrections, the queue emptied, a crash',
    bounds: { ...CALM, flushes: 1, crashes: 1 },
  },
  {
    name: 'a correction, the queue emptied, early timeouts',
    bounds: { ...CALM, requests: 1, flushes: 1, timeouts: 'early' },
  },
  {
    name: 'two corrections, the queue emptied, another Redis seen late, promptly',
    bounds: { ...PROMPT, flushes: 1, staleLooks: 1 },
  },
  {
    name: 'two corrections, two that can not be computed, a crash, promptly',
    bounds: { ...PROMPT, errors: 2, crashes: 1 },
  },
  {
    name: 'three corrections, given up and tried again, promptly',
    bounds: { ...PROMPT, requests: 3, steers: 2 },
  },
  {
    name: 'two corrections, given up and tried again, one that can not be computed, promptly',
    bounds: { ...PROMPT, steers: 2, errors: 1 },
  },
  { name: 'two corrections, given up and tried again, a crash', bounds: { ...CALM, steers: 2, crashes: 1 } },
  {
    name: 'two corrections, given up or tried again, a crash, a silence, one that can not be computed, promptly',
    bounds: { ...PROMPT, crashes: 1, silences: 1, errors: 1, steers: 1 },
  },
  { name: 'two corrections, the database away, ids forgotten', bounds: { ...CALM, drops: 1, forgets: 1 } },
  { name: 'two corrections, the database away, a crash', bounds: { ...CALM, drops: 1, crashes: 1 } },
];

/** Where a mistake is looked for: the small ones first. */
const BOUNDS_OF_MUTANTS: readonly Bounds[] = [
  { ...CALM, requests: 3 },
  { ...CALM, pauses: 1 },
  { ...CALM, crashes: 1, timeouts: 'early' },
  { ...CALM, flushes: 1, pauses: 1 },
];

/** @returns the first exploration that finds the mistake, else the last one */
export function lookFor(mutant: SqlMutant): Exploration {
  const transitions = readTransitions(mutant);
  let exploration: Exploration | undefined;
  for (const bounds of BOUNDS_OF_MUTANTS) {
    exploration = explore(transitions, bounds);
    if (exploration.violation !== undefined) break;
  }
  return exploration!;
}
