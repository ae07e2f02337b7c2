import { drawStartOrder } from '../draw-start-order.js';
import type { StartOrderStage } from '../document.js';
import { becauseOf, documentWith, entries, listOf, orderOf, problemsOf } from '../example-documents.js';

const strategy = 'waves';
const wavesOf = (n: number, params: Record<string, unknown>, stage: Partial<StartOrderStage> = {}) => {
  const { starts } = drawStartOrder(documentWith({ strategy, params, ...stage }, { entries: entries(n) }));
  const sizes = new Map<string, number>();
  for (const { group, startAt } of starts) {
    const wave = `${group} ${startAt.slice(11, 19)}`;
    sizes.set(wave, (sizes.get(wave) ?? 0) + 1);
  }
  return [...sizes].map(([wave, size]) => `${wave} x${size}`);
};

describe('waves', () => {
  it.each([
    [10, { size: 4, interval_s: 300 }, ['1 07:00:00 x4', '2 07:05:00 x4', '3 07:10:00 x2']],
    [61, { size: '25-30', interval_s: 300 }, ['1 07:00:00 x21', '2 07:05:00 x20', '3 07:10:00 x20']],
    [56, { size: '25-30', interval_s: 300 }, ['1 07:00:00 x28', '2 07:05:00 x28']],
    [8, { waves: 3, interval_s: 60 }, ['1 07:00:00 x3', '2 07:01:00 x3', '3 07:02:00 x2']],
    [2, { waves: 3, interval_s: 60 }, ['1 07:00:00 x1', '2 07:01:00 x1']],
    [6, { waves: 3, window: '07:00-09:00' }, ['1 07:00:00 x2', '2 08:00:00 x2', '3 09:00:00 x2']],
    [
      4,
      { waves: 4, window: '07:00-07:10' },
      ['1 07:00:00 x1', '2 07:03:20 x1', '3 07:06:40 x1', '4 07:10:00 x1'],
    ],
    [3, { waves: 1, window: '08:00-09:00' }, ['1 08:00:00 x3']],
    [4, { size: 2, min_gap_s: 90, interval_s: 60 }, ['1 07:00:00 x2', '2 07:01:30 x2']],
    [4, { size: 2 }, ['1 07:00:00 x2', '2 07:01:00 x2']],
  ])('cuts %i entries with %j into %j', (n, params, waves) => {
    expect(wavesOf(n, params)).toEqual(waves);
  });

  it('reads the window by the clock of the start', () => {
    const stage = { startsAt: '2026-06-07T07:00:00+02:00' };
    expect(wavesOf(2, { waves: 2, window: '07:00-09:00' }, stage)).toEqual([
      '1 05:00:00 x1',
      '2 07:00:00 x1',
    ]);
  });

  it('takes the waves that the entries bring along, and their numbers', () => {
    const document = documentWith(
      { strategy, params: { interval_s: 600 } },
      { entries: entries(5, (n) => ({ wave: [2, 4, 2, null, 3][n - 1] })) },
    );
    expect(
      drawStartOrder(document).starts.map(
        ({ entryId, group, startAt }) => `${entryId} ${group} ${startAt.slice(11, 16)}`,
      ),
    ).toEqual(['e1 2 07:00', 'e3 2 07:00', 'e5 3 07:10', 'e2 4 07:20', 'e4 5 07:30']);
    expect(becauseOf(document)).toMatchObject({ e2: 'wave 4', e4: 'no wave: behind the last wave' });
  });

  it('sorts into the waves, a group first', () => {
    const document = documentWith(
      { strategy, params: { size: 2, interval_s: 300, first: 'elites', rest: 'registration date' } },
      {
        entries: entries(5, (n) => ({
          priority: n === 5 ? 'Elites' : null,
          registeredAt: `2026-01-0${7 - n}T00:00:00Z`,
        })),
      },
    );
    expect(listOf(document)).toEqual([
      '07:00:00 e5',
      '07:00:00 e4',
      '07:05:00 e3',
      '07:05:00 e2',
      '07:10:00 e1',
    ]);
    expect(becauseOf(document)).toMatchObject({
      e5: 'elites first, by registeredAt, wave 1 of 3',
      e4: '2nd by registeredAt, wave 1 of 3',
    });
  });

  it('never mixes pools in a wave, unless they are not kept apart', () => {
    const stage = { strategy, params: { size: 3, interval_s: 300 }, pools: [{ id: 'a' }, { id: 'b' }] };
    const rest = { entries: entries(6, (n) => ({ pool: n % 3 === 0 ? 'a' : 'b' })) };
    expect(listOf(documentWith(stage, rest)).map((line) => line.slice(3))).toEqual([
      '00:00 e3',
      '00:00 e6',
      '05:00 e1',
      '05:00 e2',
      '05:00 e4',
      '10:00 e5',
    ]);
    expect(orderOf(documentWith({ ...stage, keepPoolsApart: false }, rest))).toBe('e1 e2 e3 e4 e5 e6');
  });

  it('fills the place of a pin in its wave', () => {
    const document = documentWith(
      { strategy, params: { size: 2, interval_s: 300 } },
      { pins: [{ entryId: 'e4', position: 1 }] },
    );
    expect(listOf(document)).toEqual(['07:00:00 e4', '07:00:00 e1', '07:05:00 e2', '07:05:00 e3']);
  });

  it.each([
    [{}, ['PARAM_MISSING /stage/params/size']],
    [{ size: 'many' }, ['PARAM_INVALID /stage/params/size']],
    [{ size: '30-25' }, ['PARAM_INVALID /stage/params/size']],
    [{ waves: 0 }, ['PARAM_INVALID /stage/params/waves', 'PARAM_MISSING /stage/params/size']],
    [{ waves: 2, window: '09:00-07:00' }, ['PARAM_INVALID /stage/params/window']],
    [{ waves: 3, window: '07:00-07:01', min_gap_s: 60 }, ['WINDOW_TOO_SHORT /stage/params/window']],
  ])('refuses %j', (params, problems) => {
    expect(problemsOf(documentWith({ strategy, params }))).toEqual(problems);
  });
});
