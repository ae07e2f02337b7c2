import { becauseOf, classified, documentWith, entries, noticesOf, orderOf } from '../example-documents.js';

const strategy = 'inverse_of_overall';

describe('inverse_of_overall', () => {
  it('is the exact reverse of the classification, ties and all', () => {
    const classification = [
      { entryId: 'e1', timeMs: 500 },
      { entryId: 'e2', timeMs: 300 },
      { entryId: 'e3', timeMs: 300 },
      { entryId: 'e4', timeMs: 100 },
    ];
    const change = { classification, classificationName: 'Overall' };
    const forward = orderOf(documentWith({ strategy: 'previous_stage_result' }, change));
    const inverse = documentWith({ strategy }, change);
    expect(orderOf(inverse)).toBe(forward.split(' ').toReversed().join(' '));
    expect(becauseOf(inverse)['e3']).toBe(
      '2nd in Overall, tie broken by race number, so 2nd to start (inverse of overall)',
    );
  });

  it('keeps the unclassified at the back', () => {
    expect(orderOf(documentWith({ strategy }, { classification: classified('e3', 'e1') }))).toBe(
      'e1 e3 e2 e4',
    );
  });

  it.each([
    [{}, 'e2 e3 e1 e4', 'where the slowest would be'],
    [{ rejoin_placement: 'by_classification' }, 'e2 e3 e1 e4', 'the same, asked for'],
    [{ restarters: 'slowest' }, 'e2 e3 e1 e4', 'its other name'],
    [{ rejoin_placement: 'front' }, 'e2 e3 e1 e4', 'in front'],
    [{ rejoiners: 'back_of_pool' }, 'e3 e1 e4 e2', 'at the back'],
    [{ unclassified: 'back' }, 'e3 e1 e2 e4', 'as unclassified, when that was chosen'],
    [{ rejoin_placement: 'manual' }, 'e3 e1 e4', 'nowhere without a pin'],
  ])('with %j starts a rejoiner without a result: %s (%s)', (params, order, _why) => {
    const document = documentWith(
      { strategy, params },
      {
        entries: entries(4, (n) => ({ rejoining: n === 2 })),
        classification: [...classified('e1', 'e3'), { entryId: 'e2', status: 'ret' }],
      },
    );
    expect(orderOf(document)).toBe(order);
  });

  it('starts a rejoiner with a result in its place, and several in their order', () => {
    const document = documentWith(
      { strategy },
      {
        entries: entries(4, (n) => ({ rejoining: n < 3 })),
        classification: classified('e4', 'e1', 'e3', 'e2'),
      },
    );
    expect(orderOf(document)).toBe('e2 e3 e1 e4');
    const atBack = {
      ...document,
      stage: { ...document.stage, params: { rejoin_placement: 'back_of_pool' } },
    };
    expect(orderOf(atBack)).toBe('e3 e4 e2 e1');
    expect(becauseOf(atBack)['e1']).toBe('2nd in the classification; rejoins at the back of its pool');
  });

  it.each([
    [{ leader_team_last: true }, 'e2 e3 e4 e1'],
    [{ leader_team_last: 'e3' }, 'e2 e1 e4 e3'],
    [{ leader_team: 'blue' }, 'e3 e1 e4 e2'],
    [{ leader_team_last: false }, 'e2 e3 e1 e4'],
    [{ leader_team_last: 'no' }, 'e2 e3 e1 e4'],
  ])('with %j starts %s', (params, order) => {
    const document = documentWith(
      { strategy, params },
      {
        entries: entries(4, (n) => (n === 2 ? { team: 'blue' } : {})),
        classification: classified('e1', 'e3', 'e2'),
      },
    );
    expect(orderOf(document)).toBe(order);
  });

  it('tells when nobody is of the team that was to start last', () => {
    const document = documentWith(
      { strategy, params: { leader_team: 'green' } },
      { classification: classified('e1', 'e2', 'e3', 'e4') },
    );
    expect(noticesOf(document)).toEqual(['LEADER_TEAM_UNKNOWN']);
  });
});
