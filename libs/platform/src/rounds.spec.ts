import { Rounds } from './rounds.js';

const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Counts rounds, and lets a test hold one open. */
function counted(answer: (round: number) => boolean | Promise<boolean> = () => false, everyMs = 60_000) {
  const seen = { rounds: 0, atOnce: 0, most: 0 };
  const rounds = new Rounds({
    name: 'counting',
    everyMs,
    work: async () => {
      seen.rounds += 1;
      seen.atOnce += 1;
      seen.most = Math.max(seen.most, seen.atOnce);
      try {
        return await answer(seen.rounds);
      } finally {
        seen.atOnce -= 1;
      }
    },
  });
  return { rounds, seen };
}

describe('Rounds', () => {
  it('goes on while there is more to do', async () => {
    const { rounds, seen } = counted((round) => round < 4);
    rounds.start();
    for (let waits = 0; waits < 200 && seen.rounds < 4; waits += 1) await soon(10);
    // A fifth would come now.
    await soon(30);
    await rounds.stop();
    expect(seen.rounds).toBe(4);
  });

  it('begins again after a while', async () => {
    const { rounds, seen } = counted(() => false, 5);
    rounds.start();
    await soon(60);
    await rounds.stop();
    expect(seen.rounds).toBeGreaterThan(2);
  });

  it('does a round behind the one under way when it is woken in the middle, and one only', async () => {
    const { rounds, seen } = counted(async () => {
      await soon(20);
      return false;
    });
    rounds.start();
    await soon(5);
    rounds.wake();
    rounds.wake();
    await soon(80);
    await rounds.stop();
    expect(seen).toMatchObject({ rounds: 2, most: 1 });
  });

  it('goes on after a round that failed, but not at once', async () => {
    const { rounds, seen } = counted(() => Promise.reject(new Error('no database')), 15);
    rounds.start();
    await soon(5);
    expect(seen.rounds).toBe(1);
    await soon(60);
    await rounds.stop();
    expect(seen.rounds).toBeGreaterThan(1);
  });

  it('ends with the round that is under way, and is not woken any more', async () => {
    const { rounds, seen } = counted(async () => {
      await soon(20);
      return true;
    });
    rounds.start();
    await rounds.stop();
    rounds.wake();
    await soon(40);
    expect(seen).toEqual({ rounds: 1, atOnce: 0, most: 1 });
  });
});
