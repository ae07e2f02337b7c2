import { Problem } from '@trm/platform';

/** The same answer for a wrong key and for an event or entry that does not exist: the address reveals nothing. */
export class CalendarNotFound extends Problem {
  readonly kind = 'not-found';
  readonly code = 'CALENDAR_NOT_FOUND';

  constructor() {
    super('There is no calendar at this address. Ask for its link again.');
  }
}
