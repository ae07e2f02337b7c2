import { becauseOf, classified, documentWith, entries, orderOf, problemsOf } from '../example-documents.js';

const strategy = 'position_choice';
const change = { entries: entries(6), classification: classified('e1', 'e2', 'e3', 'e4', 'e5', 'e6') };
const drawn = (params: object) => documentWith({ strategy, params: { top: 3, ...params } }, change);

describe('position_choice', () => {
  it.each([
    [{}, 'e1 e2 e3 e4 e5 e6'],
    [{ choices: { e3: 1, e2: 5, e1: 3 } }, 'e3 e4 e1 e5 e2 e6'],
    [{ choices: [{ entryId: 'e1', position: 6 }] }, 'e2 e3 e4 e5 e6 e1'],
    [{ top: { '': 1 } }, 'e1 e2 e3 e4 e5 e6'],
  ])('with %j starts %s', (params, order) => {
    expect(orderOf(drawn(params))).toBe(order);
  });

  it.each([
    [{}, 2],
    [{ choose_order: '10->1' }, 2],
    [{ order: '15th chooses first' }, 2],
    [{ choose_order: '1->10' }, 1],
  ])('with %j lets the one choose first who is first in turn', (params, refused) => {
    const choices = [
      { entryId: 'e3', position: 2 },
      { entryId: 'e1', position: 1 },
      { entryId: 'e2', position: 2 },
    ];
    // e2 and e3 both want place 2. The last chooses first: e2 comes too late, the third choice.
    const index = refused === 2 ? 2 : 0;
    expect(problemsOf(drawn({ ...params, choices }))).toEqual([
      `CHOICE_TAKEN /stage/params/choices/${index}`,
    ]);
  });

  it.each([
    [{ choices: { e4: 1 } }, ['CHOICE_NOT_ALLOWED /stage/params/choices/e4']],
    [{ choices: { x: 1 } }, ['ENTRY_UNKNOWN /stage/params/choices/x']],
    [{ choices: [{ entryId: 'e1', position: 7 }] }, ['CHOICE_OUT_OF_RANGE /stage/params/choices/0']],
    [{ choices: [{ entryId: 'e1', position: 0 }] }, ['PARAM_INVALID /stage/params/choices/0']],
    [{ within_pct: 101.5, choices: { e3: 1 } }, ['CHOICE_NOT_ALLOWED /stage/params/choices/e3']],
    [{ top: 'all' }, ['PARAM_INVALID /stage/params/top']],
  ])('refuses %j', (params, problems) => {
    expect(problemsOf(drawn(params))).toEqual(problems);
  });

  it.each([{ bikes: 2, cars: 1, top: undefined }, { top: { bikes: 2, cars: 1 } }])(
    'has a top for each pool: %j',
    (params) => {
      const document = documentWith(
        {
          strategy,
          params: { ...params, choices: { e2: 1, e4: 1 } },
          pools: [{ id: 'bikes' }, { id: 'cars' }],
        },
        { ...change, entries: entries(6, (n) => ({ pool: n < 4 ? 'bikes' : 'cars' })) },
      );
      expect(orderOf(document)).toBe('e2 e1 e3 e4 e5 e6');
      expect(becauseOf(document)).toMatchObject({
        e1: '1st in the classification: has not chosen, takes the first free place',
        e2: '2nd in the classification: chose place 1 as 1st to choose',
        e3: '3rd in the classification',
      });
    },
  );
});
