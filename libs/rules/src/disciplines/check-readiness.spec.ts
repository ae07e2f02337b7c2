import { checkReadiness } from './check-readiness.js';
import { checklistOf } from './checklist.js';
import { crewOf, type EntryChanges, entryOf } from './example-entries.js';
import { rulesOfClass } from './rules-of-class.js';
import type { Discipline } from './types.js';

it.each<[string, Discipline, EntryChanges, string[]]>([
  ['is ready', 'rally', {}, []],
  [
    'has not been to the checks',
    'rally',
    { entry: { checks: [] } },
    ['READINESS_PENDING /entry/checks', 'READINESS_PENDING /entry/checks'],
  ],
  [
    'failed scrutineering',
    'rally',
    {
      entry: {
        checks: [
          { item: 'administrative', state: 'passed' },
          { item: 'scrutineering', state: 'failed' },
        ],
      },
    },
    ['READINESS_FAILED /entry/checks/1/state'],
  ],
  ['has lost its trackers', 'rally', { entry: { devices: [] } }, ['DEVICES_TOO_FEW /entry/devices']],
  [
    'needs no scrutineering without vehicle',
    'time-trial',
    { entry: { checks: [{ item: 'administrative', state: 'waived' }] } },
    [],
  ],
  [
    'shows its kit on foot',
    'trail-run',
    { entry: { checks: [{ item: 'administrative', state: 'passed' }] } },
    ['READINESS_PENDING /entry/checks'],
  ],
])('an entry that %s', (_what, discipline, changes, expected) => {
  expect(
    checkReadiness(entryOf(discipline, changes)).map(({ code, pointer }) => `${code} ${pointer}`),
  ).toEqual(expected);
});

it('the checklist holds what counts for the entry', () => {
  const minor = entryOf('hike', {
    class: { crewFormat: 'oxfam' },
    entry: { crew: [...crewOf('hiker'), { personId: 'p9', role: 'hiker', birthDate: '2009-01-01' }] },
  });
  expect(checklistOf(rulesOfClass('hike', minor.class), minor)).toEqual({
    documents: ['guardian-consent', 'medical', 'support-crew'],
    readiness: ['administrative', 'mandatory-kit'],
  });
});
