import fc from 'fast-check';
import { judgeNumber, nextFreeNumber } from './race-numbers.js';

describe('the next free number', () => {
  it.each([
    [{ from: null, to: null, taken: [] }, 1],
    [{ from: null, to: null, taken: [1, 2, 4] }, 3],
    [{ from: 301, to: 319, taken: [301, 302] }, 303],
    [{ from: 301, to: 302, taken: [301, 302] }, null],
    [{ from: 0, to: 5, taken: [] }, 0],
    [{ from: 1, to: 9, taken: [5], after: 4 }, 6],
    [{ from: 1, to: 9, taken: [], after: 9 }, null],
    [{ from: 10, to: 19, taken: [], after: 3 }, 10],
  ])('of %j is %j', ({ taken, ...range }, expected) => {
    expect(nextFreeNumber({ ...range, taken: new Set(taken) })).toBe(expected);
  });

  it('is the least one of the range that nobody has', () => {
    const end = fc.option(fc.integer({ min: 0, max: 40 }));
    fc.assert(
      fc.property(end, end, fc.array(fc.nat(45)), (from, to, numbers) => {
        const taken = new Set(numbers);
        const free = Array.from({ length: 50 }, (_, number) => number).filter(
          (number) => number >= (from ?? 1) && number <= (to ?? 50) && !taken.has(number),
        );
        expect(nextFreeNumber({ from, to, taken })).toBe(free[0] ?? null);
      }),
    );
  });
});

it.each([
  [7, null],
  [1, null],
  [19, null],
  [0, 'RACE_NUMBER_OUT_OF_RANGE'],
  [20, 'RACE_NUMBER_OUT_OF_RANGE'],
  [-1, 'RACE_NUMBER_INVALID'],
  [1.5, 'RACE_NUMBER_INVALID'],
  [3, 'RACE_NUMBER_TAKEN'],
])('#%s in 1 to 19 without 2 and 3: %j', (raceNumber, code) => {
  const wish = { raceNumber, from: 1, to: 19, taken: new Set([2, 3]), label: 'Class M-1' };
  expect(judgeNumber(wish)?.code ?? null).toBe(code);
});

it('a refusal names the next free number', () => {
  const wish = { raceNumber: 2, from: 1, to: 2, taken: new Set([2]), label: 'Class M-1' };
  expect(judgeNumber(wish)?.message).toBe(
    '#2 belongs to another entry of the event. The next free one is 1.',
  );
  expect(judgeNumber({ ...wish, taken: new Set([1, 2]) })?.message).toMatch(/None of them is free\.$/);
});
