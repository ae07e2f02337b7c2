import type { RecomputeReason } from './types.js';

/** How urgent a reason is: 1 first; up to 4 it goes with the live ones. */
export interface Urgency {
  /** While the stage is open or running. */
  readonly live: number;
  /** Afterwards. */
  readonly other: number;
}

/**
 * Reasons by urgency. What one crew and its official wait for goes first; what touches hundreds of crews goes last, and
 * what staff have computed again as a whole goes behind that. `control.recompute_reasons` holds the same.
 */
export const RECOMPUTE_REASONS: Readonly<Record<RecomputeReason, Urgency>> = {
  manual_correction: { live: 1, other: 5 },
  position_faulty: { live: 2, other: 5 },
  position_restored: { live: 2, other: 5 },
  start_list_changed: { live: 3, other: 5 },
  device_changed: { live: 3, other: 5 },
  entry_changed: { live: 3, other: 5 },
  penalty_changed: { live: 3, other: 5 },
  rejoin: { live: 3, other: 5 },
  timing_changed: { live: 4, other: 6 },
  waypoint_changed: { live: 8, other: 8 },
  formula_changed: { live: 8, other: 8 },
  geometry_changed: { live: 9, other: 9 },
  replay: { live: 10, other: 10 },
};
