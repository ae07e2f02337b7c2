import fc from 'fast-check';
import { clockOf, durationInWords, isoOf, parseInstant } from './instants.js';

describe('an instant', () => {
  it.each([
    ['2026-06-07T05:00:00Z', '2026-06-07T05:00:00.000Z', 0],
    ['2026-06-07T07:00:00+02:00', '2026-06-07T05:00:00.000Z', 120],
    ['2026-06-07 05:00', '2026-06-07T05:00:00.000Z', 0],
    ['2026-06-07T07:00+0200', '2026-06-07T05:00:00.000Z', 120],
    ['2026-06-07T01:30:00.25-03:30', '2026-06-07T05:00:00.250Z', -210],
    ['2026-06-07 07:00:00+02', '2026-06-07T05:00:00.000Z', 120],
    ['2028-02-29T23:59:59.9999Z', '2028-02-29T23:59:59.999Z', 0],
  ])('is read from %s', (text, iso, utcOffsetMinutes) => {
    const instant = parseInstant(text);
    expect(instant && { iso: isoOf(instant.ms), utcOffsetMinutes: instant.utcOffsetMinutes }).toEqual({
      iso,
      utcOffsetMinutes,
    });
  });

  it.each([
    'tomorrow',
    '',
    '2026-06-07',
    '2026-02-29T05:00:00Z',
    '2026-02-30T05:00:00Z',
    '2026-13-01T05:00:00Z',
    '2026-06-07T24:00:00Z',
    '2026-06-07T05:60:00Z',
    '2026-06-07T05:00:60Z',
    '2026-06-07T05:00:00.Z',
    '2026-06-07T05:00:00Z ',
    '2026-06-07t05:00:00Z',
    '2026/06/07T05:00:00Z',
  ])('is not %j', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('is read as Date reads it', () => {
    const year = { min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(year), (date) => {
        expect(parseInstant(date.toISOString())?.ms).toBe(date.getTime());
      }),
    );
  });
});

it('shows clocks as people at the race read them', () => {
  const start = Date.parse('2026-06-07T22:30:00Z');
  expect(clockOf(start, 120)).toBe('00:30');
  expect(clockOf(start + 30_000, -60, start)).toBe('21:30:30');
  expect(clockOf(start + 86_400_000, 120, start)).toBe('D1 00:30');
});

it.each([
  [0, '0 s'],
  [90_000, '1 min 30 s'],
  [1_800_000, '30 min'],
  [37_800_000, '10 h 30 min'],
  [-3_600_000, '-1 h'],
])('says %d ms in words', (ms, words) => {
  expect(durationInWords(ms)).toBe(words);
});
