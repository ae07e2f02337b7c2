import { becauseOf, documentWith, entries, orderOf, problemsOf } from '../example-documents.js';

const strategy = 'random';

describe('random', () => {
  it('draws the same list from the same seed, today and on any machine', () => {
    const document = documentWith({ strategy }, { entries: entries(10), seed: 'Tirana 2026' });
    expect(orderOf(document)).toBe('e7 e2 e8 e3 e4 e1 e10 e6 e5 e9');
    expect(orderOf({ ...document, entries: document.entries.toReversed() })).toBe(orderOf(document));
    expect(becauseOf(document)['e1']).toBe('drawn with the seed Tirana 2026');
  });

  it('draws another list from another seed', () => {
    const lists = Array.from({ length: 20 }, (_, seed) =>
      orderOf(documentWith({ strategy }, { entries: entries(10), seed })),
    );
    expect(new Set(lists).size).toBe(20);
  });

  it('gives every place to everybody as often', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 3000; seed += 1) {
      for (const [index, id] of orderOf(documentWith({ strategy }, { seed })).split(' ').entries()) {
        const key = `${id} at ${index}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    // 750 expected, standard deviation 24.
    expect(counts.size).toBe(16);
    for (const count of counts.values()) expect(Math.abs(count - 750)).toBeLessThan(120);
  });

  it('draws each pool by itself', () => {
    const document = documentWith(
      { strategy, pools: [{ id: 'a' }, { id: 'b' }] },
      {
        entries: entries(16, (n) => ({ id: `e${String(n).padStart(2, '0')}`, pool: n < 9 ? 'a' : 'b' })),
        seed: 1,
      },
    );
    const numbers = orderOf(document)
      .split(' ')
      .map((id) => Number(id.slice(1)));
    expect(Math.max(...numbers.slice(0, 8))).toBe(8);
    expect(numbers.slice(8).map((number) => number - 8)).not.toEqual(numbers.slice(0, 8));
  });

  it('needs a seed', () => {
    expect(problemsOf(documentWith({ strategy }))).toEqual(['SEED_MISSING /seed']);
    expect(problemsOf(documentWith({ strategy, params: { seed: 7 } }))).toEqual([]);
  });
});
