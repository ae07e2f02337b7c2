/** An instant with the offset that its clock was written in. */
export interface WrittenInstant {
  /** Epoch milliseconds. */
  readonly ms: number;
  /** Minutes east of UTC. */
  readonly offsetMinutes: number;
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/**
 * Reads ISO 8601, also with a space for the T and without seconds. Without an offset it is read as UTC, so that
 * the minutes of a printed list come out as they were printed.
 *
 * @returns undefined for anything else
 */
export function readInstant(text: unknown): WrittenInstant | undefined {
  if (typeof text !== 'string') return undefined;
  const [, date, minute, second = ':00', zone = 'Z'] = INSTANT.exec(text.trim()) ?? [];
  if (date === undefined || minute === undefined) return undefined;
  const ms = Date.parse(`${date}T${minute}${second}Z`);
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  const offsetMinutes =
    sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  // Date.parse rolls nothing over: 31 February is not a date.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date) return undefined;
  return { ms: ms - offsetMinutes * 60_000, offsetMinutes };
}

/**
 * An instant, or a clock such as `19:37:00` on the local date of `on`.
 *
 * @returns epoch milliseconds, undefined when it is neither
 */
export function readClock(text: unknown, on: WrittenInstant): number | undefined {
  const instant = readInstant(text);
  if (instant !== undefined) return instant.ms;
  const [, hours, minutes, seconds = '0'] = (typeof text === 'string' && CLOCK.exec(text.trim())) || [];
  if (hours === undefined || minutes === undefined) return undefined;
  const localMidnight = Math.floor((on.ms + on.offsetMinutes * 60_000) / 86_400_000) * 86_400_000;
  return (
    localMidnight -
    on.offsetMinutes * 60_000 +
    (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000
  );
}

/** `08:03`, or `08:03:30` when the seconds say something; on the clock of the offset. */
export function clockText(ms: number, offsetMinutes: number): string {
  const text = new Date(ms + offsetMinutes * 60_000).toISOString().slice(11, 19);
  return text.endsWith(':00') ? text.slice(0, 5) : text;
}
