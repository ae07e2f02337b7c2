import { becauseOf, classified, documentWith, entries, orderOf, problemsOf } from '../example-documents.js';

const strategy = 'inverse_top_n_then_natural';
const classification = classified('e6', 'e2', 'e4', 'e5', 'e1', 'e3');

describe('inverse_top_n_then_natural', () => {
  it.each([
    [{ n: 3 }, 'e4 e2 e6 e5 e1 e3'],
    [{ top: 3, natural: 'race_number' }, 'e4 e2 e6 e1 e3 e5'],
    [{ n: 99 }, 'e3 e1 e5 e4 e2 e6'],
    [{ n: 0 }, 'e6 e2 e4 e5 e1 e3'],
  ])('with %j starts %s', (params, order) => {
    expect(orderOf(documentWith({ strategy, params }, { entries: entries(6), classification }))).toBe(order);
  });

  it('explains both parts', () => {
    const document = documentWith({ strategy, params: { n: 3 } }, { entries: entries(6), classification });
    expect(becauseOf(document)).toMatchObject({
      e6: '1st in the classification, so 3rd to start (the first 3 in reverse)',
      e5: '4th in the classification, so 4th to start (behind the first 3, in order)',
    });
  });

  it('has a top of its own in every pool', () => {
    const document = documentWith(
      { strategy, params: { n: 2 }, pools: [{ id: 'odd' }, { id: 'even' }] },
      { entries: entries(6, (n) => ({ pool: n % 2 === 0 ? 'even' : 'odd' })), classification },
    );
    expect(orderOf(document)).toBe('e1 e5 e3 e2 e6 e4');
  });

  it.each([
    [{}, ['PARAM_MISSING /stage/params/n']],
    [{ n: -1 }, ['PARAM_INVALID /stage/params/n', 'PARAM_MISSING /stage/params/n']],
  ])('refuses %j', (params, problems) => {
    expect(problemsOf(documentWith({ strategy, params }, { classification }))).toEqual(problems);
  });
});
