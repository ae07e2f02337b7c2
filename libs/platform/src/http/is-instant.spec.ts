import fc from 'fast-check';
import { isInstant } from './is-instant.js';

describe('an instant', () => {
  it.each([
    '2026-06-06T06:01:40Z',
    '2026-06-06T06:01Z',
    '2026-06-06T08:01:40.5+02:00',
    '2026-06-06T06:01:40.123456-09:30',
    '2028-02-29T00:00:00Z',
  ])('is %s', (text) => {
    expect(isInstant(text)).toBe(true);
    expect(new Date(text).getTime()).not.toBeNaN();
  });

  it.each([
    ['without a zone', '2026-06-06T06:01:40'],
    ['a date', '2026-06-06'],
    ['of a week', '2026-W23-6T06:01:40Z'],
    ['of a day of the year', '2026-157T06:01:40Z'],
    ['without separators', '20260606T060140Z'],
    ['on a day that is not', '2026-02-30T06:01:40Z'],
    ['at an hour that is not', '2026-06-06T25:00:00Z'],
    ['in a zone that is not', '2026-06-06T06:01:40+15:00'],
    ['with a space', '2026-06-06 06:01:40Z'],
    ['long ago', '0000-01-01T00:00:00Z'],
    ['a number', 1_780_725_700],
    ['nothing', null],
  ])('is not one %s', (_case, value) => {
    expect(isInstant(value)).toBe(false);
  });

  it('is whatever a Date writes', () => {
    const dates = fc.date({
      min: new Date('1000-01-01T00:00Z'),
      max: new Date('2999-12-31T23:59Z'),
      noInvalidDate: true,
    });
    expect(() => fc.assert(fc.property(dates, (date) => isInstant(date.toISOString())))).not.toThrow();
  });
});
