import { setTimeout as pause } from 'node:timers/promises';
import { InTurn } from './in-turn.js';

describe('work in turn', () => {
  it('never overlaps for one key, keeps its order and goes on after a failure', async () => {
    const inTurn = new InTurn();
    const events: string[] = [];
    const work = (name: string, fails = false) =>
      inTurn.run('stage', async () => {
        events.push(`${name} begins`);
        await pause(1);
        events.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const results = await Promise.allSettled([work('a'), work('b', true), work('c')]);
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('does not make different keys wait for each other', async () => {
    const inTurn = new InTurn();
    let release: () => void = () => undefined;
    const first = inTurn.run('one', () => new Promise<void>((resolve) => (release = resolve)));
    expect(await inTurn.run('other', () => Promise.resolve('done'))).toBe('done');
    release();
    await first;
  });
});
