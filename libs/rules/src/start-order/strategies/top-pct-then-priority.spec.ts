import { becauseOf, documentWith, entries, orderOf, problemsOf } from '../example-documents.js';

const strategy = 'top_pct_then_priority';
const PRIORITIES = ['Ultimate', 'Challenger', 'Ultimate', 'SSV', 'Ultimate', 'Challenger'];
const change = {
  entries: entries(6, (n) => ({ priority: PRIORITIES[n - 1] })),
  // e2 (Challenger) won; e5 is the one Ultimate beyond 115 %.
  classification: [100, 95, 105, 96, 120, 97].map((seconds, index) => ({
    entryId: `e${index + 1}`,
    timeMs: seconds * 1000,
  })),
  classificationName: 'SS2',
};

describe('top_pct_then_priority', () => {
  it.each([
    [{ group: 'Ultimate', within_pct_of_winner: 115 }, 'e1 e3 e2 e6 e4 e5'],
    [
      { group: 'Ultimate', within_pct: 115, priority: ['Ultimate', 'SSV', 'Challenger'] },
      'e1 e3 e5 e4 e2 e6',
    ],
    [{ within_pct: 105 }, 'e2 e4 e6 e1 e3 e5'],
    [{ within_pct: 100, priority: ['Ultimate'] }, 'e2 e1 e3 e5 e4 e6'],
    [{ group: 'SSV' }, 'e4 e2 e6 e1 e3 e5'],
    [{}, 'e2 e4 e6 e1 e3 e5'],
  ])('with %j starts %s', (params, order) => {
    expect(orderOf(documentWith({ strategy, params }, change))).toBe(order);
  });

  it('says who is first, and which group follows', () => {
    const params = { group: 'Ultimate', within_pct_of_winner: 115 };
    expect(becauseOf(documentWith({ strategy, params }, change))).toMatchObject({
      e1: '4th in SS2, Ultimate within 115 % of the winner',
      e2: '1st in SS2; Challenger is 1st in priority',
      e5: '6th in SS2; Ultimate is 3rd in priority',
    });
  });

  it('needs times for a percentage', () => {
    const classification = [{ entryId: 'e1', position: 1 }];
    expect(problemsOf(documentWith({ strategy, params: { within_pct: 115 } }, { classification }))).toEqual([
      'INPUT_TIME_MISSING /stage/params/within_pct',
    ]);
  });
});
