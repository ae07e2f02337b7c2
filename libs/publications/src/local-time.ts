import { DateTime } from 'luxon';

/** An instant on the clock of the event; all stored instants are UTC. */
export function local(instant: Date | string, timezone: string): DateTime {
  const utc = typeof instant === 'string' ? DateTime.fromISO(instant) : DateTime.fromJSDate(instant);
  return utc.setZone(timezone).setLocale('en-GB');
}

/** `08:03`, and `08:03:30` only when it is not on the full minute. */
export function clock(time: DateTime): string {
  return time.toFormat(time.second === 0 ? 'HH:mm' : 'HH:mm:ss');
}

/** `Saturday 6 June 2026` */
export function longDate(time: DateTime): string {
  return time.toFormat('cccc d LLLL yyyy');
}

/** `Sat 6 June` */
export function shortDate(time: DateTime): string {
  return time.toFormat('ccc d LLL');
}

/** `UTC+02:00` */
export function utcOffset(time: DateTime): string {
  return time.offset === 0 ? 'UTC' : `UTC${time.toFormat('ZZ')}`;
}
