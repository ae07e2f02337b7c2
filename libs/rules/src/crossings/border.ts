import type { Fence } from './types.js';

const METRES_PER_DEGREE = 111_195;
/** Numbers of an edge in `edges`: its two ends. */
const EDGE = 4;

/** Where the nearest point of a border is. */
export interface NearestPoint {
  readonly metres: number;
  readonly ring: number;
  /** The way along the ring from its first position to the point, in metres. */
  readonly alongMetres: number;
}

/** Where a straight line meets a border, as fractions of the line from 0 to 1. */
export interface Cuts {
  readonly at: number[];
  /** Pairs: from here to there the line runs on an edge. */
  readonly along: number[];
}

/** The border of one fence, flat in memory, with the few questions that crossings ask of it. */
export class Border {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  private readonly edges: Float64Array;
  /** The ring of each edge. */
  private readonly rings: Uint16Array;
  private readonly ringMetres: number[] = [];
  private readonly metresPerLon: number;

  /** @throws RangeError when a ring has fewer than three positions or one that isn't a number */
  constructor({ id, rings }: Fence) {
    if (rings.length === 0) throw new RangeError(`Fence "${id}" has no ring.`);
    const edges: number[] = [];
    const ringOfEdge: number[] = [];
    for (const [index, ring] of rings.entries()) {
      if (ring.length < 3)
        throw new RangeError(`Fence "${id}": ring ${index} has fewer than three positions.`);
      let from = ring.at(-1) as readonly [number, number];
      for (const to of ring) {
        if (!Number.isFinite(to[0]) || !Number.isFinite(to[1])) {
          throw new RangeError(`Fence "${id}": ring ${index} has a position that isn't two numbers.`);
        }
        // A closed ring repeats its first position, which makes no edge.
        if (from[0] !== to[0] || from[1] !== to[1]) {
          edges.push(from[0], from[1], to[0], to[1]);
          ringOfEdge.push(index);
        }
        from = to;
      }
    }
    this.edges = Float64Array.from(edges);
    this.rings = Uint16Array.from(ringOfEdge);
    const lons = rings.flat().map(([lon]) => lon);
    const lats = rings.flat().map(([, lat]) => lat);
    this.west = Math.min(...lons);
    this.east = Math.max(...lons);
    this.south = Math.min(...lats);
    this.north = Math.max(...lats);
    this.metresPerLon = METRES_PER_DEGREE * Math.cos((((this.south + this.north) / 2) * Math.PI) / 180);
    for (const [edge, ring] of ringOfEdge.entries()) {
      this.ringMetres[ring] = (this.ringMetres[ring] ?? 0) + this.lengthOf(edge * EDGE);
    }
  }

  /** Whether a position is in the fence or on its border, as ST_Covers says it. */
  covers(x: number, y: number): boolean {
    const { edges } = this;
    let isInside = false;
    for (let edge = 0; edge < edges.length; edge += EDGE) {
      const x1 = edges[edge] as number;
      const y1 = edges[edge + 1] as number;
      const x2 = edges[edge + 2] as number;
      const y2 = edges[edge + 3] as number;
      if (y1 > y !== y2 > y) {
        const side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1);
        if (side === 0) return true;
        if (side > 0 === y2 > y1) isInside = !isInside;
      } else if (y1 === y && (x1 === x || (y2 === y && x1 < x !== x2 < x))) return true;
    }
    return isInside;
  }

  /** Adds where the line from a to b meets the border; touching counts. Ends of the line are left out. */
  cut(ax: number, ay: number, bx: number, by: number, cuts: Cuts): void {
    const { edges } = this;
    const dx = bx - ax;
    const dy = by - ay;
    for (let edge = 0; edge < edges.length; edge += EDGE) {
      const px = (edges[edge] as number) - ax;
      const py = (edges[edge + 1] as number) - ay;
      const qx = (edges[edge + 2] as number) - ax;
      const qy = (edges[edge + 3] as number) - ay;
      const p = dx * py - dy * px;
      const q = dx * qy - dy * qx;
      if ((p > 0 && q > 0) || (p < 0 && q < 0)) continue;
      if (p === 0 && q === 0) {
        const length = dx * dx + dy * dy;
        // The tracker stood still: nothing is met on the way.
        if (length === 0) return;
        const start = (px * dx + py * dy) / length;
        const end = (qx * dx + qy * dy) / length;
        addCut(cuts.at, start);
        addCut(cuts.at, end);
        cuts.along.push(Math.min(start, end), Math.max(start, end));
      } else {
        const ex = qx - px;
        const ey = qy - py;
        addCut(cuts.at, (px * ey - py * ex) / (dx * ey - dy * ex));
      }
    }
  }

  /** The point of the border that is nearest to a position. */
  nearest(x: number, y: number): NearestPoint {
    let nearest: NearestPoint = { metres: Number.POSITIVE_INFINITY, ring: 0, alongMetres: 0 };
    let ring = 0;
    let ringFrom = 0;
    for (let edge = 0; edge < this.edges.length; edge += EDGE) {
      if (this.rings[edge / EDGE] !== ring) {
        ring = this.rings[edge / EDGE] as number;
        ringFrom = 0;
      }
      const length = this.lengthOf(edge);
      const px = (x - (this.edges[edge] as number)) * this.metresPerLon;
      const py = (y - (this.edges[edge + 1] as number)) * METRES_PER_DEGREE;
      const ex = ((this.edges[edge + 2] as number) - (this.edges[edge] as number)) * this.metresPerLon;
      const ey = ((this.edges[edge + 3] as number) - (this.edges[edge + 1] as number)) * METRES_PER_DEGREE;
      const share = Math.min(1, Math.max(0, (px * ex + py * ey) / (length * length)));
      const metres = Math.hypot(px - share * ex, py - share * ey);
      if (metres < nearest.metres) nearest = { metres, ring, alongMetres: ringFrom + share * length };
      ringFrom += length;
    }
    return nearest;
  }

  /** The shorter way along the border between two points of it, in metres; infinite between two rings. */
  metresAlong(a: NearestPoint, b: NearestPoint): number {
    if (a.ring !== b.ring) return Number.POSITIVE_INFINITY;
    const along = Math.abs(a.alongMetres - b.alongMetres);
    return Math.min(along, (this.ringMetres[a.ring] as number) - along);
  }

  /** The straight distance between two positions near this fence, in metres. */
  metresBetween(ax: number, ay: number, bx: number, by: number): number {
    return Math.hypot((bx - ax) * this.metresPerLon, (by - ay) * METRES_PER_DEGREE);
  }

  private lengthOf(edge: number): number {
    const { edges } = this;
    return this.metresBetween(
      edges[edge] as number,
      edges[edge + 1] as number,
      edges[edge + 2] as number,
      edges[edge + 3] as number,
    );
  }
}

function addCut(cuts: number[], at: number): void {
  if (at > 0 && at < 1) cuts.push(at);
}
