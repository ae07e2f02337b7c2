import { readCrewRules } from './crew-rules.js';

it.each([
  null,
  undefined,
  {},
  { vehicle: 'optional', devices: [0, 2], class: 'optional', raceNumber: 'optional' },
  { crew: { pilot: [1, 1], 'co-pilot+navigator': [0, 2], total: [1, 3] } },
  { crew: { total: [1, 4] }, forbiddenRoles: ['mechanic'] },
  { documents: ['medical'], readiness: [] },
])('reads %j', (value) => {
  expect(readCrewRules(value)).toEqual({ override: value ?? {} });
});

it.each([
  ['a list', [], ''],
  ['a text', 'two trackers', ''],
  ['a key that there is not', { crews: {} }, '/crews'],
  ['a key with a slash', { 'a/b~c': 1 }, '/a~1b~0c'],
  ['a word that is none', { vehicle: 'yes' }, '/vehicle'],
  ['one number', { devices: 2 }, '/devices'],
  ['numbers the wrong way round', { devices: [3, 1] }, '/devices'],
  ['half a person', { crew: { pilot: [0.5, 1] } }, '/crew'],
  ['a role that there is not', { crew: { driver: [1, 1] } }, '/crew'],
  ['a role in two lines', { crew: { pilot: [1, 1], 'rider+pilot': [1, 1] } }, '/crew'],
  ['no line at all', { crew: {} }, '/crew'],
  ['an item that there is not', { documents: ['passport'] }, '/documents'],
  ['a method of objects', { constructor: {} }, '/constructor'],
])('refuses %s', (_what, value, pointer) => {
  expect(readCrewRules(value)).toMatchObject({
    violation: { code: 'CREW_RULES_INVALID', severity: 'error', pointer: `/class/crewRules${pointer}` },
  });
});
