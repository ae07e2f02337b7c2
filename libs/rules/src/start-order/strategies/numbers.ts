import { numberParam, textParam } from '../params.js';
import { byRaceNumber, hasRaceNumber, label, numberOf, ordered, ordinal, refused } from '../sorting.js';
import type { PoolOrder, PoolToOrder } from '../types.js';

/**
 * Numerical order of race numbers. Source: Motorsport UK NCR 2026 ch. 13 art. 2.23: numerical order unless
 * the event's documents say otherwise.
 *
 * `params.start: "event_start + number minutes"` or `number_is_minute: true`: the number is the minute (CTT guidance:
 * number 17 starts 17 minutes behind the event's start).
 *
 * An entry without a number is a problem, not a place at the tail: nobody could read its line out.
 */
export function raceNumber(pool: PoolToOrder): PoolOrder {
  const missing = withoutNumber(pool);
  if (missing !== undefined) return missing;
  const { entries, params } = pool;
  const isMinute =
    params['number_is_minute'] === true || /number\s+minutes/.test(textParam(params, 'start') ?? '');
  const every = numberParam(params, 'minute_s') ?? 60;
  return ordered(
    entries.toSorted(byRaceNumber).map((entry, index) => ({
      entry,
      because: isMinute
        ? `the race number is the minute: ${label(entry)} starts in minute ${entry.raceNumber}`
        : `race number order: ${label(entry)} is ${ordinal(index + 1)} of ${entries.length}`,
      ...(isMinute && { offsetSeconds: (numberOf(entry) ?? 0) * every }),
    })),
  );
}

/** The highest number first. Source: Dakar 2022, prologue of the bikes: reverse of the race numbers. */
export function inverseRaceNumber(pool: PoolToOrder): PoolOrder {
  const missing = withoutNumber(pool);
  if (missing !== undefined) return missing;
  const { entries } = pool;
  return ordered(
    entries
      .toSorted(byRaceNumber)
      .toReversed()
      .map((entry, index) => ({
        entry,
        because: `reverse order of race numbers: ${label(entry)} is ${ordinal(index + 1)} of ${entries.length}`,
      })),
  );
}

function withoutNumber({ entries }: PoolToOrder): PoolOrder | undefined {
  const count = entries.filter((entry) => !hasRaceNumber(entry)).length;
  if (count === 0) return undefined;
  return refused({
    code: 'RACE_NUMBER_MISSING',
    message: `${count === 1 ? 'One entry has' : `${count} entries have`} no race number. Give every confirmed entry a number, then try again.`,
    pointer: '/entries',
  });
}
