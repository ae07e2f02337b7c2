import { becauseOf, documentWith, entries, listOf, orderOf } from '../example-documents.js';

const strategy = 'inverse_race_number';

describe('inverse_race_number', () => {
  it('starts in strictly descending numbers', () => {
    expect(listOf(documentWith({ strategy }))).toEqual([
      '07:00:00 e4',
      '07:01:00 e3',
      '07:02:00 e2',
      '07:03:00 e1',
    ]);
  });

  it('reverses only the numbers that it is given, the others follow', () => {
    const document = documentWith({ strategy, params: { from_bib: 3, to_bib: 1 } }, { entries: entries(6) });
    expect(orderOf(document)).toBe('e3 e2 e1 e4 e5 e6');
    expect(becauseOf(document)).toMatchObject({
      e3: 'inverse race number order: #3 is 1st of 3',
      e4: '#4 is outside 3 to 1: behind them, by race number',
    });
  });
});
