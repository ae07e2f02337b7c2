import { setTimeout as pause } from 'node:timers/promises';
import type { ConformanceCase } from './conformance-case.js';
import { expectThat, within } from './eventually.js';
import { STOP_WITHIN_MS } from './processor-under-test.js';
import type { Scene, Sight } from './scene.js';

/** As long as Redis is away. */
const CUT_MS = 500;
/** Long enough for a process to end that does not stand the loss of a connection that it keeps. */
const IDLE_MS = 300;
/** A processor may say that it gave up a moment behind the end of the job. */
const GIVEN_UP_WITHIN_MS = 3_000;

/** What is left of a job when something breaks in the middle of it. */
export const FAULT_CASES: readonly ConformanceCase[] = [
  {
    id: 'never-works',
    title:
      'what fails at every attempt is given up with the last one, with a sentence for staff; others are computed meanwhile',
    async run(scene) {
      const driver = scene.driver();
      const takeResults = await scene.refuseResults(driver);
      try {
        await scene.ask(driver);
        const job = await scene.relay.sendWanted(driver.entryId);
        expectOnce(await scene.compute(scene.driver()));
        const state = await scene.finished(job);
        expectThat(
          state === 'failed',
          'The database refused the result. Expected the job to fail. BullMQ has it as completed.',
        );
        await within(
          GIVEN_UP_WITHIN_MS,
          async () => ((await scene.see(driver)).state === 'failed' ? true : undefined),
          async () =>
            `The database refused the result at every attempt. Expected fail_recompute with the last one. The target is ${(await scene.see(driver)).state}, and nobody is told.`,
        );
        const { error } = await scene.see(driver);
        expectThat(
          (error ?? '').trim() !== '',
          'Expected fail_recompute with a sentence that staff can read. The error is empty.',
        );
      } finally {
        await takeResults();
      }
      const { log } = await scene.compute(driver);
      expectThat(
        log.join() === 'failed 1,applied 2',
        `Expected the target to be computed when somebody asks again. The log has: ${log.join(', ')}.`,
      );
    },
  },
  {
    id: 'database-lost',
    title:
      'its database connections are cut, in the middle of a job and between jobs: it tries again, and the result is applied once',
    async run(scene) {
      const driver = scene.driver();
      const job = await scene.inTheMiddle(driver, () => scene.cutDatabase());
      const state = await scene.finished(job);
      const { applied } = await scene.see(driver);
      expectThat(
        state === 'failed' || applied === 1,
        'Its database connections were cut in the middle. Expected it to throw, so that the job is tried again. BullMQ has the job as completed, and nothing was applied.',
      );
      expectOnce(await scene.applied(driver));
      await scene.cutDatabase();
      await pause(IDLE_MS);
      expectOnce(await scene.compute(scene.driver()));
    },
  },
  {
    id: 'redis-lost',
    title: 'its Redis connections are cut, in the middle of a job and between jobs: it goes on',
    async run(scene) {
      const driver = scene.driver();
      await scene.inTheMiddle(driver, () => scene.gates.redis.cut(CUT_MS));
      expectOnce(await scene.applied(driver));
      await scene.gates.redis.cut(CUT_MS);
      expectOnce(await scene.compute(scene.driver()));
    },
  },
  {
    id: 'queue-emptied',
    title:
      'the queue is emptied in the middle of a job: the result is applied once, and the next job is taken',
    async run(scene) {
      const driver = scene.driver();
      await scene.inTheMiddle(driver, () => scene.relay.empty());
      expectOnce(await scene.applied(driver));
      await pause(IDLE_MS);
      expectOnce(await scene.compute(scene.driver()));
    },
  },
  {
    id: 'killed',
    title: 'killed in the middle of a job and started again, the result is applied once',
    async run(scene) {
      const driver = scene.driver();
      await scene.inTheMiddle(driver, async () => scene.processor?.kill());
      const { applied } = await scene.see(driver);
      expectThat(
        applied === 0,
        'The processor was killed before its result was written, but its generation is applied.',
      );
      scene.ensureProcessor();
      expectOnce(await scene.applied(driver));
    },
  },
  {
    id: 'stopped',
    title: `SIGTERM in the middle of a job ends it within ${STOP_WITHIN_MS / 1_000} s, and no job is lost`,
    async run(scene) {
      const driver = scene.driver();
      await scene.inTheMiddle(driver, async (hold) => {
        const stopped = scene.processor!.stop();
        await pause(300);
        await hold.letGo();
        expectThat(
          await stopped,
          `Expected SIGTERM to end the processor within ${STOP_WITHIN_MS / 1_000} s. It had to be killed.`,
        );
      });
      const next = scene.driver();
      await scene.ask(next);
      await scene.relay.sendWanted(next.entryId);
      scene.ensureProcessor();
      expectOnce(await scene.applied(driver));
      expectOnce(await scene.applied(next));
    },
  },
  {
    id: 'two-instances',
    title: 'the same job on two instances, because one was frozen for longer than its lock, has one effect',
    async run(scene) {
      const driver = scene.driver();
      const frozen = scene.ensureProcessor();
      const instances = [frozen];
      try {
        const job = await scene.inTheMiddle(driver, async (_, id) => {
          // The other starts only now, so that it can't have been the one that took the job.
          frozen.freeze();
          instances.push(scene.startAnother());
          await takenAgain(scene, id);
          frozen.thaw();
        });
        await scene.finished(job);
        expectOnce(await scene.applied(driver));
      } finally {
        frozen.thaw();
        await instances[1]?.stop();
      }
    },
  },
];

/** Waits until another instance has the job too, and a moment more, so that it has come to its results. */
async function takenAgain(scene: Scene, id: string): Promise<void> {
  await within(
    scene.patienceMs,
    async () => ((await scene.relay.look(id)).starts > 1 ? true : undefined),
    () =>
      `An instance was frozen for longer than its lock. Expected another one to take its job within ${scene.patienceMs / 1_000} s: both have to keep PROCESSOR_LOCK_SECONDS.`,
  );
  await pause(500);
}

function expectOnce({ log, changes, changesWithGeneration }: Sight): void {
  expectThat(
    log.join() === 'applied 1' && changes === 1 && changesWithGeneration === 1,
    `Expected one result and one completion, together. The log has: ${log.join(', ') || 'nothing'}; the result changed ${changes} times, ${changesWithGeneration} of them together with a completion.`,
  );
}
