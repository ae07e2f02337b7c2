import { ArrayNotEmpty, ArrayUnique, IsIn, IsInt, IsUUID, Matches, Max, Min } from 'class-validator';
import { UTC_INSTANT } from './patterns.js';

/** Name of the BullMQ queue; its keys begin with the prefix that the processes are configured with. */
export const RECOMPUTE_QUEUE = 'recompute';

export const RECOMPUTE_LAYERS = ['crossings', 'penalties', 'results'] as const;

/** Why something is computed again; see docs/processor-contract.md. */
export const RECOMPUTE_REASON_NAMES = [
  'manual_correction',
  'position_faulty',
  'position_restored',
  'start_list_changed',
  'device_changed',
  'entry_changed',
  'penalty_changed',
  'rejoin',
  'timing_changed',
  'waypoint_changed',
  'formula_changed',
  'geometry_changed',
  'replay',
] as const;

/**
 * A job of the queue: compute this entry in this stage again. It carries keys, no data: the processor reads what holds
 * now, so a job that comes late or twice does no harm.
 */
export class RecomputeJob {
  /** Version of this payload. A processor refuses a version that it does not know. */
  @IsIn([1])
  readonly v = 1;

  @IsUUID()
  readonly entryId!: string;

  @IsUUID()
  readonly stageId!: string;

  /** What was wanted when the job was sent; the processor computes what is wanted when it reads. */
  @IsInt()
  @Min(1)
  readonly generation!: number;

  /** From 0; higher when an earlier job of the same generation was not heard of. */
  @IsInt()
  @Min(0)
  readonly attempt!: number;

  /** What may differ, in the order in which one follows from the other. */
  @IsIn(RECOMPUTE_LAYERS, { each: true })
  @ArrayNotEmpty()
  @ArrayUnique()
  readonly layers!: readonly (typeof RECOMPUTE_LAYERS)[number][];

  @IsIn(RECOMPUTE_REASON_NAMES, { each: true })
  @ArrayNotEmpty()
  @ArrayUnique()
  readonly reasons!: readonly (typeof RECOMPUTE_REASON_NAMES)[number][];

  /** 1 first. */
  @IsInt()
  @Min(1)
  @Max(10)
  readonly priority!: number;

  /** ISO 8601, UTC: since when somebody waits for it. */
  @Matches(UTC_INSTANT)
  readonly requestedAt!: string;
}

/** Id of a job: the same target, generation and attempt is the same job, however often it is sent. */
export function recomputeJobId(job: {
  entryId: string;
  stageId: string;
  generation: number;
  attempt: number;
}): string {
  return `rc-${job.entryId}-${job.stageId}-${job.generation}-${job.attempt}`;
}
