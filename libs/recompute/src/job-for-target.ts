/** What a relay knows of a target that it leases. */
export interface LeasedTarget {
  /** What is wanted. */
  readonly generation: number;
  /** Generation of a job that was sent and not heard of; null when none is under way. */
  readonly sentGeneration: number | null;
  readonly queueAttempt: number;
}

/**
 * Which job a target needs. One whose job is still in the queue keeps it, and it gets more time; a job that is gone is
 * sent again as what is wanted now, under another attempt, because the queue remembers ids that it has seen.
 * @param isSentJobThere whether the job that was sent still waits or is worked on
 */
export function jobForTarget(
  { generation, sentGeneration, queueAttempt }: LeasedTarget,
  isSentJobThere: boolean,
): { generation: number; attempt: number; isThere: boolean } {
  if (sentGeneration === null) return { generation, attempt: queueAttempt, isThere: false };
  return isSentJobThere
    ? { generation: sentGeneration, attempt: queueAttempt, isThere: true }
    : { generation, attempt: queueAttempt + 1, isThere: false };
}
