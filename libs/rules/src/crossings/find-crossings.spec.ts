import { type Crossing, type Fence, fenceIndex, findCrossings, type Fix } from './find-crossings.js';

// On the equator a thousandth of a degree is 111.195 m both ways.
const START = Date.parse('2026-06-07T05:00:00Z');
type Ring = readonly (readonly [number, number])[];
const rectangle = (west: number, south: number, east: number, north: number): Ring => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];
const fence = (id: string, ...rings: Ring[]): Fence => ({ id, rings });
/** 111 m wide and high: from 0.010 to 0.011 degrees. */
const box = fence('box', rectangle(0.01, 0.01, 0.011, 0.011));
/** One fix a row: seconds since the start, longitude, latitude. */
const track = (...rows: readonly (readonly [seconds: number, lon: number, lat: number])[]): Fix[] =>
  rows.map(([seconds, lon, lat]) => ({ atMs: START + seconds * 1000, lon, lat }));
const inWords = (crossings: readonly Crossing[]) =>
  crossings.map(
    ({ fenceId, direction, atMs, isBridged }) =>
      `${fenceId} ${direction} ${((atMs - START) / 1000).toFixed(1)}${isBridged ? ' bridged' : ''}`,
  );
const raw = { jitterMs: 0 };

describe('a track and a fence', () => {
  it.each<[string, Fix[], string[]]>([
    // 0.009 → 0.012 in 3 s: a third of the way to the border, two thirds to the other one.
    [
      'between two fixes goes all the way through',
      track([0, 0.009, 0.0105], [3, 0.012, 0.0105]),
      ['box enter 1.0', 'box exit 2.0'],
    ],
    [
      'goes in and out at its own speed each time',
      track([0, 0.0096, 0.0105], [1, 0.0101, 0.0105], [60, 0.0109, 0.0105], [62, 0.0113, 0.0105]),
      ['box enter 0.8', 'box exit 60.5'],
    ],
    ['begins inside: no enter', track([0, 0.0105, 0.0105], [2, 0.0115, 0.0105]), ['box exit 1.0']],
    ['ends inside: no exit', track([0, 0.0095, 0.0105], [2, 0.0105, 0.0105]), ['box enter 1.0']],
    ['stays outside', track([0, 0.009, 0.009], [60, 0.009, 0.02]), []],
    ['stays inside', track([0, 0.0101, 0.0101], [9, 0.0109, 0.0109]), []],
    ['has one fix', track([0, 0.0105, 0.0105]), []],
    ['has none', [], []],
    [
      'cuts a corner between two fixes',
      track([0, 0.0095, 0.0104], [10, 0.0104, 0.0095]),
      // x + y = 0.0199 stays below 0.02, the corner: it passes outside.
      [],
    ],
  ])('%s', (_case, fixes, expected) => {
    expect(inWords(findCrossings(fixes, [box]))).toEqual(expected);
  });

  it('knows which fences a position is in', () => {
    const index = fenceIndex([box, fence('other', rectangle(0.0105, 0.0105, 0.02, 0.02))]);
    expect(index.fencesAt({ lon: 0.0107, lat: 0.0107 })).toEqual(['box', 'other']);
    expect(index.fencesAt({ lon: 0.011, lat: 0.01 })).toEqual(['box']);
    expect(index.fencesAt({ lon: 0.5, lat: 0.01 })).toEqual([]);
  });
});

describe('a track on the border', () => {
  it.each<[string, Fix[], string[]]>([
    [
      'touches a corner from outside: no visit',
      track([0, 0.009, 0.011], [2, 0.011, 0.009], [3, 0.02, 0.009]),
      [],
    ],
    [
      'touches a side with a fix and turns back: no visit',
      track([0, 0.009, 0.0105], [1, 0.01, 0.0105], [2, 0.009, 0.0105]),
      [],
    ],
    [
      'touches a side from inside: no absence',
      track([0, 0.0105, 0.0105], [1, 0.01, 0.0105], [2, 0.0105, 0.0105]),
      [],
    ],
    [
      'crosses on a fix: at the time of the fix, once',
      track([0, 0.009, 0.0105], [1, 0.01, 0.0105], [2, 0.0105, 0.0105]),
      ['box enter 1.0'],
    ],
    [
      'runs along a side from corner to corner: a visit',
      track([0, 0.009, 0.01], [3, 0.012, 0.01]),
      ['box enter 1.0', 'box exit 2.0'],
    ],
    [
      'stands on a side: a visit as long as it stands',
      track([0, 0.009, 0.0105], [1, 0.01, 0.0105], [5, 0.01, 0.0105], [6, 0.009, 0.0105]),
      ['box enter 1.0', 'box exit 5.0'],
    ],
    ['starts on a side and leaves: it was never in', track([0, 0.01, 0.0105], [1, 0.009, 0.0105]), []],
    [
      'goes in through a corner along the diagonal',
      track([0, 0.0095, 0.0095], [1, 0.0105, 0.0105]),
      ['box enter 0.5'],
    ],
  ])('%s', (_case, fixes, expected) => {
    expect(inWords(findCrossings(fixes, [box], raw))).toEqual(expected);
  });

  it('counts a run along a slanting side as inside', () => {
    const triangle = fence('triangle', [
      [0, 0],
      [3, 7],
      [0, 7],
    ]);
    // The line through (0, 0) and (3, 7), from (-3, -7) to (6, 14).
    const fixes = track([0, -3, -7], [9, 6, 14]);
    expect(inWords(findCrossings(fixes, [triangle], raw))).toEqual([
      'triangle enter 3.0',
      'triangle exit 6.0',
    ]);
  });
});

describe('a fence of any shape', () => {
  it('has holes, which are outside; the border of a hole is inside', () => {
    const ring = fence('ring', rectangle(0, 0, 10, 10), rectangle(4, 4, 6, 6));
    expect(inWords(findCrossings(track([0, -1, 5], [12, 11, 5]), [ring], raw))).toEqual([
      'ring enter 1.0',
      'ring exit 5.0',
      'ring enter 7.0',
      'ring exit 11.0',
    ]);
    expect(inWords(findCrossings(track([0, -1, 4], [12, 11, 4]), [ring], raw))).toEqual([
      'ring enter 1.0',
      'ring exit 11.0',
    ]);
  });

  it('may be concave: one line can visit it twice', () => {
    const horseshoe = fence('horseshoe', [
      [0, 0],
      [9, 0],
      [9, 9],
      [6, 9],
      [6, 3],
      [3, 3],
      [3, 9],
      [0, 9],
    ]);
    expect(inWords(findCrossings(track([0, -1, 6], [11, 10, 6]), [horseshoe], raw))).toEqual([
      'horseshoe enter 1.0',
      'horseshoe exit 4.0',
      'horseshoe enter 7.0',
      'horseshoe exit 10.0',
    ]);
  });

  it('is one of many: crossings come by time, then by id', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => fence(id, rectangle(1, 0, 2, 1))) as [Fence, Fence, Fence];
    const early = fence('z', rectangle(0.5, 0, 0.6, 1));
    expect(inWords(findCrossings(track([0, 0, 0.5], [10, 1.5, 0.5]), [c, a, early, b], raw))).toEqual([
      'z enter 3.3',
      'z exit 4.0',
      'a enter 6.7',
      'b enter 6.7',
      'c enter 6.7',
    ]);
  });
});

describe('a gap', () => {
  it('is bridged by a straight line, and said to be', () => {
    const fixes = track([0, 0.0095, 0.0105], [40, 0.0105, 0.0105], [70, 0.0115, 0.0105]);
    expect(findCrossings(fixes, [box])).toEqual([
      { fenceId: 'box', direction: 'enter', atMs: START + 20_000, gapMs: 40_000, isBridged: true },
      { fenceId: 'box', direction: 'exit', atMs: START + 55_000, gapMs: 30_000, isBridged: false },
    ]);
    expect(inWords(findCrossings(fixes, [box], { maxGapMs: 10_000 }))).toEqual([
      'box enter 20.0 bridged',
      'box exit 55.0 bridged',
    ]);
  });

  it.each([
    ['before', [0, 60, 61], 60_000],
    ['behind', [0, 1, 61], 60_000],
  ])('%s a fix that lies on the border makes it an estimate too', (_case, seconds, gapMs) => {
    const [first = 0, second = 0, third = 0] = seconds;
    const fixes = track([first, 0.009, 0.0105], [second, 0.01, 0.0105], [third, 0.0105, 0.0105]);
    expect(findCrossings(fixes, [box])).toMatchObject([
      { atMs: START + second * 1000, gapMs, isBridged: true },
    ]);
  });
});

describe('jitter', () => {
  // 0.00003 degrees are 3.3 m; the western side of the box is at 0.01.
  const [out, inside] = [0.00997, 0.01003];
  const trembling = (...lons: number[]) => track(...lons.map((lon, s) => [s, lon, 0.0105] as const));

  it.each<[string, Fix[], string[]]>([
    [
      'on the way in: the first time in',
      trembling(0.009, inside, out, inside, out, 0.0105),
      ['box enter 1.0'],
    ],
    ['beside the border, outside: nothing', trembling(0.0095, out, inside, out, inside, out, 0.0095), []],
    ['beside the border, inside: nothing', trembling(0.0105, inside, out, inside, out, inside, 0.0105), []],
    [
      'on the way out: the first time out',
      trembling(0.0105, inside, out, inside, out, 0.0095),
      ['box exit 1.5'],
    ],
  ])('%s', (_case, fixes, expected) => {
    expect(findCrossings(fixes, [box], raw).length).toBeGreaterThan(1);
    expect(inWords(findCrossings(fixes, [box]))).toEqual(expected);
  });

  it.each<[string, number[], string[]]>([
    // One fix 33 m from the border: deeper than noise.
    ['a short visit that is deep', [0.0095, 0.0103, 0.0095], ['box enter 0.6', 'box exit 1.4']],
    // 111 m in 0.5 s, no fix inside.
    ['a pass-through between two fixes', [0.009, 0.012], ['box enter 0.3', 'box exit 0.7']],
  ])('is not %s', (_case, lons, expected) => {
    expect(inWords(findCrossings(trembling(...lons), [box]))).toEqual(expected);
  });

  it('is not a pass straight through a strip that is narrower than the noise', () => {
    // 5.6 m wide, 220 m long.
    const line = fence('line', rectangle(0.01, 0.01, 0.01005, 0.012));
    expect(inWords(findCrossings(trembling(0.0098, 0.0103), [line]))).toEqual([
      'line enter 0.4',
      'line exit 0.5',
    ]);
  });

  it('is a clip of a corner that stays near both sides', () => {
    // It leaves 5.6 m on each side.
    const fixes = track([0, 0.00995, 0.0101], [1, 0.0101, 0.00995]);
    expect(inWords(findCrossings(fixes, [box], raw))).toEqual(['box enter 0.3', 'box exit 0.7']);
    expect(inWords(findCrossings(fixes, [box]))).toEqual([]);
  });

  it('is a way along the border at speed, a few metres in', () => {
    const fixes = track([0, out, 0.0102], [1, inside, 0.0103], [2, inside, 0.0105], [3, out, 0.0106]);
    expect(inWords(findCrossings(fixes, [box]))).toEqual([]);
  });

  it('is a fix that is thrown far away for a moment', () => {
    expect(inWords(findCrossings(trembling(0.0105, 0.0105, 0.02, 0.0105, 0.0105), [box]))).toEqual([]);
  });

  it('takes a visit and an absence for what they are once they last', () => {
    const fixes = track([0, out, 0.0105], [2, inside, 0.0105], [4, inside, 0.0105], [6, out, 0.0105]);
    expect(inWords(findCrossings(fixes, [box]))).toEqual(['box enter 1.0', 'box exit 5.0']);
    expect(inWords(findCrossings(fixes, [box], { jitterMs: 5_000 }))).toEqual([]);
    expect(inWords(findCrossings(fixes, [box], { jitterMs: 5_000, jitterMetres: 3 }))).toEqual([
      'box enter 1.0',
      'box exit 5.0',
    ]);
  });
});

describe('what cannot be judged', () => {
  it.each<[string, () => unknown, string]>([
    [
      'fixes out of order',
      () => findCrossings(track([1, 0, 0], [0, 0, 0]), [box]),
      `Fix 1 at ${START} isn't later than the one before it.`,
    ],
    [
      'two fixes at one time',
      () => findCrossings(track([1, 0, 0], [1, 0, 0]), [box]),
      "Fix 1 at 1780808401000 isn't later",
    ],
    [
      'a position that is no number',
      () => findCrossings(track([0, Number.NaN, 0]), [box]),
      'Fix 0 has a time',
    ],
    ['a fence without a ring', () => fenceIndex([fence('a')]), 'Fence "a" has no ring.'],
    [
      'a ring of two positions',
      () =>
        fenceIndex([
          fence('a', [
            [0, 0],
            [1, 1],
          ]),
        ]),
      'Fence "a": ring 0 has fewer than three positions.',
    ],
    [
      'a ring with a hole in its numbers',
      () => fenceIndex([fence('a', rectangle(0, 0, Number.NaN, 1))]),
      'Fence "a": ring 0 has a position that isn\'t two numbers.',
    ],
    ['two fences of one id', () => fenceIndex([box, box]), 'Two fences are called "box".'],
  ])('is refused: %s', (_case, attempt, message) => {
    expect(attempt).toThrow(RangeError);
    expect(attempt).toThrow(message);
  });

  it('no fences, no crossings', () => {
    expect(findCrossings(track([0, 0, 0], [1, 1, 1]), [])).toEqual([]);
    expect(fenceIndex([]).fencesAt({ lon: 0, lat: 0 })).toEqual([]);
  });
});
