import { type ControlTimesDocument, planControlTimes } from './control-times-document.js';

// Brevets by the rules of Audax Club Parisien: the worked examples of Randonneurs USA's page on control times
// (rusa.org) and of the exercise in github.com/hkhamm/ajax.

const startAt = '2026-06-07T07:00:00Z';
const hours = (iso: string | null | undefined) => {
  const minutes = (Date.parse(iso ?? '') - Date.parse(startAt)) / 60_000;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
};
const control = (
  nominalKm: number,
  distanceKm: number,
  params = {},
): ControlTimesDocument['controls'][number] => ({
  id: `${distanceKm} km`,
  distanceKm,
  mode: 'speed_table',
  params: { nominal_km: nominalKm, ...params },
});
const timesOf = (...controls: ReturnType<typeof control>[]) =>
  planControlTimes({ controls, starts: [{ startAt }] }).times;

describe('a control of a brevet', () => {
  it.each([
    { nominal: 200, km: 0, open: '0:00', close: '1:00' },
    { nominal: 200, km: 60, open: '1:46', close: '4:00' },
    { nominal: 200, km: 120, open: '3:32', close: '8:00' },
    { nominal: 200, km: 175, open: '5:09', close: '11:40' },
    { nominal: 200, km: 205, open: '5:53', close: '13:30' },
    { nominal: 600, km: 442, open: '13:32', close: '29:28' },
    { nominal: 1000, km: 890, open: '29:09', close: '65:23' },
  ])('of $nominal km at $km km opens after $open and closes after $close', ({ nominal, km, open, close }) => {
    const [time] = timesOf(control(nominal, km));
    expect([hours(time?.opensAt), hours(time?.closesAt)]).toEqual([open, close]);
  });

  it.each([
    [200, '13:30'],
    [300, '20:00'],
    [400, '27:00'],
    [600, '40:00'],
    [1000, '75:00'],
  ])('at the finish of %d km closes after %s, also when the route is 20 % longer', (nominal, limit) => {
    const [finish, longer] = timesOf(control(nominal, nominal), control(nominal, nominal * 1.2));
    expect([hours(finish?.closesAt), hours(longer?.closesAt)]).toEqual([limit, limit]);
    expect(longer?.opensAt).toBe(finish?.opensAt);
  });

  it('counts in whole kilometres, the rest cut off', () => {
    const [exact, more] = timesOf(control(200, 120), control(200, 120.99));
    expect(more?.closesAt).toBe(exact?.closesAt);
  });

  it('explains itself', () => {
    expect(timesOf(control(200, 175))[0]?.because).toBe(
      'closes 18:40: last start 07:00 + 11 h 40 min (175 km by the speed table); opens 12:09: first start 07:00 + 5 h 9 min (175 km by the speed table)',
    );
    expect(timesOf(control(200, 200))[0]?.because).toContain('+ 13 h 30 min (limit of 200 km)');
    expect(timesOf(control(200, 30))[0]?.because).toContain('+ 2 h 30 min (30 km at 20 km/h and 1 h)');
  });

  it('is advisory where the rule says so', () => {
    const [time] = timesOf(control(200, 60, { enforcement: 'advisory' }));
    expect(time).toMatchObject({
      enforcement: 'advisory',
      because: expect.stringContaining('; advisory only'),
    });
  });

  it('opens with the first start of its class and closes with the last', () => {
    const starts = [{ startAt }, { startAt: '2026-06-07T07:30:00Z' }];
    const [time] = planControlTimes({ controls: [control(200, 120)], starts }).times;
    expect([hours(time?.opensAt), hours(time?.closesAt)]).toEqual(['3:32', '8:30']);
  });

  it('may follow a table of its own', () => {
    const params = { table: [{ to_km: 100, min: 10, max: 20 }], final_limit: '11:00' };
    expect(
      timesOf(control(100, 30, params), control(100, 100, params)).map((time) => hours(time.closesAt)),
    ).toEqual(['3:00', '11:00']);
  });
});
