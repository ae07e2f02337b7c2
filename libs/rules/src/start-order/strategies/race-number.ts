import { byRaceNumber } from '../competitor.js';
import { ordinal } from '../words.js';
import { inBands, NO_ORDER, type PoolOrder, type StrategyRequest } from './strategy.js';

/**
 * Numerical order of race numbers. Source: Motorsport UK NCR 2026 ch. 13 art. 2.23: numerical order unless
 * the event's documents say otherwise.
 *
 * With `params.number_is_minute: true`, also written `start: "event_start + number minutes"`, the number is the
 * start minute: number 7 starts 7 min behind the start of the stage, and bands are not used. Source: Cycling
 * Time Trials.
 *
 * An entry without a number is a problem, not a place at the tail: nobody could read its line out.
 */
export function raceNumber(request: StrategyRequest): PoolOrder {
  if (numbersAreMissing(request)) return NO_ORDER;
  const sorted = request.entries.toSorted(byRaceNumber);
  if (!numberIsMinute(request.params)) {
    return inBands(
      sorted.map((entry, index) => ({
        entry,
        fact: `race number order: #${entry.raceNumber} is ${ordinal(index + 1)} of ${sorted.length}`,
      })),
    );
  }
  const startMs = request.startsAt?.ms ?? 0;
  return {
    ordered: sorted.map((entry) => ({
      entry,
      fact: `number ${entry.raceNumber} starts in minute ${entry.raceNumber}`,
      ownTimeMs: startMs + (entry.raceNumber ?? 0) * 60_000,
    })),
    unplaced: [],
    timing: { kind: 'own_times', from: 'epoch' },
  };
}

/** Whether the race number is the start minute. */
export function numberIsMinute(params: StrategyRequest['params']): boolean {
  const start = params.find('start')?.value;
  return (
    params.flag('number_is_minute') ||
    (typeof start === 'string' && /^event_start \+ number minutes?$/i.test(start.trim()))
  );
}

/** Tells, as a problem, how many entries have no race number. */
export function numbersAreMissing({ entries, remarks }: StrategyRequest): boolean {
  const without = entries.filter((entry) => entry.raceNumber === null);
  if (without.length === 0) return false;
  remarks.problem(
    'RACE_NUMBER_MISSING',
    `${without.length === 1 ? 'One entry has' : `${without.length} entries have`} no race number. Give every confirmed entry a number, then try again.`,
    without.length === 1 ? `/entries/${without[0]?.index}/raceNumber` : '/entries',
  );
  return true;
}
