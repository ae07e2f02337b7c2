import { FAULT_CASES } from './cases-of-faults.js';
import { GENERATION_CASES } from './cases-of-generations.js';
import { JOB_CASES } from './cases-of-jobs.js';
import { RESULT_CASES } from './cases-of-results.js';
import type { ConformanceCase } from './conformance-case.js';

export type { ConformanceCase } from './conformance-case.js';

/** All that a processor has to keep, in the order in which it is tried: what kills it comes last. */
export const CONFORMANCE_CASES: readonly ConformanceCase[] = [
  ...GENERATION_CASES,
  ...JOB_CASES,
  ...RESULT_CASES,
  ...FAULT_CASES,
];
