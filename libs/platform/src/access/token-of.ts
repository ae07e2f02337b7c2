import type { IncomingHttpHeaders } from 'node:http';

const SESSION_COOKIE = 'directus_session_token';

/** The token that a request brings: a bearer token, else the session cookie of Directus. */
export function tokenOf(headers: IncomingHttpHeaders): string | undefined {
  return bearer(headers.authorization) ?? sessionCookie(headers.cookie);
}

function bearer(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1];
}

function sessionCookie(header: string | undefined): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, value] = pair.split('=', 2);
    if (name?.trim() === SESSION_COOKIE && value) return value.trim();
  }
  return undefined;
}
