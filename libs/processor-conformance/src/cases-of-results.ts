import type { ConformanceCase } from './conformance-case.js';
import { expectThat } from './eventually.js';
import type { Scene } from './scene.js';

/** What a processor writes, and what it must leave. What the right results are is its own business. */
export const RESULT_CASES: readonly ConformanceCase[] = [
  {
    id: 'no-wish',
    title: 'what it writes is no wish to compute',
    async run(scene) {
      const driver = scene.driver();
      const before = await wishes(scene);
      await scene.compute(driver);
      const after = await wishes(scene);
      expectThat(
        // One wish: that of the suite.
        after.generations === before.generations + 1,
        `Expected no wish but the one of the suite. ${after.generations - before.generations - 1} more came.`,
      );
      expectThat(
        after.captured.length === 0,
        `Expected no row in control.outbox for what a processor writes. There are ${after.captured.length}, of ${[...new Set(after.captured)].join(', ')}: set trm.computing to "on" in the transaction that writes.`,
      );
    },
  },
  {
    id: 'unchanged',
    title: 'computed again with the same facts, nothing changes but the generation',
    async run(scene) {
      const driver = scene.driver();
      const first = await scene.compute(driver);
      const second = await scene.compute(driver);
      expectThat(
        second.changes === first.changes && second.crossings === first.crossings,
        `Expected the same facts to give the same result. Before: ${first.result}; after: ${second.result}.`,
      );
    },
  },
  {
    id: 'faulty-fixes',
    title: 'fixes that are marked faulty no longer count, and count again when the mark is taken away',
    async run(scene) {
      const driver = scene.driver();
      const whole = await scene.compute(driver);
      await scene.mark(driver);
      await scene.relay.sendWanted(driver.entryId);
      const without = await scene.applied(driver);
      expectThat(
        without.result !== whole.result || without.crossings !== whole.crossings,
        'Expected another result or other crossings when the second half of the fixes is marked faulty. Both are as before: read fixes from control.fixes_of.',
      );
      await scene.mark(driver, scene.sql, false);
      await scene.relay.sendWanted(driver.entryId);
      const restored = await scene.applied(driver);
      expectThat(
        restored.result === whole.result && restored.crossings === whole.crossings,
        `Expected the first result when the mark is taken away. First: ${whole.result}; now: ${restored.result}.`,
      );
    },
  },
  {
    id: 'by-hand',
    title: 'crossings that marshals set by hand and penalties that officials decided stay as they are',
    async run(scene) {
      const driver = scene.driver();
      await scene.compute(driver);
      await scene.sql.query(
        `UPDATE entry_crossings SET source = 'manual', reason = 'Seen at the line'
          WHERE id = (SELECT id FROM entry_crossings WHERE entry_id = $1 ORDER BY ts DESC LIMIT 1)`,
        [driver.entryId],
      );
      await scene.sql.query(
        `INSERT INTO entry_crossings (entry_id, geofence_id, direction, ts, source, reason)
         VALUES ($1, $2, 'enter', $3::timestamptz + interval '61.5 seconds', 'manual', 'Seen at the control')`,
        [driver.entryId, scene.course.geofenceIds[1], driver.startAt],
      );
      await scene.sql.query(
        `INSERT INTO entry_penalties (entry_id, stage_id, type, value, status, override_reason)
         VALUES ($1, $2, 'jury', 30, 'confirmed', NULL), ($1, $2, 'jury', 60, 'cancelled', 'Appeal')`,
        [driver.entryId, scene.course.stageId],
      );
      const decided = await decisions(scene, driver.entryId);
      await scene.compute(driver);
      await scene.mark(driver);
      await scene.relay.sendWanted(driver.entryId);
      await scene.applied(driver);
      const left = await decisions(scene, driver.entryId);
      expectThat(
        JSON.stringify(left) === JSON.stringify(decided),
        `Expected what people decided to stay as it is. Before: ${JSON.stringify(decided)}; after: ${JSON.stringify(left)}.`,
      );
    },
  },
];

/** The wishes so far, and what was captured since the last look. */
async function wishes(scene: Scene): Promise<{ generations: number; captured: string[] }> {
  const [sum] = await scene.sql.query<{ generations: number }>(
    'SELECT coalesce(sum(generation), 0)::float8 AS generations FROM control.recompute_targets',
  );
  const captured = await scene.sql.query<{ what: string }>(
    `DELETE FROM control.outbox WHERE done_at IS NULL AND topic IN ('row.changed', 'starts.changed')
     RETURNING coalesce(payload ->> 'table', topic) AS what`,
  );
  return { generations: sum!.generations, captured: captured.map(({ what }) => what) };
}

async function decisions(scene: Scene, entryId: string): Promise<string[]> {
  const rows = await scene.sql.query<{ decision: string }>(
    `SELECT to_jsonb(c)::text AS decision FROM entry_crossings c WHERE c.entry_id = $1 AND c.source = 'manual'
     UNION ALL SELECT to_jsonb(p)::text FROM entry_penalties p WHERE p.entry_id = $1 AND p.type = 'jury' ORDER BY 1`,
    [entryId],
  );
  return rows.map(({ decision }) => decision);
}
