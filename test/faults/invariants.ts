import type { Ledger } from './load.js';
import type { Race } from './race.js';
import type { Database } from './recorder.js';

/** What must hold, whatever broke: the sentence, how much was looked at, and what did not hold. */
export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly looked: string;
  readonly violations: readonly string[];
  /** The target that the first violation is about, for a look at its steps. */
  readonly targetId?: string;
}

/** One that is checked by SQL on what the recorder wrote: a count of what was looked at, and rows that are wrong. */
interface SqlInvariant {
  readonly id: string;
  readonly title: string;
  /** One row: `n`. */
  readonly looked: string;
  readonly unit: string;
  /** Rows: `what`, and `target_id` where it is one. */
  readonly wrong: string;
}

const value = (row: 'old' | 'new', column: string) => `(s.${row} ->> '${column}')`;
const wasSent = `s.old IS NOT NULL AND ${value('new', 'enqueued_at')} IS DISTINCT FROM ${value('old', 'enqueued_at')}`;
const wasClaimed = `s.old IS NOT NULL AND ${value('new', 'claim_owner')} IS NOT NULL
  AND (${value('new', 'claim_owner')}, ${value('new', 'claim_until')}) IS DISTINCT FROM (${value('old', 'claim_owner')}, ${value('old', 'claim_until')})`;

/** What holds in every moment, so that it can be looked at while everything runs. */
const ALWAYS: readonly SqlInvariant[] = [
  {
    id: 'I1',
    title: 'positions are faulty where a mark stands, and nowhere else',
    looked: `SELECT count(*) AS n FROM positions WHERE faulty`,
    unit: 'faulty positions',
    // Those of crews that nobody has marked are flagged one by one.
    wrong: `WITH marked AS (
              SELECT DISTINCT d.imei FROM position_faults f JOIN entry_devices b ON b.entry_id = f.entry_id JOIN devices d ON d.id = b.device_id)
            SELECT p.device_id || ' at ' || p.ts || ' is ' || CASE WHEN p.faulty THEN 'faulty without a mark' ELSE 'good in spite of a mark' END AS what
              FROM positions p JOIN marked m ON m.imei = p.device_id WHERE p.faulty <> control.position_is_marked(p.device_id, p.ts)`,
  },
  {
    id: 'I4',
    title: 'one effect at most for each generation of a target',
    looked: `SELECT count(*) AS n FROM control.recompute_log WHERE outcome = 'applied'`,
    unit: 'effects',
    wrong: `SELECT target_id, 'generation ' || generation || ' was applied ' || count(*) || ' times' AS what
              FROM control.recompute_log WHERE outcome = 'applied' GROUP BY target_id, generation HAVING count(*) > 1`,
  },
  {
    id: 'I5',
    title: 'generations that were applied never go back',
    looked: `SELECT count(DISTINCT target_id) AS n FROM control.recompute_log WHERE outcome = 'applied'`,
    unit: 'targets',
    wrong: `SELECT target_id, 'generation ' || generation || ' was applied behind ' || before AS what
              FROM (SELECT *, lag(generation) OVER (PARTITION BY target_id ORDER BY id) AS before FROM control.recompute_log WHERE outcome = 'applied') l
             WHERE generation < before`,
  },
  {
    id: 'I6',
    title: 'every request raised the generation of its targets, once',
    looked: `SELECT count(*) AS n FROM control.recompute_request_targets`,
    unit: 'wishes',
    wrong: `SELECT t.id AS target_id, 'generation ' || t.generation || ' after ' || count(k.*) || ' wishes' AS what
              FROM control.recompute_targets t LEFT JOIN control.recompute_request_targets k ON k.target_id = t.id
             GROUP BY t.id HAVING count(k.*) <> t.generation OR count(DISTINCT k.generation) <> t.generation`,
  },
  {
    id: 'I7',
    title:
      'applied and sent generations never pass the wanted one, and the time of a job ends with that job only',
    looked: `SELECT count(*) AS n FROM faults.steps`,
    unit: 'steps',
    wrong: `SELECT s.target_id, 'step ' || s.id || ' from ' || coalesce(s.old::text, '–') || ' to ' || s.new AS what FROM faults.steps s
             WHERE ${value('new', 'applied_generation')}::bigint > ${value('new', 'generation')}::bigint
                OR ${value('new', 'enqueued_generation')}::bigint > ${value('new', 'generation')}::bigint
                OR (${value('new', 'applied_generation')}::bigint > ${value('old', 'applied_generation')}::bigint
                    AND ${value('new', 'applied_generation')}::bigint < ${value('new', 'enqueued_generation')}::bigint
                    AND ${value('old', 'inflight_until')} IS NOT NULL AND ${value('new', 'inflight_until')} IS NULL)`,
  },
  {
    id: 'I8',
    title:
      'one job under way for each target: no lease taken from another, none beside a job in its time, none sent without a lease',
    looked: `SELECT count(*) AS n FROM faults.steps s WHERE ${wasSent}`,
    unit: 'jobs sent',
    wrong: `SELECT s.target_id, 'step ' || s.id || ': leased while another relay leases it' AS what FROM faults.steps s
             WHERE ${wasClaimed} AND ${value('old', 'claim_until')}::timestamptz > s.at
            UNION ALL
            SELECT s.target_id, 'step ' || s.id || ': leased while a job of it is under way' FROM faults.steps s
             WHERE ${wasClaimed} AND ${value('old', 'inflight_until')}::timestamptz > s.at
               AND ${value('old', 'enqueued_generation')}::bigint > ${value('old', 'applied_generation')}::bigint
            UNION ALL
            SELECT s.target_id, 'step ' || s.id || ': noted as sent by a relay that does not lease it' FROM faults.steps s
             WHERE ${wasSent} AND ${value('old', 'claim_owner')} IS NULL`,
  },
  {
    id: 'I11',
    title: 'a wish is settled by its own generation or a later one',
    looked: `SELECT count(*) AS n FROM control.recompute_request_targets WHERE log_id IS NOT NULL`,
    unit: 'settled',
    wrong: `SELECT k.target_id, 'generation ' || k.generation || ' was settled by generation ' || l.generation || ' of target ' || l.target_id AS what
              FROM control.recompute_request_targets k JOIN control.recompute_log l ON l.id = k.log_id
             WHERE l.generation < k.generation OR l.target_id <> k.target_id`,
  },
  {
    id: 'I13',
    title: 'a job of a stage that is running never waits behind more than 200 others',
    looked: `SELECT count(*) AS n FROM faults.steps s WHERE s.old IS NOT NULL
              AND ${value('new', 'started_at')} IS DISTINCT FROM ${value('old', 'started_at')} AND ${value('new', 'priority')}::int <= 4`,
    unit: 'live jobs',
    wrong: `WITH starts AS MATERIALIZED (
              SELECT s.id, s.target_id, s.at, ${value('new', 'priority')}::int <= 4 AS is_live, ${value('new', 'enqueued_at')}::timestamptz AS sent_at
                FROM faults.steps s WHERE s.old IS NOT NULL AND ${value('new', 'started_at')} IS DISTINCT FROM ${value('old', 'started_at')}
            ), points AS (
              SELECT at, id, target_id, 'begun' AS what, CASE WHEN is_live THEN 0 ELSE 1 END AS others FROM starts
              UNION ALL SELECT sent_at, id, target_id, 'sent', 0 FROM starts WHERE is_live
            ), counted AS (
              SELECT id, target_id, what, sum(others) OVER (ORDER BY at, what) AS others FROM points
            ), waits AS (
              -- Not a join of both points: which way it goes would hang on the planner's guess, and one is quadratic.
              SELECT id, target_id, max(others) FILTER (WHERE what = 'begun') - max(others) FILTER (WHERE what = 'sent') AS overtaken_by
                FROM counted GROUP BY id, target_id
            )
            SELECT target_id, 'step ' || id || ': ' || overtaken_by || ' others were begun before it' AS what
              FROM waits WHERE overtaken_by > 200`,
  },
];

async function check(db: Database, { id, title, looked, unit, wrong }: SqlInvariant): Promise<Finding> {
  const [count] = await db.query<{ n: string }>(looked);
  const rows = await db.query<{ what: string; target_id?: string }>(`${wrong} LIMIT 20`);
  const targetId = rows.find(({ target_id }) => target_id !== undefined)?.target_id;
  return {
    id,
    title,
    looked: `${count!.n} ${unit}`,
    violations: rows.map(({ what }) => what),
    ...(targetId !== undefined && { targetId }),
  };
}

/** What holds in every moment. */
export async function checkAlways(db: Database): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const invariant of ALWAYS.filter(({ id }) => id !== 'I13')) findings.push(await check(db, invariant));
  return findings;
}

/** What is still to be done; nothing when everything has come to its end. */
export async function whatIsOpen(db: Database): Promise<{ what: string; targetId: string | null }[]> {
  return db.query(
    `SELECT id::text AS "targetId", 'target ' || id || ': ' || state || ', generation ' || generation || ', applied ' || applied_generation AS what
       FROM control.recompute_targets WHERE applied_generation < generation AND state NOT IN ('failed', 'cancelled')
     UNION ALL
     SELECT NULL, 'change ' || id || ' of ' || key || coalesce(': ' || last_error, '') FROM control.outbox
      WHERE done_at IS NULL AND topic IN ('row.changed', 'starts.changed')
     UNION ALL
     SELECT NULL, 'request ' || id || ' is ' || status FROM recompute_requests WHERE status IN ('queued', 'running')
     LIMIT 20`,
  );
}

/** What a result is made of, so that two ways to it can be compared. */
export async function resultsNow(db: Database): Promise<Map<string, string>> {
  const rows = await db.query<{ key: string; line: string }>(
    `SELECT r.stage_id || ' ' || r.entry_id AS key,
            concat_ws(' ', r.status, r.elapsed_ms, r.penalty_ms, r.net_ms, r.place, r.class_place) || E'\\n' || coalesce((
              SELECT string_agg(concat_ws(' ', c.geofence_id, c.ts, c.direction, c.segment_id), E'\\n' ORDER BY c.ts, c.geofence_id)
                FROM entry_crossings c WHERE c.entry_id = r.entry_id AND c.source = 'gps'), '') AS line
       FROM stage_results r`,
  );
  return new Map(rows.map(({ key, line }) => [key, line]));
}

/** What people were told, against what is there. */
export async function checkLedger(db: Database, ledger: Ledger, race: Race): Promise<Finding[]> {
  const marks = await db.query<{ reason: string; n: number; restored: boolean }>(
    `SELECT reason, count(*)::int AS n, bool_and(restored_at IS NOT NULL) AS restored FROM position_faults GROUP BY reason`,
  );
  const byReason = new Map(marks.map((mark) => [mark.reason, mark]));
  const lost = [...ledger.marks].flatMap(([reason, state]) => {
    const mark = byReason.get(reason);
    if (mark === undefined) return [`the mark "${reason}" is not there`];
    return (state === 'restored') === mark.restored ? [] : [`the mark "${reason}" is not ${state}`];
  });
  for (const { table, id, fields } of ledger.saved.values()) {
    const [field, saved] = Object.entries(fields)[0]!;
    const [row] = await db.query<{ same: boolean }>(
      field === 'area'
        ? `SELECT ST_Equals(area, ST_SetSRID(ST_GeomFromGeoJSON($2::text), 4326)) AS same FROM geofences WHERE id = $1`
        : `SELECT ${field}::text = $2::jsonb::text AS same FROM ${table} WHERE id = $1`,
      [id, JSON.stringify(saved)],
    );
    if (row?.same !== true) lost.push(`${table} ${id} is not what was saved last`);
  }
  const doubled = marks.filter(({ n }) => n > 1).map(({ reason, n }) => `${n} marks "${reason}"`);
  const unasked = await db.query<{ what: string }>(
    `SELECT 'nobody asked for the results of the mark "' || f.reason || '"' AS what FROM position_faults f
      WHERE f.reason = ANY ($1) AND EXISTS (
          SELECT FROM positions p JOIN devices d ON d.imei = p.device_id JOIN entry_devices b ON b.device_id = d.id
           WHERE b.entry_id = f.entry_id AND p.ts BETWEEN f.ts_from AND f.ts_to)
        AND f.reason LIKE 'REST%'
        AND NOT EXISTS (SELECT FROM recompute_requests r WHERE r.scope::jsonb ->> 'positionFaultId' = f.id::text)`,
    [[...ledger.marks.keys()]],
  );
  return [
    {
      id: 'I1',
      title: 'what was confirmed to somebody is there, and results were asked for because of it',
      looked: `${ledger.marks.size} marks, ${ledger.saved.size} geofences and formulas`,
      violations: [...lost, ...unasked.map(({ what }) => what)],
    },
    {
      id: 'I6',
      title: 'what was asked for again because no answer came was done once',
      looked: `${marks.length} marks`,
      violations: doubled,
    },
    await checkOpenings(db, ledger),
    {
      id: 'I10',
      title: 'a request that is repeated under its key gets the first answer, to the letter',
      looked: `${ledger.repeats} repeats`,
      violations: ledger.differentAnswers,
    },
    await checkBounds(db, race),
    {
      id: 'R',
      title: 'nobody was refused who did nothing wrong',
      looked: `${[...ledger.confirmed.values()].reduce((sum, n) => sum + n, 0)} confirmed`,
      violations: ledger.refused,
    },
  ];
}

/** A list holds everybody who could start when it was published, each once in each segment, and was published once. */
export async function checkOpenings(db: Database, { openings }: Ledger): Promise<Finding> {
  const rows = await db.query<{ what: string }>(
    `SELECT s.id || ': ' || wrong AS what FROM stages s
       CROSS JOIN LATERAL (
         SELECT 'state ' || s.state AS wrong WHERE s.state NOT IN ('open', 'running')
         UNION ALL
         SELECT n.name || ' is ' || n.status || ' and has ' || count(x.*) || ' starts' FROM entries n
           LEFT JOIN (entry_segment_starts x JOIN segments g ON g.id = x.segment_id) ON x.entry_id = n.id AND g.stage_id = s.id
          WHERE n.event_id = s.event_id
          GROUP BY n.id, n.name, n.status
         HAVING count(x.*) <> CASE WHEN n.status IN ('confirmed', 'started') THEN (SELECT count(*) FROM segments m WHERE m.stage_id = s.id) ELSE 0 END
         UNION ALL
         SELECT count(*) || ' openings' FROM control.outbox o WHERE o.topic = 'stage.opened' AND o.key = s.id::text HAVING count(*) <> 1
       ) w
      WHERE s.id = ANY ($1::uuid[]) LIMIT 20`,
    [openings.map(({ stageId }) => stageId)],
  );
  return {
    id: 'I9',
    title: 'a stage opens once, with a start in each segment for everybody who is ready by then',
    looked: `${openings.length} openings against ${openings.length * 6} late entries`,
    violations: rows.map(({ what }) => what),
  };
}

async function checkBounds(db: Database, race: Race): Promise<Finding> {
  const [row] = await db.query<{ targets: number; bound: number }>(
    `SELECT (SELECT count(*) FROM control.recompute_targets)::int AS targets,
            (SELECT count(*) FROM entries n JOIN stages s ON s.event_id = n.event_id)::int AS bound`,
  );
  const outside = await db.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM control.recompute_targets t JOIN stages s ON s.id = t.stage_id JOIN entries n ON n.id = t.entry_id
      WHERE n.event_id <> s.event_id AND s.event_id = $1`,
    [race.live.eventId],
  );
  return {
    id: 'I12',
    title: 'there are never more targets than entries in stages',
    looked: `${row!.targets} targets of at most ${row!.bound}`,
    violations: row!.targets > row!.bound || outside[0]!.n > 0 ? ['there are more'] : [],
  };
}

/** Whatever was given up stands as given up, with its error, in the target and in a request. */
export async function checkFailures(db: Database, { cursedEntryId }: Race): Promise<Finding> {
  const [row] = await db.query<{ failed: number; silent: number; cursed: number }>(
    `SELECT count(*) FILTER (WHERE t.state = 'failed')::int AS failed,
            count(*) FILTER (WHERE t.state = 'failed' AND (t.last_error IS NULL OR NOT EXISTS (
              SELECT FROM control.recompute_request_targets k JOIN recompute_requests r ON r.id = k.request_id
               WHERE k.target_id = t.id AND k.state = 'failed' AND r.status = 'failed' AND r.error IS NOT NULL)))::int AS silent,
            count(*) FILTER (WHERE t.entry_id = $1 AND t.state = 'failed' AND t.last_error LIKE 'The result of this entry%')::int AS cursed
       FROM control.recompute_targets t`,
    [cursedEntryId],
  );
  return {
    id: 'I14',
    title: 'what could not be computed stands there as failed, with the error, for staff to see',
    looked: `${row!.failed} failed, ${row!.cursed} of them on purpose`,
    violations: [
      ...(row!.silent > 0 ? [`${row!.silent} targets failed in silence`] : []),
      ...(row!.cursed === 0 ? ['the entry whose result can not be written is not among them'] : []),
    ],
  };
}

/** At the end. */
export async function checkWaits(db: Database): Promise<Finding> {
  return check(
    db,
    ALWAYS.find(({ id }) => id === 'I13')!,
  );
}
