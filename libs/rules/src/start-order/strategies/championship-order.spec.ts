import { becauseOf, classified, documentWith, entries, orderOf, problemsOf } from '../example-documents.js';

const strategy = 'championship_order';

describe('championship_order', () => {
  it.each([
    ['the seeds', { entries: entries(4, (n) => (n < 3 ? { seed: 10 - n } : {})) }, {}, 'e2 e1 e3 e4'],
    ['the championship standing', { classification: classified('e4', 'e2') }, {}, 'e4 e2 e1 e3'],
    ['the order of the params', {}, { order: ['e3', 2] }, 'e3 e2 e1 e4'],
    ['the entry list', { entries: entries(4).toReversed() }, {}, 'e4 e3 e2 e1'],
    [
      'seeds before a standing',
      { entries: entries(4, (n) => (n === 3 ? { seed: 1 } : {})), classification: classified('e4') },
      {},
      'e3 e1 e2 e4',
    ],
    [
      'attributes, a missing one last',
      { entries: entries(4, (n) => (n === 1 ? {} : { est_speed: n % 3, age: n })) },
      { sort: ['est_speed', '-age', 'bib'] },
      'e3 e4 e2 e1',
    ],
    [
      'attributes, descending, a missing one last all the same',
      { entries: entries(4, (n) => (n === 1 ? {} : { est_speed: n })) },
      { sort: ['-est_speed'] },
      'e4 e3 e2 e1',
    ],
  ])('follows %s', (_case, rest, params, order) => {
    expect(orderOf(documentWith({ strategy, params }, rest))).toBe(order);
  });

  it('says who is in the list and who comes from the entry list', () => {
    const document = documentWith(
      { strategy },
      { classification: classified('e4'), classificationName: 'the championship' },
    );
    expect(becauseOf(document)).toMatchObject({
      e4: '1st in the championship',
      e2: 'not in the championship order: behind it, 2nd of the entry list',
    });
  });

  it('refuses an order with strangers and doubles', () => {
    expect(problemsOf(documentWith({ strategy, params: { order: ['e1', 'x', 1] } }))).toEqual([
      'ENTRY_UNKNOWN /stage/params/order/1',
      'ENTRY_TWICE /stage/params/order/2',
    ]);
  });
});
