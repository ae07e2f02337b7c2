import { drawStartOrder } from '../draw-start-order.js';
import { becauseOf, classified, documentWith, entries, listOf, problemsOf } from '../example-documents.js';

const strategy = 'pursuit';
const evening = { strategy, startsAt: '2026-06-07T19:00:00+02:00' };
const expected = [2130, 2000, 2000, 1900];

describe('pursuit', () => {
  it.each([
    { finish_at: '19:37:00' },
    { finish: '19:37' },
    { common_finish: '2026-06-07T17:37:00Z' },
    { finish_at: '2026-06-07 19:37+02:00' },
  ])('counts back from the common finish: %j', (params) => {
    const document = documentWith(
      { ...evening, params },
      { entries: entries(4, (n) => ({ expected_s: expected[n - 1] })) },
    );
    // 19:37:00 less 35:30 is 19:01:30, by the clock of the start.
    expect(listOf(document)).toEqual(['17:01:30 e1', '17:03:40 e2', '17:03:40 e3', '17:05:20 e4']);
    expect(drawStartOrder(document).starts.map(({ group }) => group)).toEqual([1, 2, 2, 3]);
    expect(becauseOf(document)['e1']).toBe('expected 0:35:30, counted back from the finish at 19:37');
  });

  it('takes the time of the classification where nothing else is expected, and places nobody without one', () => {
    const document = documentWith(
      { ...evening, params: { finish_at: '19:37:00' } },
      { entries: entries(3, (n) => (n === 1 ? { expected_s: 60 } : {})), classification: classified('e2') },
    );
    expect(listOf(document)).toEqual(['17:35:20 e2', '17:36:00 e1']);
    expect(becauseOf(document)['e3']).toMatch(/^no expected time/);
  });

  it('finishes on the next day when the clock says so', () => {
    const document = documentWith(
      { strategy, startsAt: '2026-06-07T23:00:00Z', params: { finish_at: '00:30:00' } },
      { entries: entries(1, () => ({ expected_s: 3600 })) },
    );
    expect(drawStartOrder(document).starts[0]?.startAt).toBe('2026-06-07T23:30:00.000Z');
  });

  it('starts everybody as far behind the leader as in the classification, rounded', () => {
    const document = documentWith(
      { strategy },
      {
        classification: [100_000, 104_400, 104_499, 161_500].map((timeMs, index) => ({
          entryId: `e${index + 1}`,
          timeMs,
        })),
      },
    );
    expect(listOf(document)).toEqual(['07:00:00 e1', '07:00:04 e2', '07:00:04 e3', '07:01:02 e4']);
    expect(becauseOf(document)).toMatchObject({
      e1: '1st in the classification, with the leader',
      e4: '4th in the classification, 0:01:02 behind the leader',
    });
    const rounded = { ...document, stage: { ...document.stage, params: { round_to_s: 10 } } };
    expect(listOf(rounded)).toEqual(['07:00:00 e1', '07:00:00 e2', '07:00:00 e3', '07:01:00 e4']);
  });

  it('starts the unclassified behind the last by the gap', () => {
    expect(listOf(documentWith({ strategy }, { classification: classified('e2', 'e4') }))).toEqual([
      '07:00:00 e2',
      '07:00:01 e4',
      '07:01:01 e1',
      '07:02:01 e3',
    ]);
  });

  it('pins without moving the times of the others', () => {
    const document = documentWith(
      { strategy },
      { classification: classified('e1', 'e2', 'e3', 'e4'), pins: [{ entryId: 'e1', position: 3 }] },
    );
    expect(listOf(document)).toEqual(['07:00:01 e2', '07:00:02 e3', '07:00:02 e1', '07:00:03 e4']);
  });

  it.each([
    [
      { finish_at: 'at dusk' },
      { entries: entries(1, () => ({ expected_s: 1 })) },
      'TIME_UNREADABLE /stage/params/finish_at',
    ],
    [{ finish_at: '19:37' }, {}, 'EXPECTED_TIME_MISSING /entries'],
    [{}, {}, 'INPUT_STAGE_MISSING /classification'],
    [{}, { classification: [{ entryId: 'e1', position: 1 }] }, 'INPUT_TIME_MISSING /classification'],
    [{ round_to_s: 0 }, { classification: classified('e1') }, 'PARAM_INVALID /stage/params/round_to_s'],
  ])('refuses %j with %j', (params, rest, problem) => {
    expect(problemsOf(documentWith({ strategy, params }, rest))).toEqual([problem]);
  });
});
