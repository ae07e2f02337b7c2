/** One position of a track, as a tracker sent it. WGS 84, degrees. */
export interface Fix {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly atMs: number;
  readonly lat: number;
  readonly lon: number;
}

/**
 * A control on the map: a polygon with optional holes, as GeoJSON and PostGIS write it. Longitude and latitude are
 * taken as plane coordinates, like `geometry(Polygon, 4326)` does; edges are straight lines in them.
 */
export interface Fence {
  readonly id: string;
  /** The outer ring, then holes; each at least a triangle. The last position may repeat the first. */
  readonly rings: readonly (readonly (readonly [lon: number, lat: number])[])[];
}

/** The instant at which a track enters or leaves a fence. */
export interface Crossing {
  readonly fenceId: string;
  readonly direction: 'enter' | 'exit';
  /** Interpolated between two fixes, rounded to the tenth of a second. */
  readonly atMs: number;
  /** The time between the two fixes around it. On a fix that lies on the border itself: the longer of both sides. */
  readonly gapMs: number;
  /** The fixes are so far apart that the instant is only an estimate, which an official should verify. */
  readonly isBridged: boolean;
}

/** What counts as a crossing. */
export interface CrossingOptions {
  /**
   * Two crossings of a fence closer together than this may be jitter, in milliseconds; 0 reports every crossing.
   * The default of 3 s is two fixes of a tracker that sends each second, and less than a walker needs to go
   * 10 m in and out again.
   */
  readonly jitterMs?: number;
  /**
   * How far from the border a short visit is still jitter, in metres. The default of 10 m is three times the usual
   * error of a consumer receiver under open sky (2–4 m).
   */
  readonly jitterMetres?: number;
  /**
   * Fixes further apart than this bridge a gap, in milliseconds. In the default of 30 s a car on a special stage goes
   * up to 1 km, and the straight line between the fixes says little about its road.
   */
  readonly maxGapMs?: number;
}

/** Fences made ready for many tracks: a stage's fences are the same for all its entries. */
export interface FenceIndex {
  /** @see findCrossings */
  crossings(fixes: readonly Fix[], options?: CrossingOptions): Crossing[];
  /** The ids of the fences that cover a position, in the order given; the border belongs to the fence. */
  fencesAt(position: { readonly lat: number; readonly lon: number }): string[];
}
