import { setTimeout as pause } from 'node:timers/promises';
import type { ConformanceCase } from './conformance-case.js';
import { expectThat } from './eventually.js';

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
      await scene.ask(driver);
      await scene.transaction(async (hold) => {
        await hold.results();
        const job = await scene.relay.sendWanted(driver.entryId);
        await hold.untilItWrites();
        await scene.mark(driver);
        await hold.letGo();
        await scene.finished(job);
      });
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
      const driver = scene.driver();
      await scene.ask(driver);
      const job = await scene.transaction(async (hold) => {
        await hold.results();
        const job = await scene.relay.sendWanted(driver.entryId);
        await hold.untilItWrites();
        await scene.ask(driver);
        await completeInstead(hold.sql, driver.entryId, scene.course.stageId, 2);
        return job;
      });
      await scene.finished(job);
      const { result, log } = await scene.see(driver);
      expectThat(
        result?.includes(`${SUITE_RESULT_MS}`) === true && log.join() === 'applied 2',
        `While the processor computed generation 1, another completed 2 with other results. Expected these to stay. The log has: ${log.join(', ')}; the result is ${result}.`,
      );
    },
  },
  {
    id: 'done-by-another',
    title:
      'results are rolled back when complete_recompute answers false: another was faster with the same generation',
    async run(scene) {
      const driver = scene.driver();
      await scene.ask(driver);
      const job = await scene.transaction(async (hold) => {
        await hold.results();
        const job = await scene.relay.sendWanted(driver.entryId);
        await hold.untilItWrites();
        await completeInstead(hold.sql, driver.entryId, scene.course.stageId, 1);
        return job;
      });
      await scene.finished(job);
      const { result, log } = await scene.see(driver);
      expectThat(
        result?.includes(`${SUITE_RESULT_MS}`) === true && log.join() === 'applied 1',
        `While the processor computed, another completed the same generation, so complete_recompute answered false. Expected a rollback. The log has: ${log.join(', ')}; the result is ${result}.`,
      );
    },
  },
];

/** Writes a result that nobody computes, and completes the generation with it. */
async function completeInstead(
  sql: { query(text: string, values: readonly unknown[]): Promise<unknown> },
  entryId: string,
  stageId: string,
  generation: number,
): Promise<void> {
  await sql.query(
    `INSERT INTO stage_results (entry_id, stage_id, status, elapsed_ms, net_ms) VALUES ($1, $2, 'classified', $3, $3)
     ON CONFLICT (entry_id, stage_id) DO UPDATE SET status = 'classified', elapsed_ms = $3, net_ms = $3`,
    [entryId, stageId, SUITE_RESULT_MS],
  );
  await sql.query('SELECT control.complete_recompute($1, $2, $3)', [entryId, stageId, generation]);
}
