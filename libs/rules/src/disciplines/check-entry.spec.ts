import { checkEntry, mayConfirm } from './check-entry.js';
import { classOf, crewOf, devicesOf, type EntryChanges, entryOf } from './example-entries.js';
import type { CrewRole, CrewRulesOverride, Discipline, EntryFacts } from './types.js';

/** "CODE /pointer", warnings in brackets. */
function told(facts: EntryFacts): string[] {
  return checkEntry(facts).map(({ code, severity, pointer }) =>
    severity === 'error' ? `${code} ${pointer}` : `(${code} ${pointer})`,
  );
}

type Case = [what: string, changes: EntryChanges, ...expected: string[]];

const cases: Record<Discipline, Case[]> = {
  rally: [
    ['a rider on a moto', {}],
    ['a pilot on a moto', { entry: { crew: crewOf('pilot') } }],
    ['a rider on a quad', { class: { vehicleKind: 'quad' }, entry: { vehicle: { kind: 'quad' } } }],
    ['no vehicle', { entry: { vehicle: null } }, 'VEHICLE_MISSING /entry/vehicle'],
    [
      'a car in a class of motos',
      { entry: { vehicle: { kind: 'car' } } },
      'VEHICLE_KIND_WRONG /entry/vehicle/kind',
    ],
    [
      'a boat in a class of anything',
      { class: { vehicleKind: null }, entry: { vehicle: { kind: 'boat' } } },
      'VEHICLE_KIND_WRONG /entry/vehicle/kind',
    ],
    ['no class', { class: null }, 'CLASS_MISSING /class'],
    ['no number', { entry: { raceNumber: null } }, 'RACE_NUMBER_MISSING /entry/raceNumber'],
    [
      'a number below the class',
      { class: { numberFrom: 8, numberTo: 19 } },
      'RACE_NUMBER_OUT_OF_RANGE /entry/raceNumber',
    ],
    ['the last number of the class', { class: { numberFrom: 1, numberTo: 7 } }],
    [
      'a number above the class',
      { class: { numberFrom: null, numberTo: 6 } },
      'RACE_NUMBER_OUT_OF_RANGE /entry/raceNumber',
    ],
    ['half a number', { entry: { raceNumber: 7.5 } }, 'RACE_NUMBER_INVALID /entry/raceNumber'],
    ['nobody on a moto', { entry: { crew: [] } }, 'CREW_TOO_FEW /entry/crew'],
    ['two on a moto', { entry: { crew: crewOf('rider', 'pilot') } }, 'CREW_TOO_MANY /entry/crew'],
    [
      'a co-pilot on a moto',
      { entry: { crew: crewOf('rider', 'co-pilot') } },
      'CREW_ROLE_NOT_ALLOWED /entry/crew/1/role',
    ],
    ['a runner', { entry: { crew: crewOf('rider', 'runner') } }, 'CREW_ROLE_FORBIDDEN /entry/crew/1/role'],
    [
      'the same person twice',
      { entry: { crew: [...crewOf('rider'), ...crewOf('rider')] } },
      'CREW_MEMBER_TWICE /entry/crew/1/personId',
    ],
    ['no tracker', { entry: { devices: [] } }, 'DEVICES_TOO_FEW /entry/devices'],
    ['five trackers', { entry: { devices: devicesOf(5) } }, 'DEVICES_TOO_MANY /entry/devices'],
    [
      'the same tracker twice',
      { entry: { devices: [...devicesOf(1), ...devicesOf(1)] } },
      'DEVICE_TWICE /entry/devices/1/deviceId',
      '(DEVICE_NO_BACKUP /entry/devices)',
    ],
    ['all trackers worn', { entry: { devices: devicesOf(2, 'p0') } }, 'DEVICE_NOT_ON_VEHICLE /entry/devices'],
    [
      'a tracker worn by a stranger',
      { entry: { devices: [...devicesOf(1), { deviceId: 'd9', kind: 'body-worn', wornBy: 'p9' }] } },
      'DEVICE_WEARER_NOT_IN_CREW /entry/devices/1/wornBy',
    ],
    [
      'one tracker without panic button',
      { entry: { devices: [{ deviceId: 'd0', kind: 'chassis', wornBy: null }] } },
      '(DEVICE_NO_BACKUP /entry/devices)',
      '(DEVICE_NO_PANIC_BUTTON /entry/devices)',
    ],
    [
      'documents not looked at',
      { entry: { checks: [] } },
      ...Array.from({ length: 5 }, () => 'DOCUMENT_PENDING /entry/checks'),
    ],
    [
      'documents waived, pending and failed',
      {
        entry: {
          checks: [
            { item: 'driving-licence', state: 'waived' },
            { item: 'competition-licence', state: 'passed' },
            { item: 'medical', state: 'pending' },
            { item: 'insurance', state: 'failed' },
            { item: 'vehicle-registration', state: 'passed' },
          ],
        },
      },
      'DOCUMENT_PENDING /entry/checks/2/state',
      'DOCUMENT_FAILED /entry/checks/3/state',
    ],
    ['a rider of 17 where no class says an age', { entry: { crew: born('2009-01-01') } }],
    [
      'no birth date where the class has a limit',
      { class: { maxAge: 60 }, entry: { crew: [{ personId: 'p0', role: 'rider' }] } },
      'BIRTH_DATE_MISSING /entry/crew/0/birthDate',
    ],
    [
      'no birth date where nobody asks',
      { entry: { crew: [{ personId: 'p0', role: 'rider', birthDate: null }] } },
      '(BIRTH_DATE_MISSING /entry/crew/0/birthDate)',
    ],
    [
      'a birth date that is none',
      { entry: { crew: born('1990-02-30') } },
      'BIRTH_DATE_INVALID /entry/crew/0/birthDate',
    ],
    ['a veteran on the day', { class: { minAge: 50 }, entry: { crew: born('1976-06-06') } }],
    [
      'a veteran a day too young',
      { class: { minAge: 50 }, entry: { crew: born('1976-06-07') } },
      'AGE_TOO_LOW /entry/crew/0/birthDate',
    ],
    ['a junior on the last day', { class: { maxAge: 23 }, entry: { crew: born('2002-06-07') } }],
    [
      'a junior too old by a day',
      { class: { maxAge: 23 }, entry: { crew: born('2002-06-06') } },
      'AGE_TOO_HIGH /entry/crew/0/birthDate',
    ],
    [
      'an event that has no day yet',
      { class: { maxAge: 23 }, event: { startsOn: '' } },
      '(AGES_NOT_CHECKED /event/startsOn)',
    ],
    ['a pilot and a navigator in a car', car('pilot', 'navigator')],
    ['a car with a mechanic', car('pilot', 'co-pilot', 'mechanic')],
    ['a car with its pilot alone', car('pilot'), 'CREW_TOO_FEW /entry/crew'],
    ['a car with co-pilot and navigator', car('pilot', 'co-pilot', 'navigator'), 'CREW_TOO_MANY /entry/crew'],
    [
      'a car with a rider at the wheel',
      car('rider', 'co-pilot'),
      'CREW_TOO_FEW /entry/crew',
      'CREW_ROLE_NOT_ALLOWED /entry/crew/0/role',
    ],
    [
      'a truck with three',
      {
        class: { vehicleKind: 'truck' },
        entry: { vehicle: { kind: 'truck' }, crew: crewOf('pilot', 'navigator', 'mechanic') },
      },
    ],
    [
      'a class of any vehicle with four',
      { class: { vehicleKind: null }, entry: { crew: crewOf('pilot', 'co-pilot', 'mechanic', 'mechanic') } },
      'CREW_TOO_MANY /entry/crew',
    ],
    [
      'a crew format that rallies do not know',
      { class: { vehicleKind: null, crewFormat: 'relay' } },
      '(CREW_FORMAT_UNKNOWN /class/crewFormat)',
    ],
  ],
  'time-trial': [
    ['a rider without vehicle', {}],
    ['a rider with a bicycle', { entry: { vehicle: { kind: 'bicycle' } } }],
    [
      'a class of cars without car',
      { class: { vehicleKind: 'car' }, entry: { crew: crewOf('pilot') } },
      'VEHICLE_MISSING /entry/vehicle',
    ],
    [
      'a car with its pilot',
      { class: { vehicleKind: 'car' }, entry: { vehicle: { kind: 'car' }, crew: crewOf('pilot') } },
    ],
    [
      'a car with a co-pilot',
      {
        class: { vehicleKind: 'car' },
        entry: { vehicle: { kind: 'car' }, crew: crewOf('pilot', 'co-pilot') },
      },
    ],
    ['two riders', { entry: { crew: crewOf('rider', 'rider') } }, 'CREW_TOO_MANY /entry/crew'],
    [
      'a team of eight',
      { class: { crewFormat: 'team' }, entry: { crew: crewOf(...Array(8).fill('rider')) } },
    ],
    ['a team of one', { class: { crewFormat: 'team' } }, 'CREW_TOO_FEW /entry/crew'],
    ['a rider of 12', { entry: { crew: born('2014-06-06') } }],
    ['a rider of 11', { entry: { crew: born('2014-06-07') } }, 'AGE_TOO_LOW /entry/crew/0/birthDate'],
    ['a rider of 9 in a class from 8 on', { class: { minAge: 8 }, entry: { crew: born('2017-01-01') } }],
    [
      'a rider of 17 without consent',
      { entry: { crew: born('2008-06-07'), checks: [{ item: 'competition-licence', state: 'passed' }] } },
      'DOCUMENT_PENDING /entry/checks',
    ],
    [
      'a rider of 18 without consent',
      { entry: { crew: born('2008-06-06'), checks: [{ item: 'competition-licence', state: 'passed' }] } },
    ],
    ['three trackers', { entry: { devices: devicesOf(3, 'p0') } }, 'DEVICES_TOO_MANY /entry/devices'],
    ['no class', { class: null }, 'CLASS_MISSING /class'],
  ],
  regatta: [
    ['a skipper and a crew', {}],
    [
      'a pilot at the helm with co-pilot and navigator',
      { entry: { crew: crewOf('pilot', 'co-pilot', 'navigator') } },
    ],
    [
      'thirteen people',
      { entry: { crew: crewOf('skipper', ...Array(12).fill('crew')) } },
      'CREW_TOO_MANY /entry/crew',
    ],
    ['no helm', { entry: { crew: crewOf('crew') } }, 'CREW_TOO_FEW /entry/crew'],
    ['two at the helm', { entry: { crew: crewOf('skipper', 'pilot') } }, 'CREW_TOO_MANY /entry/crew'],
    [
      'a mechanic',
      { entry: { crew: crewOf('skipper', 'mechanic') } },
      'CREW_ROLE_FORBIDDEN /entry/crew/1/role',
    ],
    ['no boat', { entry: { vehicle: null } }, 'VEHICLE_MISSING /entry/vehicle'],
    [
      'no sail number',
      { entry: { vehicle: { kind: 'boat' } } },
      'SAIL_NUMBER_MISSING /entry/vehicle/sailNumber',
    ],
    [
      'no rating on corrected time',
      { class: { ratingSystem: 'py' } },
      'RATING_MISSING /entry/vehicle/rating',
    ],
    [
      'no rating certificate on corrected time',
      {
        class: { ratingSystem: 'tot' },
        entry: {
          vehicle: { kind: 'boat', sailNumber: 'ALB 1', rating: 1.02 },
          checks: [
            { item: 'insurance', state: 'passed' },
            { item: 'measurement-certificate', state: 'waived' },
          ],
        },
      },
      'DOCUMENT_PENDING /entry/checks',
    ],
    ['no tracker offshore', { event: { offshore: true } }, 'DEVICES_TOO_FEW /entry/devices'],
    ['a tracker offshore', { event: { offshore: true }, entry: { devices: devicesOf(1) } }],
    [
      'two-handed with one',
      { class: { crewFormat: 'duo' }, entry: { crew: crewOf('skipper') } },
      'CREW_TOO_FEW /entry/crew',
    ],
  ],
  'trail-run': [
    ['a runner', {}],
    ['no tracker', { entry: { devices: [] } }],
    [
      'a tracker that nobody wears',
      { entry: { devices: devicesOf(1) } },
      'DEVICE_NOT_WORN /entry/devices/0/wornBy',
    ],
    ['a car', { entry: { vehicle: { kind: 'car' } } }, 'VEHICLE_FORBIDDEN /entry/vehicle'],
    [
      'a rider in a relay',
      { class: { crewFormat: 'relay' }, entry: { crew: crewOf('runner', 'runner', 'rider') } },
      'CREW_ROLE_FORBIDDEN /entry/crew/2/role',
    ],
    [
      'a relay of six',
      { class: { crewFormat: 'relay' }, entry: { crew: crewOf(...Array(6).fill('runner')) } },
    ],
    ['a relay of one', { class: { crewFormat: 'relay' } }, 'CREW_TOO_FEW /entry/crew'],
    [
      'a duo of three',
      { class: { crewFormat: 'duo' }, entry: { crew: crewOf('runner', 'runner', 'runner') } },
      'CREW_TOO_MANY /entry/crew',
    ],
    [
      'kit not checked, which can wait',
      {
        entry: {
          checks: [
            { item: 'medical', state: 'passed' },
            { item: 'emergency-contact', state: 'passed' },
          ],
        },
      },
    ],
  ],
  hike: [
    ['two hikers', {}],
    ['seven hikers', { entry: { crew: crewOf(...Array(7).fill('hiker')) } }, 'CREW_TOO_MANY /entry/crew'],
    [
      'three in a team of four',
      { class: { crewFormat: 'oxfam' }, entry: { crew: crewOf('hiker', 'hiker', 'hiker') } },
      'CREW_TOO_FEW /entry/crew',
    ],
    [
      'a team of four without support',
      {
        class: { crewFormat: 'oxfam' },
        entry: {
          crew: crewOf('hiker', 'hiker', 'hiker', 'hiker'),
          checks: [{ item: 'medical', state: 'passed' }],
        },
      },
      'DOCUMENT_PENDING /entry/checks',
    ],
    [
      'a hiker of 15',
      { entry: { crew: born('2010-06-07', 'hiker'), devices: [] } },
      'AGE_TOO_LOW /entry/crew/0/birthDate',
    ],
    [
      'a hiker of 16 without consent',
      {
        entry: {
          crew: born('2010-06-06', 'hiker'),
          devices: [],
          checks: [{ item: 'medical', state: 'passed' }],
        },
      },
      'DOCUMENT_PENDING /entry/checks',
    ],
    ['no class in an event of one', { class: null, event: { classCount: 1 } }],
    ['no class in an event of two', { class: null, event: { classCount: 2 } }, 'CLASS_MISSING /class'],
  ],
};

function born(birthDate: string, role: 'rider' | 'hiker' = 'rider') {
  return [{ personId: 'p0', role, birthDate }];
}

function car(...roles: readonly CrewRole[]): EntryChanges {
  return { class: { vehicleKind: 'car' }, entry: { vehicle: { kind: 'car' }, crew: crewOf(...roles) } };
}

describe.each(Object.entries(cases) as [Discipline, Case[]][])('an entry of a %s', (discipline, table) => {
  const named = table.map(([what, changes, ...expected]) => ({ what, changes, expected }));

  it.each(named)('$what', ({ changes, expected }) => {
    const facts = entryOf(discipline, changes);
    expect(told(facts)).toEqual(expected);
    expect(mayConfirm(checkEntry(facts))).toBe(expected.every((line) => line.startsWith('(')));
  });
});

describe('a class with rules of its own', () => {
  const withRules = (crewRules: CrewRulesOverride, entry: EntryChanges['entry'] = {}) =>
    entryOf('rally', { class: { crewRules, crewRulesReason: 'Regulations art. 7' }, entry });

  it('lets a passenger onto a moto, and the total follows', () => {
    const rules: CrewRulesOverride = { crew: { 'co-pilot': [0, 1] } };
    expect(told(withRules(rules, { crew: crewOf('rider', 'co-pilot') }))).toEqual([]);
    expect(told(withRules(rules, { crew: crewOf('rider', 'co-pilot', 'co-pilot') }))).toEqual([
      'CREW_TOO_MANY /entry/crew',
    ]);
  });

  it('replaces a line that counts one of its roles', () => {
    expect(told(withRules({ crew: { rider: [2, 2] } }, { crew: crewOf('rider', 'rider') }))).toEqual([]);
    expect(told(withRules({ crew: { rider: [1, 1] } }, { crew: crewOf('pilot') }))).toEqual([
      'CREW_TOO_FEW /entry/crew',
      'CREW_ROLE_NOT_ALLOWED /entry/crew/0/role',
    ]);
  });

  it('welcomes a role that its discipline forbids', () => {
    const facts = withRules({ crew: { runner: [1, 1] } }, { crew: crewOf('rider', 'runner') });
    expect(told(facts)).toEqual([]);
  });

  it('replaces what else it names', () => {
    const facts = withRules(
      {
        vehicle: 'optional',
        devices: [0, 1],
        documents: ['medical'],
        raceNumber: 'optional',
        forbiddenRoles: ['rider'],
      },
      { vehicle: null, devices: [], raceNumber: null, checks: [] },
    );
    expect(told(facts)).toEqual([
      'DOCUMENT_PENDING /entry/checks',
      'CREW_TOO_FEW /entry/crew',
      'CREW_ROLE_FORBIDDEN /entry/crew/0/role',
    ]);
  });

  it.each([null, '', '  '])('needs a reason, which %j is not', (crewRulesReason) => {
    expect(told(entryOf('rally', { class: { crewRules: { devices: [0, 4] }, crewRulesReason } }))).toEqual([
      'CREW_RULES_REASON_MISSING /class/crewRulesReason',
    ]);
  });

  it('changes nothing when it cannot be read, and says so', () => {
    const crewRules = JSON.parse('{"devices": 2, "vehicle": "optional"}') as CrewRulesOverride;
    const facts = entryOf('rally', { class: { crewRules, crewRulesReason: 'x' }, entry: { vehicle: null } });
    expect(told(facts)).toEqual([
      'CREW_RULES_INVALID /class/crewRules/devices',
      'VEHICLE_MISSING /entry/vehicle',
    ]);
  });
});

it('speaks in sentences that name the class, the person and what to do', () => {
  const facts = entryOf('rally', {
    class: { ...classOf({ code: 'C-1', vehicleKind: 'car' }), minAge: 18 },
    entry: {
      vehicle: { kind: 'car' },
      crew: [
        { personId: 'p0', role: 'pilot', name: 'Pilot 7', birthDate: '2009-01-31' },
        { personId: 'p1', role: 'hiker', birthDate: '1990-01-31' },
      ],
    },
  });
  expect(checkEntry(facts).map(({ message }) => message)).toEqual([
    'Class C-1 needs exactly 1 co-pilot or navigator, and the crew has 0. Add 1.',
    'Pilot 7 is 17 on the first day of the event, and class C-1 begins at 18. Choose another class or another person.',
    'Crew member 2 (hiker) is a hiker, a role that a rally does not have. Choose another role.',
  ]);
});
