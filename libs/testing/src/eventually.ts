import { setTimeout as pause } from 'node:timers/promises';

/**
 * Polls until `ask` returns without throwing.
 * @throws the last error after the deadline
 */
export async function eventually<Result>(ask: () => Promise<Result>, deadlineMs = 30_000): Promise<Result> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw error;
      await pause(50);
    }
  }
}
