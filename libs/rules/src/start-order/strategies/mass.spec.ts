import { drawStartOrder } from '../draw-start-order.js';
import { becauseOf, documentWith, entries, listOf, problemsOf } from '../example-documents.js';

const strategy = 'mass';
const fleets = entries(4, (n) => ({ pool: n < 3 ? 'dinghies' : 'yachts' }));

describe('mass', () => {
  it('starts everybody at once, in one group, by race number', () => {
    const { starts } = drawStartOrder(documentWith({ strategy }, { entries: entries(3).toReversed() }));
    expect(
      starts.map(({ entryId, position, group, startAt }) => [entryId, position, group, startAt]),
    ).toEqual([
      ['e1', 1, 1, '2026-06-07T07:00:00.000Z'],
      ['e2', 2, 1, '2026-06-07T07:00:00.000Z'],
      ['e3', 3, 1, '2026-06-07T07:00:00.000Z'],
    ]);
  });

  it.each([
    [
      'the gap between the pools',
      { pools: [{ id: 'dinghies' }, { id: 'yachts', gap_before_s: 600 }] },
      '07:10:00',
    ],
    [
      'nothing, together, when no gap is stated',
      { gaps: [], pools: [{ id: 'dinghies' }, { id: 'yachts' }] },
      '07:00:00',
    ],
    [
      'the warning signal, when it may not be before the start in front',
      {
        gaps: [],
        pools: [{ id: 'dinghies' }, { id: 'yachts', gap_before_s: 60 }],
        params: { signals: [{ t: -300, s: 'warning' }], next_class_warning: true },
      },
      '07:05:00',
    ],
  ])('starts the next fleet behind the one before by %s', (_case, stage, second) => {
    expect(listOf(documentWith({ strategy, ...stage }, { entries: fleets }))).toEqual([
      '07:00:00 e1',
      '07:00:00 e2',
      `${second} e3`,
      `${second} e4`,
    ]);
  });

  it('tells the signals', () => {
    const params = {
      signals: [
        { t: -300, s: 'warning: class flag' },
        { t: 0, s: 'start' },
      ],
    };
    expect(becauseOf(documentWith({ strategy, params }))['e1']).toBe(
      'everybody starts together, warning, class flag 06:55, start 07:00',
    );
    expect(problemsOf(documentWith({ strategy, params: { signals: [{ t: 'soon' }] } }))).toEqual([
      'PARAM_INVALID /stage/params/signals/0',
    ]);
  });

  it('starts a pinned entry with the fleet that it was put into', () => {
    const document = documentWith(
      { strategy, pools: [{ id: 'dinghies' }, { id: 'yachts', gap_before_s: 600 }] },
      { entries: fleets, pins: [{ entryId: 'e4', position: 1 }] },
    );
    expect(listOf(document)).toEqual(['07:00:00 e4', '07:00:00 e1', '07:00:00 e2', '07:10:00 e3']);
  });
});
