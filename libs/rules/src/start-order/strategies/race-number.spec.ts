import { becauseOf, documentWith, entries, listOf, orderOf, problemsOf } from '../example-documents.js';

const strategy = 'race_number';

describe('race_number', () => {
  it('starts in numerical order', () => {
    const document = documentWith(
      { strategy },
      {
        entries: [
          { id: 'b', raceNumber: 301 },
          { id: 'a', raceNumber: 12 },
          { id: 'c', raceNumber: 7 },
        ],
      },
    );
    expect(listOf(document)).toEqual(['07:00:00 c', '07:01:00 a', '07:02:00 b']);
    expect(becauseOf(document)['a']).toBe('race number order: #12 is 2nd of 3');
  });

  it.each([
    [[{ id: 'a' }], ['RACE_NUMBER_MISSING /entries/0/raceNumber']],
    [[{ id: 'a' }, { id: 'b' }], ['RACE_NUMBER_MISSING /entries']],
    [
      [{ id: 'a', raceNumber: -1 }],
      ['FIELD_INVALID /entries/0/raceNumber', 'RACE_NUMBER_MISSING /entries/0/raceNumber'],
    ],
  ])('refuses %j', (without, problems) => {
    expect(problemsOf(documentWith({ strategy }, { entries: without }))).toEqual(problems);
  });

  it.each([{ start: 'event_start + number minutes' }, { number_is_minute: true }])(
    'takes the number as the start minute with %j',
    (params) => {
      const document = documentWith(
        { strategy, params },
        { entries: entries(5).filter((_, index) => index !== 2) },
      );
      expect(listOf(document)).toEqual(['07:01:00 e1', '07:02:00 e2', '07:04:00 e4', '07:05:00 e5']);
      expect(becauseOf(document)['e4']).toBe('number 4 starts in minute 4');
    },
  );

  it('mixes pools where the number is the minute, because the clock leaves no other order', () => {
    const document = documentWith(
      { strategy, params: { number_is_minute: true }, pools: [{ id: 'women' }, { id: 'men' }] },
      { entries: entries(4, (n) => ({ pool: n % 2 === 0 ? 'women' : 'men' })) },
    );
    expect(orderOf(document)).toBe('e1 e2 e3 e4');
  });
});
