/** A moment as it was written: the instant, and the offset of the clock that it was read from. */
export interface Instant {
  readonly epochMs: number;
  /** Minutes east of Greenwich. */
  readonly offsetMinutes: number;
}

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(?:([Zz])|([+-])(\d\d):?(\d\d)?)?$/;
const CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/;
const DAY_MS = 86_400_000;

/**
 * Reads `2026-06-07T07:00:00+02:00`. `T` may be a space, seconds may be missing; without an offset the time is
 * UTC. Anything that no calendar has, as the 30th of February, is not a time.
 */
export function readInstant(text: unknown): Instant | undefined {
  const match = typeof text === 'string' ? INSTANT.exec(text.trim()) : null;
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, , sign, offsetHours, offsetRest] = match;
  const offsetMinutes =
    sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetRest ?? 0));
  const parts = [year, month, day, hour, minute, second ?? 0].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = parts;
  if (h > 23 || mi > 59 || s > 59 || Math.abs(offsetMinutes) > 18 * 60) return undefined;
  const local = new Date(0);
  local.setUTCFullYear(y, mo - 1, d);
  if (local.getUTCMonth() !== mo - 1 || local.getUTCDate() !== d) return undefined;
  const milliseconds = fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'));
  const epochMs = local.setUTCHours(h, mi, s, milliseconds) - offsetMinutes * 60_000;
  return { epochMs, offsetMinutes };
}

/** Reads `09:45` or `19:37:00` as milliseconds since midnight; `24:00:00` and later are no times of day. */
export function readClock(text: unknown): number | undefined {
  const match = typeof text === 'string' ? CLOCK.exec(text.trim()) : null;
  if (match === null) return undefined;
  const [hour, minute, second] = [match[1], match[2], match[3] ?? 0].map(Number) as [number, number, number];
  return hour > 23 || minute > 59 || second > 59 ? undefined : ((hour * 60 + minute) * 60 + second) * 1000;
}

/** That time of day on the day of `day`, by the clock that `day` was read from. */
export function onDayOf(day: Instant, clockMs: number): number {
  const local = day.epochMs + day.offsetMinutes * 60_000;
  return Math.floor(local / DAY_MS) * DAY_MS + clockMs - day.offsetMinutes * 60_000;
}

/** An instant, or a time of day on the day of `day`. */
export function readInstantOrClock(text: unknown, day: Instant | undefined): number | undefined {
  const instant = readInstant(text);
  if (instant !== undefined) return instant.epochMs;
  const clockMs = readClock(text);
  return clockMs === undefined || day === undefined ? undefined : onDayOf(day, clockMs);
}
