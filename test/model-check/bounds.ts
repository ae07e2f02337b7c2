import type { SqlMutant } from '../faults/mutants.js';
import { explore, type Exploration } from './explore.js';
import type { Bounds } from './protocol-model.js';
import { readTransitions } from './transitions.js';

const NONE: Bounds = {
  requests: 2,
  crashes: 0,
  flushes: 0,
  pauses: 0,
  silences: 0,
  errors: 0,
  timeouts: false,
};

/** What is looked at in full. */
export const BOUNDS: readonly { readonly name: string; readonly bounds: Bounds }[] = [
  { name: 'five corrections, nothing goes wrong', bounds: { ...NONE, requests: 5 } },
  { name: 'two corrections, two crashes, early timeouts', bounds: { ...NONE, crashes: 2, timeouts: true } },
  {
    name: 'three corrections, a crash, an answer of Redis that does not come',
    bounds: { ...NONE, requests: 3, crashes: 1, silences: 1 },
  },
  {
    name: 'two corrections, the queue emptied, a processor that sleeps',
    bounds: { ...NONE, flushes: 1, pauses: 1 },
  },
  { name: 'two corrections, the queue emptied, a crash', bounds: { ...NONE, flushes: 1, crashes: 1 } },
  {
    name: 'a correction, the queue emptied, early timeouts',
    bounds: { ...NONE, requests: 1, flushes: 1, timeouts: true },
  },
  {
    name: 'two corrections, one that can not be computed, a crash',
    bounds: { ...NONE, errors: 1, crashes: 1 },
  },
];

/** Where a mistake is looked for: the small ones first. */
const BOUNDS_OF_MUTANTS: readonly Bounds[] = [
  { ...NONE, requests: 3 },
  { ...NONE, pauses: 1 },
  { ...NONE, crashes: 1, timeouts: true },
  { ...NONE, flushes: 1, pauses: 1 },
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
