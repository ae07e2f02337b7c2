import { DAY_MS, HOUR_MS, MINUTE_MS, parseInstant, parseUtcOffset, startOfLocalDay } from '../../instants.js';
import { unknown, unreadableRule } from '../count-from.js';
import type { Params } from '../params.js';
import type { ControlFacts, ModeAnswer } from '../types.js';

const CLOSES = ['closes_at', 'close_at', 'closes', 'close', 'at', 'clock'] as const;
const DAY_AND_CLOCK = /^(?:D(-?\d{1,3})\s+)?(\d{1,2}):([0-5]\d)(?::([0-5]\d))?$/i;

/**
 * Closes when the clock says so. Sources: TNF100 ("CP7, D1 01:30"); UTMB, where it is the time of leaving.
 *
 * params
 *   closes_at    an instant, "D1 01:30" (day 1 is the day after the first start), or "13:00": the first time that the
 *                clock shows it after the first start. Also read: close_at, closes, close, at, clock
 *   utc_offset   "+02:00" or minutes: the clock of the rule; default: the zone of the first start
 */
export function fixedClock(params: Params, facts: ControlFacts): ModeAnswer {
  const name = params.named(...CLOSES);
  const text = name && params.text(name);
  if (!name || !text) {
    params.need('closes_at', 'the clock time at which it closes');
    return unreadableRule('a closing time');
  }
  const closes = readClock(text, utcOffsetOf(params, facts), facts.firstStartOfAllMs, true);
  if (closes === undefined) {
    params.refuse(name, 'an instant, "D1 01:30" or "13:00"');
    return unreadableRule('a closing time');
  }
  if (closes === 'no day') return unknown(`"${text}" needs the first start to tell the day`);
  return { closesMs: closes, because: `fixed at ${facts.clock(closes)}` };
}

/** The offset that clocks of these params are read in, in minutes. */
export function utcOffsetOf(params: Params, { utcOffsetMinutes }: ControlFacts): number {
  const given = params.raw('utc_offset');
  if (given === undefined) return utcOffsetMinutes;
  const minutes = typeof given === 'string' ? parseUtcOffset(given) : given;
  if (typeof minutes === 'number' && Math.abs(minutes) < DAY_MS / MINUTE_MS) return minutes;
  params.refuse('utc_offset', 'an offset like "+02:00"');
  return utcOffsetMinutes;
}

/**
 * @param firstStartMs day 0; null while no start is known
 * @param mustFollow a clock without a day means the first time after the first start, not just its day
 * @returns epoch milliseconds, 'no day' when only the first start could tell the day, undefined when unreadable
 */
export function readClock(
  text: string,
  utcOffsetMinutes: number,
  firstStartMs: number | null,
  mustFollow: boolean,
): number | 'no day' | undefined {
  const instant = parseInstant(text, utcOffsetMinutes);
  if (instant) return instant.ms;
  const match = DAY_AND_CLOCK.exec(text.trim());
  if (match === null) return undefined;
  const [, day, hours, minutes, seconds = '0'] = match;
  const ofDay = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * 1000;
  if (ofDay > DAY_MS) return undefined;
  if (firstStartMs === null) return 'no day';
  const ms = startOfLocalDay(firstStartMs, utcOffsetMinutes) + Number(day ?? 0) * DAY_MS + ofDay;
  return day === undefined && mustFollow && ms < firstStartMs ? ms + DAY_MS : ms;
}
