/**
 * Crossings against PostGIS: random lines and random polygons, convex and concave, with and without holes.
 * 20,000 cases; CROSSING_CASES=1000000 asks for more.
 */
import { type Fence, fenceIndex } from '@trm/rules';
import { cloneDatabase, type TestDatabase } from '@trm/testing';

const CASES = Number(process.env['CROSSING_CASES'] ?? 20_000);
const CASES_PER_QUERY = 10_000;
/** So long that a tenth of a second is a ten-billionth of the way. */
const SPAN_MS = 1e12;
/** A share of the way: of the 30 s that fixes may lie apart it is 0.3 microseconds. */
const TOLERANCE = 1e-8;
/** Nearer than this to each other or to an end, two meetings are one point: the fence is only touched. */
const TOUCH = 1e-9;

type Position = readonly [lon: number, lat: number];
interface Case {
  readonly fence: Fence;
  readonly line: readonly [Position, Position];
}
interface Answer {
  readonly n: number;
  readonly isValid: boolean;
  readonly coversStart: boolean;
  readonly coversEnd: boolean;
  /** Where the line meets the border, as shares of it; ends of stretches along it too. */
  readonly meetings: readonly number[];
  /** The stretches of the line that lie in the polygon: from, to, from, to … */
  readonly visits: readonly number[];
}

// Points of an intersection are touches; lines of it are visits.
const QUERY = `
  SELECT n, ST_IsValid(p) AS "isValid", ST_Covers(p, ST_StartPoint(l)) AS "coversStart", ST_Covers(p, ST_EndPoint(l)) AS "coversEnd",
         ARRAY(SELECT ST_LineLocatePoint(l, v.geom)
                 FROM ST_DumpPoints(ST_Intersection(l, ST_Boundary(p))) v) AS meetings,
         ARRAY(SELECT unnest(ARRAY[least(e.a, e.b), greatest(e.a, e.b)])
                 FROM ST_Dump(ST_LineMerge(ST_CollectionExtract(ST_Intersection(l, p), 2))) v,
              LATERAL (SELECT ST_LineLocatePoint(l, ST_StartPoint(v.geom)) AS a, ST_LineLocatePoint(l, ST_EndPoint(v.geom)) AS b) e
                WHERE NOT ST_IsEmpty(v.geom)) AS visits
    FROM (SELECT n, ST_GeomFromText(polygon, 4326) AS p, ST_GeomFromText(line, 4326) AS l
            FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t (polygon, line, n)) c
   ORDER BY n`;

let server: TestDatabase;
beforeAll(async () => {
  server = await cloneDatabase();
});
afterAll(() => server.drop());

describe(`${CASES} random lines and polygons`, () => {
  it('cross where PostGIS says', async () => {
    const random = randomNumbers(20_260_607);
    const wrong: string[] = [];
    const seen = { crossings: 0, touches: 0, visitsWithoutFix: 0, invalid: 0, largestDifference: 0 };
    for (let from = 0; from < CASES; from += CASES_PER_QUERY) {
      const cases = Array.from({ length: Math.min(CASES_PER_QUERY, CASES - from) }, () => randomCase(random));
      const answers = await server.query<Answer>(QUERY, [
        cases.map(({ fence }) => polygonText(fence)),
        cases.map(({ line }) => `LINESTRING(${line.map((position) => position.join(' ')).join(',')})`),
      ]);
      for (const [index, answer] of answers.entries()) {
        // Rounding can let a hole's corner touch its ring, and then nobody says what is inside.
        if (!answer.isValid) seen.invalid += 1;
        else {
          const verdict = compare(cases[index] as Case, answer);
          if (verdict.fault !== null && wrong.length < 5) {
            wrong.push(`${verdict.fault}: ${JSON.stringify({ ...cases[index], answer })}`);
          }
          seen.crossings += verdict.crossings;
          seen.touches += Number(verdict.isTouched);
          seen.visitsWithoutFix += Number(verdict.crossings > 1 && !answer.coversStart && !answer.coversEnd);
          seen.largestDifference = Math.max(seen.largestDifference, verdict.difference);
        }
      }
    }
    process.stderr.write(`${CASES} cases: ${JSON.stringify(seen)}\n`);
    expect(wrong).toEqual([]);
    // The cases are worth something only if all kinds are among them.
    expect(seen.crossings).toBeGreaterThan(CASES / 2);
    expect(seen.touches).toBeGreaterThan(CASES / 100);
    expect(seen.visitsWithoutFix).toBeGreaterThan(CASES / 20);
    expect(seen.invalid).toBeLessThan(CASES / 100);
  }, 1_800_000);
});

/**
 * The rule for what only touches: a visit or an absence shorter than TOUCH is none, and then the numbers of meetings
 * and crossings may differ. Everywhere else each meeting is a crossing.
 */
function compare({ fence, line: [a, b] }: Case, answer: Answer) {
  const index = fenceIndex([fence]);
  const fixOf = ([lon, lat]: Position, atMs: number) => ({ atMs, lon, lat });
  const crossings = index.crossings([fixOf(a, 0), fixOf(b, SPAN_MS)], { jitterMs: 0 });
  const found = crossings.map(({ direction, atMs }) => ({ direction, at: atMs / SPAN_MS }));
  const visits = mergedVisits(answer.visits);
  const expected = visits.flatMap(([from, to]) => [
    ...(from > TOUCH ? [{ direction: 'enter', at: from }] : []),
    ...(to < 1 - TOUCH ? [{ direction: 'exit', at: to }] : []),
  ]);
  const meetings = distinct(answer.meetings);
  const isTouched =
    meetings.length !== expected.length || meetings.some((at) => at <= TOUCH || at >= 1 - TOUCH);
  const difference = Math.max(0, ...found.map(({ at }, i) => Math.abs(at - (expected[i]?.at ?? 2))));
  const coversOf = (position: Position) => index.fencesAt(fixOf(position, 0)).length === 1;
  const faults = {
    'start inside': coversOf(a) !== answer.coversStart,
    'end inside': coversOf(b) !== answer.coversEnd,
    directions:
      found.map(({ direction }) => direction).join(' ') !==
      expected.map(({ direction }) => direction).join(' '),
    times: difference > TOLERANCE,
    meetings: !found.every(({ at }) => meetings.some((meeting) => Math.abs(meeting - at) <= TOLERANCE)),
  };
  const fault = Object.entries(faults).find(([, isWrong]) => isWrong)?.[0] ?? null;
  return { fault, crossings: found.length, isTouched, difference };
}

/** Stretches in order, joined where only a touching point of the border parts them; points are no stretches. */
function mergedVisits(flat: readonly number[]): (readonly [number, number])[] {
  const visits = flat
    .flatMap((from, index) => (index % 2 === 0 ? [[from, flat[index + 1] as number] as const] : []))
    .filter(([from, to]) => to - from > TOUCH)
    .toSorted(([a], [b]) => a - b);
  const merged: (readonly [number, number])[] = [];
  for (const [from, to] of visits) {
    const last = merged.at(-1);
    if (last && from - last[1] <= TOUCH) merged[merged.length - 1] = [last[0], Math.max(last[1], to)];
    else merged.push([from, to]);
  }
  return merged;
}

function distinct(shares: readonly number[]): number[] {
  return shares.toSorted((a, b) => a - b).filter((at, index, all) => at - (all[index - 1] ?? -1) > TOUCH);
}

function polygonText({ rings }: Fence): string {
  const ringText = (ring: readonly Position[]) =>
    `(${[...ring, ring[0] as Position].map((position) => position.join(' ')).join(',')})`;
  return `POLYGON(${rings.map(ringText).join(',')})`;
}

/**
 * A fence of 3 to 24 corners around a place in Albania, 200 m to 4 km across, and a line of a few metres to 10 km near
 * it. A third of the fences are convex; half have a hole. A quarter of the cases lie on a lattice, where lines go
 * through corners and along sides.
 */
function randomCase(random: () => number): Case {
  const between = (low: number, high: number) => low + random() * (high - low);
  if (random() < 0.25) return latticeCase(random);
  const centre: Position = [between(19.3, 21), between(39.7, 42.6)];
  const size = 10 ** between(-3, -1.7);
  const corners = Math.floor(between(3, 25));
  const isConvex = random() < 1 / 3;
  const turn = between(0, 2 * Math.PI);
  // A star around the centre never crosses itself; its inner ring keeps its shape.
  const shares = Array.from({ length: corners }, () => (isConvex ? 1 : between(0.3, 1)));
  const ring = (scale: number): Position[] =>
    shares.map((share, corner) => {
      const angle = turn + (2 * Math.PI * corner) / corners;
      return [
        centre[0] + size * scale * share * Math.cos(angle),
        centre[1] + size * scale * share * Math.sin(angle),
      ];
    });
  const place = (): Position => [
    centre[0] + size * between(-1.2, 1.2),
    centre[1] + size * between(-1.2, 1.2),
  ];
  const start = place();
  const reach = size * 10 ** between(-2, 0.5);
  const heading = between(0, 2 * Math.PI);
  const end: Position = [start[0] + reach * Math.cos(heading), start[1] + reach * Math.sin(heading)];
  return {
    fence: { id: 'fence', rings: random() < 0.5 ? [ring(1)] : [ring(1), ring(between(0.2, 0.8))] },
    line: [start, random() < 0.5 ? place() : end],
  };
}

/** Every coordinate is a whole number of 1024ths of a degree, so that rounding plays no part in who touches whom. */
function latticeCase(random: () => number): Case {
  const step = (low: number, high: number) => (low + Math.floor(random() * (high - low + 1))) / 1024;
  const at = (x: number, y: number): Position => [20 + x, 41 + y];
  const inner = () => step(2, 3);
  const outer = () => step(4, 6);
  const ring = (size: () => number): Position[] => [
    at(-size(), -size()),
    at(step(-1, 1), -size()),
    at(size(), -size()),
    at(size(), step(-1, 1)),
    at(size(), size()),
    at(step(-1, 1), size()),
    at(-size(), size()),
    at(-size(), step(-1, 1)),
  ];
  const place = () => at(step(-7, 7), step(-7, 7));
  const start = place();
  const end = place();
  return {
    fence: { id: 'fence', rings: random() < 0.5 ? [ring(outer)] : [ring(outer), ring(inner)] },
    line: [start, end[0] === start[0] && end[1] === start[1] ? at(1, 1) : end],
  };
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
