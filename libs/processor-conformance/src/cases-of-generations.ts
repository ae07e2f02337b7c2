import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from '@trm/processor-kit';
import type { ConformanceCase } from './conformance-case.js';
import type { Driver } from './course.js';
import { expectThat } from './eventually.js';
import type { Scene, Sight } from './scene.js';

const SUITE_RESULT_MS = 7_654_321;
/** The facts of one entry have come after so long. */
const FACTS_WITHIN_MS = 300;

/** That results and generations belong together, whatever comes in between. */
export const GENERATION_CASES: readonly ConformanceCase[] = [
  {
    id: 'computed',
    title: 'a wish is computed: the result and its generation are committed together, the job is finished',
    async run(scene) {
      const driver = scene.driver();
      await scene.ask(driver);
      const job = await scene.relay.sendWanted(driver.entryId);
      const sight = await scene.applied(driver);
      const state = await scene.finished(job);
      expectThat(
        sight.result !== null,
        'Expected a row in stage_results. There is none, though the target is applied.',
      );
      expectThat(
        sight.changes === 1 && sight.changesWithGeneration === 1,
        'Expected the result and complete_recompute in one transaction. The result was committed in another one.',
      );
      expectThat(state === 'completed', 'Expected the job to be completed. BullMQ has it as failed.');
    },
  },
  {
    id: 'newest-wish',
    title: 'what is wanted when the job is read is completed, not what it was sent for, and once',
    async run(scene) {
      const driver = scene.driver();
      await scene.ask(driver);
      const job = await scene.relay.claim(driver.entryId);
      await scene.ask(driver);
      await scene.finished(await scene.relay.send(job));
      const { applied, log } = await scene.see(driver);
      expectThat(
        applied === 2 && log.join() === 'applied 2',
        `The job said generation 1 and 2 was wanted when it was read. Expected 2 to be completed. Completed was: ${log.join(', ') || 'nothing'}.`,
      );
    },
  },
  {
    id: 'done-before',
    title: 'a job whose generation is applied already writes nothing',
    async run(scene) {
      const driver = scene.driver();
      await scene.ask(driver);
      const job = await scene.relay.claim(driver.entryId);
      await scene.finished(await scene.relay.send(job));
      const before = await scene.applied(driver);
      const [again] = await scene.relay.add([{ ...job, attempt: job.attempt + 1 }]);
      const state = await scene.finished(again!);
      const after = await scene.see(driver);
      expectThat(
        JSON.stringify(after) === JSON.stringify(before),
        `Expected nothing to change with a job that came twice. Before: ${JSON.stringify(before)}; after: ${JSON.stringify(after)}.`,
      );
      expectThat(
        state === 'completed',
        'Expected the job that came twice to be completed. BullMQ has it as failed.',
      );
    },
  },
  {
    id: 'wish-meanwhile',
    title: 'a wish that comes while it computes stays open, and the next job completes it',
    async run(scene) {
      const driver = scene.driver();
      const job = await scene.inTheMiddle(driver, () => scene.mark(driver));
      await scene.finished(job);
      const between = await scene.see(driver);
      expectThat(
        between.applied === 1 && between.generation === 2,
        `A second wish came after the facts were read. Expected generation 1 to be completed and 2 to stay open. Completed was: ${between.log.join(', ') || 'nothing'}.`,
      );
      const { log } = await scene.applied(driver);
      expectThat(
        log.join() === 'applied 1,applied 2',
        `Expected each generation to be completed once. The log has: ${log.join(', ')}.`,
      );
    },
  },
  {
    id: 'one-snapshot',
    title: 'the generation is not newer than the facts: a correction between the two reads is not lost',
    async run(scene) {
      const driver = scene.driver();
      await scene.ask(driver);
      await scene.transaction(async (facts) => {
        await facts.sql.query('LOCK TABLE position_faults IN ACCESS EXCLUSIVE MODE');
        await scene.relay.sendWanted(driver.entryId);
        await facts.untilItWaitsFor('position_faults', 'to read control.fixes_of');
        // It hears the facts, and comes to nothing else before the correction is there.
        scene.gates.postgres.hold();
        try {
          await facts.letGo();
          await pause(FACTS_WITHIN_MS);
          await scene.mark(driver);
        } finally {
          scene.gates.postgres.letGo();
        }
      });
      const first = await scene.applied(driver);
      const again = await scene.compute(driver);
      expectThat(
        again.result === first.result && again.crossings === first.crossings,
        'A correction was committed after the facts were read and before the generation was. The newer generation was completed with the older facts: computed again, the result differs. Read recompute_wanted first, in the snapshot of the facts.',
      );
    },
  },
  {
    id: 'overtaken',
    title: 'results older than those applied meanwhile are rolled back',
    async run(scene) {
      for (const rival of RIVALS) {
        const driver = scene.driver();
        const { result, log } = await competeWith(rival, scene, driver, 2);
        expectThat(
          rival.isLeftAlone(result) && log.join() === 'applied 2',
          `While the processor computed generation 1, another completed 2 ${rival.how}. Expected this to stay. The log has: ${log.join(', ')}; the result is ${result ?? 'there no more'}.`,
        );
      }
    },
  },
  {
    id: 'done-by-another',
    title:
      'results are rolled back when complete_recompute answers false: another was faster with the same generation',
    async run(scene) {
      for (const rival of RIVALS) {
        const driver = scene.driver();
        const { result, log } = await competeWith(rival, scene, driver, 1);
        expectThat(
          rival.isLeftAlone(result) && log.join() === 'applied 1',
          `While the processor computed, another completed the same generation ${rival.how}, so complete_recompute answered false. Expected a rollback. The log has: ${log.join(', ')}; the result is ${result ?? 'there no more'}.`,
        );
      }
    },
  },
];

/** Another processor, which is faster. */
interface Rival {
  readonly how: string;
  write(sql: Sql, target: readonly [entryId: string, stageId: string]): Promise<void>;
  isLeftAlone(result: string | null): boolean;
}

/** The second leaves nothing that the unique index on results would keep a slower processor from writing beside. */
const RIVALS: readonly Rival[] = [
  {
    how: 'with another result',
    async write(sql, target) {
      await sql.query(
        `INSERT INTO stage_results (entry_id, stage_id, status, elapsed_ms, net_ms) VALUES ($1, $2, 'classified', $3, $3)`,
        [...target, SUITE_RESULT_MS],
      );
    },
    isLeftAlone: (result) => result?.includes(`${SUITE_RESULT_MS}`) === true,
  },
  {
    how: 'without a result',
    write: () => Promise.resolve(),
    isLeftAlone: (result) => result === null,
  },
];

/** While the processor comes to write what it has computed of generation 1, the rival completes this one. */
async function competeWith(rival: Rival, scene: Scene, driver: Driver, generation: 1 | 2): Promise<Sight> {
  const job = await scene.inTheMiddle(driver, async (hold) => {
    if (generation === 2) await scene.ask(driver);
    const target = [driver.entryId, scene.course.stageId] as const;
    await rival.write(hold.sql, target);
    await hold.sql.query('SELECT control.complete_recompute($1, $2, $3)', [...target, generation]);
  });
  await scene.finished(job);
  return scene.see(driver);
}
