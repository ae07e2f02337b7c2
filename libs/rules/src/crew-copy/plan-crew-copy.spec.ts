import fc from 'fast-check';
import { disciplines } from '../disciplines/discipline-matrix.js';
import { crewOf, devicesOf, type EntryChanges, entryOf } from '../disciplines/example-entries.js';
import { type CrewRole, crewRoles, type Discipline } from '../disciplines/types.js';
import { planCrewCopy } from './plan-crew-copy.js';
import type { CopiedDevice, CopiedPerson, CrewCopyPlan, CrewCopyQuestion, PreviousEntry } from './types.js';

/** A copy into an entry of the discipline that has nothing yet; everybody and everything is still there. */
function question(
  previous: Partial<PreviousEntry> & Pick<PreviousEntry, 'discipline'>,
  target: Discipline,
  changes: EntryChanges = {},
): CrewCopyQuestion {
  const before: PreviousEntry = {
    eventName: 'Rally Albania 2025',
    crew: [],
    devices: [],
    vehicleId: null,
    ...previous,
  };
  return {
    previous: before,
    target: {
      ...entryOf(target, { ...changes, entry: { crew: [], devices: [], vehicle: null, ...changes.entry } }),
      vehicleId: null,
    },
    people: before.crew.map(({ personId, birthDate }): CopiedPerson => ({
      personId,
      name: `Person ${personId}`,
      active: true,
      isMember: true,
      birthDate: birthDate ?? null,
      inOtherEntry: null,
    })),
    devices: before.devices.map(({ deviceId }): CopiedDevice => ({
      deviceId,
      imei: `imei-${deviceId}`,
      boundTo: null,
    })),
  };
}

const CAR: EntryChanges = { class: { vehicleKind: 'car' } };
const idsOf = (items: CrewCopyPlan['copied']) => items.map(({ what, id }) => `${what} ${id}`);
const rolesOf = (plan: CrewCopyPlan) => plan.crew.map(({ role }) => role);

it('copies crew, vehicle and trackers into the same class, and asks for the documents anew', () => {
  const plan = planCrewCopy(
    question(
      {
        discipline: 'rally',
        crew: crewOf('pilot', 'navigator'),
        devices: devicesOf(2),
        vehicleId: 'v1',
        vehicle: { kind: 'car' },
        checks: [{ item: 'driving-licence', state: 'passed' }],
      },
      'rally',
      { ...CAR, entry: { checks: [] } },
    ),
  );
  expect(idsOf(plan.copied)).toEqual(['person p0', 'person p1', 'vehicle v1', 'device d0', 'device d1']);
  expect([plan.vehicle, plan.changed]).toEqual(['take', []]);
  expect(plan.dropped).toEqual([
    {
      what: 'document',
      id: 'driving-licence',
      label: 'The driving licence',
      reason:
        'The driving licence is not taken over from Rally Albania 2025: it is looked at anew for each event.',
    },
  ]);
  expect(new Set(plan.violations.map(({ code }) => code))).toEqual(new Set(['DOCUMENT_PENDING']));
});

describe('people are dropped', () => {
  it.each<[string, Partial<CopiedPerson>, RegExp]>([
    ['whose account is closed', { active: false }, /account of Person p0 is no longer active/],
    ['who left the organisation', { isMember: false }, /left the organisation/],
    ['who are in another entry', { inOtherEntry: '#12' }, /entry #12 of this event/],
    ['who are too young by now', { birthDate: '2010-01-01' }, /is 16 .* begins at 18/],
    ['who are too old by now', { birthDate: '1950-01-01' }, /is 76 .* ends at 60/],
  ])('%s', (_what, changes, reason) => {
    const asked = question({ discipline: 'rally', crew: crewOf('rider') }, 'rally', {
      class: { minAge: 18, maxAge: 60 },
    });
    const plan = planCrewCopy({
      ...asked,
      people: asked.people.map((person) => ({ ...person, ...changes })),
    });
    expect(plan.crew).toEqual([]);
    expect(plan.dropped[0]?.reason).toMatch(reason);
  });

  it('who have no account any more', () => {
    const asked = question({ discipline: 'rally', crew: crewOf('rider') }, 'rally');
    expect(planCrewCopy({ ...asked, people: [] }).dropped[0]?.reason).toMatch(/no account/);
  });

  it('for whom there is no room', () => {
    const plan = planCrewCopy(
      question({ discipline: 'rally', crew: crewOf('pilot', 'co-pilot', 'navigator') }, 'rally', CAR),
    );
    expect(rolesOf(plan)).toEqual(['pilot', 'co-pilot']);
    expect(plan.dropped[0]?.reason).toMatch(/no place left for Person p2/);
  });
});

it.each<[Discipline, CrewRole[], Discipline, EntryChanges, CrewRole[]]>([
  ['rally', ['pilot', 'co-pilot', 'mechanic'], 'regatta', {}, ['skipper', 'crew']],
  ['regatta', ['skipper', 'crew', 'crew'], 'rally', CAR, ['pilot', 'co-pilot']],
  ['rally', ['rider'], 'rally', CAR, ['pilot']],
  ['rally', ['pilot'], 'time-trial', {}, ['rider']],
  ['time-trial', ['rider'], 'rally', {}, ['rider']],
  ['trail-run', ['runner', 'runner'], 'hike', {}, ['hiker', 'hiker']],
  ['hike', ['hiker', 'hiker'], 'trail-run', {}, ['runner']],
  ['rally', ['pilot', 'co-pilot'], 'trail-run', {}, []],
  ['regatta', ['pilot', 'navigator'], 'regatta', {}, ['pilot', 'navigator']],
])('from a %s with %j to a %s %j: %j', (from, roles, to, changes, expected) => {
  const plan = planCrewCopy(question({ discipline: from, crew: crewOf(...roles) }, to, changes));
  expect(rolesOf(plan)).toEqual(expected);
  expect(plan.copied.length + plan.changed.length + plan.dropped.length).toBe(roles.length);
});

describe('the vehicle', () => {
  const withCar = {
    discipline: 'rally' as const,
    vehicleId: 'v1',
    vehicle: { kind: 'car' as const },
    vehicleName: 'Fiat 124',
  };

  it.each<[string, Discipline, EntryChanges, CrewCopyPlan['vehicle'], RegExp]>([
    ['is not taken on foot', 'trail-run', {}, 'none', /a trail run has no vehicles/],
    ['is not taken into a class of motos', 'rally', {}, 'none', /class A is for moto/],
    [
      'does not push out another',
      'rally',
      { entry: { vehicle: { kind: 'moto' } } },
      'keep',
      /has a vehicle already/,
    ],
  ])('%s', (_what, discipline, changes, vehicle, reason) => {
    const plan = planCrewCopy(question(withCar, discipline, changes));
    expect(plan.vehicle).toBe(vehicle);
    expect(plan.dropped[0]?.reason).toMatch(reason);
  });
});

describe('trackers', () => {
  const previous = { discipline: 'rally' as const, crew: crewOf('rider'), devices: devicesOf(1) };

  it('stay with the entry that has them', () => {
    const asked = question(previous, 'rally');
    const plan = planCrewCopy({ ...asked, devices: [{ deviceId: 'd0', imei: '0010', boundTo: '#3' }] });
    expect(plan.dropped[0]?.reason).toBe('Tracker 0010 is on entry #3 in that time.');
  });

  it('are dropped when the organisation has them no longer', () => {
    const plan = planCrewCopy({ ...question(previous, 'rally'), devices: [] });
    expect(plan.dropped[0]?.reason).toMatch(/no longer belongs/);
  });

  it('are dropped with their wearer', () => {
    const asked = question({ ...previous, devices: devicesOf(1, 'p0') }, 'rally');
    expect(idsOf(planCrewCopy({ ...asked, people: [] }).dropped)).toEqual(['person p0', 'device d0']);
  });

  it('of a vehicle are not worn on foot', () => {
    const asked = question({ ...previous, crew: crewOf('hiker') }, 'hike');
    expect(planCrewCopy(asked).dropped[0]?.reason).toMatch(/in a hike a tracker is worn/);
  });
});

describe('whatever is copied', () => {
  const questions = fc
    .record({
      from: fc.constantFrom(...disciplines),
      to: fc.constantFrom(...disciplines),
      roles: fc.array(fc.constantFrom(...crewRoles), { maxLength: 6 }),
      devices: fc.integer({ min: 0, max: 6 }),
      left: fc.nat(5),
      kind: fc.constantFrom('moto' as const, 'car' as const, 'boat' as const),
    })
    .map(({ from, to, roles, devices, left, kind }) => {
      const asked = question(
        {
          discipline: from,
          crew: crewOf(...roles),
          devices: devicesOf(devices),
          vehicleId: 'v',
          vehicle: { kind },
        },
        to,
      );
      const people = asked.people.map((person, index) => ({ ...person, active: index !== left }));
      return { ...asked, people };
    });

  it('everything of the earlier entry is told once', () => {
    fc.assert(
      fc.property(questions, (asked) => {
        const { copied, changed, dropped } = planCrewCopy(asked);
        const told = idsOf([...copied, ...changed, ...dropped]);
        expect(told.toSorted()).toEqual(
          [
            ...asked.previous.crew.map(({ personId }) => `person ${personId}`),
            ...asked.previous.devices.map(({ deviceId }) => `device ${deviceId}`),
            'vehicle v',
          ].toSorted(),
        );
      }),
    );
  });

  it('no role, number of people or tracker is wrong but that some are missing', () => {
    fc.assert(
      fc.property(questions, (asked) => {
        const wrong = planCrewCopy(asked).violations.filter(
          ({ code, severity }) =>
            severity === 'error' && /^(CREW|DEVICE|AGE|VEHICLE)/.test(code) && !/TOO_FEW|MISSING/.test(code),
        );
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('a second run copies nothing', () => {
    fc.assert(
      fc.property(questions, (asked) => {
        const { crew, devices, vehicle } = planCrewCopy(asked);
        const { target, previous } = asked;
        const taken = vehicle === 'take';
        const again = planCrewCopy({
          ...asked,
          target: {
            ...target,
            vehicleId: taken ? previous.vehicleId : target.vehicleId,
            entry: {
              ...target.entry,
              crew,
              devices,
              vehicle: taken ? (previous.vehicle ?? null) : target.entry.vehicle,
            },
          },
        });
        expect([again.copied, again.changed, again.crew, again.devices]).toEqual([[], [], crew, devices]);
      }),
    );
  });
});
