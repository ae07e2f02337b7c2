import fc from 'fast-check';
import { checkEntry, mayConfirm } from './check-entry.js';
import { checklistOf } from './checklist.js';
import { disciplines } from './discipline-matrix.js';
import { classOf, entryOf } from './example-entries.js';
import { rulesOfClass } from './rules-of-class.js';
import { checkItems, crewRoles, type EntryFacts, type VehicleKind } from './types.js';

const KINDS: readonly VehicleKind[] = ['moto', 'car', 'boat', 'bicycle'];
const person = fc.constantFrom('p0', 'p1', 'p2', 'p3');

const entries: fc.Arbitrary<EntryFacts> = fc.record({
  discipline: fc.constantFrom(...disciplines),
  event: fc.record({
    startsOn: fc.constantFrom('2026-06-06', ''),
    classCount: fc.integer({ min: 1, max: 2 }),
    offshore: fc.boolean(),
  }),
  class: fc.option(
    fc
      .record({
        vehicleKind: fc.option(fc.constantFrom(...KINDS)),
        numberTo: fc.option(fc.integer({ min: 1, max: 9 })),
        minAge: fc.option(fc.integer({ min: 10, max: 40 })),
        ratingSystem: fc.constantFrom('none' as const, 'tot' as const),
        crewFormat: fc.option(fc.constantFrom('duo' as const, 'relay' as const, 'oxfam' as const)),
      })
      .map(classOf),
  ),
  entry: fc.record({
    raceNumber: fc.option(fc.integer({ min: 1, max: 9 })),
    vehicle: fc.option(
      fc.record({ kind: fc.constantFrom(...KINDS), sailNumber: fc.constantFrom('ALB 1', null) }),
    ),
    crew: fc.array(
      fc.record({
        personId: person,
        role: fc.constantFrom(...crewRoles),
        birthDate: fc.constantFrom('1990-03-01', '2010-03-01', null),
      }),
      { maxLength: 5 },
    ),
    devices: fc.array(
      fc.record({
        deviceId: fc.constantFrom('d0', 'd1', 'd2', 'd3', 'd4'),
        kind: fc.constant('chassis' as const),
        hasPanicButton: fc.boolean(),
        wornBy: fc.option(person),
      }),
      { maxLength: 5 },
    ),
    checks: fc.uniqueArray(
      fc.record({
        item: fc.constantFrom(...checkItems),
        state: fc.constantFrom('pending' as const, 'passed' as const, 'failed' as const, 'waived' as const),
      }),
      { selector: ({ item }) => item },
    ),
  }),
});

const codesOf = (facts: EntryFacts) => new Set(checkEntry(facts).map(({ code }) => code));

it('finds the same in whatever order crew, trackers and checks stand', () => {
  fc.assert(
    fc.property(entries, (facts) => {
      const { crew, devices, checks } = facts.entry;
      const turned = {
        ...facts,
        entry: {
          ...facts.entry,
          crew: crew.toReversed(),
          devices: devices.toReversed(),
          checks: checks.toReversed(),
        },
      };
      expect(codesOf(turned)).toEqual(codesOf(facts));
    }),
  );
});

it('tells errors first, each with a pointer into the facts and a sentence', () => {
  fc.assert(
    fc.property(entries, (facts) => {
      const violations = checkEntry(facts);
      const severities = violations.map(({ severity }) => severity);
      expect(severities).toEqual(severities.toSorted());
      for (const { pointer, message } of violations) {
        const [, root, ...path] = pointer.split('/');
        const parent = path
          .slice(0, -1)
          .reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], facts[root as 'entry']);
        expect(path.length === 0 || (typeof parent === 'object' && parent !== null)).toBe(true);
        expect(message).toMatch(/^\S.*\.$/);
      }
    }),
  );
});

it('an entry that may be confirmed stays so with a check pending that nobody asks for', () => {
  fc.assert(
    fc.property(fc.constantFrom(...disciplines), fc.constantFrom(...checkItems), (discipline, item) => {
      const facts = entryOf(discipline);
      const asked = checklistOf(rulesOfClass(discipline, facts.class), facts).documents;
      const checks = asked.map((document) => ({ item: document, state: 'passed' as const }));
      const pending = asked.includes(item) ? [] : [{ item, state: 'pending' as const }];
      const entry = { ...facts.entry, checks: [...checks, ...pending] };
      expect(mayConfirm(checkEntry({ ...facts, entry }))).toBe(true);
    }),
  );
});
