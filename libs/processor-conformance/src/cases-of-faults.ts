import { setTimeout as pause } from 'node:timers/promises';
import type { ConformanceCase } from './conformance-case.js';
import { expectThat } from './eventually.js';
import { STOP_WITHIN_MS } from './processor-under-test.js';
import type { Scene, Sight } from './scene.js';

/** As long as Redis is away. */
const CUT_MS = 500;
/** Long enough for a process to end that does not stand the loss of a connection that it keeps. */
const IDLE_MS = 300;

/** What is left of a job when something breaks in the middle of it. */
export const FAULT_CASES: readonly ConformanceCase[] = [
  {
    id: 'database-lost',
    title:
      'its database connections are cut, in the middle of a job and between jobs: it tries again, and the result is applied once',
    async run(scene) {
      const driver = scene.driver();
      await scene.ask(driver);
      const job = await scene.transaction(async (hold) => {
        await hold.results();
        const job = await scene.relay.sendWanted(driver.entryId);
        await hold.untilItWrites();
        await scene.cutDatabase();
        return job;
      });
      const state = await scene.finished(job);
      const { applied } = await scene.see(driver);
      expectThat(
        state === 'failed' || applied === 1,
        'Its database connections were cut in the middle. Expected it to throw, so that the job is tried again. BullMQ has the job as completed, and nothing was applied.',
      );
      expectOnce(await scene.applied(driver));
      await scene.cutDatabase();
      await pause(IDLE_MS);
      const next = scene.driver();
      await scene.ask(next);
      await scene.relay.sendWanted(next.entryId);
      expectOnce(await scene.applied(next));
    },
  },
  {
    id: 'redis-lost',
    title: 'its Redis connections are cut, in the middle of a job and between jobs: it goes on',
    async run(scene) {
      const driver = scene.driver();
      await scene.ask(driver);
      await scene.transaction(async (hold) => {
        await hold.results();
        await scene.relay.sendWanted(driver.entryId);
        await hold.untilItWrites();
        await scene.gates.redis.cut(CUT_MS);
      });
      expectOnce(await scene.applied(driver));
      await scene.gates.redis.cut(CUT_MS);
      const next = scene.driver();
      await scene.ask(next);
      await scene.relay.sendWanted(next.entryId);
      expectOnce(await scene.applied(next));
    },
  },
  {
    id: 'killed',
    title: 'killed in the middle of a job and started again, the result is applied once',
    async run(scene) {
      const driver = scene.driver();
      await scene.ask(driver);
      await scene.transaction(async (hold) => {
        await hold.results();
        await scene.relay.sendWanted(driver.entryId);
        await hold.untilItWrites();
        await scene.processor?.kill();
      });
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
      await scene.ask(driver);
      await scene.transaction(async (hold) => {
        await hold.results();
        await scene.relay.sendWanted(driver.entryId);
        await hold.untilItWrites();
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
    title: 'the same target on two instances at once has one effect',
    async run(scene) {
      const other = scene.startAnother();
      try {
        const driver = scene.driver();
        await scene.ask(driver);
        const job = await scene.relay.claim(driver.entryId);
        const jobs = await scene.transaction(async (hold) => {
          await hold.results();
          const first = await scene.relay.send(job);
          await hold.untilItWrites();
          const twin = await scene.relay.add([{ ...job, attempt: job.attempt + 1 }]);
          await begun(scene, twin[0]!);
          return [first, ...twin];
        });
        for (const id of jobs) await scene.finished(id);
        expectOnce(await scene.applied(driver));
      } finally {
        await other.stop();
      }
    },
  },
];

/** Waits until a job is taken, and a moment more. */
async function begun(scene: Scene, id: string): Promise<void> {
  const end = Date.now() + scene.patienceMs;
  while (Date.now() < end && (await scene.relay.look(id)).state !== 'active') await pause(25);
  await pause(200);
}

function expectOnce({ log, changes, changesWithGeneration }: Sight): void {
  expectThat(
    log.join() === 'applied 1' && changes === 1 && changesWithGeneration === 1,
    `Expected one result and one completion, together. The log has: ${log.join(', ') || 'nothing'}; the result changed ${changes} times, ${changesWithGeneration} of them together with a completion.`,
  );
}
