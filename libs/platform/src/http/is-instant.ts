import { isISO8601, ValidateBy, type ValidationOptions } from 'class-validator';

/** Years, and offsets from UTC, that a calendar and the database both know. */
const INSTANT = /^[12]\d{3}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/;

/**
 * A moment as people and programs write it, with its offset: without one it would be read in the zone of whichever
 * machine happens to answer. `2026-06-06T06:01:40Z`, `2026-06-06T08:01:40.5+02:00`.
 */
export function isInstant(value: unknown): value is string {
  return typeof value === 'string' && INSTANT.test(value) && isISO8601(value, { strict: true });
}

/** On a field of a request: a text that `new Date()` reads as one moment, wherever it does so. */
export function IsInstant(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isInstant',
      validator: {
        validate: isInstant,
        defaultMessage: (validation) =>
          `${validation?.property ?? 'it'} must be a date and a time with Z or an offset, such as 2026-06-07T05:30:00Z (write + as %2B in an address)`,
      },
    },
    options,
  );
}
