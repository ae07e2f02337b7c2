import { becauseOf, classified, documentWith, orderOf, problemsOf } from '../example-documents.js';

const strategy = 'previous_stage_clean_result';

describe('previous_stage_clean_result', () => {
  it('ranks by the times without penalties; a row without one is not classified', () => {
    const document = documentWith(
      { strategy },
      {
        classification: [
          { entryId: 'e1', position: 1, timeMs: 100, cleanTimeMs: 95 },
          { entryId: 'e2', position: 2, timeMs: 110, cleanTimeMs: 90 },
          { entryId: 'e3', position: 3, timeMs: 120 },
          { entryId: 'e4', position: 4, timeMs: 900, cleanTimeMs: 99 },
        ],
        classificationName: 'SS3',
      },
    );
    expect(orderOf(document)).toBe('e2 e1 e4 e3');
    expect(becauseOf(document)).toMatchObject({
      e2: '1st in SS3 without penalties',
      e3: 'not placed in SS3: behind the classified, by race number',
    });
  });

  it('is refused when nobody has a clean time', () => {
    expect(problemsOf(documentWith({ strategy }, { classification: classified('e1', 'e2') }))).toEqual([
      'INPUT_RESULT_MISSING /classification',
    ]);
  });
});
