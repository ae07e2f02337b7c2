/**
 * Writes instants as the clock of a time zone reads them: `08:03`, `08:03:30` when the seconds say something, and
 * `00:07 (+1)` on the day behind the first start.
 *
 * @param timezone IANA name
 * @param firstDay an instant of the day that needs no mark
 */
export function localClock(timezone: string, firstDay?: Date): (at: Date) => string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const read = (at: Date) => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return {
      day: Date.UTC(Number(part['year']), Number(part['month']) - 1, Number(part['day'])) / 86_400_000,
      clock: `${part['hour']}:${part['minute']}${part['second'] === '00' ? '' : `:${part['second']}`}`,
    };
  };
  const first = firstDay === undefined ? undefined : read(firstDay).day;
  return (at) => {
    const { day, clock } = read(at);
    const days = first === undefined ? 0 : day - first;
    return days === 0 ? clock : `${clock} (${days > 0 ? '+' : ''}${days})`;
  };
}

/** How far the clock of a time zone is ahead of UTC at an instant, in minutes. @param timezone IANA name */
export function utcOffsetMinutes(timezone: string, at: Date): number {
  const name = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign, hours = '0', minutes = '0'] = /^GMT([+-])(\d{2}):(\d{2})/.exec(name ?? '') ?? [];
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
