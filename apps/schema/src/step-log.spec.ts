import { createStepLog } from './step-log.js';

describe('the log of a boot', () => {
  it('prints a line for people with what came of a step and how long it took', async () => {
    const lines: string[] = [];
    const log = createStepLog('text', (line) => lines.push(line));
    expect(
      await log.step(
        'db-init/pre',
        async () => 3,
        (count) => `${count} files`,
      ),
    ).toBe(3);
    log.warn('look here', { file: 'a.sql' });
    expect(lines).toEqual([
      expect.stringMatching(/^ +\d\.\d s {2}db-init\/pre: 3 files \(\d\.\d s\)$/),
      expect.stringMatching(/s {2}warn: look here \{"file":"a\.sql"\}$/),
    ]);
  });

  it('prints one JSON object a line for machines', async () => {
    const lines: string[] = [];
    await createStepLog('json', (line) => lines.push(line)).step('check', async () => undefined);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      message: 'check',
      durationMs: expect.any(Number),
    });
  });

  it('leaves a failure to whoever ends the program', async () => {
    const lines: string[] = [];
    const failing = createStepLog('text', (line) => lines.push(line)).step('x', async () => {
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    expect(lines).toEqual([]);
  });
});
