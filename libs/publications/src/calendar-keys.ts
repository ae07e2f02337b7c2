import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What a calendar can be of. */
export type CalendarOf = 'event' | 'entry';

/**
 * Keys in the addresses of calendar feeds. A calendar program cannot sign in, so whoever has the address may read;
 * nobody can guess it. Nothing is stored: a key is the signature of what it opens. A new service secret ends them all.
 */
export class CalendarKeys {
  private readonly signingKey: Buffer;

  /** @param serviceSecret only derived from, so that a key of one purpose tells nothing of another */
  constructor(serviceSecret: string) {
    this.signingKey = Buffer.from(hkdfSync('sha256', serviceSecret, '', 'trm calendar feeds, version 1', 32));
  }

  keyFor(of: CalendarOf, id: string): string {
    return this.sign(of, id).toString('base64url');
  }

  /** In constant time. @param given as it came with the request */
  opens(of: CalendarOf, id: string, given: unknown): boolean {
    if (typeof given !== 'string') return false;
    const signature = Buffer.from(given, 'base64url');
    const expected = this.sign(of, id);
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  }

  private sign(of: CalendarOf, id: string): Buffer {
    return createHmac('sha256', this.signingKey).update(`${of}:${id}`).digest();
  }
}
