/** A point in time as a document writes it: the instant, and the local clock that it was written in. */
export interface Instant {
  /** Epoch milliseconds. */
  readonly ms: number;
  /** Minutes that the written clock is ahead of UTC: 120 for "+02:00". */
  readonly utcOffsetMinutes: number;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Ten years: no race lasts longer, and sums of it stay dates. */
const LONGEST_SECONDS = 10 * 365 * 86_400;

/**
 * Reads an ISO 8601 instant: "2026-06-07T07:00:00+02:00", "2026-06-07T05:00Z"; a space may stand for the T.
 * Written without a regular expression: a start list holds hundreds of thousands of them.
 *
 * @param utcOffsetWithoutZone of a text that names no zone; default UTC, never the zone of the machine
 * @returns undefined when it is not one; a 30th of February is not one either
 */
export function parseInstant(text: string, utcOffsetWithoutZone = 0): Instant | undefined {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  if (text[4] !== '-' || text[7] !== '-' || (text[10] !== 'T' && text[10] !== ' ') || text[13] !== ':')
    return undefined;
  let at = 16;
  let ms = 0;
  if (text[at] === ':') {
    ms = digits(text, at + 1, 2) * 1000;
    if (!(ms < 60_000)) return undefined;
    at += 3;
    if (text[at] === '.') {
      const from = at;
      do at += 1;
      while (isDigit(text.charCodeAt(at)));
      if (at === from + 1) return undefined;
      ms += Math.floor(Number(`0${text.slice(from, at)}`) * 1000 + 1e-6);
    }
  }
  const utcOffsetMinutes =
    at === text.length ? utcOffsetWithoutZone : parseUtcOffset(text.slice(at).trimStart());
  if (utcOffsetMinutes === undefined) return undefined;
  if (!(hour < 24) || !(minute < 60) || !(month >= 1 && month <= 12)) return undefined;
  if (!(day >= 1 && day <= daysIn(year, month))) return undefined;
  ms += Date.UTC(year, month - 1, day, hour, minute) - utcOffsetMinutes * MINUTE_MS;
  return Number.isNaN(ms) ? undefined : { ms, utcOffsetMinutes };
}

/**
 * Reads "Z", "+02:00", "-0330", "+02".
 * @returns minutes ahead of UTC; undefined when it is none of them
 */
export function parseUtcOffset(text: string): number | undefined {
  if (text === 'Z') return 0;
  const sign = text[0] === '+' ? 1 : text[0] === '-' ? -1 : 0;
  const colon = text[3] === ':' ? 1 : 0;
  const hours = digits(text, 1, 2);
  const isHours = text.length === 3;
  const minutes = isHours ? 0 : digits(text, 3 + colon, 2);
  if (sign === 0 || (!isHours && text.length !== 5 + colon) || !(hours < 24) || !(minutes < 60))
    return undefined;
  return sign * (hours * 60 + minutes);
}

/** ISO 8601 in UTC, as all documents answer. */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** The same instant on a local clock: "2026-06-06T08:00:00.000+02:00". */
export function isoAt({ ms, utcOffsetMinutes }: Instant): string {
  const ahead = Math.abs(utcOffsetMinutes);
  const offset = `${utcOffsetMinutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
  return `${isoOf(ms + utcOffsetMinutes * MINUTE_MS).slice(0, -1)}${offset}`;
}

/** Whether a number can be a duration in seconds: finite, and not longer than ten years. */
export function isDuration(seconds: number): boolean {
  return Math.abs(seconds) <= LONGEST_SECONDS;
}

/** The first millisecond of the local day that an instant falls on. */
export function startOfLocalDay(ms: number, utcOffsetMinutes: number): number {
  const offset = utcOffsetMinutes * MINUTE_MS;
  return Math.floor((ms + offset) / DAY_MS) * DAY_MS - offset;
}

/**
 * The clock that people at the race read: "14:32", "14:32:30"; on another day than day 0 "D1 01:30".
 * @param dayZeroMs any instant of day 0; without it, days are not told
 */
export function clockOf(ms: number, utcOffsetMinutes: number, dayZeroMs: number | null = null): string {
  const ofDay = Math.floor((ms - startOfLocalDay(ms, utcOffsetMinutes)) / 1000);
  const seconds = ofDay % 60;
  const clock = `${two(Math.floor(ofDay / 3600))}:${two(Math.floor(ofDay / 60) % 60)}${seconds ? `:${two(seconds)}` : ''}`;
  if (dayZeroMs === null) return clock;
  const day = (startOfLocalDay(ms, utcOffsetMinutes) - startOfLocalDay(dayZeroMs, utcOffsetMinutes)) / DAY_MS;
  return day === 0 ? clock : `D${day} ${clock}`;
}

/** 37,800,000 → "10 h 30 min"; 1,800,000 → "30 min"; 90,000 → "1 min 30 s"; to the second. */
export function durationInWords(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const words = parts.flatMap(([value, unit]) => (value > 0 ? [`${value} ${unit}`] : [])).join(' ') || '0 s';
  return ms < 0 ? `-${words}` : words;
}

/** One step of a JSON pointer (RFC 6901): "a/b" → "a~1b". */
export function pointerStep(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) {
    const code = text.charCodeAt(at);
    if (!isDigit(code)) return Number.NaN;
    value = value * 10 + code - 48;
  }
  return value;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
