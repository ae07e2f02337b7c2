import { createDirectus, rest, staticToken } from '@directus/sdk';
import type { Schema } from './collections.js';

const DEFAULT_TIMEOUT_MS = 15_000;

/**
 * A typed client of Directus that gives up on a call after `timeoutMs` (the SDK itself would wait for ever).
 *
 * A refusal of Directus is thrown as the SDK throws it, a plain object: see `describeDirectusError`.
 *
 * @param token a static token or an access token
 */
export function connectDirectus(url: string, token: string, timeoutMs = DEFAULT_TIMEOUT_MS) {
  return createDirectus<Schema>(url, { globals: { fetch: fetchWithin(timeoutMs) } })
    .with(staticToken(token))
    .with(rest());
}

export type DirectusClient = ReturnType<typeof connectDirectus>;

function fetchWithin(timeoutMs: number): typeof fetch {
  return (input, init) => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
    return fetch(input, { ...init, signal });
  };
}
