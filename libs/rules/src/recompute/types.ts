/** What is computed for an entry in a stage; each needs the ones in front of it. */
export type RecomputeLayer = 'crossings' | 'penalties' | 'results';

/** Why something is recomputed, as staff read it in the request. */
export type RecomputeReason =
  | 'manual_correction'
  | 'position_faulty'
  | 'position_restored'
  | 'start_list_changed'
  | 'device_changed'
  | 'entry_changed'
  | 'penalty_changed'
  | 'rejoin'
  | 'timing_changed'
  | 'waypoint_changed'
  | 'formula_changed'
  | 'geometry_changed'
  | 'replay';

/** A row of the catalogue before and after a change, with the fields that differ; columns as the database names them. */
export interface RowChange {
  readonly table: string;
  readonly operation: 'insert' | 'update' | 'delete';
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly changed: readonly string[];
}

/** Planned or actual starts of one stage that were written, moved or taken away. */
export interface StartsChange {
  readonly stageId: string;
  readonly operation: 'insert' | 'update' | 'delete';
  readonly entryIds: readonly string[];
  /** `target_at`, `actual_at`, `state`. */
  readonly changed: readonly string[];
}

/**
 * Which entries in which stages a change reaches. Only where an entry has starts, only in stages that have opened, and
 * only if something was computed for it or it has sent fixes in that stage: the store of the planner sees to that.
 */
export type RecomputeScope =
  /** Every stage of an entry; with a span, only those in whose time it falls. ISO 8601; null is without end. */
  | {
      readonly kind: 'entry';
      readonly entryId: string;
      readonly from?: string | null;
      readonly to?: string | null;
    }
  /** Every stage of every entry that ever carried a tracker. */
  | { readonly kind: 'device'; readonly deviceId: string }
  /** A stage: these entries, or all of it. */
  | { readonly kind: 'stage'; readonly stageId: string; readonly entryIds?: readonly string[] }
  /** Entries whose starts in a stage differ: in it, and in their other stages near in time that share a geofence with it. */
  | { readonly kind: 'starts'; readonly stageId: string; readonly entryIds: readonly string[] }
  /** All entries in the stages that use one of the geofences, once the named stage has starts: one may end where it begins. */
  | { readonly kind: 'beside-stage'; readonly stageId: string; readonly geofenceIds: readonly string[] }
  /** All entries in the stage of a segment. */
  | { readonly kind: 'segment'; readonly segmentId: string }
  /** Every stage of an event. */
  | { readonly kind: 'event'; readonly eventId: string }
  /** Entries that were near one of the shapes (GeoJSON), in the stages that use the geofence. */
  | {
      readonly kind: 'near-geofence';
      readonly eventId: string;
      readonly geofenceId: string;
      readonly shapes: readonly unknown[];
    }
  /** Entries that were near one of the shapes (GeoJSON), in the stage of the segment. */
  | { readonly kind: 'near-segment'; readonly segmentId: string; readonly shapes: readonly unknown[] };

/** What has to be computed again after a change. */
export interface RecomputePlan {
  readonly reason: RecomputeReason;
  readonly layers: readonly RecomputeLayer[];
  readonly scopes: readonly RecomputeScope[];
}
