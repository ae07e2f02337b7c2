import { createHmac } from 'node:crypto';
import { CalendarKeys } from './calendar-keys.js';

const SECRET = 'a secret of the service, 32 long';
const EVENT = '5b0c3f1e-0000-4000-8000-000000000001';
const keys = new CalendarKeys(SECRET);

describe('the key of a calendar feed', () => {
  it('opens what it was made for and nothing else', () => {
    const key = keys.keyFor('event', EVENT);
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(keys.opens('event', EVENT, key)).toBe(true);
    expect(keys.opens('entry', EVENT, key)).toBe(false);
    expect(keys.opens('event', EVENT.replace(/1$/, '2'), key)).toBe(false);
  });

  it.each([undefined, '', 'x', ['a', 'b'], 'A'.repeat(43), 7])('is not %j', (given) => {
    expect(keys.opens('event', EVENT, given)).toBe(false);
  });

  it('ends with the secret, and is not made with the secret itself', () => {
    const key = keys.keyFor('event', EVENT);
    expect(new CalendarKeys(SECRET.replace('32', '33')).opens('event', EVENT, key)).toBe(false);
    expect(key).not.toBe(createHmac('sha256', SECRET).update(`event:${EVENT}`).digest('base64url'));
  });
});
