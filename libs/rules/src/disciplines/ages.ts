const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Under this age a guardian has to consent. */
export const FULL_AGE = 18;

/**
 * Age in whole years.
 *
 * @param birthDate YYYY-MM-DD
 * @param onDay YYYY-MM-DD. Who was born on 29 February is a year older from 1 March on, where there is no 29th.
 * @returns undefined when one of the days cannot be read or the birth is after the day
 */
export function ageOn(birthDate: string, onDay: string): number | undefined {
  if (!isDay(birthDate) || !isDay(onDay) || birthDate > onDay) return undefined;
  const years = Number(onDay.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return onDay.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

/** Whether a text is a day of the calendar, written YYYY-MM-DD. */
export function isDay(text: string): boolean {
  if (!DAY.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
