import type { StartOrderStage } from '../document.js';
import type { StartOrderResultRow } from '../document.js';
import { becauseOf, classified, documentWith, entries, orderOf, problemsOf } from '../example-documents.js';

const strategy = 'previous_stage_result';
const ordered = (classification: StartOrderResultRow[], stage: object = {}, n = 3) =>
  orderOf(documentWith({ strategy, ...stage }, { entries: entries(n), classification }));

describe('previous_stage_result', () => {
  it('starts the winner first', () => {
    const document = documentWith(
      { strategy },
      { classification: classified('e3', 'e1', 'e4', 'e2'), classificationName: 'Prologue' },
    );
    expect(orderOf(document)).toBe('e3 e1 e4 e2');
    expect(becauseOf(document)['e4']).toBe('3rd in Prologue');
  });

  it.each<[string, StartOrderResultRow[], string]>([
    [
      'positions when every ranked row has one',
      [
        { entryId: 'e1', position: 2, timeMs: 1 },
        { entryId: 'e2', position: 1, timeMs: 2 },
        { entryId: 'e3', position: 3, timeMs: 3 },
      ],
      'e2 e1 e3',
    ],
    [
      'times when a position is missing',
      [
        { entryId: 'e1', position: 2, timeMs: 1 },
        { entryId: 'e2', position: 1, timeMs: 2 },
        { entryId: 'e3', timeMs: 0 },
      ],
      'e3 e1 e2',
    ],
    [
      'what there is, when rows lack both',
      [
        { entryId: 'e1', timeMs: 3000 },
        { entryId: 'e2', status: 'ok' },
        { entryId: 'e3', timeMs: 2000 },
      ],
      'e3 e1 e2',
    ],
    [
      'nobody who is not ranked, whatever place is left over',
      [
        { entryId: 'e1', position: 1, status: 'DSQ' },
        { entryId: 'e2', position: 3 },
        { entryId: 'e3', position: 2, status: 'Finished' },
      ],
      'e3 e2 e1',
    ],
  ])('ranks %s', (_case, classification, order) => {
    expect(ordered(classification)).toBe(order);
  });

  it.each([
    ['by race number unless told otherwise', {}, 'e1 e2 e3', 'race number'],
    ['by the inverse race number', { tieBreak: ['inverse_race_number'] }, 'e3 e2 e1', 'inverse race number'],
    ['by the seed', { tieBreak: ['seed'] }, 'e3 e1 e2', 'seed'],
    ['by the clean time', { tieBreak: ['clean_time'] }, 'e2 e3 e1', 'time without penalties'],
    ['by the next key where the first does not separate', { tieBreak: ['time', 'seed'] }, 'e3 e1 e2', 'seed'],
    ['by the entry list', { tieBreak: ['entry_list'] }, 'e2 e1 e3', 'entry list'],
    ['by the id', { tieBreak: ['id'] }, 'e1 e2 e3', 'id'],
    ['by params.tie', { params: { tie: 'seed' } }, 'e3 e1 e2', 'seed'],
  ])('breaks ties %s', (_case, stage, order, words) => {
    const [one, two, three] = entries(3, (n) => ({ seed: [20, 30, 10][n - 1] }));
    const document = documentWith(
      { strategy, ...(stage as Partial<StartOrderStage>) },
      {
        entries: [two, one, three].flatMap((entry) => entry ?? []),
        classification: [300, 100, 200].map((cleanTimeMs, index) => ({
          entryId: `e${index + 1}`,
          timeMs: 1000,
          cleanTimeMs,
        })),
        classificationName: 'SS1',
      },
    );
    expect(orderOf(document)).toBe(order);
    expect(becauseOf(document)['e1']).toBe(`1st in SS1, tie broken by ${words}`);
  });

  it.each([
    [{}, 'e2 e1 e3 e4'],
    [{ unclassified: 'back' }, 'e2 e1 e3 e4'],
    [{ unclassified: 'front' }, 'e3 e4 e2 e1'],
    [{ unclassified: 'unplaced' }, 'e2 e1'],
  ])('places the unclassified by %j', (params, order) => {
    const classification = [...classified('e2', 'e1'), { entryId: 'e4', status: 'dnf' }];
    expect(ordered(classification, { params }, 4)).toBe(order);
  });

  it.each([
    ['dnf', 'did not finish in SS1: behind the classified, by race number'],
    ['dns', 'did not start in SS1: behind the classified, by race number'],
    ['OTL', 'over the time limit in SS1: behind the classified, by race number'],
    ['max_time', 'maximum time, not placed in SS1: behind the classified, by race number'],
  ])('says why %s is not classified', (status, because) => {
    const document = documentWith(
      { strategy },
      {
        classification: [
          { entryId: 'e2', position: 1 },
          { entryId: 'e1', status },
        ],
        classificationName: 'SS1',
      },
    );
    expect(becauseOf(document)['e1']).toBe(because);
    expect(becauseOf(document)['e3']).toMatch(/^no result in SS1/);
  });

  it.each<[string, object, string[]]>([
    ['there is no classification', {}, ['INPUT_STAGE_MISSING /classification']],
    ['it is empty', { classification: [] }, ['INPUT_RESULT_MISSING /classification']],
    [
      'it ranks none of the entries',
      { classification: classified('x') },
      ['INPUT_RESULT_MISSING /classification'],
    ],
    [
      'a status is unknown',
      { classification: [...classified('e1'), { entryId: 'e2', status: 'lost' }] },
      ['STATUS_UNKNOWN /classification/1/status'],
    ],
    [
      'a row is there twice',
      { classification: classified('e1', 'e1') },
      ['CLASSIFICATION_ROW_TWICE /classification/1/entryId'],
    ],
  ])('is refused when %s', (_case, rest, problems) => {
    expect(problemsOf(documentWith({ strategy }, rest))).toEqual(problems);
  });

  it('names a tie-break that is none', () => {
    const tieBreak = ['race_number', 'beauty'] as never;
    expect(problemsOf(documentWith({ strategy, tieBreak }, { classification: classified('e1') }))).toEqual([
      'TIE_BREAK_UNKNOWN /stage/tieBreak/1',
    ]);
  });
});
