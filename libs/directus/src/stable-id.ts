import { createHash } from 'node:crypto';

/**
 * The id of a thing that every installation has under the same name: `stableId('role', 'marshal')`.
 * A UUID made from a hash, so that provisioning a second time finds what the first run made.
 */
export function stableId(kind: string, key: string): string {
  const hex = createHash('sha256').update(`${kind}:${key}`).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** The Directus user that the control plane itself writes as. Flows recognise it and let its writes through. */
export const SERVICE_USER_ID = stableId('user', 'control-plane');
