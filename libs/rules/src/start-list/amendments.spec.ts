import fc from 'fast-check';
import {
  addLateEntry,
  type AmendableLine,
  type Amendment,
  delayStarts,
  diffLists,
  pinStart,
  reinstateEntry,
  removeEntry,
  segmentTargets,
  tailGapSeconds,
  unpinStart,
  type VacancyStatus,
} from '../index.js';

const START = Date.parse('2026-06-06T06:00:00Z');
const BEFORE = new Date(START - 3_600_000);
const at = (minute: number) => new Date(START + minute * 60_000).toISOString();
type Line = AmendableLine & { raceNumber: number | null; name: string | null };

/** A list of `count` entries e1, e2 … one minute apart. */
const list = (count: number, pools = 1): Line[] =>
  Array.from({ length: count }, (_, index) => ({
    position: index + 1,
    group: index + 1,
    entryId: `e${index + 1}`,
    raceNumber: index + 1,
    name: null,
    startAt: at(index),
    because: 'drawn',
    pool: pools === 1 ? null : `P${(index % pools) + 1}`,
  }));
const linesOf = <L>(amendment: Amendment<L>): readonly L[] => {
  if ('refusal' in amendment) throw new Error(amendment.refusal.code);
  return amendment.lines;
};
const refusalOf = (amendment: Amendment<unknown>) =>
  'refusal' in amendment ? amendment.refusal.code : 'none';
const order = (lines: readonly AmendableLine[]) =>
  lines.map(({ entryId, position, status }) => `${position}:${entryId}${status ? `(${status})` : ''}`);
const late = { entryId: 'late', raceNumber: 99, name: 'Late crew' };
const segments = [
  { segmentId: 's1', name: 'Liaison', offsetSeconds: 0 },
  { segmentId: 's2', name: 'Special', offsetSeconds: 1_800 },
  { segmentId: 's3', name: 'Home', offsetSeconds: 5_400 },
];

describe('a late entry', () => {
  it('starts behind the last one, at the same interval', () => {
    const lines = linesOf(
      addLateEntry(list(3), { entry: late, placement: 'tail', gapSeconds: 60, notBefore: BEFORE }),
    );
    expect(lines.at(-1)).toMatchObject({ position: 4, group: 4, startAt: at(3) });
    expect(lines.at(-1)?.because).toBe('late entry: at the tail, 1 min behind the last start');
  });

  it('takes the first empty slot that still lies ahead, when asked to', () => {
    const lines = list(4).map((line) =>
      ['e1', 'e3'].includes(line.entryId) ? { ...line, status: 'dns' as const } : line,
    );
    const added = linesOf(
      addLateEntry(lines, {
        entry: late,
        placement: 'vacancy',
        gapSeconds: 60,
        notBefore: new Date(START + 60_000),
      }),
    );
    expect(order(added)).toEqual(['1:e1(dns)', '2:e2', '3:late', '4:e4']);
  });

  it('is refused a vacancy when there is none', () => {
    expect(
      refusalOf(
        addLateEntry(list(3), { entry: late, placement: 'vacancy', gapSeconds: 60, notBefore: BEFORE }),
      ),
    ).toBe('NO_VACANCY');
  });

  it('never gets a minute that is over', () => {
    const lines = linesOf(
      addLateEntry(list(3), {
        entry: late,
        placement: 'tail',
        gapSeconds: 60,
        notBefore: new Date(START + 10 * 60_000 + 1),
      }),
    );
    expect(lines.at(-1)?.startAt).toBe(at(11));
  });

  it('joins the last group of a mass start', () => {
    const mass = list(3).map((line) => ({ ...line, group: 1, startAt: at(0) }));
    const lines = linesOf(
      addLateEntry(mass, { entry: late, placement: 'tail', gapSeconds: 0, notBefore: BEFORE }),
    );
    expect(lines.at(-1)).toMatchObject({ position: 4, group: 1, startAt: at(0) });
  });
});

describe('the gap behind the last start', () => {
  const settings = { pool: null, joins: 'never', intervalSeconds: 90, poolGapSeconds: 0 } as const;
  const wave = (group: number, count: number) =>
    list(count).map((line) => ({
      ...line,
      group,
      startAt: at(group * 5),
      entryId: `w${group}${line.entryId}`,
    }));

  it.each([
    ['is that of the last two', list(4), settings, 60],
    ['is the interval of the stage when there is one start only', list(1), settings, 90],
    ['is a minute when nothing is known', list(1), { ...settings, intervalSeconds: null }, 60],
    ['is none in a mass start', list(4), { ...settings, joins: 'always' as const }, 0],
    [
      'is none while the last wave is smaller than another',
      [...wave(1, 3), ...wave(2, 2)],
      { ...settings, joins: 'while_smaller' as const },
      0,
    ],
    [
      'is that between waves when the last one is full',
      [...wave(1, 3), ...wave(2, 3)],
      { ...settings, joins: 'while_smaller' as const },
      300,
    ],
    [
      'is at least the gap in front of another pool',
      list(4),
      { ...settings, pool: 'P2', poolGapSeconds: 600 },
      600,
    ],
  ])('%s', (_case, lines, of, seconds) => {
    expect(tailGapSeconds(lines, of)).toBe(seconds);
  });
});

describe('an entry that leaves', () => {
  it('leaves its slot empty and moves nobody', () => {
    const before = list(4);
    const after = linesOf(
      removeEntry(before, { entryId: 'e2', status: 'withdrawn', policy: 'keep', notBefore: BEFORE }),
    );
    expect(diffLists(before, after).map(({ entryId, change }) => [entryId, change])).toEqual([
      ['e2', 'vacated'],
    ]);
    expect(after.map(({ startAt }) => startAt)).toEqual(before.map(({ startAt }) => startAt));
  });

  it('closes up within its pool, past pinned starts and not into the past', () => {
    const before = list(6, 2).map((line) => (line.entryId === 'e5' ? { ...line, pinned: 'asked' } : line));
    const after = linesOf(
      removeEntry(before, { entryId: 'e1', status: 'dns', policy: 'close_up', notBefore: BEFORE }),
    );
    expect(order(after)).toEqual(['1:e3', '2:e2', '4:e4', '5:e5', '6:e6']);
    const tooLate = linesOf(
      removeEntry(before, {
        entryId: 'e1',
        status: 'dns',
        policy: 'close_up',
        notBefore: new Date(START + 1),
      }),
    );
    expect(order(tooLate)[0]).toBe('1:e1(dns)');
  });

  it('has its own slot again when it comes back in time, and is a late entry otherwise', () => {
    const gone = linesOf(
      removeEntry(list(3), { entryId: 'e2', status: 'dns', policy: 'keep', notBefore: BEFORE }),
    );
    expect(order(linesOf(reinstateEntry(gone, 'e2', BEFORE)))).toEqual(['1:e1', '2:e2', '3:e3']);
    expect(refusalOf(reinstateEntry(gone, 'e2', new Date(START + 120_000)))).toBe('SLOT_IS_OVER');
  });
});

describe('a pin', () => {
  const pin = (lines: readonly Line[], entryId: string, position: number, notBefore = BEFORE) =>
    pinStart(lines, { entryId, position, reason: 'stewards 4', gapSeconds: 60, notBefore });

  it.each([
    ['forward', 'e2', 4, ['1:e1', '2:e3', '3:e4', '4:e2', '5:e5']],
    ['backward', 'e4', 2, ['1:e1', '2:e4', '3:e2', '4:e3', '5:e5']],
    ['to the tail', 'e2', 6, ['1:e1', '3:e3', '4:e4', '5:e5', '6:e2']],
  ])('moves as few as possible: %s', (_way, entryId, position, expected) => {
    const lines = linesOf(pin(list(5), entryId, position));
    expect(order(lines)).toEqual(expected);
    expect(lines.find((line) => line.entryId === entryId)).toMatchObject({
      pinned: 'stewards 4',
      because: `pinned to position ${position}: stewards 4`,
      startAt: at(position - 1),
    });
  });

  it('into an empty slot moves nobody else', () => {
    const before = list(4).map((line) =>
      line.entryId === 'e2' ? { ...line, status: 'dns' as const } : line,
    );
    expect(order(linesOf(pin(before, 'e4', 2)))).toEqual(['1:e1', '2:e4', '3:e3']);
  });

  it('holds against another pin', () => {
    const first = linesOf(pin(list(5), 'e5', 2));
    expect(refusalOf(pin(first, 'e1', 2))).toBe('POSITION_PINNED');
    expect(order(linesOf(pin(first, 'e4', 1)))).toEqual(['1:e4', '2:e5', '3:e1', '4:e2', '5:e3']);
  });

  it.each([
    ['no such position', 'e1', 9, BEFORE, 'PIN_OUT_OF_RANGE'],
    ['an entry that is not listed', 'e9', 1, BEFORE, 'ENTRY_NOT_LISTED'],
    ['a start that is over', 'e4', 1, new Date(START + 30_000), 'START_IS_OVER'],
  ])('is refused for %s', (_what, entryId, position, notBefore, code) => {
    expect(refusalOf(pin(list(5), entryId, position, notBefore))).toBe(code);
  });

  it('is let go without moving anybody', () => {
    const pinned = linesOf(pin(list(5), 'e2', 4));
    const after = linesOf(unpinStart(pinned, 'e2'));
    expect(diffLists(pinned, after).map(({ entryId, change }) => [entryId, change])).toEqual([
      ['e2', 'unpinned'],
    ]);
  });
});

describe('a delay', () => {
  it('of the whole stage moves all that have not started', () => {
    const { lines } = delayStarts(
      { lines: list(3), segments },
      { seconds: 1_200, fromSegmentId: null, exempt: new Set(['e1']) },
    );
    expect(lines.map(({ startAt }) => startAt)).toEqual([at(0), at(21), at(22)]);
  });

  it('from a segment on moves that one and those behind it, for entries that are not past it', () => {
    const delayed = delayStarts(
      { lines: list(2), segments },
      { seconds: 600, fromSegmentId: 's2', exempt: new Set(['e1']) },
    );
    const minutesOf = (line: Line) =>
      segmentTargets(line, delayed.segments).map((ms) => (ms - START) / 60_000);
    expect(delayed.lines.map(minutesOf)).toEqual([
      [0, 30, 90],
      [1, 41, 101],
    ]);
    expect(delayed.segments[1]).toMatchObject({ delaySeconds: 600, offsetSeconds: 2_400 });
  });
});

describe('any amendment', () => {
  const statuses: VacancyStatus[] = ['withdrawn', 'dns', 'dnf', 'dsq', 'registered'];
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('late' as const), placement: fc.constantFrom('tail', 'vacancy') }),
      fc.record({
        kind: fc.constant('leave' as const),
        who: fc.nat(30),
        status: fc.constantFrom(...statuses),
        policy: fc.constantFrom('keep', 'close_up'),
      }),
      fc.record({
        kind: fc.constant('pin' as const),
        who: fc.nat(30),
        position: fc.integer({ min: 0, max: 34 }),
      }),
      fc.record({ kind: fc.constant('unpin' as const), who: fc.nat(30) }),
      fc.record({ kind: fc.constant('back' as const), who: fc.nat(30) }),
    ),
    { maxLength: 25 },
  );
  const notBefores = fc.integer({ min: -5, max: 12 }).map((minute) => new Date(START + minute * 60_000));

  it('keeps positions unique, pins in place and, unless it says otherwise, every published start', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 3 }),
        notBefores,
        steps,
        (count, pools, notBefore, all) => {
          let lines: readonly Line[] = list(count, pools);
          let serial = 0;
          const pins = new Map<string, number>();
          for (const step of all) {
            const who = lines[('who' in step ? step.who : 0) % lines.length]!.entryId;
            const amendment: Amendment<Line> =
              step.kind === 'late'
                ? addLateEntry(lines, {
                    entry: { ...late, entryId: `late${(serial += 1)}`, pool: lines[0]!.pool ?? null },
                    placement: step.placement,
                    gapSeconds: 60,
                    notBefore,
                  })
                : step.kind === 'leave'
                  ? removeEntry(lines, {
                      entryId: who,
                      status: step.status,
                      policy: step.policy,
                      notBefore,
                    })
                  : step.kind === 'pin'
                    ? pinStart(lines, {
                        entryId: who,
                        position: step.position,
                        reason: 'r',
                        gapSeconds: 60,
                        notBefore,
                      })
                    : step.kind === 'unpin'
                      ? unpinStart(lines, who)
                      : reinstateEntry(lines, who, notBefore);
            if ('refusal' in amendment) continue;
            const changes = diffLists(lines, amendment.lines);
            if (step.kind === 'pin') pins.set(who, step.position);
            if (step.kind === 'unpin' || step.kind === 'leave') pins.delete(who);
            // A late entry that takes an empty slot pushes only the line of the absent one out.
            const unexpected = changes.filter(({ change, from, entryId }) =>
              step.kind === 'late'
                ? change !== 'added' && !(change === 'removed' && from?.status !== undefined)
                : step.kind === 'leave' && step.policy === 'keep' && entryId !== who,
            );
            expect(unexpected).toEqual([]);
            // Nobody whose start is over is moved.
            for (const { change, from, to } of changes) {
              if (change !== 'moved') continue;
              expect(Date.parse(from!.startAt)).toBeGreaterThanOrEqual(notBefore.getTime());
              expect(Date.parse(to!.startAt)).toBeGreaterThanOrEqual(notBefore.getTime());
            }
            lines = amendment.lines;
            expect(new Set(lines.map(({ position }) => position)).size).toBe(lines.length);
            expect(new Set(lines.map(({ entryId }) => entryId)).size).toBe(lines.length);
            expect(lines.map(({ position }) => position)).toEqual(
              lines.map(({ position }) => position).toSorted((a, b) => a - b),
            );
            const unpinned = [...pins].filter(([entryId, position]) =>
              lines.some(
                (line) => line.entryId === entryId && line.status === undefined && line.position !== position,
              ),
            );
            expect(unpinned).toEqual([]);
          }
        },
      ),
    );
  });

  it('of two delays is the same as one of their sum', () => {
    const seconds = fc.integer({ min: 1, max: 7_200 });
    const from = fc.constantFrom(null, 's1', 's2', 's3');
    const exempt = fc.subarray(['e1', 'e2', 'e3']).map((ids) => new Set(ids));
    fc.assert(
      fc.property(seconds, seconds, from, exempt, (a, b, fromSegmentId, exempt) => {
        const start = { lines: list(4), segments };
        const delay = (of: typeof start, seconds: number) =>
          delayStarts<Line, (typeof segments)[number]>(of, {
            seconds,
            fromSegmentId,
            exempt,
          }) as typeof start;
        expect(delay(delay(start, a), b)).toEqual(delay(start, a + b));
      }),
    );
  });
});
