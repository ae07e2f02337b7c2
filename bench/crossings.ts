/**
 * What does it cost to find the crossings of one entry's stage: 10,000 fixes and 100 fences?
 *   1. The geometry alone, on fixes in memory: median of 15 rounds, with the index of the fences made once.
 *   2. In interleaved rounds on a database: read the fixes and find the crossings here, against one PostGIS query
 *      that finds segments between fixes which meet a border and where. Both find the same crossings.
 *   3. Print milliseconds and the ratio of the pairs; figures are of this machine, ratios are of the code.
 */
import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { Database } from '@trm/platform';
import { type Crossing, type Fence, fenceIndex, type Fix } from '@trm/rules';
import { cloneDatabase } from '@trm/testing';

const FIXES = 10_000;
const FENCES = 100;
const CORNERS = 24;
const WARM_UP = 20;
const ROUNDS = 15;
const START = Date.parse('2026-06-07T05:00:00Z');
const IMEI = '001001010000013';

/** A winding road of 200 km at 72 km/h, with a fence of 300 m across on it or up to 1 km beside it. */
const place = (second: number): readonly [lon: number, lat: number] => [
  19.8 + (second / FIXES) * 1.2 + 0.05 * Math.sin(second / 400),
  41.3 + 0.4 * Math.sin(second / 1700) + 0.02 * Math.cos(second / 230),
];
const fixes = Array.from({ length: FIXES }, (_, second): Fix => {
  const [lon, lat] = place(second);
  return { atMs: START + second * 1000, lon, lat };
});
const fences = Array.from({ length: FENCES }, (_, index): Fence => {
  const [lon, lat] = place((index * FIXES) / FENCES + 37);
  const aside = (((index * 37) % 21) - 10) / 1000;
  const ring = Array.from({ length: CORNERS }, (_, corner): [number, number] => {
    const angle = (2 * Math.PI * corner) / CORNERS;
    return [lon + 0.0018 * Math.cos(angle), lat + aside + 0.00135 * Math.sin(angle)];
  });
  return { id: `fence-${String(index).padStart(3, '0')}`, rings: [ring] };
});

const READ_FIXES = `
  SELECT (extract(epoch FROM ts) * 1000)::float8 AS "atMs", lat, lon FROM positions
   WHERE device_id = $1 AND NOT faulty AND ts BETWEEN $2 AND $3 ORDER BY ts`;

// Each way between two fixes is cut by the border; a place where the side changes is a crossing.
const BY_POSTGIS = `
  WITH way AS (
    SELECT ts, next_ts, ST_MakeLine(geom, next_geom) AS line
      FROM (SELECT ts, geom, lead(ts) OVER w AS next_ts, lead(geom) OVER w AS next_geom
              FROM positions WHERE device_id = $1 AND NOT faulty AND ts BETWEEN $2 AND $3
            WINDOW w AS (ORDER BY ts)) f
     WHERE next_ts IS NOT NULL)
  SELECT f.id AS "fenceId", ST_LineLocatePoint(w.line, cut.geom) AS share, w.ts, w.next_ts
    FROM way w
    JOIN fences f ON ST_Intersects(f.border, w.line)
   CROSS JOIN LATERAL ST_DumpPoints(ST_Intersection(w.line, f.border)) cut`;

Logger.overrideLogger(false);
const index = fenceIndex(fences);
const expected = index.crossings(fixes);
const geometryMs = median(measure(() => index.crossings(fixes)));
const indexMs = median(measure(() => fenceIndex(fences)));

const server = await cloneDatabase();
const db = new Database({ url: server.url, poolSize: 2, applicationName: 'trm-worker' });
try {
  await seed();
  const window = [IMEI, new Date(START), new Date(START + FIXES * 1000)];
  const here = async (): Promise<Crossing[]> => index.crossings(await db.query<Fix>(READ_FIXES, window));
  const there = async () => await db.query(BY_POSTGIS, window);
  const [found, cuts] = [await here(), await there()];
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error('stored fixes give other crossings');
  const raw = index.crossings(fixes, { jitterMs: 0 });
  if (cuts.length !== raw.length)
    throw new Error(`${cuts.length} cuts by PostGIS, ${raw.length} crossings here`);

  const hereMs: number[] = [];
  const thereMs: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const pair = [async () => hereMs.push(await timed(here)), async () => thereMs.push(await timed(there))];
    for (const measureOne of round % 2 === 0 ? pair : pair.toReversed()) await measureOne();
  }
  const [hereKept, thereKept] = [hereMs.slice(WARM_UP), thereMs.slice(WARM_UP)];
  console.table({
    'geometry alone': { ms: rounded(geometryMs) },
    'index of the fences': { ms: rounded(indexMs) },
    'read fixes and geometry': { ms: rounded(median(hereKept)) },
    'one PostGIS query': {
      ms: rounded(median(thereKept)),
      '÷ read and geometry': rounded(
        median(thereKept.map((ms, round) => ms / (hereKept[round] ?? Number.NaN))),
      ),
    },
  });
  console.log(`${found.length} crossings, ${raw.length} with jitter`);
} finally {
  await db.onApplicationShutdown();
  await server.drop();
}

async function seed(): Promise<void> {
  await server.query(
    `INSERT INTO positions (device_id, ts, lat, lon)
     SELECT $1, to_timestamp(at_ms / 1000), lat, lon FROM unnest($2::float8[], $3::float8[], $4::float8[]) AS t (at_ms, lat, lon)`,
    [IMEI, fixes.map(({ atMs }) => atMs), fixes.map(({ lat }) => lat), fixes.map(({ lon }) => lon)],
  );
  await server.query(`CREATE TABLE fences (id text PRIMARY KEY, border geometry(LineString, 4326) NOT NULL)`);
  await server.query(
    `INSERT INTO fences SELECT id, ST_ExteriorRing(ST_GeomFromText(polygon, 4326)) FROM unnest($1::text[], $2::text[]) AS t (id, polygon)`,
    [
      fences.map(({ id }) => id),
      fences.map(({ rings: [ring = []] }) => {
        const closed = [...ring, ring[0] ?? []];
        return `POLYGON((${closed.map((position) => position.join(' ')).join(',')}))`;
      }),
    ],
  );
  await server.query('CREATE INDEX ON fences USING gist (border)');
  await server.query('ANALYZE fences, positions');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function measure(work: () => unknown): number[] {
  // The first rounds are compiled while they run.
  for (let round = 0; round < WARM_UP; round += 1) work();
  return Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
