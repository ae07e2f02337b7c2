import { DAY_MS, type Instant, parseInstant, startOfLocalDay } from '../instants.js';

const CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/;

/** Reads `2026-06-07T07:00:00+02:00`; see `parseInstant`. */
export function readInstant(text: unknown): Instant | undefined {
  return typeof text === 'string' ? parseInstant(text.trim()) : undefined;
}

/** Reads `09:45` or `19:37:00` as milliseconds since midnight; `24:00:00` and later are no times of day. */
export function readClock(text: unknown): number | undefined {
  const match = typeof text === 'string' ? CLOCK.exec(text.trim()) : null;
  if (match === null) return undefined;
  const [hour, minute, second] = [match[1], match[2], match[3] ?? 0].map(Number) as [number, number, number];
  const ms = ((hour * 60 + minute) * 60 + second) * 1000;
  return minute > 59 || second > 59 || ms >= DAY_MS ? undefined : ms;
}

/** That time of day on the day of `day`, by the clock that `day` was read from. */
export function onDayOf(day: Instant, clockMs: number): number {
  return startOfLocalDay(day.ms, day.utcOffsetMinutes) + clockMs;
}

/** An instant, or a time of day on the day of `day`. */
export function readInstantOrClock(text: unknown, day: Instant | undefined): number | undefined {
  const instant = readInstant(text);
  if (instant !== undefined) return instant.ms;
  const clockMs = readClock(text);
  return clockMs === undefined || day === undefined ? undefined : onDayOf(day, clockMs);
}
