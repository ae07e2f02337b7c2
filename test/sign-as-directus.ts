import { createHmac } from 'node:crypto';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
let calls = 0;

/** A call as the Flows of Directus sign it, with the key of this test run; no two are equal. */
export function signAsDirectus(claims: object, secret = process.env['HOOK_SECRET'] ?? ''): string {
  calls += 1;
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, exp: now + 30, iss: 'directus', aud: 'control-plane', number: String(calls) };
  const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...times, ...claims })}`;
  return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
}

/** What the guard Flow asks before somebody writes an entry. */
export function questionAboutEntry(entryId: string, userId: string): object {
  return {
    trigger: {
      event: 'entries.items.update',
      collection: 'entries',
      payload: { status: 'confirmed' },
      keys: [entryId],
    },
    accountability: { user: userId },
  };
}
