import { randomUUID } from 'node:crypto';
import type { ConformanceCase } from './conformance-case.js';
import { expectThat } from './eventually.js';
import type { Scene } from './scene.js';

/** What a processor makes of jobs that it must not compute. */
export const JOB_CASES: readonly ConformanceCase[] = [
  {
    id: 'unknown-version',
    title: 'a job of a version that it does not know fails at once, and nothing is written',
    async run(scene) {
      const driver = scene.driver();
      await scene.ask(driver);
      const job = await scene.relay.claim(driver.entryId);
      await expectFailedAtOnce(scene, { ...job, v: 2 }, 'of version 2');
      const { log, result } = await scene.see(driver);
      expectThat(
        log.length === 0 && result === null,
        'Expected nothing to be written for a job of an unknown version. It was computed.',
      );
      await scene.relay.send(job);
      await scene.applied(driver);
    },
  },
  {
    id: 'malformed',
    title: 'jobs that make no sense fail at once, and the processor lives on',
    async run(scene) {
      const driver = scene.driver();
      await scene.ask(driver);
      const job = await scene.relay.claim(driver.entryId);
      const odd: readonly (readonly [string, object])[] = [
        ['with nothing but a version', { v: 1 }],
        ['without a version', { entryId: job.entryId, stageId: job.stageId, generation: 1 }],
        ['whose entry is no uuid', { ...job, entryId: 'entry 7' }],
        ['whose generation is 0', { ...job, generation: 0 }],
        ['that is a list', []],
      ];
      for (const [what, data] of odd) await expectFailedAtOnce(scene, data, what);
      await scene.relay.send(job);
      await scene.applied(driver);
    },
  },
  {
    id: 'unknown-target',
    title: 'a job of an entry or stage that does not exist writes nothing, and the processor lives on',
    async run(scene) {
      const driver = scene.driver();
      await scene.ask(driver);
      const job = await scene.relay.claim(driver.entryId);
      const before = await scene.sql.query('SELECT count(*)::int AS lines FROM control.recompute_log');
      const strangers = await scene.relay.add([
        { ...job, entryId: randomUUID() },
        { ...job, stageId: randomUUID() },
      ]);
      for (const id of strangers) await scene.finished(id);
      const after = await scene.sql.query('SELECT count(*)::int AS lines FROM control.recompute_log');
      expectThat(
        JSON.stringify(after) === JSON.stringify(before),
        'Expected nothing to be written for an entry that does not exist. There are new lines in the log.',
      );
      await scene.relay.send(job);
      await scene.applied(driver);
    },
  },
  {
    id: 'cancelled',
    title: 'a target that was cancelled after its job was sent is left alone',
    async run(scene) {
      const driver = scene.driver();
      const request = await scene.ask(driver);
      const job = await scene.relay.claim(driver.entryId);
      await scene.sql.query('SELECT control.cancel_recompute($1)', [request]);
      await expectLeftAlone(scene, driver, await scene.relay.send(job), 'cancelled');
    },
  },
  {
    id: 'given-up',
    title: 'a target that has failed is left alone until somebody asks again',
    async run(scene) {
      const driver = scene.driver();
      await scene.ask(driver);
      const job = await scene.relay.claim(driver.entryId);
      await scene.sql.query(`SELECT control.fail_recompute($1, $2, 1, 'Said by the conformance suite.')`, [
        job.entryId,
        job.stageId,
      ]);
      await expectLeftAlone(scene, driver, await scene.relay.send(job), 'failed');
      await scene.compute(driver);
    },
  },
];

async function expectFailedAtOnce(scene: Scene, data: object, what: string): Promise<void> {
  const [id] = await scene.relay.add([data]);
  const state = await scene.finished(id!);
  scene.processor?.expectAlive();
  expectThat(state === 'failed', `Expected a job ${what} to fail, so that it is seen. It was completed.`);
  const { attempts } = await scene.relay.look(id!);
  expectThat(
    attempts <= 1,
    `Expected a job ${what} to fail at the first attempt, because no other can help. It was tried ${attempts} times.`,
  );
}

async function expectLeftAlone(
  scene: Scene,
  driver: Parameters<Scene['see']>[0],
  job: string,
  state: 'cancelled' | 'failed',
): Promise<void> {
  await scene.finished(job);
  const sight = await scene.see(driver);
  expectThat(
    sight.state === state && sight.applied === 0 && sight.result === null,
    `Expected a target that is ${state} to be left alone: start_recompute answers false. It is ${sight.state} now, the log has: ${sight.log.join(', ')}.`,
  );
}
