import { becauseOf, documentWith, entries, orderOf, problemsOf } from '../example-documents.js';

const strategy = 'manual';

describe('manual', () => {
  it.each([
    ['ids and race numbers', { order: [3, 'e1', 4, 'e2'] }, 'e3 e1 e4 e2'],
    ['a part, the rest behind as the entry list has them', { order: ['e4'] }, 'e4 e1 e2 e3'],
    ['the entry list', {}, 'e1 e2 e3 e4'],
  ])('follows %s', (_case, params, order) => {
    expect(orderOf(documentWith({ strategy, params }))).toBe(order);
  });

  it('explains itself', () => {
    expect(becauseOf(documentWith({ strategy, params: { order: ['e4'] } }))).toMatchObject({
      e4: "1st in the organiser's order",
      e1: "not in the organiser's order: behind it, 1st of the entry list",
    });
  });

  it('takes one order for all pools, and pins on top', () => {
    const document = documentWith(
      { strategy, params: { order: ['e4', 'e3', 'e2', 'e1'] }, pools: [{ id: 'a' }, { id: 'b' }] },
      {
        entries: entries(4, (n) => ({ pool: n < 3 ? 'a' : 'b' })),
        pins: [{ entryId: 'e3', position: 1, reason: 'rejoins first' }],
      },
    );
    expect(orderOf(document)).toBe('e3 e2 e1 e4');
    expect(becauseOf(document)['e3']).toMatch(/^pinned to position 1: rejoins first/);
  });

  it.each([
    [{ order: 'e1' }, ['PARAM_INVALID /stage/params/order']],
    [{ order: ['e9'] }, ['ENTRY_UNKNOWN /stage/params/order/0']],
  ])('refuses %j', (params, problems) => {
    expect(problemsOf(documentWith({ strategy, params }))).toEqual(problems);
  });
});
